import pytest

from haystack_integrations.components.embedders.renai import framework
from renai.embedders import house_code


@pytest.fixture(autouse=True)
def _folders(tmp_path, monkeypatch):
    """Fingerprints and the default store go into a folder of the test's own."""
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "renai"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(autouse=True)
def _as_released(request, monkeypatch):
    """The tests' own embedders count as released, and what makes them fail shapes no vector."""
    if request.module.__name__.endswith("test_house_code"):
        return
    is_released = house_code.is_released
    ours = ("embedders", "test_", "tests")
    monkeypatch.setattr(
        house_code,
        "is_released",
        lambda module: module.startswith(ours) or is_released(module),
    )
    never = framework.NEVER_SHAPES | {"failing", "on_load"}
    monkeypatch.setattr(framework, "NEVER_SHAPES", never)


@pytest.fixture
def url(tmp_path):
    """A store that outlives the components that use it."""
    return f"sqlite:///{tmp_path}/vectors.sqlite"
