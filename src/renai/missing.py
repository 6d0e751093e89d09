"""What to say when a package is missing: the one that lacks it, and the command that brings it.

The code is published in parts (docs/decisions/distributions.md), so that it may be there without
what some of it needs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # not `typing.TYPE_CHECKING`: that import would take most of the time
if TYPE_CHECKING:
    from collections.abc import Mapping

_WITHOUT_THE_PROGRAM: Mapping[str, str] = {
    "embeddings": "renai-core",
    "haystack": "renai-haystack",
    "redis": "renai-core[redis]",
    "postgres": "renai-core[postgres]",
    "ray": "renai-core[ray]",
}
"""The distribution that brings what an extra of renai does, for those who only have its parts."""


def what_is_missing(error: ImportError, who: str) -> str | None:
    """Return one sentence for a failed import; None if no other package's absence is the reason.

    Args:
        error: why the import failed.
        who: what needs the package, as a sentence begins with it.
    """
    import sys

    top = (error.name or "").partition(".")[0]
    own_fault = not isinstance(error, ModuleNotFoundError) or not top
    if own_fault or top == "renai" or top in sys.stdlib_module_names:
        return None
    return f"{who} needs {top}, which is missing: pip install renai"


def refuse_without(package: str) -> None:
    """Raise what importing a package raises if it is missing, without importing it.

    Raises:
        ModuleNotFoundError: it is missing.
    """
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)


def to_install(extra: str) -> str:
    """Return the command that brings what an extra of renai brings, and not all of renai.

    Args:
        extra: the extra's name.
    """
    wanted = f"renai[{extra}]"
    if extra in _WITHOUT_THE_PROGRAM and _has("renai-core") and not _has("renai"):
        wanted = _WITHOUT_THE_PROGRAM[extra]
    return f"pip install '{wanted}'" if "[" in wanted else f"pip install {wanted}"


def _has(distribution: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
