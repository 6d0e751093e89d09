"""The dashboard: what was spent and saved, what the cache holds, and why it would ask again.

What it answers is markup from our own templates, which take every name as text.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from renai.counting import cost_of, counted, lasted, money_of, rounded, size_of
from renai.embeddings.lineage import is_source
from renai.errors import UsageError
from renai.maintenance.file_report import report_content, report_file
from renai.maintenance.forget import forget_documents, traces_of
from renai.maintenance.listing import list_entries
from renai.maintenance.misses import why_missed
from renai.maintenance.open_stores import LAYERS, check_layers, open_stores
from renai.maintenance.prune import choose, drop, shares_of, tidy
from renai.maintenance.recipe_words import CAUSES, described, named
from renai.text_cleaning import printable
from renai.version import __version__
from renai.web.requests import body_of
from renai.web.spending import spending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jinja2 import Environment
    from starlette.requests import Request

    from renai.maintenance.file_report import FileReport
    from renai.settings import Settings
    from renai.web.requests import Body
    from renai.web.review_session import ReviewSession

PAGE = "dashboard.html"

_DAY = 86_400
_MEGABYTE = 1_000_000
_WORDS: dict[str, Callable[..., Any]] = {
    "cost_of": cost_of,
    "counted": counted,
    "described": described,
    "lasted": lasted,
    "money_of": money_of,
    "named": named,
    "printable": printable,
    "rounded": rounded,
    "size_of": size_of,
}


class Dashboard:
    """The pages and answers of the dashboard.

    Args:
        settings: the settings of the page's runs.
        session: knows the files of the page.
        templates: the templates of the page.

    Attributes:
        routes: where they are asked for.
    """

    def __init__(self, settings: Settings, session: ReviewSession, templates: Environment) -> None:
        self._settings = settings
        self._session = session
        self._templates = templates
        self.routes = [
            Route("/dashboard", self._show),
            Route("/api/holdings", self._answer(self._holdings)),
            Route("/api/misses", self._answer(self._misses)),
            Route("/api/explain", self._answer(self._explain), methods=["POST"]),
            Route("/api/prune", self._answer(self._prune), methods=["POST"]),
            Route("/api/forget", self._answer(self._forget), methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        asked = request.query_params.get("days", "30")
        days = int(asked) if asked in ("7", "30", "90") else None
        shown = await asyncio.to_thread(spending, self._settings.cache_dir, days)
        html = self._render(PAGE, shown=shown, days=days, layers=tuple(LAYERS))
        return HTMLResponse(html)

    def _answer(
        self, work: Callable[[Body], dict[str, Any]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return JSONResponse(await asyncio.to_thread(work, await body_of(request)))

        return answer

    def _holdings(self, _: Body) -> dict[str, Any]:
        with open_stores(self._settings) as stores:
            shares = shares_of(list_entries(stores, tuple(LAYERS)))
        return {"html": self._render("holdings.html", shares=shares)}

    def _misses(self, _: Body) -> dict[str, Any]:
        found = why_missed(self._settings, self._session.jobs())
        return {"html": self._render("misses.html", found=found, causes=CAUSES)}

    def _explain(self, body: Body) -> dict[str, Any]:
        """Explain a file of the page by its number, or content by the digest a browser computed."""
        if body.has("scan"):
            self._session.job(body.text("scan"), body.number("row"))
            now = self._session.place_of(body.number("row"))
            report = report_file(self._settings, now)
        else:
            report = self._by_content(_digest_in(body), body.text("name"))
        return {"html": self._render("explained.html", report=report, causes=CAUSES)}

    def _by_content(self, file_hash: str, name: str) -> FileReport:
        for job in self._session.jobs():
            if job.file_hash == file_hash:
                return report_content(self._settings, file_hash, job.name)
        return report_content(self._settings, file_hash, name)

    def _prune(self, body: Body) -> dict[str, Any]:
        """Show what would go; drop it if that is what was agreed to."""
        days, size = body.number("days"), body.number("megabytes")
        provider, model = body.text("provider") or None, body.text("model") or None
        layers = check_layers([body.text("layer")] if body.text("layer") else tuple(LAYERS))
        if not (days or size or provider or model):
            raise UsageError("say what is to go: an age, a size, a provider or a model")
        passed_over = Counter[str]()
        with open_stores(self._settings) as stores:
            going = choose(
                stores,
                layers,
                older_than=days * _DAY if days else None,
                max_size=size * _MEGABYTE if size else None,
                provider=provider,
                model=model,
                passed_over=passed_over,
            )
            names = "\n".join(sorted(f"{entry.place}\n{entry.name}" for entry in going))
            digest = hashlib.sha256(names.encode()).hexdigest()
            dropped, tidied = None, None
            if body.has("agreed"):
                if body.text("agreed") != digest:
                    raise UsageError("the cache has changed meanwhile; look again at what would go")
                dropped = drop(stores, going)
                tidied = tidy(
                    stores,
                    layers,
                    going,
                    provider=provider,
                    model=model,
                    all_of_them=not (days or size),
                    passed_over=passed_over,
                )
        html = self._render(
            "pruned.html",
            shares=shares_of(going),
            passed_over=passed_over,
            dropped=dropped,
            tidied=tidied,
        )
        return {"html": html, "digest": digest, "entries": len(going)}

    def _forget(self, body: Body) -> dict[str, Any]:
        """Show what is known of some content; erase it if the person has agreed."""
        hashes = [_digest_in(body)]
        agreed = body.flag("agreed")
        found = None if agreed else traces_of(self._settings, hashes)
        gone = forget_documents(self._settings, hashes) if agreed else None
        return {"html": self._render("forgotten.html", found=found, gone=gone)}

    def _render(self, template: str, **values: Any) -> str:
        words = {**_WORDS, "version": __version__, "page": template}
        return self._templates.get_template(template).render(**words, **values)


def _digest_in(body: Body) -> str:
    digest = body.text("digest").lower()
    if not is_source(digest):
        raise UsageError("that is no SHA-256 (64 hex digits)")
    return digest
