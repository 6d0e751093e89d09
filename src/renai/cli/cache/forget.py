"""`renai cache forget`: erase every trace of documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, VectorsUrl


def forget(
    documents: Annotated[
        list[str],
        typer.Argument(metavar="FILE|HASH", help="Files, or the SHA-256 of their bytes."),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """Erase every trace of documents from the cache, by their content: copies count as well.

    That is their texts, metadata, vectors and fingerprints, what was set aside of them, their lines
    in the eval log, and your corrections of them. The files themselves stay, and so does the record
    of renames.
    """
    from dataclasses import asdict

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import ask, can_ask, remark, say, say_json
    from renai.configuration import load_settings
    from renai.counting import counted
    from renai.locations import corrections_folder, journal_folder
    from renai.maintenance.forget import forget_documents
    from renai.metadata.corrections import Corrections

    log_to_stderr()
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    hashes = {_file_hash(document): None for document in documents}
    what = counted(len(hashes), "document")
    if not yes:
        if not can_ask():
            remark(f"{what} would be forgotten. To do that without being asked: --yes")
            return ExitCode.CONFIGURATION
        corrected = len(Corrections(corrections_folder()).recall(hashes))
        also = f" Your corrections of {corrected:,} of them go, too." if corrected else ""
        paid = "What was paid for them is paid again if they are read again."
        if not ask(f"Forget {what}?{also} {paid}"):
            return ExitCode.DECLINED
    forgotten = forget_documents(settings, list(hashes), vectors_url)
    if as_json:
        say_json(
            {
                "file_hashes": list(hashes),
                **asdict(forgotten),
                "journal": str(journal_folder()),
            }
        )
        return ExitCode.DONE
    say(
        f"Forgot {what}: {counted(forgotten.entries, 'entry', 'entries')}, "
        f"{counted(forgotten.vectors, 'vector')}, "
        f"{counted(forgotten.fingerprints, 'fingerprint')}, "
        f"{counted(forgotten.calls, 'line')} of the eval log, "
        f"{counted(len(forgotten.corrections), 'correction')}."
    )
    for remains in forgotten.remains:
        say(remains)
    say(f"The record of renames stays, with names and hashes of files: {journal_folder()}")
    return ExitCode.DONE


def _file_hash(document: str) -> str:
    """Return the SHA-256 of the content that a file name or a hash stands for, 64 hex digits.

    Raises:
        UsageError: it is neither a readable file nor a hash.
    """
    from renai.documents.fingerprint import read_digest
    from renai.embeddings.lineage import is_source
    from renai.errors import DocumentError, UsageError

    try:
        return read_digest(Path(document))[0]
    except DocumentError as error:
        if is_source(document.lower()):
            return document.lower()
        raise UsageError(
            f"{document!r} {error.reason}, and is not the SHA-256 of one either (64 hex digits)"
        ) from None
