"""Other processes that use a store, and what stands in their way."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from waiting import LIMIT

pytest.register_assert_rewrite("renai.stores.testing")


@pytest.fixture
def start():
    """Start Python programs given as source; they are gone when the test is."""
    running = []

    def start_one(source, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", source, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start_one
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start):
    """Run a program to its end; what it printed."""

    def run_one(source, *arguments):
        out, err = start(source, *arguments).communicate(timeout=LIMIT)
        assert not err, err
        return out.strip()

    return run_one


@pytest.fixture
def open_folder():
    """A folder that any user may enter, which `tmp_path` is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def _nobody():
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def as_reader():
    """A context in which this process may not write what root made."""
    if sys.platform == "win32" or os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    return _nobody
