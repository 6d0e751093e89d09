"""The changelog has the form that it names, and its newest version is that of the package."""

import re
from pathlib import Path

from renai.version import __version__

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8")
SECTIONS = [
    "What you must do",
    "Added",
    "Changed",
    "Deprecated",
    "Removed",
    "Fixed",
    "Security",
]
VERSION = re.compile(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d")


def versions():
    """Each version's heading, with what stands below it."""
    _, *parts = re.split(r"^## (.+)$", CHANGELOG, flags=re.MULTILINE)
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_what_is_not_released_comes_first_and_released_versions_have_dates():
    first, *released = [heading for heading, _ in versions()]
    assert first == "[Unreleased]"
    assert all(VERSION.fullmatch(heading) for heading in released)


def test_sections_have_the_usual_names_in_the_usual_order():
    for heading, text in versions():
        sections = re.findall(r"^### (.+)$", text, flags=re.MULTILINE)
        assert sections == [name for name in SECTIONS if name in sections], heading


def test_the_newest_released_version_is_that_of_the_package():
    for heading, text in versions()[:2]:
        if match := VERSION.fullmatch(heading):
            assert match[1] == __version__
        elif len(versions()) == 1:
            assert f"It will be {__version__}" in text
