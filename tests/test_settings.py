"""Flags go before the environment, which goes before config.toml; what does not fit is named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from renai.configuration import load_settings
from renai.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="the config folder is moved by XDG_CONFIG_HOME"
)


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "renAI" / "config.toml"

    def write(toml: str) -> Path:
        file.parent.mkdir(exist_ok=True)
        file.write_text(toml)
        return file

    return write


@pytest.fixture(autouse=True)
def no_config(configure: Callable[[str], Path]) -> None:
    """Nobody's own settings."""


def test_without_anything_there_are_defaults() -> None:
    settings = load_settings(provider=None)
    assert (settings.provider, settings.model, settings.concurrency) == ("offline", None, 8)


def test_the_stronger_source_wins(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("concurrency = 1\ntext_limit = 1\nworkers = 1")
    monkeypatch.setenv("RENAI_CONCURRENCY", "2")
    monkeypatch.setenv("RENAI_TEXT_LIMIT", "2")
    settings = load_settings(concurrency=3, text_limit=None)
    assert (settings.concurrency, settings.text_limit, settings.workers) == (3, 2, 1)


def test_a_variable_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENAI_CACHE_URL", "")
    monkeypatch.setenv("RENAI_PROVIDER", "")
    assert load_settings().cache_url is None
    assert load_settings().provider == "offline"


def test_a_tilde_is_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RENAI_CACHE_DIR", "~/somewhere")
    assert load_settings().cache_dir == tmp_path / "somewhere"


@pytest.mark.parametrize(
    ("said", "setting", "value"),
    [
        ("yes", "organize", True),
        ("OFF", "eval_log", False),
        ("1", "mutool", True),
        (" 4 ", "concurrency", 4),
        ("1e3", "document_seconds", 1000.0),
        ("0", "min_confidence", 0.0),
        ("none", "fallback_mode", "none"),
        ('{"custom": 9}', "max_tokens", {"custom": 9}),
        ('["eng", "deu"]', "ocr_languages", ("eng", "deu")),
    ],
)
def test_a_variable_holds_a_text_for_a_value_of_any_kind(
    monkeypatch: pytest.MonkeyPatch, said: str, setting: str, value: object
) -> None:
    monkeypatch.setenv(f"RENAI_{setting.upper()}", said)
    found = getattr(load_settings(), setting)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("said", "setting", "words"),
    [
        ("maybe", "organize", "input should be a valid boolean"),
        ("2", "organize", "input should be a valid boolean"),
        ("1.5", "concurrency", "input should be a valid integer"),
        ("inf", "workers", "input should be a valid integer"),
        ("", "document_seconds", None),
        ("0", "document_seconds", "input should be greater than 0"),
        ("nan", "model_loading_seconds", "input should be greater than or equal to 0"),
        ("long", "document_seconds", "input should be a valid number"),
        ('"eng"', "ocr_languages", "input should be a valid list"),
        ("[1]", "ocr_languages", "input should be a valid string"),
        ("[]", "base_urls", "input should be a valid table"),
        ('{"custom": {"m": {"input": 1}}}', "prices", "field required"),
        ("[" * 100_000, "categories", "lists and tables are JSON"),
    ],
)
def test_what_is_of_no_kind_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, said: str, setting: str, words: str | None
) -> None:
    monkeypatch.setenv(f"RENAI_{setting.upper()}", said)
    if words is None:
        load_settings()
        return
    with pytest.raises(ConfigurationError, match=f"^RENAI_{setting.upper()}: {words}"):
        load_settings()


def test_a_value_of_toml_must_be_of_its_kind(configure: Callable[[str], Path]) -> None:
    file = configure("template = 3\ncache_dir = 4\nconcurrency = 2.5\norganize = []\nprices = 1")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert [x.partition(f" in {file}: ")[0] for x in caught.value.faults] == [
        *("template", "organize", "concurrency", "prices", "cache_dir"),
    ]


def test_tables_of_two_sources_are_one(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('[base_urls]\nopenai = "http://file"\ncustom = "http://file"')
    monkeypatch.setenv("RENAI_BASE_URLS", '{"custom": "http://variable"}')
    assert load_settings().base_urls == {"openai": "http://file", "custom": "http://variable"}


def test_a_variable_in_small_letters_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("renai_concurrency", "5")
    assert load_settings().concurrency == 5


def test_categories_are_a_list(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('categories = ["Tides", "Bridges"]')
    assert load_settings().categories == ("Tides", "Bridges")
    monkeypatch.setenv("RENAI_CATEGORIES", '["Maps"]')
    assert load_settings().categories == ("Maps",)


def test_a_model_belongs_to_the_provider_it_was_named_with(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('provider = "openai"\nmodel = "gpt-4o"')
    assert load_settings().model == "gpt-4o"
    assert load_settings(provider="openai").model == "gpt-4o"
    assert load_settings(provider="offline").model is None
    assert load_settings(provider="custom", model="mine").model == "mine"


def test_a_model_without_a_provider_goes_with_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENAI_MODEL", "mine")
    assert load_settings(provider="custom").model == "mine"


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('colour = "red"', "colour in {file}: there is no such setting"),
        (
            'provider = "nobody"',
            (
                "provider in {file}: input should be 'offline', 'openai', 'deepinfra', "
                "'openrouter' or 'custom'"
            ),
        ),
        ("provider = 3", "provider in {file}: input should be 'offline', "),
        ('ocr_engine = "eyes"', "ocr_engine in {file}: input should be 'rapidocr' or 'tesseract'"),
        ("concurrency = 0", "concurrency in {file}: input should be greater than or equal to 1"),
        ('template = "{title"', "template in {file}: template '{title'"),
        ("no toml", "cannot read {file}: "),
        ("document_seconds = inf", "document_seconds in {file}: input should be less than"),
        (f"document_memory = {2**62}", "document_memory in {file}: input should be less than"),
        ('[base_urls]\nopnai = "http://x"', "base_urls in {file}: there is no provider 'opnai'"),
        ("[max_tokens]\nnobody = 99", "max_tokens in {file}: there is no provider 'nobody'"),
        ("[max_tokens]\ncustom = 0", "max_tokens.custom in {file}: input should be greater"),
        ("[prices.nobody]", "prices in {file}: there is no provider 'nobody'"),
    ],
)
def test_what_does_not_fit_is_named_with_its_file(
    configure: Callable[[str], Path], toml: str, words: str
) -> None:
    file = configure(toml)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert str(caught.value).startswith(words.replace("{file}", str(file)))


@pytest.mark.parametrize(("variable", "value"), [("CONCURRENCY", "many"), ("CATEGORIES", "a, b")])
def test_a_variable_that_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"RENAI_{variable}", value)
    with pytest.raises(ConfigurationError, match=f"(?i)RENAI_.*{variable}?"):
        load_settings()


