"""What a model costs: as a person says, as the public list says, or as nobody knows."""

import subprocess
import sys

import pytest

from renai.providers.prices import find_price
from renai.settings import Price

OPENAI = "https://api.openai.com/v1"
OLLAMA = "http://localhost:11434/v1"


def test_a_price_is_for_a_million_tokens() -> None:
    assert Price(0.15, 0.60).of(1_000_000, 1_000_000) == pytest.approx(0.75)
    assert Price(2, 8).of(1000, 100) == pytest.approx(0.0028)


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_what_is_no_price_is_refused(amount: float) -> None:
    with pytest.raises(ValueError, match="0 or more US dollars"):
        Price(amount, 1.0)


def test_the_public_list_knows_models_by_the_address_of_their_endpoint() -> None:
    listed = find_price("openai", OPENAI, "gpt-4o-mini", {})
    assert listed is not None
    assert 0 < listed.of(1_000_000, 0) < listed.of(1_000_000, 1_000_000) < 100
    assert find_price("custom", OPENAI, "gpt-4o-mini", {}) == listed


@pytest.mark.parametrize(
    ("url", "model"),
    [(OPENAI, "no-such-model"), (OLLAMA, "llama3.2"), (OLLAMA, "gpt-4o-mini")],
)
def test_what_it_does_not_know_is_unknown_also_on_this_machine(url: str, model: str) -> None:
    assert find_price("openai", url, model, {}) is None


def test_a_person_knows_better() -> None:
    own = Price(1, 2)
    stated = {"openai": {"gpt-4o-mini": own}, "custom": {"llama3.2": Price(0, 0)}}
    assert find_price("openai", OPENAI, "gpt-4o-mini", stated) is own
    free = find_price("custom", OLLAMA, "llama3.2", stated)
    assert free is not None
    assert free.of(10**6, 10**6) == 0


def test_the_list_is_read_only_when_a_price_is_wanted() -> None:
    code = "import renai.providers.openai.provider, sys; assert 'genai_prices' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
