import pytest

import embeddings_endpoint
from renai.embedders import house_code


@pytest.fixture(autouse=True)
def _folders(tmp_path, monkeypatch):
    """The default store goes into a folder of the test's own."""
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "renai"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def released(monkeypatch):
    """The tests' own classes count as released."""
    is_released = house_code.is_released
    ours = ("test_", "tests")
    monkeypatch.setattr(
        house_code, "is_released", lambda it: it.startswith(ours) or is_released(it)
    )


@pytest.fixture
def url(tmp_path):
    """A store that outlives the objects that use it."""
    return f"sqlite:///{tmp_path}/vectors.sqlite"


@pytest.fixture
def endpoint():
    with embeddings_endpoint.serve() as it:
        yield it
