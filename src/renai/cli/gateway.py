"""`renai gateway`: an endpoint of OpenAI's protocol in front of another, which caches."""

from __future__ import annotations

from typing import Annotated

import typer

from renai.cli.exits import ExitCode


def gateway(
    upstream: Annotated[
        str, typer.Option(metavar="URL", help="The endpoint behind it: https://…/v1.")
    ],
    host: Annotated[str, typer.Option(help="The address on which it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port; 0 for a free one.")] = 4000,
    cache_url: Annotated[
        list[str] | None,
        typer.Option(
            help="The store for what is cached; twice for two as tiers, or for several servers. "
            "Default: vectors.sqlite in the cache folder."
        ),
    ] = None,
    chat: Annotated[
        bool,
        typer.Option(
            "--chat",
            help="Cache chat completions as well: equal requests without tools, with "
            "temperature 0 or a seed.",
        ),
    ] = False,
    shadow: Annotated[
        bool,
        typer.Option(
            "--shadow", help="Pass everything on, and only count what caching would save."
        ),
    ] = False,
    shared: Annotated[
        bool,
        typer.Option("--shared", help="Share answers between the keys of all callers."),
    ] = False,
    accepted_for: Annotated[
        float,
        typer.Option(
            metavar="MINUTES",
            help="How long a key gets hits after the upstream has accepted it.",
        ),
    ] = 60.0,
    max_body: Annotated[
        int, typer.Option(metavar="BYTES", help="The largest request that is looked into.")
    ] = 64 << 20,
    timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="How long the upstream may send nothing."),
    ] = 600.0,
    ignore_header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A header that makes no difference to an answer."),
    ] = None,
) -> ExitCode:
    """Answer like the endpoint behind it, and never have the same text embedded twice."""
    from contextlib import closing, suppress

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say
    from renai.embedders.caches import default_url
    from renai.errors import ConfigurationError
    from renai.missing import to_install
    from renai.stores.registry import open_store

    try:
        from renai.gateway.options import GatewayOptions
        from renai.gateway.server import serve
    except ImportError as error:
        raise ConfigurationError(
            f"the gateway needs {error.name}, which is missing: {to_install('gateway')}"
        ) from error

    log_to_stderr(quiet=True)
    options = GatewayOptions(
        upstream=upstream,
        chat=chat,
        shadow=shadow,
        shared=shared,
        accepted_for=accepted_for * 60,
        max_body=max_body,
        timeout=timeout,
        ignored_headers=frozenset(name.lower() for name in ignore_header or ()),
    )
    urls = cache_url or [default_url()]
    store = open_store(urls if len(urls) > 1 else urls[0])
    with closing(store), suppress(KeyboardInterrupt):  # Ctrl-C is the usual way to end it
        serve(options, store, host, port, say)
    return ExitCode.DONE
