"""Plans, made without a disk: who gets which name, and that a second run renames nothing."""

import os
import unicodedata
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.file_job import AN_IMAGE, Companion, FileJob, Problem
from renai.providers.schema import Metadata
from renai.renaming.library_bounds import LEADS_OUT
from renai.renaming.naming import name_key
from renai.renaming.plan import Policy, make_plan
from renai.renaming.template import Template

ROOT = Path("/library")
STAT = os.stat_result([0] * 10)
TITLES = Policy(Template.parse("{title}"))


def job(name: str, title: str | None = None, **known: object) -> FileJob:
    metadata = Metadata.from_said({"title": title, **known})
    return FileJob(
        str(ROOT / name), ROOT, "document", STAT, sha256(name.encode()).hexdigest(), metadata
    )


def unread(name: str, problem: Problem) -> FileJob:
    return FileJob(str(ROOT / name), ROOT, "document", STAT, problem=problem)


def planned(jobs: list[FileJob], *others: str, policy: Policy = TITLES) -> list[FileJob]:
    return decided(jobs, policy, [*(str(x.path) for x in jobs), *others])


def decided(jobs: list[FileJob], policy: Policy, names: list[str]) -> list[FileJob]:
    plan = make_plan(jobs, policy, listing_of(names))
    for x, decision in zip(jobs, plan, strict=True):
        x.decision = decision
    return jobs


def listing_of(names: list[str]):  # type: ignore[no-untyped-def]
    asked: Counter[Path] = Counter()

    def listing(folder: Path) -> list[str]:
        asked[folder] += 1
        assert asked[folder] == 1, "a folder is listed once"
        paths = [ROOT / name for name in names]
        return [path.name for path in paths if path.parent == folder]

    return listing


def renames(jobs: list[FileJob]) -> dict[str, str]:
    return {
        str(d.path.relative_to(ROOT)): str(d.new_path.relative_to(ROOT)) for d in jobs if d.new_path
    }


def test_every_job_gets_a_decision_and_a_reason() -> None:
    plan = planned(
        [
            job("a.pdf", "Dune"),
            job("Emma.pdf", "Emma"),
            job("c.pdf", None),
            job("d.pdf", "Dubious", confidence=0.3),
            job("e.pdf", "Unsure"),
            unread("f.jpg", AN_IMAGE),
            unread("g.pdf", ("fail", "the model did not answer")),
        ],
        policy=Policy(TITLES.template, min_confidence=0.0),
    )
    assert [(d.action, d.reason) for d in plan] == [
        ("rename", ""),
        ("keep", "already named so"),
        ("keep", "no title"),
        ("rename", ""),
        ("rename", ""),
        ("skip", "an image"),
        ("fail", "the model did not answer"),
    ]


def test_a_name_that_some_platform_refuses_is_given_as_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("renai.renaming.template.is_portable", lambda name: False)
    (plan,) = planned([job("a.pdf", "100 % Dune")])
    assert (plan.action, plan.reason) == ("keep", "its new name is not allowed on every system")


def test_below_the_confidence_asked_for_a_file_keeps_its_name() -> None:
    plan = planned(
        [
            job("a.pdf", "A", confidence=0.3),
            job("b.pdf", "B"),
            job("c.pdf", "C", confidence=0.6),
        ],
        policy=Policy(TITLES.template, min_confidence=0.6),
    )
    assert [d.reason for d in plan] == [
        "uncertain",
        "uncertain",
        "",
    ]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], "Dune.pdf"),
        (["Dune.pdf"], "Dune (2).pdf"),
        (["dune.PDF"], "Dune (2).pdf"),
        (["Dune.pdf", "DUNE (2).pdf"], "Dune (3).pdf"),
        (["Dune.epub"], "Dune.pdf"),
    ],
)
def test_a_taken_name_gets_a_number(there: list[str], expected: str) -> None:
    assert renames(planned([job("a.pdf", "Dune")], *there)) == {"a.pdf": expected}


