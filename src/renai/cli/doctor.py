"""`renai doctor`: say what is set up, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from renai.cli.exits import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renai.documents.ocr.engine import Engine
    from renai.settings import Settings


def doctor(
    cache_dir: Annotated[Path | None, typer.Option(help="Another cache folder.")] = None,
    cache_url: Annotated[str | None, typer.Option(help="A store to share instead.")] = None,
    provider: Annotated[
        str | None, typer.Option(help="Who is probed; the default is the settings'.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model that is probed.")] = None,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Ask the provider three cheap questions, and say what works."),
    ] = False,
) -> ExitCode:
    """Say which providers can be asked, what can be read, and where things are kept."""
    from rich.table import Table
    from rich.text import Text

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import output
    from renai.configuration import load_settings
    from renai.documents.formats import added_formats, need_mutool
    from renai.documents.mutool import find_mutool, mutool_version
    from renai.documents.ocr.engine import ENGINES, engine_version, installed_engine
    from renai.documents.readers.djvu import find_djvulibre
    from renai.errors import RenaiError
    from renai.locations import config_file, corrections_folder, journal_folder
    from renai.metadata.caches import Caches
    from renai.providers.registry import ignored_packages, provider_names
    from renai.stores.registry import added_stores, own_stores
    from renai.text_cleaning import printable

    log_to_stderr()
    settings = load_settings(
        cache_dir=cache_dir, cache_url=cache_url, provider=provider, model=model
    )
    table = Table("What", "State", box=None, header_style="bold", pad_edge=False)

    def add(what: str, state: str) -> None:
        table.add_row(what, Text(printable(state), overflow="fold"))

    for name in provider_names():
        add(f"provider {name}", _state_of_provider(name, settings.base_urls))
    for name, package in ignored_packages().items():
        add(f"provider {name}", f"stays renai's own; that of the package {package} is ignored")
    for name, form in added_formats():
        state = str(form) if isinstance(form, RenaiError) else f"reads {', '.join(form.suffixes)}"
        add(f"format {name}", state)
    for scheme, others in own_stores().items():
        add(f"store {scheme}://", _state_of_store(scheme, others))
    for scheme, remark in added_stores():
        add(f"store {scheme}://", remark)
    installed = [engine_version(engine) for engine in ENGINES if installed_engine(engine) == engine]
    add("OCR", ", ".join(installed) or "none; pip install 'renai[ocr]' to read scans")
    engine = installed_engine(settings.ocr_engine)
    add("scripts of scans", _state_of_scripts(engine, settings.ocr_languages))
    mutool = find_mutool()
    lacking = f"none; install mupdf-tools to read {', '.join(need_mutool())}"
    add("mutool", f"{mutool_version(mutool)}, {mutool}" if mutool else lacking)
    djvulibre = find_djvulibre()
    add("DjVuLibre", djvulibre or "none; install djvulibre-bin to read DjVu")
    config = config_file()
    add("settings", f"{config}{'' if config.exists() else ' (none yet)'}")
    add("record of renames", str(journal_folder()))
    add("corrections", str(corrections_folder()))
    code = ExitCode.DONE
    try:
        with Caches(settings.cache_dir, settings.cache_url) as caches:
            add("cache", f"{caches.place}: can be written")
    except RenaiError as error:
        add("cache", str(error))
        code = ExitCode.CONFIGURATION
    if probe:
        states, is_set_up = _probed(settings)
        for what, state in states:
            add(what, state)
        code = code if is_set_up else ExitCode.CONFIGURATION
    output().print(table)
    return code


def _probed(settings: Settings) -> tuple[list[tuple[str, str]], bool]:
    """Return what the provider of the settings takes, row by row, and whether it can be asked."""
    import asyncio

    from renai.errors import ConfigurationError
    from renai.metadata.request import make_request
    from renai.providers.openai.probe import probe
    from renai.providers.openai.provider import OpenAIProvider

    try:
        provider = make_request(settings, settings.provider, settings.model).provider
    except ConfigurationError as error:
        return [(f"probe of {settings.provider}", str(error))], False
    who = f"probe of {provider.name}:{provider.model}"
    if not isinstance(provider, OpenAIProvider):
        return [(who, "asks no endpoint of Chat Completions")], True
    found = asyncio.run(probe(provider))
    return [(f"{who}, {each.what}", each.state) for each in found], found[-1].is_set_up


def _state_of_store(scheme: str, others: Sequence[str]) -> str:
    """Return whether a store can be opened, or what to install for it, and its other spellings."""
    from renai.stores.registry import find_store

    kind = find_store(scheme)
    missing = [driver for driver in kind.drivers if not _is_installed(driver)]
    state = f"pip install '{kind.package}' to use it" if missing else "ready"
    return f"{state} (also {', '.join(f'{other}://' for other in others)})" if others else state


def _is_installed(module: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except ValueError:  # somebody has ruled it out
        return False


def _state_of_scripts(engine: Engine | None, languages: Sequence[str]) -> str:
    """Return in which scripts and languages scans are read, and what to install for more."""
    from renai.documents.ocr.engine import other_scripts

    if engine is None:
        return "none"
    if engine == "tesseract":
        return f"those of ocr_languages: {', '.join(languages)}"
    read, lacking = other_scripts()
    parts = ["Latin, Chinese and Japanese by rapidocr"]
    if read:
        named = [f"{name} ({', '.join(data)})" for name, data in read.items()]
        parts.append(f"{', '.join(named)} by tesseract")
    if lacking:
        parts.append(f"for others install {', '.join(lacking)}")
    return "; ".join(parts)


def _state_of_provider(name: str, base_urls: Mapping[str, str]) -> str:
    """Return what a provider is and what it lacks, or why the package that adds it is broken."""
    import os

    from renai.errors import ConfigurationError
    from renai.providers.registry import find_service

    try:
        service = find_service(name)
    except ConfigurationError as error:
        return str(error)
    missing = service.missing(os.environ, base_urls)
    state = f"set {' and '.join(missing)} to use it" if missing else "ready"
    return f"{state} ({service.remark})"
