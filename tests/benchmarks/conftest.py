"""The programs under benchmarks/ are scripts: they find each other in their folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
