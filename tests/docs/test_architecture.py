"""docs/architecture.md names files that are there, and the house as its walls are tested."""

import re
from pathlib import Path

import pytest

from test_walls import LEVELS

ROOT = Path(__file__).parents[2]
PAGE = re.sub(
    r"^```.*?^```$",
    "",
    (ROOT / "docs/architecture.md").read_text(encoding="utf-8"),
    flags=re.MULTILINE | re.DOTALL,
)
PLACES = (ROOT / "src/renai", ROOT / "src/haystack_integrations/components", ROOT)
PATHS = sorted(set(re.findall(r"`([\w./-]+(?:\.py|/))`", PAGE)))
NAMES = sorted(set(re.findall(r"`(\w+)` in `([\w./-]+\.py)`", PAGE)))


def found(path):
    return [place / path for place in PLACES if (place / path).exists()]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_named_exists(path):
    assert found(path)


@pytest.mark.parametrize(("name", "path"), NAMES)
def test_a_name_stands_in_its_file(name, path):
    (file,) = found(path)
    assert re.search(rf"\b(?:def|class) {name}\b|^{name}\b", file.read_text("utf-8"), re.MULTILINE)


def test_the_house_is_the_one_with_the_walls():
    table = re.search(r"^\| in `src/renai/` \|.*?\n\n", PAGE, re.MULTILINE | re.DOTALL)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    shown = [set(re.findall(r"`(\w+)(?:/|\.py)`", row)) for row in rows]
    assert shown == LEVELS


def modules():
    for path in (ROOT / "src/renai").rglob("*.py"):
        name = ".".join(path.relative_to(ROOT / "src/renai").with_suffix("").parts)
        yield name.removesuffix(".__init__"), path


def test_what_docstrings_refer_to_exists():
    """`folder.module`, or `folder.module.name`."""
    files = dict(modules())
    folders = {name.partition(".")[0] for name in files}
    lost = []
    for path in files.values():
        for said in re.findall(r"`(?:renai\.)?([a-z_]+(?:\.\w+)+)`", path.read_text("utf-8")):
            module, _, name = said.rpartition(".")
            if said in files or said.partition(".")[0] not in folders:
                continue
            if module not in files or not re.search(
                rf"\b{name}\b", files[module].read_text("utf-8")
            ):
                lost.append((path.name, said))
    assert not lost
