"""The tests of this folder under the other major version of the SDK, which has another client."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent
_ROOT = _FOLDER.parents[2]


@pytest.mark.long
def test_the_other_major_version_passes_the_same_tests(tmp_path: Path) -> None:
    is_newer = int(version("openai").partition(".")[0]) >= 3
    other = "openai>=2,<3" if is_newer else "openai>=3,<4"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", tmp_path, other]
    subprocess.run(install, check=True)
    code = "import openai; print(openai.__version__)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(_ROOT / "src")))}
    asked = [sys.executable, "-c", code]
    said = subprocess.run(asked, env=environment, check=True, capture_output=True, text=True)
    assert said.stdout.startswith("2." if is_newer else "3.")
    tests = [sys.executable, "-m", "pytest", "-q", "-m", "not long", _FOLDER]
    done = subprocess.run(
        tests, cwd=_ROOT, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]
