"""A library of real files, and a pool to read them with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from renai.documents.sandbox.pool import WorkerPool
from waiting import LIMIT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

_SAMPLE = Path(__file__).parents[2] / "examples" / "sample_library.py"


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The program `examples/sample_library.py` as a module."""
    spec = importlib.util.spec_from_file_location("sample_library", _SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def library(sample: ModuleType, tmp_path: Path) -> Path:
    """The sample library's folder."""
    folder = tmp_path / "library"
    sample.make_sample_library(folder)
    return folder


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    """One worker."""
    async with WorkerPool(1, time_limit=LIMIT) as pool:
        yield pool
