"""Load a person's settings and check them against the known providers, OCR engines and name fields.

A wrong value is refused here, before any work is done or money spent.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import field_validator

from renai.documents.ocr.engine import ENGINES
from renai.errors import UsageError
from renai.providers.registry import is_provider, provider_names
from renai.renaming.template import Template
from renai.settings import Settings, gather_settings

T = TypeVar("T")


def load_settings(**flags: Any) -> Settings:
    """Gather the settings from all sources and check them.

    Args:
        flags: the values given on the command line, by the name of the setting; None for a flag
            that was not given.

    Raises:
        UsageError: the value of a flag is not allowed.
        ConfigurationError: a value from the environment or `config.toml` is not allowed, or there
            is no such setting.
    """
    return gather_settings(_CheckedSettings, **flags)


class _CheckedSettings(Settings):
    @field_validator("provider", mode="before")
    @classmethod
    def _is_a_provider(cls, name: object) -> object:
        if not is_provider(name):
            raise ValueError(f"input should be {_one_of(provider_names())}")
        return name

    @field_validator("ocr_engine", mode="before")
    @classmethod
    def _is_an_engine(cls, name: object) -> object:
        if name is not None and name not in ENGINES:
            raise ValueError(f"input should be {_one_of(ENGINES)}")
        return name

    @field_validator("template", "image_template")
    @classmethod
    def _parses(cls, template: str) -> str:
        try:
            Template.parse(template)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return template

    @field_validator("base_urls", "prices", "max_tokens")
    @classmethod
    def _names_providers(cls, by_provider: dict[str, T]) -> dict[str, T]:
        """Refuse a misspelt provider: the values below its name would silently never be used."""
        if unknown := [name for name in by_provider if not is_provider(name)]:
            raise ValueError(f"there is no provider {min(unknown)!r}")
        return by_provider


def _one_of(names: tuple[str, ...]) -> str:
    """Return the allowed values as one phrase, worded as pydantic words a choice."""
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}"
