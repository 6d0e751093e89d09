"""Measure the page of `renai web` in a real Chromium, over a library that is cached whole.

How late rows are seen is held against `renai … --dry-run`, which makes the same plan without a
page. Answers in the page are timed there, from the event to the frame that is painted after it.
A thumbnail goes the whole way, over HTTP and through the sandbox, and is held against PDFium that
opens and renders the same page in this process. When progress was made is told by the entries that
a run leaves in the cache.

    python benchmarks/web_page.py [--quick]
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pypdfium2
from PIL import Image, ImageDraw

from docs_pages import load, machine, shown
from made_library import make_library, make_pdf
from measuring import ROUNDS, Figure, Report, Spent, figure_table, lags
from program import RunningEndpoint, World, compile_program, peak, processor_seconds, resident
from served_page import PATIENCE, chromium, listen, served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Page

_ROW = ".grid-body .row"
_WIDE, _FIFTY_ROWS = {"width": 1280, "height": 800}, {"width": 1280, "height": 3400}
_FIFTY = 50
_TIMES = 10  # how often each thing is done in the page
_SMALL_SIDE = 160  # pixels of a row's picture
_STREAMS = 10
_WITHOUT_OCR = ("--fallback-mode", "none")

_TIMING = Path(__file__).with_suffix(".js").read_text()
_ACTS = {
    "scroll": "scrolling by a screen",
    "leap": "scrolling across the whole",
    "next": "the next row, by key",
    "ends": "first and last row, by key",
    "search": "searching",
    "filter": "filtering",
    "slide": "the slider of certainty",
    "sort": "sorting",
}

_WATCHING = """
() => {
  window.seen = [];
  const title = document.getElementById("stage-title");
  const note = () => window.seen.push([Date.now() / 1000, title.textContent]);
  new MutationObserver(note).observe(title, { childList: true, subtree: true });
}
"""


@contextmanager
def _opened(browser: Browser, size: Mapping[str, int] = _WIDE) -> Iterator[Page]:
    """Open an empty page, in a browser that has seen no other."""
    context = browser.new_context(viewport={"width": size["width"], "height": size["height"]})
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    yield page
    context.close()


def _rows_reports(browser: Browser, world: World, count: int, rounds: int) -> Iterator[Report]:
    """Measure what is seen of many rows, and what the server holds for it."""
    plain, since_start, since_asked = [], [], []
    for _ in range(rounds):
        begin = time.perf_counter()
        world.run(str(world.library), "--dry-run")
        plain.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        with served(world, world.library) as server, _opened(browser) as page:
            asked = time.perf_counter()
            page.goto(server.url)
            page.locator(_ROW).first.wait_for()
            since_start.append(time.perf_counter() - begin)
            since_asked.append(time.perf_counter() - asked)
    with served(world, world.library) as server, _opened(browser) as page:
        page.goto(server.url)
        page.locator(_ROW).first.wait_for()
        took = {act: page.evaluate(_TIMING, [act, _TIMES]) for act in _ACTS}
        page.keyboard.press("a")
        page.get_by_text("1 accepted").wait_for()
        page.get_by_role("button", name=re.compile("Accept .* shown")).click()
        page.get_by_role("button", name=f"Rename {count:,} files").wait_for()
        weights = _weights(page)
        own, all_of_them = peak(server.process), resident(server.process)

    cases = {"--dry-run": plain, "page, since it was asked for": since_asked}
    cases["page, since the program was started"] = since_start
    late = _beyond(since_asked, plain)
    yield Report(
        f"The page over {count:,} files, warm: until rows are seen",
        ("case", "s", "beyond --dry-run, s"),
        [
            (name, f"{statistics.median(its):.2f}", f"{_beyond(its, plain):+.2f}")
            for name, its in cases.items()
        ],
        [Figure("first rows - renai --dry-run", 1, late, "{:.2f} s")],
    )
    yield Report(
        f"The page over {count:,} files: from an event to the frame that answers it",
        ("what is done", "median ms", "worst ms"),
        [
            (_ACTS[act], f"{statistics.median(its):.0f}", f"{max(its):.0f}")
            for act, its in took.items()
        ],
        [
            Figure(
                "slowest answer to scrolling",
                100,
                _slowest(took, "scroll leap next ends"),
                "{:.0f} ms",
            ),
            Figure(
                "slowest answer to filtering",
                100,
                _slowest(took, "search filter slide sort"),
                "{:.0f} ms",
            ),
        ],
    )
    plan = weights.pop("/api/rows", 0)
    yield Report(
        "What the page weighs, and what its server holds",
        ("what", "measured"),
        [
            *((path, f"{size / 1e3:.1f} kB") for path, size in sorted(weights.items())),
            (f"the plan of {count:,} files, as data", f"{plan / 1e3:,.0f} kB"),
            ("server", f"{own:.0f} MB"),
            ("server, with its workers", f"{all_of_them:.0f} MB"),
        ],
        [
            Figure("page without thumbnails", 150, sum(weights.values()) / 1e3, "{:.0f} kB"),
            Figure("server with its workers", 400, max(own, all_of_them), "{:.0f} MB"),
        ],
    )


def _slowest(took: dict[str, list[float]], acts: str) -> float:
    return max(statistics.median(took[act]) for act in acts.split())


def _beyond(its: list[float], plain: list[float]) -> float:
    return statistics.median(one - other for one, other in zip(its, plain, strict=True))


def _weights(page: Page) -> dict[str, int]:
    """Return the bytes of all that a page was made of, by path, but for pictures and events."""
    sizes = page.evaluate(
        """["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind)
            .map((entry) => [new URL(entry.name).pathname, entry.transferSize]))"""
    )
    return {path: size for path, size in sizes if not path.startswith(("/pages/", "/events"))}


def _thumbnails_report(browser: Browser, folder: Path, rounds: int) -> Report:
    """Measure pictures of pages: fifty at once, cold, and one at a time."""
    world = World(folder)
    kinds = {"text": _write_text, "scan": _write_scan}
    world.library.mkdir(parents=True)
    for number in range(2 * _FIFTY):
        kind = ("text", "scan")[number % 2]
        kinds[kind](world.library / f"{number:03} {kind}.pdf", number)
    world.run(str(world.library), "--dry-run", *_WITHOUT_OCR)
    fills = []
    for _ in range(rounds):
        with (
            served(world, world.library, *_WITHOUT_OCR) as server,
            _opened(browser, _FIFTY_ROWS) as page,
        ):
            listen(server)
            begin = time.perf_counter()
            page.goto(server.url)
            page.wait_for_function(
                """(fifty) => [...document.querySelectorAll(".c-thumb img")]
                    .filter((it) => it.complete && it.naturalWidth).length >= fifty""",
                arg=_FIFTY,
            )
            fills.append(time.perf_counter() - begin)
    with served(world, world.library, *_WITHOUT_OCR) as server, server.client() as client:
        listen(server)
        plan = client.get("/api/rows").json()
        name = plan["columns"].index("name")
        ours: dict[str, list[float]] = {kind: [] for kind in kinds}
        bare: dict[str, list[float]] = {kind: [] for kind in kinds}
        for row in plan["rows"]:
            begin = time.perf_counter()
            answer = client.get(f"/pages/{plan['scan']}/{row[0]}/0/small")
            took = time.perf_counter() - begin
            assert answer.headers["Content-Type"] == "image/jpeg"
            kind = row[name].split()[1].removesuffix(".pdf")
            ours[kind].append(took)
            bare[kind].append(_rendered(world.library / row[name]))
    beyond = {
        kind: statistics.median(
            one - other for one, other in zip(ours[kind], bare[kind], strict=True)
        )
        for kind in kinds
    }
    return Report(
        "Thumbnails of PDFs, each of another file",
        ("what", "renai's, ms", "PDFium's, ms", "beyond, ms"),
        [
            *(
                (
                    f"first page, a {kind}",
                    f"{statistics.median(ours[kind]) * 1e3:.0f}",
                    f"{statistics.median(bare[kind]) * 1e3:.0f}",
                    f"{beyond[kind] * 1e3:.0f}",
                )
                for kind in kinds
            ),
            (
                f"a page of {_FIFTY}, half of them scans, cold",
                f"{statistics.median(fills) * 1e3:,.0f}",
                "",
                "",
            ),
        ],
        [
            Figure("a thumbnail - PDFium", 60, max(beyond.values()) * 1e3, "{:.0f} ms"),
            Figure(f"a page of {_FIFTY} thumbnails, cold", 4, statistics.median(fills), "{:.2f} s"),
        ],
    )


def _write_text(path: Path, number: int) -> None:
    lines = [f"A Short History of Rain, Volume {number}", "by Ada Quill", "Copyright 1999"]
    path.write_bytes(make_pdf([*lines, *("It rained, and was written down." for _ in range(40))]))


def _write_scan(path: Path, number: int) -> None:
    """Write an A4 page as a scanner does, at 200 dots an inch."""
    page = Image.new("L", (1654, 2339), 245)
    pen = ImageDraw.Draw(page)
    for line in range(70):
        pen.text((150, 150 + 29 * line), f"Line {line} of scan {number}. " * 8, fill=30)
    page.save(path, "PDF", resolution=200)


def _rendered(path: Path) -> float:
    """Return the seconds that PDFium takes to open a file and render its first page."""
    begin = time.perf_counter()
    document = pypdfium2.PdfDocument(path)
    sheet = document[0]
    sheet.render(scale=_SMALL_SIDE / max(sheet.get_size()))
    document.close()
    return time.perf_counter() - begin


def _progress_report(browser: Browser, folder: Path, files: int, rounds: int) -> Report:
    """Measure how late progress is seen, and what listening pages cost a run."""
    library = World(folder).library
    make_library(library, files, suffixes=(".txt",))
    runs: dict[str, list[Spent]] = {"one page": [], f"{_STREAMS} more": []}
    late = []
    with RunningEndpoint(0.1) as endpoint:
        for number in range(rounds):
            world = World(folder / f"seen {number}")
            world.folder.mkdir()
            late.append(_lag(browser, world, library, endpoint))
            for case, its in runs.items():
                world = World(folder / f"{case} {number}")
                world.folder.mkdir()
                its.append(_asked_run(world, library, endpoint, _STREAMS * (case != "one page")))
    pairs = list(zip(*reversed(runs.values()), strict=True))
    by_wall = statistics.median(more.wall / one.wall for more, one in pairs)
    by_processor = statistics.median(more.cpu / one.cpu for more, one in pairs)
    worst = statistics.median(map(max, late))
    return Report(
        f"A run over {files:,} files against an endpoint that takes 0.1 s, on the page",
        ("what", "measured"),
        [
            *(
                (f"run, {pages} listening: {name}", f"{statistics.median(values):.2f} s")
                for pages, its in runs.items()
                for name, values in (
                    ("wall", [it.wall for it in its]),
                    ("processor time of the server", [it.cpu for it in its]),
                )
            ),
            (
                "an answer until it is counted on the page, median",
                f"{statistics.median(map(statistics.median, late)) * 1e3:.0f} ms",
            ),
            ("the worst of a run", f"{worst * 1e3:.0f} ms"),
        ],
        [
            Figure("progress on the page, worst of a run", 300, worst * 1e3, "{:.0f} ms"),
            Figure(f"run with {_STREAMS} more pages / with one", 1.05, by_wall),
            Figure("the same in the server's processor time", 1.05, by_processor),
        ],
    )


def _lag(browser: Browser, world: World, library: Path, endpoint: Mapping[str, str]) -> list[float]:
    """Return, for each answer of a run, the seconds until the page had counted it."""
    with (
        served(world, library, "--provider", "custom", **endpoint) as server,
        _opened(browser) as page,
    ):
        page.goto(server.url)
        page.get_by_role("button", name="Ask, and pay for it").wait_for()
        page.evaluate(_WATCHING)
        page.get_by_role("button", name="Ask, and pay for it").click()
        page.locator(_ROW).first.wait_for()
        seen = page.evaluate("window.seen")
    entries = [path for path in (world.cache / "metadata").rglob("*") if path.is_file()]
    counted = [(when, _count(title, len(entries))) for when, title in seen]
    return lags([path.stat().st_mtime for path in entries], counted)


def _count(title: str, all_of_them: int) -> int:
    """Return how many steps a title counts; one without a count follows when all are done."""
    found = re.search(r": ([\d,]+) of [\d,]+$", title)
    return int(found[1].replace(",", "")) if found else all_of_them


def _asked_run(world: World, library: Path, endpoint: Mapping[str, str], others: int) -> Spent:
    """Return what a run takes while pages listen, one of which waits for its end.

    Its processor time is that of the server's own process.
    """
    with (
        served(world, library, "--provider", "custom", **endpoint) as server,
        server.client() as client,
        ThreadPoolExecutor(max(1, others)) as pages,
    ):
        listen(server, "priced")
        all_listen = Barrier(others + 1)
        tasks = [pages.submit(listen, server, listening=all_listen.wait) for _ in range(others)]
        all_listen.wait()
        wall, cpu = time.perf_counter(), processor_seconds(server.process)
        client.post("/api/ask", json={"consent": True}).raise_for_status()
        listen(server)
        spent = Spent(time.perf_counter() - wall, processor_seconds(server.process) - cpu)
        for task in tasks:
            task.result()
        return spent


def reports(folder: Path, count: int, asked: int, rounds: int) -> Iterator[Report]:
    """Measure.

    Args:
        folder: for all files that are made.
        count: files of the library that is cached whole.
        asked: files of the runs against an endpoint.
        rounds: how often each thing is measured.
    """
    world = World(folder / "many")
    make_library(world.library, count)
    world.run(str(world.library), "--dry-run")
    with chromium() as browser:
        yield from _rows_reports(browser, world, count, rounds)
        yield _thumbnails_report(browser, folder / "pictured", rounds)
        yield _progress_report(browser, folder / "asked", asked, rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a small dose")
    options = parser.parse_args()
    compile_program()
    figures = []
    with tempfile.TemporaryDirectory(prefix="renai-bench-") as folder:
        dose = (500, 80, 1) if options.quick else (10_000, 400, ROUNDS)
        for report in reports(Path(folder), *dose):
            print(f"{shown(report)}\n", flush=True)
            figures += report.figures
    print(f"{figure_table(figures)}\n\n{machine()} {load()}")


if __name__ == "__main__":
    main()
