"""`renai web`: review, apply and see it in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import (
    CacheDir,
    CacheUrl,
    Concurrency,
    Duplicates,
    FallbackMode,
    Force,
    MaxCost,
    MinConfidence,
    Model,
    Mutool,
    OcrDebug,
    Organize,
    Provider,
    RenameImages,
    Template,
    UpdateMetadata,
)


def web(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files, and folders with all in them."),
    ] = None,
    port: Annotated[int, typer.Option(help="The port; 0 for a free one.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether a browser is opened.")
    ] = True,
    host: Annotated[str, typer.Option(help="The address on which it listens.")] = "127.0.0.1",
    tls_cert: Annotated[
        Path | None, typer.Option(help="A certificate, for another --host.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's private key.")] = None,
    proxy: Annotated[
        str,
        typer.Option(
            metavar="URL", help="The address of a proxy with TLS in front: https://renai.example."
        ),
    ] = "",
    i_know: Annotated[
        bool,
        typer.Option("--i-know", help="Let other machines reach it, by --host and with TLS."),
    ] = False,
    provider: Provider = None,
    model: Model = None,
    template: Template = None,
    organize: Organize = None,
    duplicates: Duplicates = None,
    min_confidence: MinConfidence = None,
    max_cost: MaxCost = None,
    update_metadata: UpdateMetadata = None,
    concurrency: Concurrency = None,
    fallback_mode: FallbackMode = None,
    rename_images: RenameImages = None,
    mutool: Mutool = None,
    ocr_debug: OcrDebug = None,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    force: Force = False,
) -> ExitCode:
    """Review, apply and undo renames on a page in your browser; nothing is renamed without you."""
    import shlex
    import sys
    import webbrowser
    from contextlib import suppress

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say
    from renai.cli.viewer import has_screen
    from renai.configuration import load_settings
    from renai.errors import ConfigurationError
    from renai.missing import to_install

    try:
        from renai.web.options import Address, WebOptions
        from renai.web.server import serve
    except ImportError as error:
        raise ConfigurationError(
            f"the page needs {error.name}, which is missing: {to_install('web')}"
        ) from error

    log_to_stderr(quiet=True)
    settings = load_settings(
        provider=provider,
        model=model,
        template=template,
        organize=organize,
        duplicates=duplicates,
        min_confidence=min_confidence,
        update_metadata=update_metadata,
        concurrency=concurrency,
        fallback_mode=fallback_mode,
        mutool=mutool,
        ocr_debug=ocr_debug,
        rename_images=rename_images,
        cache_dir=cache_dir,
        cache_url=cache_url,
    )
    address = Address(host, port, tls_cert, tls_key, proxy, i_know)
    options = WebOptions(
        tuple(path.absolute() for path in paths or ()),
        settings,
        max_cost=max_cost,
        force=force,
        words=shlex.join(sys.argv[1:]),
    )
    opens = browser and has_screen()
    with suppress(KeyboardInterrupt):  # Ctrl-C is the usual way to end it
        serve(options, address, say, webbrowser.open if opens else None)
    return ExitCode.DONE
