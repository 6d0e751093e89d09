"""The settings: flags go before `RENAI_*` environment variables, and those before `config.toml`.

This module does not know which providers, OCR engines and name fields exist. The module
`renai.configuration` does, and settings are loaded from there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (  # noqa: TID253 - this file is imported where settings are needed
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from renai.errors import ConfigurationError, UsageError
from renai.locations import cache_folder, config_file

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

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

_WORDS = {"extra_forbidden": "there is no such setting"}
"""Clearer wordings for some of pydantic's kinds of errors."""


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


class _NotJson(str):
    """The value of a variable that should be JSON, and is not."""

    __slots__ = ()


class _Environment(EnvSettingsSource):
    """The environment; a value that is no JSON is refused together with all else that is wrong."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return _NotJson(value)


class Settings(BaseSettings):
    """All settings, with their defaults.

    API keys are not among them: they are read from the environment only, so that no key ends up in
    a file or a log.
    """

    model_config = SettingsConfigDict(
        env_prefix="RENAI_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # what is used is mostly the class of `renai.configuration`
    )

    provider: str = DEFAULT_PROVIDER
    model: str | None = None
    update_metadata: bool = False
    template: str = DEFAULT_TEMPLATE
    image_template: str = DEFAULT_IMAGE_TEMPLATE
    rename_images: bool = False
    organize: bool = False
    duplicates: Duplicates = "keep"
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    concurrency: int = Field(default=8, ge=1, le=1000)
    fallback_mode: FallbackMode | None = None
    vision_max_pages: int = Field(default=3, ge=1, le=50)
    ocr_engine: str | None = None
    ocr_languages: tuple[str, ...] = ("eng",)
    ocr_debug: bool = False
    mutool: bool | None = None
    text_limit: int = Field(default=DEFAULT_TEXT_LIMIT, ge=1, le=100_000_000)
    categories: tuple[str, ...] = DEFAULT_CATEGORIES
    base_urls: dict[str, str] = Field(default_factory=dict)
    eval_log: bool = True
    prices: Prices = Field(default_factory=dict)
    max_tokens: dict[str, Annotated[int, Field(ge=1, le=10_000_000)]] = Field(default_factory=dict)
    local_only: bool = False
    local_hosts: tuple[str, ...] = ()
    model_loading_seconds: float = Field(default=DEFAULT_LOADING_SECONDS, ge=0, le=86_400)
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=1000)
    document_seconds: float = Field(default=60.0, gt=0, le=86_400)
    document_memory: int = Field(default=2 << 30, gt=0, le=1 << 50)
    cache_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=cache_folder
    )
    cache_url: str | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - passed by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of settings, the strongest first."""
        environment = _Environment(settings_cls, env_ignore_empty=True)
        return init_settings, environment, TomlConfigSettingsSource(settings_cls, config_file())


SettingsKind = TypeVar("SettingsKind", bound=Settings)


def gather_settings(kind: type[SettingsKind], /, **flags: Any) -> SettingsKind:
    """Gather the settings from all sources.

    Args:
        kind: the class of settings to build, which may add checks of its own.
        flags: the values given on the command line, by the name of the setting; None for a flag
            that was not given.

    Raises:
        UsageError: the value of a flag is not allowed.
        ConfigurationError: a value from the environment or `config.toml` is not allowed, or there
            is no such setting.
    """
    said = {name: value for name, value in flags.items() if value is not None}
    try:
        settings = kind(**said)
        if "provider" in said and "model" not in said and _is_another(kind, settings.provider):
            settings = settings.model_copy(update={"model": None})
    except ValidationError as error:
        raise _refusal(error, said) from None
    except SettingsError as error:
        raise ConfigurationError(
            f"a RENAI_ variable cannot be read, lists and tables are JSON there: {error}"
        ) from None
    except RuntimeError:  # raised by Path.expanduser
        raise ConfigurationError(
            "the cache folder begins with ~ and the name of nobody here; give its whole path with "
            "--cache-dir, RENAI_CACHE_DIR or cache_dir in the settings"
        ) from None
    except (OSError, ValueError) as error:  # includes tomllib.TOMLDecodeError
        raise ConfigurationError(f"cannot read {config_file()}: {error}") from None
    return settings


def _is_another(kind: type[Settings], provider: str) -> bool:
    """Return whether the environment or `config.toml` names another provider than the flag.

    A model set there then belongs to that other provider.
    """
    elsewhere = kind()
    return "provider" in elsewhere.model_fields_set and elsewhere.provider != provider


def _refusal(error: ValidationError, flags: dict[str, Any]) -> UsageError | ConfigurationError:
    """Return one error for all that is wrong; faults of flags come first."""
    found = dict.fromkeys(_fault(details, flags) for details in error.errors())
    faults = sorted(found, key=lambda fault: not fault.startswith("--"))
    return (UsageError if faults[0].startswith("--") else ConfigurationError)(*faults)


def _fault(details: ErrorDetails, flags: dict[str, Any]) -> str:
    """Return what is wrong with one setting, and where it was set."""
    words = _WORDS.get(details["type"]) or details["msg"].removeprefix("Value error, ")
    if isinstance(details["input"], _NotJson):
        words = "lists and tables are JSON in a variable"
    words = words[:1].lower() + words[1:]
    name = ".".join(map(str, details["loc"]))
    field = name.partition(".")[0]
    if field in flags:
        return f"--{field.replace('_', '-')}: {words}"
    variable = f"RENAI_{field.upper()}"
    source = variable if variable in os.environ else f"{name} in {config_file()}"
    return f"{source}: {words}"
