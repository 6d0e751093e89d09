"""What the three packages ask for together is what a clone asks for by itself."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from renai.version import __version__

ROOT = Path(__file__).parents[2]
PACKAGES = ("renai-core", "renai", "renai-haystack")
FOR_A_CLONE = {"bench", "dev", "docs", "portable", "release", "sample"}
"""The extras for working on renai and for its examples, which are not published."""


@cache
def project(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]


def asked_of(project, extras):
    found = list(project["dependencies"])
    for extra in extras:
        found += project["optional-dependencies"][extra]
    return map(Requirement, found)


def needed(folders, name, extras=()):
    """All packages of others that a project asks for, through its own parts, with versions."""
    found = set()
    for requirement in asked_of(project(folders[name]), extras):
        if requirement.name in folders:
            found |= needed(folders, requirement.name, tuple(sorted(requirement.extras)))
        else:
            found.add(str(requirement))
    return found


CLONE = {"renai": ROOT}
PUBLISHED = {name: ROOT / "packages" / name for name in PACKAGES}
EXTRAS = sorted(project(ROOT)["optional-dependencies"].keys() - FOR_A_CLONE)


def test_a_clone_needs_what_the_published_program_needs():
    assert needed(CLONE, "renai") == needed(PUBLISHED, "renai")


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_brings_the_same_in_a_clone(extra):
    assert needed(CLONE, "renai", (extra,)) == needed(PUBLISHED, "renai", (extra,))


def test_no_extra_is_published_that_a_clone_lacks():
    assert sorted(project(PUBLISHED["renai"])["optional-dependencies"]) == EXTRAS


def test_all_parts_have_one_version():
    for name in PACKAGES:
        own = project(PUBLISHED[name])
        assert own["dynamic"] == ["version"]
        for requirement in asked_of(own, own.get("optional-dependencies", ())):
            if requirement.name in ("renai-core", "renai-haystack"):
                assert str(requirement.specifier) == f"=={__version__}", requirement


def test_what_is_said_of_the_program_is_said_of_a_clone():
    clone, program = project(ROOT), project(PUBLISHED["renai"])
    for said in ("description", "requires-python", "license", "keywords", "classifiers", "scripts"):
        assert clone[said] == program[said]


def test_the_workflow_tests_each_python_that_is_named():
    workflow = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    said = "Programming Language :: Python :: 3."
    named = [name.rpartition(" ")[2] for name in project(ROOT)["classifiers"] if said in name]
    assert re.findall(r'"(3\.\d+)"', re.search(r"python: \[(.*?)\]", workflow)[1]) == named


@pytest.mark.parametrize("name", PACKAGES)
def test_each_part_carries_the_license(name):
    text = (PUBLISHED[name] / "LICENSE").read_bytes()
    assert text == (ROOT / "LICENSE").read_bytes()
