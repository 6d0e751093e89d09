"""What is measured of the page, and that all of it can be measured."""

import subprocess
import sys
from pathlib import Path

import pytest

from measuring import lags

_PROGRAM = Path(__file__).parents[2] / "benchmarks" / "web_page.py"


def test_a_step_is_late_until_it_is_counted():
    late = lags([10.2, 10.0, 10.75], [(10.1, 0), (10.5, 2), (11.0, 3)])
    assert late == pytest.approx([0.5, 0.3, 0.25])


@pytest.mark.long
def test_a_small_dose_gives_every_figure(tmp_path):
    pytest.importorskip("playwright", reason="pip install 'renai[dev]' to run this")
    run = subprocess.run(
        [sys.executable, str(_PROGRAM), "--quick"], check=True, capture_output=True, text=True
    )
    judged = [line for line in run.stdout.splitlines() if "reached" in line.lower()]
    assert len(judged) == 10
    assert any("page without thumbnails" in line and "NOT" not in line for line in judged)
