"""The settings: flags go before `RENAI_*` environment variables, and those before `config.toml`.

This module does not know which providers, OCR engines and name fields exist. The module
`renai.configuration` does, and settings are loaded from there.
"""

# What a field is made by is no call that is forgotten in a default.
# ruff: noqa: RUF009
from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from renai import setting_kinds as kinds
from renai.errors import ConfigurationError, UsageError
from renai.locations import cache_folder, config_file
from renai.setting_kinds import UnfitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from renai.setting_kinds import Kind

    Fault = tuple[str, str, str]
    """The name of a setting, the names below it that lead to a value, and what is wrong there."""

DEFAULT_PROVIDER = "offline"

DEFAULT_TEMPLATE = "{author} - {title} ({year})"

DEFAULT_IMAGE_TEMPLATE = "{date} {title}"

DEFAULT_TEXT_LIMIT = 10_000
"""The default number of characters of text that are kept of a document."""

DEFAULT_LOADING_SECONDS = 300.0
"""The default number of seconds that a model which is still being loaded is waited for."""

OTHER = "Other"
"""The category of whatever fits no other category."""

DEFAULT_CATEGORIES = (
    *("Fiction", "Poetry & Drama", "Comics", "Children", "Biography & Memoir", "History"),
    *("Philosophy & Religion", "Social Sciences", "Politics & Law", "Business & Economics"),
    *("Psychology & Self-Help", "Education & Language", "Computers", "Mathematics", "Sciences"),
    *("Engineering", "Medicine & Health", "Art & Music", "Cooking", "Travel & Nature"),
    *("Research Paper", "Report", "Manual", "Magazine & News", "Contract & Invoice"),
    *("Letter & Form", OTHER),
)

Duplicates = Literal["keep", "skip", "all"]
"""What happens to files with equal content: the first is renamed, none is, or all are."""

FallbackMode = Literal["ocr", "vision", "none"]
"""What happens to a document without usable text; if unset, `ocr` where an engine is installed."""

TOKENS_A_PRICE = 1_000_000
"""The number of tokens that a price is stated for."""

_DEAREST = 1e12
"""The highest price allowed, in US dollars; more is a mistake, and would spoil sums."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a model, as a person states it in the settings.

    Attributes:
        input: the price of a million tokens of prompts, in US dollars.
        output: the price of a million tokens of answers, in US dollars.

    Raises:
        ValueError: a number is negative, too large or not a number.
    """

    input: float
    output: float

    def __post_init__(self) -> None:
        if not (0 <= self.input <= _DEAREST and 0 <= self.output <= _DEAREST):
            raise ValueError("a price is 0 or more US dollars for a million tokens")

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of one call with so many tokens, in US dollars."""
        return (prompt_tokens * self.input + completion_tokens * self.output) / TOKENS_A_PRICE


Prices = dict[str, dict[str, Price]]
"""The prices of models, by the name of the provider and then of the model."""


def _price(value: object) -> Price:
    if isinstance(value, Price):
        return value
    if not isinstance(value, dict):
        raise UnfitError("input should be a valid table")
    parts = [each.name for each in fields(Price)]
    faults = [(f".{name}", "field required") for name in parts if name not in value]
    faults += [(f".{name}", "there is no such part") for name in value if name not in parts]
    if faults:
        raise UnfitError(faults=faults)
    return Price(**kinds.all_fitting(value.items(), kinds.number(0, _DEAREST)))


def _setting(kind: Kind, default: Any = None, *, made: Callable[[], Any] | None = None) -> Any:
    """Return a field whose values are of a kind, and whose default is this, or made anew."""
    if made is not None:
        return field(default_factory=made, metadata={"kind": kind})
    return field(default=default, metadata={"kind": kind})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, with their defaults.

    API keys are not among them: they are read from the environment only, so that no key ends up in
    a file or a log.
    """

    provider: str = _setting(kinds.text, DEFAULT_PROVIDER)
    model: str | None = _setting(kinds.or_none(kinds.text))
    update_metadata: bool = _setting(kinds.yes_or_no, default=False)
    template: str = _setting(kinds.text, DEFAULT_TEMPLATE)
    image_template: str = _setting(kinds.text, DEFAULT_IMAGE_TEMPLATE)
    rename_images: bool = _setting(kinds.yes_or_no, default=False)
    organize: bool = _setting(kinds.yes_or_no, default=False)
    duplicates: Duplicates = _setting(kinds.choice(*get_args(Duplicates)), "keep")
    min_confidence: float | None = _setting(kinds.or_none(kinds.number(0, 1)))
    concurrency: int = _setting(kinds.whole(1, 1000), 8)
    fallback_mode: FallbackMode | None = _setting(
        kinds.or_none(kinds.choice(*get_args(FallbackMode)))
    )
    vision_max_pages: int = _setting(kinds.whole(1, 50), 3)
    ocr_engine: str | None = _setting(kinds.or_none(kinds.text))
    ocr_languages: tuple[str, ...] = _setting(kinds.texts, ("eng",))
    ocr_debug: bool = _setting(kinds.yes_or_no, default=False)
    mutool: bool | None = _setting(kinds.or_none(kinds.yes_or_no))
    text_limit: int = _setting(kinds.whole(1, 100_000_000), DEFAULT_TEXT_LIMIT)
    categories: tuple[str, ...] = _setting(kinds.texts, DEFAULT_CATEGORIES)
    base_urls: dict[str, str] = _setting(kinds.by_name(kinds.text), made=dict)
    eval_log: bool = _setting(kinds.yes_or_no, default=True)
    prices: Prices = _setting(kinds.by_name(kinds.by_name(_price)), made=dict)
    max_tokens: dict[str, int] = _setting(kinds.by_name(kinds.whole(1, 10_000_000)), made=dict)
    local_only: bool = _setting(kinds.yes_or_no, default=False)
    local_hosts: tuple[str, ...] = _setting(kinds.texts, ())
    model_loading_seconds: float = _setting(kinds.number(0, 86_400), DEFAULT_LOADING_SECONDS)
    workers: int = _setting(kinds.whole(1, 1000), made=lambda: os.cpu_count() or 1)
    document_seconds: float = _setting(kinds.number(0, 86_400, above=True), 60.0)
    document_memory: int = _setting(kinds.whole(0, 1 << 50, above=True), 2 << 30)
    cache_dir: Path = _setting(kinds.path, made=cache_folder)
    cache_url: str | None = _setting(kinds.or_none(kinds.text))


