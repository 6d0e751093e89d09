"""The walls between the folders, and what `import renai` may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import renai
import renai.documents
import renai.providers

SOURCE = Path(__file__).parents[1] / "src" / "renai"

LEVELS = [
    {"missing"},
    {"errors", "lazy_names", "signals", "version"},
    {
        "batching",
        "closing",
        "counting",
        "file_lock",
        "forks",
        "garbage",
        "identifiers",
        "listening",
        "locations",
        "processes",
        "setting_kinds",
        "text_cleaning",
        "threads",
        "turns",
    },
    {"pace", "plugins", "settings"},
    {"keys"},
    {"codecs"},
    {"stores"},
    {"usage"},
    {"cache"},
    {"extraction"},
    {"embeddings", "documents", "providers"},
    {"embedders"},
    {"arrow", "file_job"},
    {"renaming"},
    {"configuration"},
    {"metadata"},
    {"library"},
    {"maintenance", "evaluation", "gateway"},
    {"web"},
    {"cli", "langchain", "litellm", "llama_index", "openai", "ray", "sentence_transformers"},
    {"__init__", "__main__"},
]
"""The house from the top: folders, and the modules beside them. Each imports only what stands in a
line above its own; those of one line do not know each other."""

FORBIDDEN = {
    "stores": {"keys", "codecs"},
    "documents": {"cache"},
    "providers": {"cache"},
    "metadata": {"renaming"},
}
"""Besides: stores know nothing of what they keep, a cache takes plain callables, and what a file is
does not depend on what it is called."""

RETRIEVAL = Path("evaluation", "retrieval.py")
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


def parts_imported(path):
    parts = (module.split(".") for module in imported(path))
    return {part[1] for part in parts if part[0] == "renai" and len(part) > 1} & PARTS


PARTS = set().union(*LEVELS)


@pytest.mark.parametrize("part", sorted(PARTS - {"__init__", "__main__"}))
def test_a_part_imports_only_what_stands_above_it(part):
    level = next(number for number, parts in enumerate(LEVELS) if part in parts)
    allowed = set().union(*LEVELS[:level], {part}) - FORBIDDEN.get(part, set())
    module = SOURCE / f"{part}.py"
    files = [module] if module.exists() else list((SOURCE / part).rglob("*.py"))
    assert files
    for path in files:
        assert parts_imported(path) <= allowed, path


def test_every_part_has_its_place():
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert folders | {path.stem for path in SOURCE.glob("*.py")} == PARTS


def modules():
    for path in SOURCE.rglob("*.py"):
        name = ".".join(("renai", *path.relative_to(SOURCE).with_suffix("").parts))
        yield name.removesuffix(".__init__"), path


def test_no_imports_run_in_a_circle():
    """Not even those for types alone."""
    paths = dict(modules())
    imports = {
        name: (set(imported(path)) & set(paths)) - {name, "renai"} for name, path in paths.items()
    }
    left = dict(imports)
    while free := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in free:
            del left[name]
    in_circles = {name: sorted(needed & left.keys()) for name, needed in left.items()}
    assert not in_circles


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


@pytest.mark.parametrize("package", ["renai", "renai.documents", "renai.providers"])
def test_importing_the_package_costs_nothing(package):
    program = (
        "import sys; before = set(sys.modules); "
        f"import {package}; print(*set(sys.modules) - before)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(run.stdout.split()) & HEAVY


@pytest.mark.parametrize("package", [renai, renai.documents, renai.providers])
def test_every_public_name_can_be_had(package):
    for name in package.__all__:
        assert getattr(package, name) is not None
        assert dir(package).count(name) == 1
    assert package._HOMES.keys() == set(package.__all__)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        package.nothing_of_this_name  # noqa: B018 - that it raises is what is tested
