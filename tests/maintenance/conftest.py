"""A person's cache in a folder of its own, with an endpoint to fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from books import make_books
from endpoint import Endpoint
from renai.configuration import load_settings
from renai.metadata.processor import VisualProcessor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from renai.settings import Settings


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> Path:
    for name in ("RENAI_CACHE_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
    monkeypatch.setenv("CUSTOM_MODEL", "first")
    monkeypatch.setenv("RENAI_FALLBACK_MODE", "none")
    monkeypatch.delenv("CUSTOM_API_KEY", raising=False)
    return tmp_path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make_books(tmp_path / "books", 1)[0]


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def ask() -> Callable[..., Awaitable[None]]:
    """Fill the cache: `await ask("custom", "first", *paths)`."""

    async def ask(provider: str, model: str, *paths: Path, **settings: object) -> None:
        async with VisualProcessor(provider, model, settings=load_settings(**settings)) as books:
            for path in paths:
                await books.process(path)

    return ask
