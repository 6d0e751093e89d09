"""A home for the program, a folder of books and an endpoint to ask about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from books import make_books
from endpoint import Endpoint
from program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Answers well."""
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def renai(tmp_path: Path, endpoint: Endpoint) -> Program:
    """The program; `--provider custom` asks `endpoint`."""
    return Program(tmp_path, endpoint.url)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A folder of three."""
    make_books(tmp_path / "books", 3)
    return tmp_path / "books"
