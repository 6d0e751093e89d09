"""Settings: flags before `RENAI_*` environment variables before `config.toml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError
from pydantic_settings import (  # noqa: TID253 - this file is imported where settings are needed
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from renai.documents.reading import DEFAULT_TEXT_LIMIT
from renai.errors import ConfigurationError
from renai.library.naming import DEFAULT_TEMPLATE
from renai.locations import cache_folder, config_file
from renai.providers.catalogue import DEFAULT_CATEGORIES

ProviderName = Literal["offline", "openai", "deepinfra", "openrouter", "custom"]


class Settings(BaseSettings):
    """Everything that can be set, with its default.

    API keys are not among them: they are read from the environment alone, so that none comes to
    lie in a file or a log.
    """

    model_config = SettingsConfigDict(env_prefix="RENAI_", extra="forbid", frozen=True)

    provider: ProviderName = "offline"
    model: str | None = None
    update_metadata: bool = False
    template: str = DEFAULT_TEMPLATE
    organize: bool = False
    min_confidence: float = Field(default=0.0, ge=0, le=1)
    concurrency: PositiveInt = 8
    text_limit: PositiveInt = DEFAULT_TEXT_LIMIT
    categories: tuple[str, ...] = DEFAULT_CATEGORIES
    base_urls: dict[str, str] = Field(default_factory=dict)
    workers: PositiveInt = Field(default_factory=lambda: os.cpu_count() or 1)
    document_seconds: PositiveFloat = 60.0
    document_memory: PositiveInt = 2 << 30
    cache_dir: Path = Field(default_factory=cache_folder)
    cache_url: str | None = None

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
        ConfigurationError: a value that does not fit, or an unknown name in `config.toml`.
    """
    said = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**said)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"{_source(name, said)}: {first['msg'][:1].lower()}{first['msg'][1:]}"
        ) from None
    except ValueError as error:  # tomllib.TOMLDecodeError among them
        raise ConfigurationError(f"cannot read {config_file()}: {error}") from None


def _source(name: str, flags: dict[str, Any]) -> str:
    field = name.partition(".")[0]
    if field in flags:
        return f"--{field.replace('_', '-')}"
    variable = f"RENAI_{field.upper()}"
    return variable if variable in os.environ else f"{name} in {config_file()}"
