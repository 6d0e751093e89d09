"""docs/settings.md names everything that can be set, and everything a name can be made of."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from renai.providers.registry import SERVICES
from renai.renaming.template import FIELDS
from renai.settings import Settings

DEFAULTS = {each.name: getattr(Settings(), each.name) for each in fields(Settings)}
PAGE = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")


def rows(heading):
    """The first cells of the table below a heading."""
    section = re.split(r"^#+ ", PAGE, flags=re.MULTILINE)
    (text,) = (part for part in section if part.startswith(heading))
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]


def test_every_setting_has_a_row():
    assert sorted(rows("Settings")) == sorted(f"`{name}`" for name in DEFAULTS)


@pytest.mark.parametrize(
    ("name", "default"), re.findall(r"^\| `(\w+)` \| `(.+?)` \|", PAGE, re.MULTILINE)
)
def test_defaults_are_the_programs(name, default):
    if name in SERVICES:
        assert SERVICES[name].model == default
    else:
        said = tomllib.loads(f"it = {default}")["it"]
        default = DEFAULTS[name]
        assert said == (list(default) if isinstance(default, tuple) else default)


def test_every_provider_has_a_row():
    assert rows("Providers and keys") == [f"`{name}`" for name in SERVICES]


def test_every_provider_is_named_beside_its_setting():
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `provider` |"))
    assert re.findall(r"`(\w+)`", row.split("|")[3]) == list(SERVICES)


def test_every_variable_of_a_provider_stands_in_its_row():
    for service in SERVICES.values():
        (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{service.name}` |"))
        variables = {service.key_variable, service.model_variable}
        assert variables - {""} <= set(re.findall(r"`([A-Z_]+)`", row))


def test_every_field_of_a_name_has_a_row():
    assert set(re.findall(r"\{(\w+)\}", " ".join(rows("Name patterns")))) == set(FIELDS)