def test_a_home_of_nobody_is_no_place_for_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENAI_CACHE_DIR", "~nobody-of-this-name/cache")
    with pytest.raises(ConfigurationError, match=r"--cache-dir, RENAI_CACHE_DIR"):
        load_settings()


@pytest.mark.parametrize(
    "flag",
    [
        {"min_confidence": 1.5},
        {"min_confidence": float("nan")},
        {"concurrency": 0},
        {"template": "{nope}"},
    ],
)
def test_a_flag_that_does_not_fit_is_wrong_usage(flag: dict[str, object]) -> None:
    (name,) = flag
    with pytest.raises(UsageError, match=f"^--{name.replace('_', '-')}: "):
        load_settings(**flag)


def test_settings_hold_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(load_settings())


def test_prices_stand_by_provider_and_model(configure: Callable[[str], Path]) -> None:
    configure(
        '[prices.deepinfra]\n"meta-llama/Llama-3.3-70B-Instruct" = {input = 0.23, output = 0.4}'
    )
    price = load_settings().prices["deepinfra"]["meta-llama/Llama-3.3-70B-Instruct"]
    assert (price.input, price.output) == (0.23, 0.4)


@pytest.mark.parametrize(
    "price",
    [
        "{input = -1, output = 1}",
        "{input = 1e308, output = 1}",
        "{input = 1}",
        "{input = 1, output = 1, inptu = 2}",
        "3",
    ],
)
def test_a_price_that_is_none_is_refused(configure: Callable[[str], Path], price: str) -> None:
    configure(f'[prices.custom]\n"llama3.2" = {price}')
    with pytest.raises(ConfigurationError, match=r"prices\.custom\.llama3\.2"):
        load_settings()


def test_all_that_is_wrong_is_told_at_once(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = configure('colour = "red"\nworkers = 0\ntext_limit = "many"')
    monkeypatch.setenv("RENAI_CATEGORIES", "a, b")
    monkeypatch.setenv("RENAI_CONCURRENCY", "0")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    said = sorted(caught.value.faults)
    assert str(caught.value).splitlines() == list(caught.value.faults)
    assert [x.partition(":")[0] for x in said] == [
        "RENAI_CATEGORIES",
        "RENAI_CONCURRENCY",
        f"colour in {file}",
        f"text_limit in {file}",
        f"workers in {file}",
    ]
    assert "lists and tables are JSON in a variable" in said[0]


def test_a_wrong_flag_among_wrong_settings_is_wrong_usage(configure: Callable[[str], Path]) -> None:
    configure("workers = 0")
    with pytest.raises(UsageError) as caught:
        load_settings(min_confidence=7, fallback_mode="guess", template="{title")
    flags = [x.partition(":")[0] for x in caught.value.faults]
    assert sorted(flags[:3]) == ["--fallback-mode", "--min-confidence", "--template"]
    assert flags[3].startswith("workers in ")


@pytest.mark.parametrize("said", ["8", " 8 ", "8.0"])
def test_a_whole_number_may_be_written_with_a_dot(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("RENAI_CONCURRENCY", said)
    assert load_settings().concurrency == 8
    monkeypatch.setenv("RENAI_CONCURRENCY", said.replace("8", "8.5").replace(".5.0", ".5"))
    with pytest.raises(ConfigurationError, match="RENAI_CONCURRENCY"):
        load_settings()


def test_names_in_the_file_may_be_in_capitals(configure: Callable[[str], Path]) -> None:
    configure("CONCURRENCY = 3")
    assert load_settings().concurrency == 3


def test_nothing_in_json_leaves_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    local_hosts = load_settings().local_hosts
    monkeypatch.setenv("RENAI_LOCAL_HOSTS", "null")
    assert load_settings().local_hosts == local_hosts


def test_a_variable_that_a_flag_overrides_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENAI_OCR_LANGUAGES", "eng")
    assert load_settings(ocr_languages=("deu",)).ocr_languages == ("deu",)
