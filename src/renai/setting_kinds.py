"""The kinds of values that settings have: each a function that takes what somebody has set.

What comes from a variable is a text, and from `config.toml` a value of TOML; so a number may be
either. pydantic would do the same, but its import would take half as long as all else that a run
begins with.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Kind = Callable[[object], Any]
    """Returns the value of a setting for what was set, or raises `UnfitError`."""

_YES = frozenset(["1", "on", "t", "true", "y", "yes"])
_NO = frozenset(["0", "off", "f", "false", "n", "no"])


class UnfitError(ValueError):
    """A value does not fit its setting.

    Attributes:
        faults: what is wrong, each behind the names below the setting that lead to it.
    """

    def __init__(self, words: str = "", faults: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(words)
        self.faults = [*faults] if faults else [("", words)]


def text(value: object) -> str:
    """Take a text."""
    if isinstance(value, str):
        return value
    raise UnfitError("input should be a valid string")


def path(value: object) -> Path:
    """Take a path, in which ~ is a home; raises `RuntimeError` where nobody has that home."""
    if isinstance(value, str | Path):
        return Path(value).expanduser()
    raise UnfitError("input is not a valid path")


def yes_or_no(value: object) -> bool:
    """Take a boolean, or a word or number for one."""
    said = str(value).lower() if isinstance(value, bool | int | str) else None
    if said in _YES or said in _NO:
        return said in _YES
    raise UnfitError("input should be a valid boolean, unable to interpret input")


def choice(*names: str) -> Kind:
    """Return the kind of texts that are one of these."""

    def kind(value: object) -> str:
        if isinstance(value, str) and value in names:
            return value
        raise UnfitError(f"input should be {one_of(names)}")

    return kind


def number(least: float, most: float, *, above: bool = False) -> Kind:
    """Return the kind of numbers between two others, both included unless it is `above` one."""
    return _numbers(float, "number", least, most, above=above)


def whole(least: int, most: int, *, above: bool = False) -> Kind:
    """Return the kind of whole numbers, as `number` does of all; 8.0 is one, too."""
    return _numbers(_whole, "integer", least, most, above=above)


def _whole(value: float | str) -> int:
    try:
        return int(value) if isinstance(value, int | str) else _without_fraction(value)
    except ValueError:
        return _without_fraction(float(value))


def _without_fraction(value: float) -> int:
    if value.is_integer():
        return int(value)
    raise ValueError("it has a fraction")


def _numbers(
    convert: Callable[[Any], float], what: str, least: float, most: float, *, above: bool
) -> Kind:
    def kind(value: object) -> float:
        try:
            read = convert(value) if isinstance(value, int | float | str) else None
        except (ValueError, OverflowError):
            read = None
        if read is None:
            raise UnfitError(f"input should be a valid {what}")
        if not (read > least if above else read >= least):  # so is NaN
            bound = "" if above else "or equal to "
            raise UnfitError(f"input should be greater than {bound}{least}")
        if not read <= most:
            raise UnfitError(f"input should be less than or equal to {most}")
        return read

    return kind


def or_none(kind: Kind) -> Kind:
    """Return a kind to which nothing belongs, too."""
    return lambda value: None if value is None else kind(value)


def texts(value: object) -> tuple[str, ...]:
    """Take a list of texts."""
    if not isinstance(value, list | tuple):
        raise UnfitError("input should be a valid list")
    return tuple(all_fitting(enumerate(value), text).values())


def by_name(kind: Kind) -> Kind:
    """Return the kind of tables whose values are of one kind."""

    def tables(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise UnfitError("input should be a valid table")
        return all_fitting(value.items(), kind)

    return tables


def all_fitting(values: Iterable[tuple[Any, object]], kind: Kind) -> dict[Any, Any]:
    """Return values that are all of one kind, by name.

    Raises:
        UnfitError: some are not; all that is wrong is said.
    """
    fitting, faults = {}, []
    for name, value in values:
        try:
            fitting[name] = kind(value)
        except UnfitError as error:
            faults += [(f".{name}{where}", words) for where, words in error.faults]
    if faults:
        raise UnfitError(faults=faults)
    return fitting


def one_of(names: Iterable[str]) -> str:
    """Return the allowed values as one phrase."""
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}" if others else last