def test_a_name_differing_in_composition_is_taken() -> None:
    decomposed = unicodedata.normalize("NFD", "Café.pdf")
    assert renames(planned([job("a.pdf", "Café")], decomposed)) == {"a.pdf": "Café (2).pdf"}


def test_of_two_files_that_want_one_name_the_first_gets_it() -> None:
    plan = planned([job("b.pdf", "Dune"), job("a.pdf", "Dune")])
    assert renames(plan) == {"b.pdf": "Dune.pdf", "a.pdf": "Dune (2).pdf"}
    assert [d.reason for d in plan] == ["", "that name is taken"]


def test_a_name_given_up_can_be_taken() -> None:
    assert renames(planned([job("a.pdf", "b"), job("b.pdf", "c")])) == {
        "a.pdf": "b.pdf",
        "b.pdf": "c.pdf",
    }
    assert renames(planned([job("a.pdf", "b"), job("b.pdf", "a")])) == {
        "a.pdf": "b.pdf",
        "b.pdf": "a.pdf",
    }


def test_a_name_given_up_in_one_spelling_is_still_taken_in_another() -> None:
    plan = planned([job("Dune.pdf", "Dune"), job("dune.pdf", "Emma"), job("x.pdf", "Dune")])
    assert renames(plan) == {"dune.pdf": "Emma.pdf", "x.pdf": "Dune (2).pdf"}


def test_a_change_of_case_alone_is_a_rename() -> None:
    assert renames(planned([job("dune.pdf", "Dune")])) == {"dune.pdf": "Dune.pdf"}


@pytest.mark.parametrize("name", ["Dune.pdf", "Dune (2).pdf", "Dune (17).PDF"])
def test_a_file_rightly_named_is_left_alone(name: str) -> None:
    assert renames(planned([job(name, "Dune")])) == {}


def test_organized_files_move_below_the_folder_the_user_named() -> None:
    policy = Policy(TITLES.template, organize=True)
    plan = planned(
        [
            job("x/a.pdf", "Dune", category="Fiction"),
            job("Fiction/Emma.pdf", "Emma", category="Fiction"),
            job("b.pdf", "Emma", category="Fiction"),
            job("c.pdf", "Cosmos"),
        ],
        policy=policy,
    )
    assert renames(plan) == {
        "x/a.pdf": "Fiction/Dune.pdf",
        "b.pdf": "Fiction/Emma (2).pdf",
        "c.pdf": "Other/Cosmos.pdf",
    }


def test_a_category_folder_organized_by_itself_is_not_nested() -> None:
    root = ROOT / "Fiction"
    metadata = Metadata(title="Dune", category="Fiction")
    dune = FileJob(str(root / "Dune.pdf"), root, "document", STAT, metadata=metadata)
    organized = Policy(TITLES.template, organize=True)
    (decision,) = make_plan([dune], organized, listing_of(["Fiction/Dune.pdf"]))
    assert decision.action == "keep"


