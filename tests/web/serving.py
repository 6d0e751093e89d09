"""`renai web` as a process of its own, over a library of its own."""

import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

from fork_server import to_heed_signals
from waiting import LIMIT, until

_INHERITED = ("PATH", "LANG", "TESSDATA_PREFIX", "PYTHONDONTWRITEBYTECODE")


class Served:
    """A page over a folder's `books`, with its state and cache beside it.

    Args:
        folder: where all is.
        options: words of the command line besides the paths.
        environment: variables besides those it needs; only with a BROWSER is one opened.
    """

    def __init__(self, folder, *options, **environment):
        self.folder = folder
        self.books = folder / "books"
        self._options = options
        self._environment = environment

    def __enter__(self):
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {
            "HOME": str(self.folder),
            "RENAI_CACHE_DIR": str(self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            **self._environment,
        }
        quiet = [] if "BROWSER" in self._environment else ["--no-browser"]
        words = ["web", str(self.books), *quiet, *self._options]
        self._log = (self.folder / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "renai", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            preexec_fn=to_heed_signals(),
        )
        self.line = self.process.stdout.readline()
        found = re.fullmatch(r"(http\S+)\n", self.line)
        assert found, (self.folder / "log").read_text()
        self.url = found[1]
        self.address = "http://" + urlsplit(self.url).netloc
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(LIMIT)
        self.process.stdout.close()
        self._log.close()

    def names(self):
        """The names of all files of the library."""
        return sorted(path.name for path in self.books.rglob("*") if path.is_file())

    def until_named(self, names):
        until(lambda: self.names() == sorted(names))
