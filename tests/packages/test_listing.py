"""The page for Haystack's list of integrations is in the form that the list asks for."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
_, FRONT, BODY = (ROOT / "docs/haystack-integration-page.md").read_text("utf-8").split("---\n", 2)
PAGE = yaml.safe_load(FRONT)
TYPES = {
    "Custom Component",
    "Data Ingestion",
    "Document Store",
    "Evaluation Framework",
    "Model Provider",
    "Monitoring Tool",
    "Tool Integration",
}


def test_what_is_required_is_there():
    assert PAGE["layout"] == "integration"
    assert PAGE["version"] == "Haystack 2.0"
    assert PAGE["type"] in TYPES
    assert PAGE["name"]
    assert PAGE["description"]
    assert all(author["name"] for author in PAGE["authors"])


def test_it_leads_to_the_distribution():
    project = tomllib.loads((ROOT / "packages/renai-haystack/pyproject.toml").read_text("utf-8"))
    name = project["project"]["name"]
    assert PAGE["pypi"].endswith(f"/project/{name}")
    assert f"\npip install {name}\n" in BODY


def test_its_sections_are_those_of_every_integration():
    sections = [line for line in BODY.splitlines() if line.startswith(("## ", "### License"))]
    assert sections == ["## Overview", "## Installation", "## Usage", "### License"]
