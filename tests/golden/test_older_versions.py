"""What users of older versions have on their disks stays valid: nothing is paid or computed again.

`older_versions/make.py` says what is in the archives and how each version makes its own. Only
public names are used here, so that these tests outlive any change inside. Where one fails, the
caches or journals of users would be lost: mend the code, and leave the archives as they are.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import tarfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from haystack import Document, Pipeline

import renai
from endpoint import Endpoint
from program import Program

if TYPE_CHECKING:
    from program import Finished

OLDER_VERSIONS = Path(__file__).with_name("older_versions")
VERSIONS = sorted(path.stem for path in OLDER_VERSIONS.glob("*.json"))
STORES = {"sqlite": "sqlite:///{}/layers.sqlite", "file": "file://{}/layers"}
OFFLINE = ("offline", "heuristics-1")

OFFLINE_ANSWERS_OTHERWISE = {"0.1.0"}
"""Versions whose `offline` had an older revision: its answers are free, and are made anew."""

has_ocr = all(map(importlib.util.find_spec, ("rapidocr", "onnxruntime")))
has_mutool = shutil.which("mutool") is not None


@cache
def said_by(version: str) -> dict[str, Any]:
    """What that version said when it made its archive."""
    said: dict[str, Any] = json.loads((OLDER_VERSIONS / f"{version}.json").read_text("utf-8"))
    return said


@dataclass(frozen=True)
class Old:
    """An older version's archive, unpacked.

    Attributes:
        version: its name.
        folder: where.
        said: what that version said when it made it.
        program: this version's, in the home of that version's user. Nobody listens at its
            endpoint, so that no model can be asked.
    """

    version: str
    folder: Path
    said: dict[str, Any]
    program: Program

    def run(self, name: str, *options: str) -> Finished:
        """Run again what that version ran, and rename nothing."""
        read, *arguments = self.said["runs"][name]["arguments"]
        # As then: files with equal content all got names.
        planned = ("--yes", "--dry-run", "--json", "--duplicates", "all")
        return self.program(self.folder / read, *arguments, *options, *planned)

    def is_answered_anew(self, name: str) -> bool:
        """Return whether the answers of a run are made anew, from the texts that are kept."""
        return name.startswith("offline") and self.version in OFFLINE_ANSWERS_OTHERWISE

    def assert_all_hits(self, name: str, *options: str) -> None:
        """What was planned then is planned now, and nobody is asked."""
        if self.is_answered_anew(name):
            assert self.run(name, *options).json["summary"]["calls"] == 0
        finished = self.run(name, *options)
        assert finished.code == 0, finished.err
        files = self.said["runs"][name]["files"]
        summary = finished.json["summary"]
        assert (summary["hits"], summary["misses"], summary["calls"]) == (len(files), 0, 0)
        self.assert_planned(name, finished)

    def assert_planned(self, name: str, finished: Finished) -> None:
        """What was planned then is planned now, unless it is answered anew."""
        files, planned = self.said["runs"][name]["files"], files_of(finished, self.folder)
        if self.is_answered_anew(name):
            assert planned.keys() == files.keys()
        else:
            assert_agrees(planned, files)


@pytest.fixture(params=VERSIONS)
def old(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Old:
    return unpacked(request.param, tmp_path, monkeypatch)


def unpacked(version: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Old:
    with tarfile.open(OLDER_VERSIONS / f"{version}.tar.gz") as archive:
        archive.extractall(folder, filter="tar")
    said = said_by(version)
    program = Program(folder / "home", said["endpoint"])
    for name, value in program.environment.items():  # for what is done in this process
        monkeypatch.setenv(name, value)
    return Old(version, folder, said, program)


def files_of(finished: Finished, folder: Path) -> dict[str, Any]:
    """What is planned for each file, as the archives' JSON has it."""
    return {
        Path(file["path"]).relative_to(folder).as_posix(): {
            **file,
            "new_name": file["new_path"] and Path(file["new_path"]).name,
        }
        for file in finished.json["files"]
    }


