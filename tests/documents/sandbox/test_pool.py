"""Workers under documents that crash, hang, swell, print, and under people who press Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import zipfile
from typing import TYPE_CHECKING

import pytest

from renai.documents.formats import FORMATS, Format, Reader
from renai.documents.sandbox.pool import WorkerPool, _Worker
from renai.documents.sandbox.worker import pack
from renai.errors import DocumentError
from waiting import LIMIT, unless_it_hangs, until, until_async

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

# A reader that does what its document says: the parsers' worst days, on demand.
_HOSTILE_READER = """
    import os, pathlib, signal, time
    from renai.extraction import Extraction

    def read(path, text_limit):
        script = pathlib.Path(path).read_text()
        said = {}
        exec(script, globals(), said)
        return Extraction(text=str(said.get("text", "")))
"""


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a file that has its reader run a script."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "hostile_reader.py").write_text(textwrap.dedent(_HOSTILE_READER))
    monkeypatch.syspath_prepend(modules)
    reader = Reader("hostile", 1, "hostile_reader")
    monkeypatch.setitem(FORMATS, ".evil", Format("evil", (".evil",), "text/evil", (reader,)))

    def make(script: str) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.evil"
        path.write_text(textwrap.dedent(script))
        return path

    return make


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def dies(pid: int) -> bool:
    """Wait until a process is gone."""
    until(lambda: not alive(pid))
    return True


async def refusal(pool: WorkerPool, path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        await pool.read(path)
    assert caught.value.path == path
    assert "\n" not in caught.value.reason
    return caught.value.reason


async def pid_of(pool: WorkerPool, hostile) -> int:
    return int((await pool.read(hostile("text = os.getpid()"))).text)


async def test_the_sample_library_is_read_or_refused_file_by_file(
    sample: ModuleType, library: Path
) -> None:
    paths = [library / name for name in sample.contents()]
    async with WorkerPool(2) as pool:
        results = await asyncio.gather(*(pool.read(x) for x in paths), return_exceptions=True)
    refused = {x.path.name for x in results if isinstance(x, DocumentError)}
    assert refused == {"damaged.pdf", "empty.pdf", "encrypted.pdf"}
    texts = [x.text for x in results if not isinstance(x, BaseException)]
    assert len(texts) == len(paths) - len(refused)
    assert all("by " in text for text in texts)


@pytest.mark.parametrize("death", ["os.abort()", "os.kill(os.getpid(), 9)", "os._exit(3)"])
async def test_a_crash_costs_one_file(pool: WorkerPool, hostile, death: str) -> None:
    reason = await refusal(pool, hostile(death))
    assert reason.startswith("the parser crashed (")
    assert (await pool.read(hostile("text = 'next'"))).text == "next"


async def test_a_worker_killed_while_idle_costs_nothing(pool: WorkerPool, hostile) -> None:
    first = await pid_of(pool, hostile)
    os.kill(first, 9)
    assert await pid_of(pool, hostile) != first


async def test_a_hang_ends_at_the_time_limit_and_others_go_on(
    hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with WorkerPool(2, time_limit=2) as pool:
        hang = asyncio.create_task(refusal(pool, hostile("while True: pass")))
        await asyncio.sleep(0)  # now its time runs
        monkeypatch.setattr(pool, "_time_limit", LIMIT)
        beside = [await pool.read(hostile(f"text = {n}")) for n in range(5)]
        assert [x.text for x in beside] == ["0", "1", "2", "3", "4"]
        assert await hang == "took longer than 2 s to read"


async def test_what_is_being_read_is_known_with_its_pages_for_ocr(
    pool: WorkerPool, hostile, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    path = hostile(
        f"""
        from renai.documents.ocr.engine import page_begins
        for _ in range(2):
            page_begins.get()()
        while not os.path.exists({str(go)!r}):
            time.sleep(0.01)
        """
    )
    assert pool.readings() == []
    reading = asyncio.create_task(pool.read(path))
    await until_async(lambda: pool.readings() and pool.readings()[0].pages_recognised == 2)
    (now,) = pool.readings()
    assert now.path == path
    assert now.seconds > 0
    go.touch()
    await reading
    assert pool.readings() == []


async def test_a_parser_that_announces_pages_for_ever_ends_at_the_time_limit(hostile) -> None:
    script = """
        from renai.documents.ocr.engine import page_begins
        while True:
            page_begins.get()()
        """
    async with WorkerPool(1, time_limit=1) as pool:
        assert await refusal(pool, hostile(script)) == "took longer than 1 s to read"


async def test_the_end_of_a_worker_is_seen_whatever_it_wrote_that_nobody_read() -> None:
    flood = "import sys\nwhile True: sys.stdout.write('x' * 10_000)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", flood, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    await until_async(lambda: process.stdout._paused)  # full, on both sides of the pipe
    _Worker(process).kill()
    async with asyncio.timeout(LIMIT):
        assert await process.wait() < 0


async def test_a_parser_that_swells_is_stopped(hostile) -> None:
    async with WorkerPool(1, memory_limit=256 * 2**20) as pool:
        swollen = await refusal(pool, hostile("text = len(bytearray(2**30))"))
        assert swollen == "needs more memory to be read than is allowed"
        assert (await pool.read(hostile("text = 'next'"))).text == "next"


async def test_a_parser_that_raises_is_told_without_its_words(pool: WorkerPool, hostile) -> None:
    reason = await refusal(pool, hostile("raise LookupError('a secret of the document')"))
    assert reason == "cannot be read: the parser failed with LookupError"


async def test_a_parser_that_was_taken_over_is_not_believed(pool: WorkerPool, hostile) -> None:
    reason = await refusal(pool, hostile("Extraction.facts = lambda extraction: {}"))
    assert reason == "the parser answered nonsense"


async def test_a_parser_that_was_taken_over_cannot_say_more_than_is_kept(
    pool: WorkerPool, hostile
) -> None:
    facts = "{'properties': {'title': 'T' * 10**6}, 'lines': [], 'pages': 1, 'extractor': ''}"
    reading = await pool.read(hostile(f"Extraction.facts = lambda extraction: {facts}"))
    assert len(reading.properties["title"]) < 10_000


SAYS = """
import json
json.dumps = lambda message, body={body!r}: body.decode()
"""


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 100_000,
        b"[" * 100_000,
        b"",
        b"[]",
        b"{}",
        b'{"error": 5, "damaged": true}',
        b'{"error": null}',
        b'{"error": {"a": 1}}',
        b'{"error": "\\u001b[2Jbroken\\n[INFO] forged", "damaged": "x"}',
        b'{"text": "x", "facts": {"properties": {}, "lines": [], "pages": 9e999}}',
        b'{"text": "x", "pictures": [5], "traces": [[1]], "facts": []}',
    ],
)
async def test_whatever_a_parser_answers_that_was_taken_over_costs_one_file(
    pool: WorkerPool, hostile, body: bytes
) -> None:
    reason = await refusal(pool, hostile(SAYS.format(body=body)))
    assert reason.isprintable()
    if "forged" in reason:  # that looks like an answer, and the process would give it again
        for worker in pool._workers:
            os.kill(worker.process.pid, 9)
    assert (await pool.read(hostile("text = 'next'"))).text == "next"


async def test_a_worker_knows_where_tesseract_finds_its_languages(
    pool: WorkerPool, hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", "/of/this/person")
    seen = await pool.read(hostile("text = os.environ['TESSDATA_PREFIX']"))
    assert seen.text == "/of/this/person"


@pytest.mark.parametrize(
    ("name", "member"), [("bomb.epub", "one.xhtml"), ("bomb.docx", "word/document.xml")]
)
async def test_a_zip_bomb_is_refused(
    pool: WorkerPool, library: Path, name: str, member: str
) -> None:
    template = library / ("b00k_salt.epub" if name.endswith("epub") else "New Document (1).docx")
    with zipfile.ZipFile(template) as whole, zipfile.ZipFile(library / name, "w") as bomb:
        for part in whole.namelist():
            content = b"<p>" + bytes(200 * 2**20) if part == member else whole.read(part)
            bomb.writestr(part, content, zipfile.ZIP_DEFLATED, compresslevel=1)
    assert (await refusal(pool, library / name)).startswith("is damaged or not ")
    assert (await pool.read(template)).text


async def test_what_is_no_file_is_refused_at_once(pool: WorkerPool, tmp_path: Path) -> None:
    (tmp_path / "folder.pdf").mkdir()
    os.mkfifo(tmp_path / "fifo.pdf")
    os.mkfifo(tmp_path / "fifo.epub")
    assert await refusal(pool, tmp_path / "folder.pdf") == "is not a regular file"
    assert await refusal(pool, tmp_path / "fifo.pdf") == "is not a regular file"
    assert await refusal(pool, tmp_path / "fifo.epub") == "is not a regular file"
    assert await refusal(pool, tmp_path / "vanished.pdf") == "is no longer there"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_read_says_so(pool: WorkerPool, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch(mode=0)
    assert await refusal(pool, tmp_path / "a.pdf") == "may not be read: permission denied"


async def test_names_that_are_not_utf8_are_read(pool: WorkerPool, library: Path) -> None:
    path = library / os.fsdecode(b"caf\xe9\n\x1b[2J.pdf")
    (library / "scan0042.pdf").rename(path)
    assert (await pool.read(path)).text.startswith("A Short History")


async def test_what_parsers_print_reaches_neither_protocol_nor_terminal(
    pool: WorkerPool, hostile, capfd: pytest.CaptureFixture[str]
) -> None:
    noise = "os.write(1, b'noise'); os.write(2, b'noise'); print('noise'); os.system('echo noise')"
    assert (await pool.read(hostile(f"{noise}; text = 'signal'"))).text == "signal"
    await pool.aclose()
    assert capfd.readouterr() == ("", "")


async def test_a_worker_can_write_nothing_and_sees_no_key(
    pool: WorkerPool, hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    target = tmp_path / "written"
    await refusal(pool, hostile(f"pathlib.Path({str(target)!r}).write_text('data')"))
    assert not target.exists() or target.stat().st_size == 0
    seen = (await pool.read(hostile("text = dict(os.environ)"))).text
    assert "sk-secret" not in seen


async def test_nothing_is_left_in_the_home_folder(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    async with WorkerPool(1) as pool:
        for name in ("b00k_salt.epub", "New Document (1).docx", "scan0042.pdf"):
            await pool.read(library / name)
    assert list(home.iterdir()) == []


async def test_code_beside_the_documents_is_not_run(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (library / "json.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(library)
    monkeypatch.syspath_prepend("")
    async with WorkerPool(1) as pool:
        assert (await pool.read(library / "notes.txt")).text


async def test_a_cancelled_read_kills_its_worker(pool: WorkerPool, hostile, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")  # a worker may write into no file, but a FIFO is none
    script = f"open({str(tmp_path / 'fifo')!r}, 'w').write(str(os.getpid())); time.sleep(9999)"
    task = asyncio.create_task(pool.read(hostile(script)))
    pid = int(await asyncio.to_thread(unless_it_hangs, (tmp_path / "fifo").read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(dies, pid)
    assert (await pool.read(hostile("text = 'next'"))).text == "next"


async def test_processes_are_started_when_needed_and_none_is_left(hostile) -> None:
    pool = WorkerPool(3)
    with pytest.raises(DocumentError):
        await pool.read(hostile("").with_suffix(".jpg"))
    pids = {await pid_of(pool, hostile) for _ in range(4)}
    assert len(pids) == 1
    pids |= set(await asyncio.gather(*(pid_of(pool, hostile) for _ in range(6))))
    assert 1 < len(pids) <= 3
    await pool.aclose()
    assert not any(map(alive, pids))
    await pool.aclose()
    assert await refusal(pool, hostile("")) == "was not read: the pool is closed"


async def test_a_worker_is_replaced_after_its_share(
    hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renai.documents.sandbox.pool._DOCUMENTS_PER_WORKER", 3)
    async with WorkerPool(1) as pool:
        pids = [await pid_of(pool, hostile) for _ in range(6)]
    assert pids[0] == pids[2] != pids[3] == pids[5]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its CPU limit ends it")
def test_a_worker_that_hangs_dies_with_its_parent(hostile, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    path = hostile(
        f"open({str(tmp_path / 'fifo')!r}, 'w').write(str(os.getpid())); time.sleep(9999)"
    )
    program = f"""
        import asyncio, pathlib, sys
        from renai.documents.formats import FORMATS, Format, Reader
        from renai.documents.sandbox.pool import WorkerPool, _Worker
        sys.path.insert(0, {str(tmp_path / "modules")!r})
        reader = Reader("hostile", 1, "hostile_reader")
        FORMATS[".evil"] = Format("evil", (".evil",), "text/evil", (reader,))
        asyncio.run(WorkerPool(1).read(pathlib.Path({str(path)!r})))
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    pid = int(unless_it_hangs((tmp_path / "fifo").read_text))
    assert os.getsid(pid) == pid  # Ctrl-C in the terminal is not for it
    parent.kill()
    parent.wait(LIMIT)
    assert dies(pid)


def test_a_worker_ends_in_order_when_its_input_does(library: Path) -> None:
    """Several times, since a crash at the exit is a race."""
    request = {
        "reader": "renai.documents.readers.markup",
        "path": str(library / "b00k_salt.epub"),
        "text_limit": 100,
        "seconds": 60,
    }
    command = [sys.executable, "-m", "renai.documents.sandbox.worker", str(2**31)]
    for _ in range(4):
        ended = subprocess.run(command, input=pack(request), capture_output=True, check=False)
        assert ended.returncode == 0
        assert b"Salt, Smoke" in ended.stdout
