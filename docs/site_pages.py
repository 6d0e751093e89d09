"""What the site has besides the pages of docs/: the changelog and the like, a page of API a module.

MkDocs calls these functions when it builds the site (`make docs`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
OF_THE_ROOT = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting.md",
}
"""Pages that stand where the repository's host looks for them, and what the site calls them."""

PUBLIC = re.compile(r"^\| `([\w.]+)` \| (.+?) \| (`.+`) \|$", re.MULTILINE)
"""A row of the table of public names in docs/python.md."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    pages = dict(_api_pages())
    pages |= {name: _read(source) for source, name in OF_THE_ROOT.items()}
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    decided = re.findall(
        r"^\| \[.+?\]\((.+?\.md)\)", _read("docs/decisions/README.md"), re.MULTILINE
    )
    config.nav = _filled_in(
        config.nav,
        {
            "api/": [
                "api/index.md",
                *(name for name in pages if name != "api/index.md" and name.startswith("api/")),
            ],
            "decisions/": ["decisions/README.md", *(f"decisions/{name}" for name in decided)],
        },
    )
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Make links that are meant for the repository lead to pages of the site."""
    to_root = "../" * page.file.src_uri.count("/")
    if page.file.src_uri in OF_THE_ROOT.values():
        markdown = markdown.replace("](docs/", "](")
    for source, name in OF_THE_ROOT.items():
        markdown = re.sub(rf"\]\((?:\.\./)*{re.escape(source)}", f"]({to_root}{name}", markdown)
    markdown = re.sub(r"\]\(((?:\.\./)?decisions/)\)", r"](\1README.md)", markdown)
    markdown = re.sub(r"^```mermaid\n.*?^```$", _folded, markdown, flags=re.MULTILINE | re.DOTALL)
    # What leads to code, or to the README, which the site does not have, keeps its words.
    return re.sub(
        r"\[([^\]]+)\]\((?:\.\./)+(?:(?:src|tests|benchmarks|examples)/[^)]*|README\.md)\)",
        r"\1",
        markdown,
    )


def _folded(diagram: re.Match[str]) -> str:
    """Fold up a diagram's source: what would draw it comes from a third party."""
    return '??? note "A diagram, as its source"\n\n' + re.sub(
        "^", "    ", diagram[0], flags=re.MULTILINE
    )


def _read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def _filled_in(nav: Any, folders: dict[str, list[str]]) -> Any:
    """Return the navigation of mkdocs.yml with all pages of the folders that it names."""
    if isinstance(nav, list):
        return [_filled_in(entry, folders) for entry in nav]
    if isinstance(nav, dict):
        return {title: _filled_in(entry, folders) for title, entry in nav.items()}
    return folders.get(nav, nav)


def _api_pages() -> Iterator[tuple[str, str]]:
    """Yield each page of the API with its text: names as docs/python.md lists them."""
    index = ["# API", "", "All public names, read off the code.", ""]
    for module, _, names in PUBLIC.findall(_read("docs/python.md")):
        index.append(f"- [`{module}`]({module}.md)")
        text = [f"# {module}", ""]
        text += [f"::: {module}.{name}\n" for name in re.findall(r"`(\w+)`", names)]
        yield f"api/{module}.md", "\n".join(text)
    yield "api/index.md", "\n".join(index) + "\n"
