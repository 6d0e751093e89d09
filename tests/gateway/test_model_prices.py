"""What calls through the gateway cost."""

import pytest

from renai.gateway.model_prices import ModelPrices


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "renAI" / "config.toml"
    file.parent.mkdir()
    return file


def test_a_service_in_the_public_list_has_its_prices(config):
    prices = ModelPrices("https://api.openai.com/v1")
    small, large = (
        prices.money_for(f"text-embedding-3-{size}", 1_000_000) for size in ("small", "large")
    )
    assert 0 < small < large
    assert prices.money_for("nobody-knows-this", 1_000_000) is None


def test_ones_own_endpoint_costs_what_one_says(config):
    config.write_text('[prices.custom]\n"m" = {input = 3.0, output = 5.0}\n')
    prices = ModelPrices("http://127.0.0.1:1/v1")
    assert prices.money_for("m", 1_000_000) == 3.0
    assert prices.money_for("m", 1_000_000, 1_000_000) == 8.0
    assert prices.money_for("another", 1_000_000) is None
