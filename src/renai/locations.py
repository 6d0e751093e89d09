"""Where renai keeps its files on this system."""

from __future__ import annotations

import os
from pathlib import Path

APPLICATION = "renAI"


def cache_folder(chosen: str | os.PathLike[str] | None = None) -> Path:
    """The cache: `chosen`, else `RENAI_CACHE_DIR`, else the system's place for caches."""
    if chosen is not None:
        return Path(chosen)
    if from_environment := os.environ.get("RENAI_CACHE_DIR"):
        return Path(from_environment).expanduser()
    import platformdirs

    return platformdirs.user_cache_path(APPLICATION, appauthor=False)


def journal_folder() -> Path:
    """The record of renames. It must outlive the cache, so it is among the user's state."""
    import platformdirs

    return platformdirs.user_state_path(APPLICATION, appauthor=False) / "journal"


def corrections_folder() -> Path:
    """What a person said of documents; like the record of renames, it outlives the cache."""
    import platformdirs

    return platformdirs.user_state_path(APPLICATION, appauthor=False) / "corrections"


def config_file() -> Path:
    """The user's settings."""
    import platformdirs

    return platformdirs.user_config_path(APPLICATION, appauthor=False) / "config.toml"
