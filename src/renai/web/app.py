"""The application: which request goes where."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from renai.errors import RenaiError, UsageError
from renai.text_cleaning import printable
from renai.version import __version__
from renai.web.dashboard import Dashboard
from renai.web.details import details_of
from renai.web.events import Events
from renai.web.past_runs import past_run, past_runs, take_back
from renai.web.requests import body_of
from renai.web.review_session import ReviewSession, StaleError
from renai.web.thumbnails import LARGE, SMALL, Thumbnails

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from renai.metadata.processor import BookProcessor
    from renai.web.options import WebOptions
    from renai.web.plan_rows import Choice

_STATIC = Path(__file__).with_name("static")
_CHOICES: dict[str, Choice] = {"": "", "accepted": "accepted", "skipped": "skipped"}
_SIZES = {"small": SMALL, "large": LARGE}
_PAGES = {"/": "review.html", "/history": "history.html"}


class WebPage:
    """The page over one library.

    Args:
        options: what was chosen.
        books: the processor that finds out what documents are; it is closed at the end.

    Attributes:
        app: the application.
        events: tells open pages what happens.
    """

    def __init__(self, options: WebOptions, books: BookProcessor) -> None:
        self.events = Events()
        self._books = books
        self._session = ReviewSession(options, books, self.events)
        self._thumbnails = Thumbnails(options.settings)
        self._undoing = asyncio.Lock()
        self._templates = Environment(
            loader=PackageLoader("renai.web"), autoescape=True, undefined=StrictUndefined
        )
        self.app = Starlette(
            routes=[
                *(Route(path, self._show(template)) for path, template in _PAGES.items()),
                Mount("/static", StaticFiles(directory=_STATIC)),
                Route("/events", self._listen),
                Route("/api/rows", self._rows),
                Route("/api/files/{scan}/{row:int}", self._details),
                Route("/pages/{scan}/{row:int}/{page:int}/{size}", self._picture),
                Route("/api/scan", self._scan, methods=["POST"]),
                Route("/api/ask", self._ask, methods=["POST"]),
                Route("/api/pause", self._pause, methods=["POST"]),
                Route("/api/stop", self._stop, methods=["POST"]),
                Route("/api/choose", self._choose, methods=["POST"]),
                Route("/api/correct", self._correct, methods=["POST"]),
                Route("/api/prepare", self._prepare, methods=["POST"]),
                Route("/api/apply", self._apply, methods=["POST"]),
                Route("/api/runs", self._runs),
                Route("/api/runs/{run}", self._run),
                Route("/api/undo", self._undo, methods=["POST"]),
                *Dashboard(options.settings, self._session, self._templates).routes,
            ],
            exception_handlers={RenaiError: _refused, StaleError: _stale},
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._session.scan()
        try:
            yield
        finally:
            self.events.close()
            await self._session.aclose()
            await self._thumbnails.aclose()
            await self._books.aclose()

    def _show(self, template: str) -> Callable[[Request], Awaitable[Response]]:
        async def show(_: Request) -> Response:
            page = self._templates.get_template(template)
            return HTMLResponse(page.render(version=__version__, page=template))

        return show

    async def _listen(self, _: Request) -> Response:
        return StreamingResponse(
            self.events.listen("state", self._session.state), media_type="text/event-stream"
        )

    async def _rows(self, _: Request) -> Response:
        return JSONResponse(self._session.rows())

    async def _details(self, request: Request) -> Response:
        job = self._session.job(request.path_params["scan"], request.path_params["row"])
        return JSONResponse(await asyncio.to_thread(details_of, job, self._books))

    async def _picture(self, request: Request) -> Response:
        asked = request.path_params
        job = self._session.job(asked["scan"], asked["row"])
        side = _SIZES.get(asked["size"])
        if side is None or not job.file_hash:
            return Response(status_code=204)
        path = self._session.place_of(asked["row"])
        made = await self._thumbnails.picture(path, job.file_hash, asked["page"], side)
        if not made.jpeg:
            return Response(status_code=204)
        return Response(made.jpeg, media_type="image/jpeg", headers={"X-Pages": str(made.pages)})

    async def _scan(self, _: Request) -> Response:
        self._session.scan()
        return _done()

    async def _ask(self, request: Request) -> Response:
        body = await body_of(request)
        self._session.ask(consent=body.flag("consent"))
        return _done()

    async def _pause(self, _: Request) -> Response:
        self._session.pause()
        return _done()

    async def _stop(self, _: Request) -> Response:
        await self._session.stop()
        return _done()

    async def _choose(self, request: Request) -> Response:
        body = await body_of(request)
        choice = _CHOICES.get(body.text("choice"))
        if choice is None:
            raise UsageError("there is no such choice")
        refused = await self._session.choose(
            body.text("scan"), body.number("revision"), body.numbers("rows"), choice
        )
        return JSONResponse({"refused": refused})

    async def _correct(self, request: Request) -> Response:
        body = await body_of(request)
        await self._session.correct(
            body.text("scan"), body.number("row"), body.text("field"), body.text("text")
        )
        return _done()

    async def _prepare(self, request: Request) -> Response:
        body = await body_of(request)
        return JSONResponse(await self._session.prepare(body.text("scan")))

    async def _apply(self, request: Request) -> Response:
        body = await body_of(request)
        await self._session.apply(body.text("scan"), body.text("digest"))
        return _done()

    async def _runs(self, _: Request) -> Response:
        return JSONResponse({"runs": await asyncio.to_thread(past_runs)})

    async def _run(self, request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(past_run, request.path_params["run"]))

    async def _undo(self, request: Request) -> Response:
        run = (await body_of(request)).text("run")
        async with self._undoing:
            outcome = await asyncio.to_thread(take_back, run)
        self.events.tell("undone", outcome)
        if run == self._session.run:  # its files have other names again
            self._session.scan()
        return JSONResponse(outcome)


def _done() -> Response:
    return JSONResponse({})


async def _refused(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": printable(str(error))}, 400)


async def _stale(_: Request, error: Exception) -> Response:  # noqa: ARG001 - as all handlers
    said = "The plan has changed meanwhile; this is how it stands now."
    return JSONResponse({"error": said, "stale": True}, 409)
