"""Make pictures with matplotlib, without a screen, as PNG, SVG or PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

_FORMATS = (".png", ".svg", ".pdf")


def check(path: Path) -> None:
    """Check that a picture can be drawn, before any work is done for it.

    Raises:
        UsageError: the file name does not end like that of a picture.
        ConfigurationError: matplotlib is missing.
    """
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"--plot {path}: the name must end in {', '.join(_FORMATS)}")
    new_figure()


def new_figure(*, wide: bool = False) -> Figure:
    """Return an empty picture, 6 by 4 inches; 10 by 4 if it is to hold two plots side by side.

    Raises:
        ConfigurationError: matplotlib is missing.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigurationError("--plot needs matplotlib: pip install 'renai[plot]'") from error
    return Figure(figsize=(10 if wide else 6, 4), layout="constrained")


def save(figure: Figure, path: Path) -> None:
    """Write a picture to a file, in the format that the file name ends in.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    try:
        figure.savefig(path)
    except OSError as error:
        raise ConfigurationError(f"--plot {path} cannot be written: {error.strerror}") from error
