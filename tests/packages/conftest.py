"""The wheels that are published, built once, and environments with what one of them asks for."""

import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PACKAGES = ("renai-core", "renai", "renai-haystack")


class Environment:
    """An environment in which nothing is but what has been put there.

    Args:
        folder: where it is made.
    """

    def __init__(self, folder):
        venv.create(folder, symlinks=True)
        self.folder = folder
        (self.site,) = folder.glob("lib/python*/site-packages")
        self._there = set()

    def unpack(self, wheel):
        """Put a wheel there, without what it needs."""
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.site)

    def lend(self, requirement):
        """Lend a package of the environment of the tests, and all that it needs.

        The parts of renai are those that were unpacked; what they need is lent.
        """
        name, extras = requirement.name, frozenset(requirement.extras)
        if (name, extras) in self._there:
            return
        self._there.add((name, extras))
        there = next(self.site.glob(f"{name.replace('-', '_')}-*.dist-info"), None)
        brought = PathDistribution(there) if there else distribution(name)
        for needed in map(Requirement, brought.requires or ()):
            marker = needed.marker
            if not marker or any(marker.evaluate({"extra": each}) for each in ("", *extras)):
                self.lend(needed)
        if there is None:
            self._link(brought)

    def _link(self, brought: Distribution):
        for top in {file.parts[0] for file in brought.files if file.parts[0] not in ("..", "")}:
            source = Path(brought.locate_file(top))
            if top != "__pycache__" and source.exists() and not (self.site / top).exists():
                (self.site / top).symlink_to(source)

    def run(self, *words, **more):
        """Run Python there, in isolation from the environment of the tests."""
        return subprocess.run(
            [self.folder / "bin/python", "-I", *words],
            cwd=self.folder,
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            **more,
        )


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """The wheel of each package, by the package's name."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in PACKAGES:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / package],
            cwd=ROOT / "packages" / package,
            check=True,
            capture_output=True,
        )
    return {package: next((folder / package).glob("*.whl")) for package in PACKAGES}


@pytest.fixture(scope="session")
def environment_with(tmp_path_factory, wheels):
    """Make an environment with some of the packages, and with what they and others ask for."""

    def make(*packages, others=()):
        environment = Environment(tmp_path_factory.mktemp("environment"))
        for package in packages:
            environment.unpack(wheels[package])
        for package in (*packages, *others):
            environment.lend(Requirement(package))
        return environment

    return make


@pytest.fixture(scope="session")
def core(environment_with):
    """An environment with `renai-core` and what it asks for. No test puts more into it."""
    return environment_with("renai-core")