_KINDS: Mapping[str, Kind] = {each.name: each.metadata["kind"] for each in fields(Settings)}
_AS_JSON = frozenset(
    each.name
    for each in fields(Settings)
    if isinstance(each.default, tuple) or each.default_factory is dict
)
"""The settings that are lists or tables, which variables have as JSON."""

_VARIABLE = "RENAI_"


def gather_settings(checks: Mapping[str, Callable[[Any], object]], /, **flags: Any) -> Settings:
    """Gather the settings from all sources.

    Args:
        checks: functions that raise `ValueError` for what is not allowed, by the name of the
            setting. They are given what was set, of whatever type.
        flags: the values given on the command line, by the name of the setting; None for a flag
            that was not given.

    Raises:
        UsageError: the value of a flag is not allowed.
        ConfigurationError: a value from the environment or `config.toml` is not allowed, or there
            is no such setting.
    """
    said = {name: value for name, value in flags.items() if value is not None}
    in_environment, unreadable = _from_environment()
    faults = [fault for fault in unreadable if fault[0] not in said]
    elsewhere = _merged(_from_file(), in_environment)
    gathered = _merged(elsewhere, said)
    values = {}
    for name in sorted(gathered, key=[*_KINDS, *gathered].index):
        try:
            values[name] = _checked(name, gathered[name], checks)
        except UnfitError as error:
            faults += [(name, where, words) for where, words in error.faults]
        except ValueError as error:
            faults.append((name, "", str(error)))
    if faults:
        raise _refusal(faults, said)
    # A model that is set elsewhere belongs to the provider that is set there.
    another = "provider" in said and elsewhere.get("provider", said["provider"]) != said["provider"]
    if another and "model" not in said:
        values["model"] = None
    return Settings(**values)


def _checked(name: str, value: object, checks: Mapping[str, Callable[[Any], object]]) -> Any:
    if name not in _KINDS:
        raise UnfitError("there is no such setting")
    if name in checks:
        checks[name](value)
    try:
        return _KINDS[name](value)
    except RuntimeError:  # raised by Path.expanduser
        raise ConfigurationError(
            "the cache folder begins with ~ and the name of nobody here; give its whole path with "
            "--cache-dir, RENAI_CACHE_DIR or cache_dir in the settings"
        ) from None


def _from_environment() -> tuple[dict[str, Any], list[Fault]]:
    """Return what the variables say; one that is set to nothing says nothing."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for variable, said in os.environ.items():
        name = variable[len(_VARIABLE) :].lower()
        if not (said and name in _KINDS and variable.upper().startswith(_VARIABLE)):
            continue
        try:
            value = json.loads(said) if name in _AS_JSON else said
        except (ValueError, RecursionError):
            faults.append((name, "", "lists and tables are JSON in a variable"))
            continue
        if value is not None:  # which is JSON for nothing
            values[name] = value
    return values, faults


def _from_file() -> dict[str, Any]:
    path = config_file()
    try:
        if not path.is_file():
            return {}
        import tomllib

        with path.open("rb") as stream:
            return {name.lower(): value for name, value in tomllib.load(stream).items()}
    except (OSError, ValueError) as error:  # includes tomllib.TOMLDecodeError
        raise ConfigurationError(f"cannot read {path}: {error}") from None


def _merged(weaker: Mapping[str, Any], stronger: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two sources say together; tables that both have are merged, too."""
    merged = dict(weaker)
    for name, value in stronger.items():
        before = merged.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[name] = _merged(before, value) if both else value  # type: ignore[arg-type]
    return merged


def _refusal(faults: list[Fault], flags: Mapping[str, Any]) -> UsageError | ConfigurationError:
    """Return one error for all that is wrong; faults of flags come first."""
    said = dict.fromkeys(_said(*fault, flags) for fault in faults)
    in_order = sorted(said, key=lambda fault: not fault.startswith("--"))
    return (UsageError if in_order[0].startswith("--") else ConfigurationError)(*in_order)


def _said(name: str, where: str, words: str, flags: Mapping[str, Any]) -> str:
    """Return what is wrong with one setting, and where it was set."""
    words = words[:1].lower() + words[1:]
    if name in flags:
        return f"--{name.replace('_', '-')}: {words}"
    variable = f"{_VARIABLE}{name.upper()}"
    source = variable if variable in os.environ else f"{name}{where} in {config_file()}"
    return f"{source}: {words}"