def assert_agrees(new: Any, old: Any, where: str = "") -> None:
    """What stood in JSON then stands there now, whatever stands beside it."""
    if isinstance(old, dict):
        assert old.keys() <= new.keys(), where
        for name, value in old.items():
            assert_agrees(new[name], value, f"{where}/{name}")
    elif isinstance(old, list):
        assert len(new) == len(old), where
        for number, value in enumerate(old):
            assert_agrees(new[number], value, f"{where}/{number}")
    else:
        assert new == old, where


def digests(folder: Path) -> dict[str, str]:
    """Name -> digest of everything in a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def entries(program: Program) -> dict[str, bytes]:
    return program.entries("text") | program.entries("metadata")


def of_each(part: str) -> pytest.MarkDecorator:
    """A test for each version, and for each name in a part of what it said."""
    cases = [(version, name) for version in VERSIONS for name in said_by(version)[part]]
    return pytest.mark.parametrize(("version", "name"), cases)


# Texts, metadata and corrections


@of_each("runs")
def test_a_run_is_answered_from_the_cache(
    version: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = unpacked(version, tmp_path, monkeypatch)
    if "ocr" in old.said["runs"][name]["arguments"] and not has_ocr:
        pytest.skip("needs renai[ocr]")
    before = entries(old.program)
    old.assert_all_hits(name)
    after = entries(old.program)
    assert after.keys() == before.keys()
    if not old.is_answered_anew(name):
        assert after == before


@pytest.mark.parametrize("kind", STORES)
def test_other_stores_of_texts_and_metadata_answer_as_well(old: Old, kind: str) -> None:
    shutil.rmtree(old.program.cache)
    old.assert_all_hits("offline", "--cache-url", STORES[kind].format(old.folder))
    assert entries(old.program) == {}


@pytest.mark.skipif(not (has_ocr and has_mutool), reason="needs renai[ocr] and mutool")
def test_no_text_is_extracted_again(old: Old) -> None:
    for lost in ("metadata", "ledger.sqlite"):
        path = old.program.cache / lost
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = old.program.entries("text")
    files: dict[str, Any] = {}
    for name in ("offline", "offline by OCR"):
        finished = old.run(name)
        files |= files_of(finished, old.folder)
        old.assert_planned(name, finished)
    assert old.program.entries("text") == before
    accounts = old.program("cache", "stats", "--json").json["accounts"]
    texts = [account for account in accounts if account["layer"] == "text"]
    contents = {file["file_hash"] for file in files.values()}
    mended = 1  # by mutool; it is looked up as PDFium would read it, too
    assert sum(account["misses"] for account in texts) <= mended
    assert sum(account["hits"] for account in texts) >= len(contents)


def test_entries_are_called_as_they_were(old: Old) -> None:
    """By the public functions that say where a text or an answer is kept."""
    texts, answers = set(), set()
    for path in (path for name in ("documents", "scans", "pictures") for path in under(old, name)):
        file_hash = renai.get_file_hash(path)
        for flag in (False, True):
            for mutool in (False, True):
                texts.add(renai.get_text_cache_path(file_hash, enhanced=flag, mutool=mutool))
            for asked in (OFFLINE, ("custom", "first-model")):
                answers.add(renai.get_metadata_cache_path(file_hash, *asked, vision=flag))
                answers.add(renai.get_metadata_cache_path(file_hash, *asked, mode="img"))
    of_corrected = {renai.get_file_hash(path) for path in under(old, "corrected")}
    for folder, paths in (("text", texts), ("metadata", answers)):
        kept = set((old.program.cache / folder).iterdir())
        strangers = {path.name for path in kept - paths}
        assert len(kept) > len(strangers)
        assert all(any(digest in name for digest in of_corrected) for name in strangers)


def under(old: Old, name: str) -> list[Path]:
    return sorted((old.folder / name).iterdir())


def test_the_cache_is_found_whole(old: Old) -> None:
    verified = old.program("cache", "verify", "--json")
    assert (verified.code, verified.json["bad"]) == (0, 0), verified.out
    checked: Counter[str] = Counter()
    for part in verified.json["checked"]:
        checked[part["layer"]] += part["entries"]
    assert {layer: checked[layer] for layer in old.said["export"]} == old.said["export"]


def test_corrections_go_before_what_any_model_says(old: Old) -> None:
    corrected = old.said["corrected"]
    listed = old.program("corrections", "--json").json["corrections"]
    assert_agrees(listed, corrected["listed"])
    read, *arguments = corrected["arguments"]
    finished = old.program(old.folder / read, *arguments, "--dry-run", "--json")
    assert (finished.code, finished.calls) == (0, 0), finished.err
    assert_agrees(files_of(finished, old.folder), corrected["files"])


def test_settings_load(old: Old) -> None:
    old.program.configure((old.folder / "config.toml").read_text("utf-8"))
    old.assert_all_hits("offline")


# Archives, the usage database and the log


def test_an_exported_cache_is_imported(old: Old) -> None:
    before = entries(old.program).keys()
    shutil.rmtree(old.program.cache)
    imported = old.program("cache", "import", old.folder / "export.tar.gz", "--json")
    assert imported.code == 0, imported.err
    assert imported.json["entries"] == old.said["export"]
    assert imported.json["outcomes"]["added"] == sum(old.said["export"].values())
    assert entries(old.program).keys() == before
    old.assert_all_hits("asked about text")
    old.assert_all_hits("asked about pictures")
    assert_pipeline_hits(old)


def test_statistics_go_on(old: Old) -> None:
    before = old.said["stats"]
    assert_agrees(old.program("cache", "stats", "--json").json, before)
    old.run("asked about text")
    after = old.program("cache", "stats", "--json").json
    files = old.said["runs"]["asked about text"]["files"]
    assert after["since"] == before["since"]
    assert after["total"]["hits"] == before["total"]["hits"] + len(files)
    assert after["total"]["saved"]["money"] > before["total"]["saved"]["money"]
    assert_agrees(after["total"]["spent"], before["total"]["spent"])


def test_the_log_of_calls_goes_on(old: Old) -> None:
    log = old.program.cache / "eval.jsonl"
    before = log.read_bytes()
    with Endpoint() as endpoint:
        asked = (old.folder / "documents" / "letters.md", "--provider", "custom", "--yes")
        finished = old.program(*asked, "--dry-run", CUSTOM_API_BASE_URL=endpoint.url)
    assert finished.code == 0, finished.err
    old_lines = before.splitlines()
    lines = log.read_bytes().splitlines()
    assert lines[: len(old_lines)] == old_lines
    (added,) = map(json.loads, lines[len(old_lines) :])
    assert json.loads(old_lines[0]).keys() - {"money"} <= added.keys()


def test_a_document_is_forgotten_everywhere(old: Old) -> None:
    path = old.folder / "documents" / "book.epub"
    file_hash = renai.get_file_hash(path)
    cache = old.program.cache
    assert f'"{file_hash}"' in (cache / "eval.jsonl").read_text("utf-8")
    forgotten = old.program("cache", "forget", path, "--yes", "--json")
    assert forgotten.code == 0, forgotten.err
    assert not [name for name in digests(cache) if file_hash in name]
    assert file_hash not in (cache / "eval.jsonl").read_text("utf-8")
    answered, texts = run_pipeline(old)
    for name in ("documents", "letters"):
        counted = answered[name]["meta"]["cache"]
        assert (counted["hits"], counted["misses"]) == (len(texts) - 1, 1)


# Vectors


def test_vectors_are_brought_and_not_computed(old: Old) -> None:
    assert old.said["vectors"]
    for kept in old.said["vectors"]:
        store = kept["store"].replace("@HERE@", str(old.folder))
        recipe = renai.Recipe(**kept["recipe"])
        with renai.EmbeddingCache(store, recipe, ledger=False, **kept["options"]) as vectors:
            assert [vectors.key(text) for text in kept["texts"]] == kept["keys"]
            embedded = vectors.embed(kept["texts"], refuse)
        assert all(embedded.hits)
        assert embedded.vectors.dtype == np.float32
        np.testing.assert_array_equal(embedded.vectors, np.array(kept["vectors"], np.float32))


def refuse(texts: list[str]) -> Any:
    raise AssertionError(f"computed again: {texts}")


def test_a_pipeline_that_was_written_out_is_loaded_and_finds_its_vectors(old: Old) -> None:
    assert_pipeline_hits(old)


def assert_pipeline_hits(old: Old) -> None:
    kept = old.said["haystack"]
    answered, texts = run_pipeline(old)
    for name, count in (("documents", len(texts)), ("letters", len(texts)), ("text", 1)):
        counted = answered[name]["meta"]["cache"]
        assert counted == {"hits": count, "misses": 0, "deduplicated": 0}, name
    assert answered["text"]["embedding"] == kept["text_embedding"]
    embeddings = [document.embedding for document in answered["documents"]["documents"]]
    assert embeddings == kept["embeddings"]
    sparse = [document.sparse_embedding for document in answered["letters"]["documents"]]
    assert [each.to_dict() for each in sparse] == kept["sparse"]


def run_pipeline(old: Old) -> tuple[dict[str, Any], list[str]]:
    """Run what was written out; the answers, and the texts of the documents."""
    kept = old.said["haystack"]
    documents = [Document(content=content, meta=meta) for content, meta in kept["documents"]]
    given = {"documents": documents}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(OLDER_VERSIONS)  # for the sparse embedder
        pipeline = Pipeline.loads(kept["pipeline"], allowed_modules=["letter_embedder"])
        answered = pipeline.run(
            {"documents": given, "letters": given, "text": {"text": kept["text"]}}
        )
    for name in ("documents", "letters", "text"):
        pipeline.get_component(name).close()
    return answered, [content for content, _ in kept["documents"]]


# Journals


def user_of(old: Old, case: str, *, same_disk: bool = True) -> Program:
    """The program in the home of a user whose library and record of renames were kept.

    Unless it is another disk now, journals know files by the numbers that they have here.
    """
    home = old.folder / "journals" / case
    here = json.dumps(str(home))[1:-1]
    for journal in (home / "state" / "renAI" / "journal").iterdir():
        text = journal.read_text("ascii").replace("@HERE@", here)
        lines = [json.loads(line) for line in text.splitlines()]
        moves = [move for line in lines for move in line.get("moves", ())]
        for move in moves if same_disk else ():
            move[3] = numbers_here(*move)
        journal.write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
    return Program(home)


def numbers_here(source: str, target: str, parking: str, identity: list[int]) -> list[int]:
    """Device, inode, size and time of a file that was recorded with others, wherever it is."""
    for path in filter(os.path.exists, (source, target, parking)):
        stat = os.stat(path)  # noqa: PTH116 - a path of a journal
        if [stat.st_size, stat.st_mtime_ns] == identity[2:]:
            return [stat.st_dev, stat.st_ino, *identity[2:]]
    return identity


def states(program: Program) -> dict[str, str]:
    """What the history says of each run."""
    listed = program("history", COLUMNS="1000")
    assert listed.code == 0, listed.err
    row = re.compile(r"(\d{4})\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+\d+\s{2,}(\S.*?)\s{2,}")
    return {match[1]: match[2] for match in map(row.match, listed.out.splitlines()) if match}


@pytest.fixture
def finished(old: Old) -> tuple[Program, Path, dict[str, Any]]:
    program = user_of(old, "finished")
    return program, program.home / "library", old.said["journals"]["finished"]


def test_the_history_lists_runs(finished: tuple[Program, Path, dict[str, Any]]) -> None:
    program, _, _ = finished
    assert states(program) == {
        "0001": "done",
        "0002": "done",
        "0003": "undone",
        "0004": "partly undone",
    }


def test_runs_are_undone(finished: tuple[Program, Path, dict[str, Any]]) -> None:
    program, library, said = finished
    for name in ("organized", "standing"):
        assert digests(library / name) == said["after"][name]
    (library / "partly undone" / said["in the way"]).unlink()
    for run, state in sorted(states(program).items(), reverse=True):
        if state != "undone":
            undone = program("undo", run)
            assert undone.code == 0, undone.out + undone.err
    for name, before in said["before"].items():
        assert digests(library / name) == before, name
        assert not [path for path in (library / name).iterdir() if path.is_dir()]
    assert set(states(program).values()) == {"undone"}


def test_a_run_is_undone_by_its_name(finished: tuple[Program, Path, dict[str, Any]]) -> None:
    program, library, said = finished
    assert program("undo", "0003").code == 0
    assert digests(library / "undone") == said["before"]["undone"]
    assert program("undo", "1").code == 0
    assert digests(library / "organized") == said["before"]["organized"]
    assert digests(library / "standing") == said["after"]["standing"]


KILLED = [
    (version, case)
    for version in VERSIONS
    for case in said_by(version)["journals"]
    if case.startswith("killed")
]


def rename_another(program: Program) -> None:
    """The next run, about something else."""
    elsewhere = program.home / "elsewhere" / "a.txt"
    elsewhere.parent.mkdir()
    elsewhere.write_text("Salt\nby Ada Quill\n")
    finished = program(elsewhere, "--yes", "--min-confidence", "0")
    assert finished.code == 0, finished.err


@pytest.mark.parametrize(("version", "case"), KILLED)
def test_a_killed_run_is_mended_by_the_next(
    version: str, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = unpacked(version, tmp_path, monkeypatch)
    program, said = user_of(old, case), old.said["journals"][case]
    library = program.home / "library"
    assert states(program) == {"0001": "open"}
    rename_another(program)
    assert_whole(digests(library), said)
    found = states(program)
    assert found.keys() == {"0001", "0002"}
    assert "open" not in found.values()
    undone = program("undo", "0001")
    assert undone.code == 0, undone.out + undone.err
    assert digests(library) == said["before"]


def assert_whole(found: dict[str, str], said: dict[str, Any]) -> None:
    """Every file is there, under its old name or its new one, and its sidecar goes with it."""
    name_of = {digest: name for name, digest in found.items()}
    before = {digest: name for name, digest in said["before"].items()}
    after = {digest: name for name, digest in said["after"].items()}
    assert name_of.keys() == before.keys()
    assert len(found) == len(before)
    for digest, name in name_of.items():
        assert name in (before[digest], after[digest])
    document, sidecar = (said["before"][name] for name in ("draft.txt", "draft.opf"))
    assert Path(name_of[document]).stem == Path(name_of[sidecar]).stem


@pytest.mark.parametrize("case", ["killed run 1 after", "killed undo 4 after"])
def test_a_killed_run_is_mended_where_the_disk_has_other_numbers(old: Old, case: str) -> None:
    """As after a reboot; one of two that were to swap names may then get a number."""
    program, said = user_of(old, case, same_disk=False), old.said["journals"][case]
    library = program.home / "library"
    rename_another(program)
    found = digests(library)
    assert sorted(found.values()) == sorted(said["before"].values())
    assert not [name for name in found if name.startswith(".")]
    undone = program("undo", "0001")
    assert undone.code == 0, undone.out + undone.err
    assert digests(library) == said["before"]
