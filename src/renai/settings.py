"""Settings: flags before `RENAI_*` environment variables before `config.toml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    field_validator,
)
from pydantic_settings import (  # noqa: TID253 - this file is imported where settings are needed
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from renai.documents.ocr.engine import Engine
from renai.errors import ConfigurationError, UsageError
from renai.extraction import DEFAULT_TEXT_LIMIT
from renai.locations import cache_folder, config_file
from renai.providers.prices import Prices
from renai.providers.registry import DEFAULT_CATEGORIES
from renai.renaming.naming import DEFAULT_IMAGE_TEMPLATE, DEFAULT_TEMPLATE
from renai.renaming.template import Template

T = TypeVar("T")

ProviderName = Literal["offline", "openai", "deepinfra", "openrouter", "custom"]

FallbackMode = Literal["ocr", "vision", "none"]
"""What happens to a document without usable text; unset, `ocr` where an engine is installed."""

_WORDS = {"extra_forbidden": "there is no such setting"}
"""Better words for some of pydantic's kinds of errors."""


class Settings(BaseSettings):
    """Everything that can be set, with its default.

    API keys are not among them: they are read from the environment alone, so that none comes to
    lie in a file or a log.
    """

    model_config = SettingsConfigDict(
        env_prefix="RENAI_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    provider: ProviderName = "offline"
    model: str | None = None
    update_metadata: bool = False
    template: str = DEFAULT_TEMPLATE
    image_template: str = DEFAULT_IMAGE_TEMPLATE
    rename_images: bool = False
    organize: bool = False
    min_confidence: float = Field(default=0.0, ge=0, le=1)
    concurrency: int = Field(default=8, ge=1, le=1000)
    fallback_mode: FallbackMode | None = None
    vision_max_pages: int = Field(default=3, ge=1, le=50)
    ocr_engine: Engine | None = None
    ocr_languages: tuple[str, ...] = ("eng",)
    ocr_debug: bool = False
    mutool: bool | None = None
    text_limit: int = Field(default=DEFAULT_TEXT_LIMIT, ge=1, le=100_000_000)
    categories: tuple[str, ...] = DEFAULT_CATEGORIES
    base_urls: dict[str, str] = Field(default_factory=dict)
    eval_log: bool = True
    prices: Prices = Field(default_factory=dict)
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=1000)
    document_seconds: float = Field(default=60.0, gt=0, le=86_400)
    document_memory: int = Field(default=2 << 30, gt=0, le=1 << 50)
    cache_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=cache_folder
    )
    cache_url: str | None = None

    @field_validator("template", "image_template")
    @classmethod
    def _must_parse(cls, template: str) -> str:
        """Refuse a template before anything is spent on what it is to name."""
        try:
            Template.parse(template)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return template

    @field_validator("base_urls", "prices")
    @classmethod
    def _must_name_providers(cls, by_provider: dict[str, T]) -> dict[str, T]:
        """Refuse a misspelt name: what stands below it would be meant and not be used."""
        if unknown := by_provider.keys() - set(get_args(ProviderName)):
            raise ValueError(f"there is no provider {min(unknown)!r}")
        return by_provider

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Name the sources, the strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def load_settings(**flags: Any) -> Settings:
    """Gather the settings.

    Args:
        flags: what was said on the command line; None means that nothing was.

    Raises:
        UsageError: a flag's value does not fit.
        ConfigurationError: a value from elsewhere does not fit, or there is no such setting.
    """
    said = {name: value for name, value in flags.items() if value is not None}
    try:
        settings = Settings(**said)
        is_foreign = "provider" in said and "model" not in said and _is_another(settings.provider)
    except ValidationError as error:
        raise _refusal(error, said) from None
    except SettingsError as error:
        raise ConfigurationError(
            f"a RENAI_ variable cannot be read, lists and tables are JSON there: {error}"
        ) from None
    except RuntimeError:  # as Path.expanduser raises it
        raise ConfigurationError(
            "the cache folder begins with ~ and the name of nobody here; give its whole path with "
            "--cache-dir, RENAI_CACHE_DIR or cache_dir in the settings"
        ) from None
    except (OSError, ValueError) as error:  # tomllib.TOMLDecodeError among them
        raise ConfigurationError(f"cannot read {config_file()}: {error}") from None
    return settings.model_copy(update={"model": None}) if is_foreign else settings


def _is_another(provider: str) -> bool:
    """Whether environment and `config.toml` name another provider, whose model theirs then is."""
    elsewhere = Settings()
    return "provider" in elsewhere.model_fields_set and elsewhere.provider != provider


def _refusal(error: ValidationError, flags: dict[str, Any]) -> UsageError | ConfigurationError:
    first = error.errors()[0]
    words = _WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    words = words[:1].lower() + words[1:]
    name = ".".join(map(str, first["loc"]))
    field = name.partition(".")[0]
    if field in flags:
        return UsageError(f"--{field.replace('_', '-')}: {words}")
    variable = f"RENAI_{field.upper()}"
    source = variable if variable in os.environ else f"{name} in {config_file()}"
    return ConfigurationError(f"{source}: {words}")
