"""Files with equal content: which of them is named, and what is said of the others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from renai.file_job import FileJob, Problem
from renai.providers.schema import Metadata
from renai.renaming.plan import NAMED_SO, Policy, make_plan
from renai.renaming.template import Template

if TYPE_CHECKING:
    from renai.file_job import Decision
    from renai.settings import Duplicates

ROOT = Path("/library")
STAT = os.stat_result([0] * 10)


def job(name: str, content: str = "a", title: str = "Dune", **known: object) -> FileJob:
    metadata = Metadata.from_said({"title": title, **known})
    return FileJob(str(ROOT / name), ROOT, "document", STAT, content * 64, metadata)


def plan(wish: Duplicates, *jobs: FileJob, organize: bool = False) -> dict[str, str]:
    """The new name of each file, or why it keeps its own."""
    policy = Policy(Template.parse("{title}"), organize, 0.5, duplicates=wish)
    names = [x.path for x in jobs]
    decisions = make_plan(
        jobs, policy, lambda folder: [x.name for x in names if x.parent == folder]
    )
    return {
        str(x.path.relative_to(ROOT)): _said(decision)
        for x, decision in zip(jobs, decisions, strict=True)
    }


def _said(decision: Decision) -> str:
    if decision.new_path:
        return str(decision.new_path.relative_to(ROOT))
    assert decision.action == "keep"
    assert bool(decision.duplicate_of) == ("duplicate" in decision.reason)
    return f"= {decision.reason}"


def sure(name: str, content: str = "a", **known: object) -> FileJob:
    return job(name, content, confidence=0.9, **known)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("keep", ["Dune.pdf", "= a duplicate of a.pdf", "= a duplicate of /library/a.pdf"]),
        (
            "skip",
            ["= a duplicate of b.pdf", "= a duplicate of a.pdf", "= a duplicate of /library/a.pdf"],
        ),
        ("all", ["Dune.pdf", "Dune (2).pdf", "sub/Dune.pdf"]),
    ],
)
def test_the_user_says_which_of_several_copies_are_renamed(
    wish: Duplicates, expected: list[str]
) -> None:
    copies = [sure("a.pdf"), sure("b.pdf"), sure("sub/c.pdf")]
    other = sure("d.pdf", "d", title="Emma")
    assert list(plan(wish, *copies, other).values()) == [*expected, "Emma.pdf"]


@pytest.mark.parametrize("wish", ["keep", "skip"])
@pytest.mark.parametrize("named", ["Dune.pdf", "Dune (3).pdf", "z/Dune.pdf"])
def test_a_copy_that_has_its_name_already_stands_for_all(wish: Duplicates, named: str) -> None:
    planned = plan(wish, sure("a.pdf"), sure(named), sure("zz.pdf"))
    assert planned[named] == f"= {NAMED_SO}"
    assert planned["a.pdf"].startswith("= a duplicate of ")
    assert planned["a.pdf"].endswith(Path(named).name)
    assert planned["zz.pdf"] == planned["a.pdf"]


def test_a_copy_that_is_named_so_may_have_any_number_where_all_are_renamed() -> None:
    assert plan("all", sure("a.pdf"), sure("Dune.pdf"))["a.pdf"] == "Dune (2).pdf"


def test_if_a_person_leaves_one_alone_its_copies_stay_too() -> None:
    left = sure("a.pdf")
    left.problem = ("keep", "left alone in the review")
    planned = plan("keep", left, sure("b.pdf"))
    assert planned == {"a.pdf": "= left alone in the review", "b.pdf": "= a duplicate of a.pdf"}


def test_copies_that_are_uncertain_are_uncertain() -> None:
    assert plan("keep", job("a.pdf"), job("b.pdf")) == {
        "a.pdf": "= uncertain",
        "b.pdf": "= uncertain",
    }


def test_a_copy_stays_where_it_is_with_folders_for_categories() -> None:
    copies = [sure("x/a.pdf", category="Maps"), sure("y/b.pdf", category="Maps")]
    assert plan("keep", *copies, organize=True) == {
        "x/a.pdf": "Maps/Dune.pdf",
        "y/b.pdf": "= a duplicate of /library/x/a.pdf",
    }


def test_of_what_was_not_read_nothing_is_a_duplicate() -> None:
    problem: Problem = ("skip", "is damaged or not a PDF")
    unread = [
        FileJob(str(ROOT / x), ROOT, "document", STAT, "a" * 64, problem=problem) for x in "ab"
    ]
    decisions = make_plan(unread, Policy(Template.parse("{title}")), lambda _: [])
    assert [x.duplicate_of for x in decisions] == [None, None]
