"""What `--preview` shows is what a run then sends, and it sends nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from program import KEY, Program

if TYPE_CHECKING:
    from pathlib import Path

    from endpoint import Endpoint

PAID = ("--provider", "custom")


def test_a_preview_is_what_a_run_sends(renai: Program, endpoint: Endpoint, books: Path) -> None:
    shown = renai(books, *PAID, "--preview", "--json")
    assert (shown.code, endpoint.calls) == (0, [])
    files = shown.json["files"]
    assert {file["url"] for file in files} == {f"{endpoint.url}/chat/completions"}
    assert KEY not in shown.out
    renai(books, *PAID, "--yes", "--dry-run")
    sent = [call.body for call in endpoint.calls]
    assert len(sent) == 3
    assert all(file["body"] in sent for file in files)
    known = renai(books, *PAID, "--preview", "--json").json["files"]
    assert [file["body"] for file in known] == [None] * 3
    assert len(endpoint.calls) == 3


def test_a_person_sees_every_word(renai: Program, endpoint: Endpoint, books: Path) -> None:
    shown = renai(books / "scan0.pdf", *PAID, "--preview")
    assert endpoint.calls == []
    renai(books / "scan0.pdf", *PAID, "--yes", "--dry-run")
    for message in endpoint.calls[0].body["messages"]:
        assert message["content"] in shown.out
    assert f"to custom, {endpoint.url}/chat/completions, would be sent" in shown.out


def test_what_stays_here_says_so(renai: Program, books: Path) -> None:
    assert "nothing would be sent; all stays here" in renai(books, "--preview").out
    assert renai(books, "--preview", "--yes").code == 2
