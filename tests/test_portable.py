"""The tests that run on macOS and Windows, too, need nothing that is not there."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LISTED = (TESTS / "portable.txt").read_text("utf-8").splitlines()
HELPERS = {path.stem: path for path in TESTS.glob("*.py") if not path.stem.startswith("test_")}
NOT_THERE = {"fcntl", "pexpect", "ptyprocess", "pty", "resource", "servers", "termios"}


def imported(path):
    """All that a test imports, through the helpers of the tests as well."""
    found, ahead = set(), [path]
    while ahead:
        for node in ast.walk(ast.parse(ahead.pop().read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module]
            new = {name.partition(".")[0] for name in names} - found
            found |= new
            ahead += [HELPERS[name] for name in new & HELPERS.keys()]
    return found


@pytest.mark.parametrize("path", LISTED)
def test_a_portable_test_needs_no_other_system(path):
    assert not imported(TESTS.parent / path) & NOT_THERE
    assert "_server" not in (TESTS.parent / path).read_text("utf-8"), "a fixture with a server"


def test_the_list_is_sorted_and_names_each_test_once():
    assert sorted(set(LISTED)) == LISTED
