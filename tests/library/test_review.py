"""Going through a plan: who is asked about, in which order, and what answers make of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from renai.errors import UsageError
from renai.file_job import FileJob
from renai.library.review import LEFT_ALONE, Review, edit, field_meant
from renai.metadata.corrections import Corrections
from renai.providers.schema import Metadata
from renai.renaming.plan import Policy
from renai.renaming.template import Template

ROOT = Path("/library")
STAT = os.stat_result([0] * 10)


def job(name: str, sure: float | None, title: str | None = "", content: str = "") -> FileJob:
    path = ROOT / name
    title = path.stem.upper() if title == "" else title
    metadata = Metadata(title=title, confidence=sure, evidence={"title": "a title"})
    file_hash = (content or path.stem).rjust(64, "0")
    return FileJob(str(path), ROOT, "document", STAT, file_hash, metadata)


def reviewed(tmp_path: Path, *jobs: FileJob, least: float = 0.0) -> Review:
    policy = Policy(Template.parse("{title} ({year})"), min_confidence=least)
    names = [job.path.name for job in jobs]
    return Review(list(jobs), policy, Corrections(tmp_path), lambda folder: names)


def asked(review: Review) -> list[str]:
    return [job.path.name for job in review.questions]


def plan(review: Review) -> dict[str, str]:
    return {d.path.name: d.new_path.name if d.new_path else d.reason for d in review.plan()}


def test_the_least_certain_come_first(tmp_path: Path) -> None:
    jobs = [job("a.pdf", 0.9), job("b.pdf", 0.2), job("c.pdf", None), job("d.pdf", 0.5)]
    assert asked(reviewed(tmp_path, *jobs)) == ["c.pdf", "b.pdf", "d.pdf", "a.pdf"]


def test_those_that_are_certain_enough_are_not_asked_about(tmp_path: Path) -> None:
    jobs = [job("a.pdf", 0.9), job("b.pdf", 0.89), job("c.pdf", None)]
    review = reviewed(tmp_path, *jobs, least=0.9)
    assert asked(review) == ["c.pdf", "b.pdf"]
    assert plan(review) == {"a.pdf": "A.pdf", "b.pdf": "B.pdf", "c.pdf": "C.pdf"}


def test_everything_is_asked_about_where_that_is_wanted(tmp_path: Path) -> None:
    jobs = [job("a.pdf", 0.9), job("b.pdf", 0.5)]
    policy = Policy(Template.parse("{title}"), min_confidence=0.7)
    names = [job.path.name for job in jobs]
    review = Review(jobs, policy, Corrections(tmp_path), lambda folder: names, everything=True)
    assert asked(review) == ["b.pdf", "a.pdf"]


def test_nobody_is_asked_about_what_stays_as_it_is(tmp_path: Path) -> None:
    skipped = job("c.pdf", 0.1)
    skipped.metadata, skipped.problem = None, ("skip", "is damaged")
    jobs = [job("RIGHT.pdf", 0.1, "RIGHT"), skipped, job("untitled.pdf", 0.1, None)]
    assert asked(reviewed(tmp_path, *jobs)) == ["untitled.pdf"]


def test_what_is_left_alone_frees_its_name_for_others(tmp_path: Path) -> None:
    jobs = [job("a.pdf", 0.9, "Same"), job("b.pdf", 0.2, "Same")]
    review = reviewed(tmp_path, *jobs)
    assert plan(review) == {"a.pdf": "Same.pdf", "b.pdf": "Same (2).pdf"}
    review.leave(jobs[0])
    assert plan(review) == {"a.pdf": LEFT_ALONE[1], "b.pdf": "Same.pdf"}
    assert [job.action for job in review.plan()] == ["keep", "rename"]


def test_a_correction_makes_the_name_anew_and_is_kept_at_once(tmp_path: Path) -> None:
    first, second = job("a.pdf", 0.2, None), job("b.pdf", 0.9)
    review = reviewed(tmp_path, first, second)
    review.correct(first, "title", "  Ünïcode 読書 ")
    review.correct(first, "year", "c. 2004")
    assert plan(review)["a.pdf"] == "Ünïcode 読書 (2004).pdf"
    assert first.corrected
    assert not second.corrected
    (kept,) = Corrections(tmp_path).all()
    assert kept.metadata == first.metadata
    assert (kept.metadata.title, kept.metadata.year, kept.metadata.confidence) == (
        "Ünïcode 読書",
        2004,
        1.0,
    )
    assert asked(review) == ["a.pdf", "b.pdf"], "the order stays while somebody goes through it"


def test_all_of_one_content_are_corrected(tmp_path: Path) -> None:
    jobs = [job("a.pdf", 0.2, content="1"), job("copy.pdf", 0.2, content="1")]
    review = reviewed(tmp_path, *jobs, job("other.pdf", 0.2))
    review.correct(jobs[0], "title", "Right")
    assert jobs[1].metadata == jobs[0].metadata
    assert plan(review) == {
        "a.pdf": "Right.pdf",
        "copy.pdf": "a duplicate of a.pdf",
        "other.pdf": "OTHER.pdf",
    }


def test_what_cannot_be_a_value_changes_nothing(tmp_path: Path) -> None:
    wrong = job("a.pdf", 0.2)
    review = reviewed(tmp_path, wrong)
    for field, text in [
        ("year", "soon"),
        ("isbn", "9781402894627"),
        ("doi", "11.1000/182"),
        ("title", "\x1b\u202e"),
    ]:
        with pytest.raises(UsageError, match=f"cannot be used as {field}"):
            review.correct(wrong, field, text)
    assert Corrections(tmp_path).all() == []
    assert not wrong.corrected


def test_a_field_is_edited_and_the_others_stay() -> None:
    known = Metadata(
        title="Old", authors=("A",), year=1999, evidence={"title": "OLD", "year": "(c) 1999"}
    )
    edited = edit(known, "authors", "Ada Quill; Bo Öl")
    assert edited.authors == ("Ada Quill", "Bo Öl")
    assert edited == known.with_values(authors=edited.authors)
    assert edit(known, "title", "New").evidence == {"year": "(c) 1999"}
    assert edit(known, "year", " ").year is None
    assert edit(known, "authors", "").authors == ()
    assert edit(known, "series_index", "0").series_index == 0
    assert edit(known, "doi", "https://doi.org/10.1000/182").doi == "10.1000/182"


def test_fields_are_known_by_their_first_letters() -> None:
    words = ["t", "YEAR", "au", "series", "series_", "s", "", "colour", "i "]
    assert [field_meant(word) for word in words] == [
        *("title", "year", "authors", "series", "series_index"),
        *(None, None, None, "isbn"),
    ]
