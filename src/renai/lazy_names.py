"""Public names of a package that are imported on first use, so that importing it costs nothing."""

from __future__ import annotations

TYPE_CHECKING = False  # not `typing.TYPE_CHECKING`: that import would take most of the time
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package (PEP 562).

    Args:
        package: the name of the package.
        homes: for each public name the module that has it, as `module`, or as `module:name` where
            it has another name there.
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        import importlib
        import sys

        module, _, inner_name = homes[name].partition(":")
        try:
            home = importlib.import_module(module)
        except ImportError as error:
            from renai.missing import what_is_missing

            said = what_is_missing(error, f"{package}.{name}")
            if said is None:
                raise
            raise ModuleNotFoundError(said, name=error.name) from error
        value = getattr(home, inner_name or name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        import sys

        return sorted({*vars(sys.modules[package]), *homes})

    return get, names
