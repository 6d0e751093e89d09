"""What `renai.stores` offers to others, and what it costs to import it."""

import subprocess
import sys

import pytest

from renai import stores


def test_every_public_name_can_be_had():
    for name in stores.__all__:
        assert getattr(stores, name).__name__ == name
        assert dir(stores).count(name) == 1
    assert stores._HOMES.keys() == set(stores.__all__)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        stores.nothing_of_this_name  # noqa: B018 - that it raises is what is tested


def test_importing_it_costs_nothing():
    program = (
        "import sys; before = set(sys.modules); import renai.stores\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    known = {"__future__", "renai", "renai.lazy_names", "renai.stores", "renai.version"}
    assert set(run.stdout.split()) <= known
