"""The site's navigation names every page, or the folder that its pages fill."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
NAVIGATION = (DOCS.parent / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
NAMED = re.findall(r"([\w/-]+(?:\.md|/))$", NAVIGATION, re.MULTILINE)


def test_every_page_is_in_the_navigation_once():
    pages = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    of_folders = tuple(name for name in NAMED if name.endswith("/"))
    left = [page for page in pages if not page.startswith(of_folders)]
    added = {"contributing.md", "changelog.md", "reporting.md"}
    assert sorted(name for name in NAMED if name.endswith(".md") and name not in added) == left


def test_every_decision_is_in_the_table_by_which_the_site_lists_them():
    table = (DOCS / "decisions/README.md").read_text("utf-8")
    listed = re.findall(r"^\| \[.+?\]\((.+?\.md)\)", table, re.MULTILINE)
    pages = {path.name for path in (DOCS / "decisions").glob("*.md")} - {"README.md"}
    assert sorted(listed) == sorted(pages)
