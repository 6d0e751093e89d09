"""Format numbers with their nouns and units, and times, as a person writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun, such as `1 file` or `10,000 files`.

    Args:
        count: the number.
        one: the noun in the singular.
        many: the plural; by default the singular with an s.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def tallied(counts: Mapping[str, int], size: int) -> str:
    """Return numbers of entries by layer, such as `12 entries (4 text, 8 embedding), 34 kB`."""
    parts = ", ".join(f"{count:,} {layer}" for layer, count in counts.items())
    total = counted(sum(counts.values()), "entry", "entries")
    return f"{total} ({parts}), {size_of(size)}" if parts else total


def rounded(count: int) -> str:
    """Return a rounded number, such as `1.1 M`, `34 k` or `870`."""
    for size, unit in ((1_000_000_000, " G"), (1_000_000, " M"), (1_000, " k")):
        if count >= size:
            return f"{count / size:.1f}{unit}" if count < 10 * size else f"{count / size:.0f}{unit}"
    return str(count)


def size_of(count: int) -> str:
    """Return a number of bytes, such as `870 B`, `12 kB` or `1.7 GB`."""
    return f"{rounded(count)}B" if count >= 1000 else f"{count} B"


_AGES = ((86_400, "d"), (3600, "h"), (60, "min"))


def age_of(seconds: float) -> str:
    """Return an age, such as `12 d`, `3 h` or `0 s`."""
    for length, unit in _AGES:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"


def moment(at: datetime) -> str:
    """Return a point in time on this machine's clock, such as `2026-11-26 20:15`."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def cost_of(cost: Mapping[str, Any] | None) -> str:
    """Return a cost, such as `1 call, 812 tokens, 1.2 s, $0.0003`; a `?` stands for the unknown."""
    if not cost:
        return "?"
    money, calls = cost.get("money"), cost.get("calls")
    if calls == 0:
        return "free"
    tokens = int(cost.get("prompt_tokens") or 0) + int(cost.get("completion_tokens") or 0)
    parts = [counted(int(calls), "call") if calls else "", counted(tokens, "token")]
    parts += [f"{cost.get('seconds') or 0:.1f} s", "$?" if money is None else f"${money:.4g}"]
    return ", ".join(filter(None, parts))


def lasted(seconds: float) -> str:
    """Return a duration, such as `0.4 s`, `12 s`, `3.5 min` or `2.1 h`."""
    for length, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def money_of(dollars: float, unpriced: int = 0) -> str:
    """Return an amount of money, such as `$0.42`, `$0.00031` or `$0`.

    It is `$?` where no price is known, and `$0.42+?` where some of the prices are unknown.

    Args:
        dollars: the known amount, in US dollars.
        unpriced: the number of answers whose price is unknown.
    """
    if unpriced and not dollars:
        return "$?"
    shown = f"{dollars:,.2f}" if dollars >= 1 else f"{dollars:.2g}"
    return f"${shown}{'+?' if unpriced else ''}"
