import gzip
import shutil
import subprocess

import pytest

from corpus import assemble, documents
from made_library import make_pdf

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="unpacks Debian packages")

PACKAGES = {
    "tides-doc": {"tides/manual.pdf": b"tides", "tides/readme.txt": b"not a document"},
    "clocks-doc": {"clocks/clocks.pdf.gz": b"clocks", "clocks/again.pdf": b"tides"},
}


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """An apt-get whose packages are made here; asking for any other fails."""
    for package, files in PACKAGES.items():
        root = tmp_path / package
        for name, words in files.items():
            path = root / "usr/share/doc" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = make_pdf([words.decode()])
            path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        (root / "DEBIAN").mkdir()
        (root / "DEBIAN/control").write_text(
            f"Package: {package}\nVersion: 1\nArchitecture: all\nMaintainer: A <a@b>\n"
            "Description: a manual\n"
        )
        built = tmp_path / f"{package}.deb"
        subprocess.run(["dpkg-deb", "-b", root, built], check=True, capture_output=True)
    program = tmp_path / "bin/apt-get"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$3" >>{tmp_path}/asked\n'
        f'cp {tmp_path}/"$3".deb . 2>/dev/null || {{ echo "no such package" >&2; exit 100; }}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return tmp_path


def test_a_corpus_holds_each_document_once_and_gz_unpacked(archive):
    corpus = archive / "corpus"
    assert list(assemble(corpus, ["tides-doc", "clocks-doc"])) == [
        "tides-doc: 1 documents",
        "clocks-doc: 1 documents",
    ]
    names = [path.relative_to(corpus).as_posix() for path in documents(corpus)]
    assert names == [
        "packages/clocks-doc/usr/share/doc/clocks/clocks.pdf",
        "packages/tides-doc/usr/share/doc/tides/manual.pdf",
    ]
    assert documents(corpus)[0].read_bytes().startswith(b"%PDF")


def test_what_is_there_is_not_fetched_again(archive):
    corpus = archive / "corpus"
    list(assemble(corpus, ["tides-doc"]))
    assert list(assemble(corpus, ["tides-doc", "clocks-doc"])) == ["clocks-doc: 1 documents"]
    assert (archive / "asked").read_text().split() == ["tides-doc", "clocks-doc"]


def test_a_package_that_is_gone_is_named_and_left_out(archive):
    corpus = archive / "corpus"
    assert list(assemble(corpus, ["gone-doc", "tides-doc"])) == [
        "gone-doc: left out, no such package",
        "tides-doc: 1 documents",
    ]
    assert not list(corpus.glob(".unfinished-*"))