def test_no_file_moves_through_a_link_out_of_the_library(tmp_path: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside"
    for folder in (library / "Novels", outside):
        folder.mkdir(parents=True)
    (library / "Fiction").symlink_to(outside)
    (library / "History").symlink_to("Novels")
    (library / "Cosmos").symlink_to(outside / "missing")
    (tmp_path / "named").symlink_to(library)
    for root in (library, tmp_path / "named"):
        jobs = [
            FileJob(str(root / f"{name}.pdf"), root, "document", STAT, metadata=known)
            for name in ("Fiction", "History", "Cosmos")
            if (known := Metadata(title="Dune", category=name))
        ]
        plan = make_plan(jobs, Policy(TITLES.template, organize=True), lambda _: [])
        assert [decision.reason for decision in plan] == [LEADS_OUT, "", LEADS_OUT]
        assert plan[1].new_path == root / "History" / "Dune.pdf"


def test_sidecars_get_the_number_of_their_document() -> None:
    plan = planned([job("a.pdf", "Dune")], "a.opf", "a.pdf.xmp", "Dune.opf", "ab.opf")
    assert renames(plan) == {"a.pdf": "Dune (2).pdf"}
    assert plan[0].decision.companions == (
        Companion(ROOT / "a.pdf.xmp", ROOT / "Dune (2).pdf.xmp"),
        Companion(ROOT / "a.opf", ROOT / "Dune (2).opf"),
    )


def test_documents_of_one_stem_stay_together_and_share_their_cover() -> None:
    plan = planned([job("a.pdf", "Dune"), job("a.epub", "Dune")], "a.jpg", "Dune.epub")
    assert renames(plan) == {"a.pdf": "Dune (2).pdf", "a.epub": "Dune (2).epub"}
    assert [len(d.decision.companions) for d in plan] == [1, 0]


@pytest.mark.parametrize(
    ("jobs", "others"),
    [
        ([job("a.pdf", "Dune"), job("a.epub", "Emma")], []),
        ([job("a.pdf", "Dune"), job("a.epub", None)], []),
        ([job("a.pdf", "Dune")], ["a.epub"]),
    ],
    ids=["part", "one stays", "not of this run"],
)
def test_a_cover_of_documents_that_part_stays(jobs: list[FileJob], others: list[str]) -> None:
    plan = planned(jobs, "a.jpg", "a.pdf.xmp", *others)
    assert [c.path.name for d in plan for c in d.decision.companions] == ["a.pdf.xmp"]


def test_an_image_that_is_renamed_itself_is_nobodys_cover() -> None:
    plan = planned([job("a.pdf", "Dune"), job("a.jpg", "Sunset")])
    assert renames(plan) == {"a.pdf": "Dune.pdf", "a.jpg": "Sunset.jpg"}
    assert [d.decision.companions for d in plan] == [(), ()]


def test_names_that_a_disk_takes_for_one_do_not_share_a_number() -> None:
    plan = planned([job("a.pdf", "Dune"), job("a.PDF", "Dune")])
    assert renames(plan) == {"a.pdf": "Dune.pdf", "a.PDF": "Dune (2).PDF"}


names = st.sampled_from(["a", "A", "b", "B", "á", "c"])
extensions = st.sampled_from([".pdf", ".PDF", ".epub", ".jpg", ".opf", ".pdf.opf"])
titles = st.sampled_from(["a", "A", "b", "a (2)", "b (3)", "Á", None])
disks = st.dictionaries(
    st.tuples(names, st.sampled_from(["", " (2)", " (3)"]), extensions).map("".join), titles
)


@given(disks, st.booleans())
def test_a_second_run_renames_nothing_and_nothing_is_lost(
    disk: dict[str, str | None], organize: bool
) -> None:
    policy = Policy(TITLES.template, organize=organize)

    def run(files: dict[str, str | None]) -> dict[str, str | None]:
        """Plan, and apply the plan to the names."""
        jobs = [
            job(name, title)
            for name, title in files.items()
            if title is not None and not name.endswith(".opf")
        ]
        moved: dict[str, str] = {}
        for x in decided(jobs, policy, list(files)):
            if x.new_path:
                pairs = [(x.path, x.new_path), *x.decision.companions]
                moved |= {str(a.relative_to(ROOT)): str(b.relative_to(ROOT)) for a, b in pairs}
        after = {moved.get(name, name): title for name, title in files.items()}
        assert len(after) == len(files), "two files got one name"
        fresh = Counter(name_key(name) for name in after)
        assert all(fresh[name_key(new)] == 1 for new in moved.values())
        return after

    once = run(disk)
    assert run(once) == once


def test_ten_thousand_files_of_one_name_are_numbered() -> None:
    plan = planned([job(f"{i}.pdf", "Dune") for i in range(10_000)])
    assert plan[-1].new_path == ROOT / "Dune (10000).pdf"
