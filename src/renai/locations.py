"""The folders and files in which renai keeps its data on this system."""

from __future__ import annotations

import os
from pathlib import Path

APPLICATION = "renAI"

VECTORS_FILE = "vectors.sqlite"
"""The file in the cache folder where vectors are kept unless another store is named."""


def cache_folder(chosen: str | os.PathLike[str] | None = None) -> Path:
    """Return the cache folder: `chosen`, else `RENAI_CACHE_DIR`, else the system's cache folder."""
    if chosen is not None:
        return Path(chosen)
    if from_environment := os.environ.get("RENAI_CACHE_DIR"):
        return Path(from_environment).expanduser()
    import platformdirs

    return platformdirs.user_cache_path(APPLICATION, appauthor=False)


def vectors_url_in(folder: Path) -> str:
    """Return the URL of the file in a cache folder where vectors are by default."""
    from urllib.parse import quote  # most runs have no vectors

    return f"sqlite:///{quote(str((folder / VECTORS_FILE).absolute()))}"


def journal_folder() -> Path:
    """Return the journal's folder; it is among the user's state, for it must outlive the cache."""
    import platformdirs

    return platformdirs.user_state_path(APPLICATION, appauthor=False) / "journal"


def corrections_folder() -> Path:
    """Return the folder of people's corrections, which, like the journal, outlive the cache."""
    import platformdirs

    return platformdirs.user_state_path(APPLICATION, appauthor=False) / "corrections"


def config_file() -> Path:
    """Return the path of the user's `config.toml`."""
    import platformdirs

    return platformdirs.user_config_path(APPLICATION, appauthor=False) / "config.toml"
