"""The walls between the folders, and what `import renai` may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "renai"

FOLDERS = [
    "keys",
    "entries",
    "stores",
    "cache",
    "layers",
    "documents",
    "providers",
    "library",
    "cli",
]
"""Each imports only those before it, and the modules that lie beside the folders."""

FORBIDDEN = {
    "stores": {"keys", "entries"},
    "documents": {"cache", "layers"},
    "providers": {"cache", "layers"},
}
"""Besides: stores know nothing of what they keep, and a cache takes plain callables."""

RETRIEVAL = Path("library", "evaluation", "retrieval.py")
"""Measures Haystack's components with Haystack's retrievers; imports both when it is asked to."""

HEAVY = {
    "asyncio",
    "concurrent.futures",
    "email",
    "hashlib",
    "haystack",
    "http",
    "httpx",
    "inspect",
    "logging",
    "matplotlib",
    "multiprocessing",
    "numpy",
    "openai",
    "opentelemetry",
    "pathlib",
    "pathvalidate",
    "platformdirs",
    "psycopg",
    "pydantic",
    "pydantic_settings",
    "pypdfium2",
    "redis",
    "rich",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "typer",
    "xberg",
}


def imported(path):
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folders_imported(path):
    parts = (module.split(".") for module in imported(path))
    return {part[1] for part in parts if part[0] == "renai" and len(part) > 1} & set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_folders_above_it(folder):
    allowed = set(FOLDERS[: FOLDERS.index(folder) + 1]) - FORBIDDEN.get(folder, set())
    files = list((SOURCE / folder).rglob("*.py"))
    assert files
    for path in files:
        assert folders_imported(path) <= allowed, path


def test_every_folder_has_its_place():
    assert {path.parent.name for path in SOURCE.glob("*/__init__.py")} == set(FOLDERS)


def test_naming_needs_the_standard_library_only():
    for path in (SOURCE / "keys").glob("*.py"):
        for module in imported(path):
            top = module.partition(".")[0]
            assert top == "renai" or top in sys.stdlib_module_names, path


def test_the_engine_knows_no_framework():
    for path in SOURCE.rglob("*.py"):
        tops = {module.partition(".")[0] for module in imported(path)}
        if path != SOURCE / RETRIEVAL:
            assert not tops & {"haystack", "haystack_integrations"}, path
        if path.is_relative_to(SOURCE / "cli"):
            continue
        assert not tops & {"typer", "click"}, path


def test_importing_the_package_costs_nothing():
    program = (
        "import sys; before = set(sys.modules); import renai; print(*set(sys.modules) - before)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(run.stdout.split()) & HEAVY


def test_every_public_name_can_be_had():
    import renai

    for name in renai.__all__:
        assert callable(getattr(renai, name))
        assert dir(renai).count(name) == 1
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        renai.nothing_of_this_name  # noqa: B018 - that it raises is what is tested
