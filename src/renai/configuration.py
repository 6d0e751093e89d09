"""Load a person's settings and check them against the known providers, OCR engines and name fields.

A wrong value is refused here, before any work is done or money spent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renai.documents.ocr.engine import ENGINES
from renai.errors import UsageError
from renai.providers.registry import is_provider, provider_names
from renai.renaming.template import Template
from renai.setting_kinds import one_of
from renai.settings import gather_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from renai.settings import Settings


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
    return gather_settings(_CHECKS, **flags)


def _is_a_provider(name: object) -> None:
    if not is_provider(name):
        raise ValueError(f"input should be {one_of(provider_names())}")


def _is_an_engine(name: object) -> None:
    if name not in ENGINES:
        raise ValueError(f"input should be {one_of(ENGINES)}")


def _parses(template: object) -> None:
    if isinstance(template, str):
        try:
            Template.parse(template)
        except UsageError as error:
            raise ValueError(str(error)) from error


def _names_providers(by_provider: object) -> None:
    """Refuse a misspelt provider: the values below its name would silently never be used."""
    if isinstance(by_provider, dict):
        unknown = [name for name in by_provider if not is_provider(name)]
        if unknown:
            raise ValueError(f"there is no provider {min(unknown)!r}")


_CHECKS: Mapping[str, Callable[[object], None]] = {
    "provider": _is_a_provider,
    "ocr_engine": _is_an_engine,
    "template": _parses,
    "image_template": _parses,
    "base_urls": _names_providers,
    "prices": _names_providers,
    "max_tokens": _names_providers,
}
"""What only the tables of the modules above can say of a setting."""
