"""Install each wheel into an environment of its own, as people will, and use it once.

    python packages/install_wheels.py dist [VERSION]

What the wheels need comes from an index; they themselves only from the folder. With a VERSION the
wheels must be of that one, so that a tag cannot publish another.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

KEEP_A_VECTOR = """
from renai import EmbeddingCache, Recipe

with EmbeddingCache("sqlite:///vectors.sqlite", Recipe(model="m")) as cache:
    cache.embed(["salt"], lambda texts: [[1.0, 2.0] for _ in texts])
    assert cache.get(["salt"]).hits.all()
"""
EMBED_A_DOCUMENT = """
from haystack import Document
from haystack.components.embedders import MockDocumentEmbedder
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder

embedder = CachedDocumentEmbedder(MockDocumentEmbedder(), "sqlite:///vectors.sqlite")
embedder.run([Document(content="salt")])
assert embedder.run([Document(content="salt")])["meta"]["cache"]["hits"] == 1
"""
USES = {
    "renai-core": ["python", "-c", KEEP_A_VECTOR],
    "renai": ["renai", "--version"],
    "renai-haystack": ["python", "-c", EMBED_A_DOCUMENT],
}


def version_of(wheel: Path) -> str:
    """Return the version that stands in a wheel's name."""
    return wheel.name.split("-")[1]


def try_out(name: str, version: str, dist: Path) -> None:
    """Install one wheel with what it needs, and use it.

    Raises:
        subprocess.CalledProcessError: it cannot be installed, or does not do what it should.
    """
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        bin_folder = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        pip = [bin_folder / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        # A cache of pip could hold a wheel of this version from before.
        wheels = [str(wheel) for wheel in dist.glob("*.whl") if needs(name, wheel)]
        subprocess.run([*pip, "install", *wheels], check=True)
        program, *words = USES[name]
        subprocess.run([bin_folder / program, *words], cwd=folder, check=True)
    print(f"{name} {version} installs and works", flush=True)


def needs(name: str, wheel: Path) -> bool:
    """Tell whether a wheel is the one of that name, or the core, on which all stand."""
    return wheel.name.split("-")[0].replace("_", "-") in (name, "renai-core")


def main(dist: Path, wanted: str | None) -> int:
    """Try out every wheel of a folder; returns an exit code."""
    wheels = {wheel.name.split("-")[0].replace("_", "-"): wheel for wheel in dist.glob("*.whl")}
    if wheels.keys() != USES.keys():
        print(f"{dist} should hold {sorted(USES)}, and holds {sorted(wheels)}", file=sys.stderr)
        return 1
    versions = {version_of(wheel) for wheel in wheels.values()}
    if len(versions) > 1 or (wanted and versions != {wanted}):
        said = f"the wheels are of version {', '.join(sorted(versions))}"
        print(f"{said}, and not {wanted or 'of one'}: see src/renai/version.py", file=sys.stderr)
        return 1
    for name in USES:
        try_out(name, *versions, dist)
    return 0


if __name__ == "__main__":
    dist, *rest = sys.argv[1:]
    raise SystemExit(main(Path(dist), rest[0] if rest else None))
