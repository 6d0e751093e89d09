"""Archives of caches that were made to hurt: nothing of them is used, and nothing lies outside."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import math
import random
import shutil
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from books import make_books
from damages import damaged
from mutations import MUTATIONS
from program import Program
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec
from surroundings import unharmed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Entries = dict[str, bytes]

NAMES = (
    *("../secret.txt", "/etc/passwd", "text/../../secret.txt", "text/..", "text/a/b", "secret.txt"),
    *("fingerprints.sqlite", "text/notes.txt", "quarantine/x", "CACHEDIR.TAG", "text/\x1b[2J"),
    *("text/" + "a" * 5000, "TEXT/" + "0" * 64, "text/" + "0" * 64 + "_basic.txt\n", ""),
)
"""Names that no entry has."""

TYPES = (
    *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE),
    *(tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE, b"Z"),
)

PAX: tuple[dict[str, str], ...] = (
    *({"mtime": date} for date in ("inf", "nan", "1e300", "-1e18", "yesterday")),
    *({"size": size} for size in ("-1", "99999999999999", "1e9", "x")),
    *({"path": name} for name in ("../secret.txt", "/etc/passwd")),
    {"hdrcharset": "BINARY", "path": "text/\udcff"},
    {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9" * 18},
    {"linkpath": "/etc/passwd"},
)

HEADS = (
    *(b"[" * 60_000, b'{"format": 1e999}', b'{"format": -1}', b"null", b"", b'{"format": true}'),
    *(b'{"format": ' + b"9" * 5000 + b"}", b'{"format": "2"}', b'\xff\xfe{"format": 2}'),
)


def hostile(sound: Entries, path: Path, chance: random.Random) -> bytes:
    """Return an archive that no cache has made."""
    way = chance.choice([crafted, crafted, crafted, as_bytes, packed_anew])
    return way(sound, path, chance)


def as_bytes(sound: Entries, path: Path, chance: random.Random) -> bytes:
    return chance.choice(MUTATIONS)(path.read_bytes(), chance)


def packed_anew(sound: Entries, path: Path, chance: random.Random) -> bytes:
    """Return the archive with damage inside of the packing, or with more packed than fits."""
    plain = gzip.decompress(path.read_bytes())
    match chance.randrange(5):
        case 0:
            return gzip.compress(plain) + gzip.compress(bytes(600 << 20), 9)
        case 1:
            return gzip.compress(plain) + chance.randbytes(100)
        case 2:
            return gzip.compress(gzip.compress(plain))
        case 3:
            return gzip.compress(plain + b"\0" * 10240 + plain)
        case _:
            return gzip.compress(chance.choice(MUTATIONS)(plain, chance))


def crafted(sound: Entries, path: Path, chance: random.Random) -> bytes:
    """Return an archive whose manifest is right, and whose entries are not."""
    entries = [
        (name, damaged(name, data, sound, chance)[1] if chance.random() < 0.5 else data)
        for name, data in sound.items()
    ]
    if chance.random() < 0.2:
        entries += chance.choices(entries, k=3)
    odd = chance.choice(["name", "type", "pax", "head", "size", "none", "none"])
    digest, counts, size = hashlib.sha256(), dict[str, int](), 0
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        head = chance.choice(HEADS) if odd == "head" else b'{"format": 1}'
        _add(tar, tarfile.TarInfo("archive.json"), head)
        at = chance.randrange(len(entries))
        for number, (name, data) in enumerate(entries):
            info = tarfile.TarInfo(name)
            info.mtime = chance.choice([0, 1_600_000_000, 2**40])
            if number == at and odd == "name":
                info.name = chance.choice(NAMES)
            if number == at and odd == "type":
                info.type, info.linkname = chance.choice(TYPES), "../../secret.txt"
            if number == at and odd == "pax":
                info.pax_headers = chance.choice(PAX)
            _add(tar, info, data)
            digest.update(
                f"{info.name} {float(info.mtime)!r} {len(data)}\n".encode("utf-8", "replace")
            )
            digest.update(data)
            layer = info.name.partition("/")[0]
            counts[layer] = counts.get(layer, 0) + 1
            size += len(data)
        said = {"entries": counts, "bytes": size, "sha256": digest.hexdigest()}
        if odd == "size":
            said["bytes"] = chance.choice([-1, math.inf, "many", None])
        _add(tar, tarfile.TarInfo("manifest.json"), json.dumps(said).encode())
    return gzip.compress(stream.getvalue(), 1)


def _add(tar: tarfile.TarFile, info: tarfile.TarInfo, data: bytes) -> None:
    info.size = len(data)
    with suppress(ValueError, UnicodeError):  # what cannot be written is left out
        tar.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize(("seed", "count"), [(1, 6), pytest.param(2, 200, marks=pytest.mark.long)])
def test_nothing_of_a_hostile_archive_is_used(tmp_path: Path, seed: int, count: int) -> None:
    chance = random.Random(seed)
    home, library = tmp_path / "home", tmp_path / "shelf" / "library"
    home.mkdir()
    make_books(library, 3)
    renai = Program(home)
    look = (library, "--dry-run", "--json", "--fallback-mode", "none")
    known = answers(renai(*look))
    path = home / "sound.tar.gz"
    assert renai("cache", "export", path).code == 0
    sound = entries(renai)
    with unharmed(tmp_path, home, library):
        for turn in range(count):
            shutil.rmtree(renai.cache, ignore_errors=True)
            made = home / "hostile.tar.gz"
            made.write_bytes(hostile(sound, path, chance))
            done = renai("cache", "import", made)
            assert done.code in (0, 1, 3), (turn, done.err)
            shown = done.out + done.err
            assert all(char.isprintable() or char == "\n" for char in shown), (turn, shown)
            held = entries(renai)
            assert held.keys() <= sound.keys(), turn
            check(held)
            if turn % 10 == 0:
                assert answers(renai(*look)) == known, turn


def answers(run: Any) -> dict[str, Any]:
    assert run.code == 0, run.err
    return {file["path"]: file["metadata"] for file in run.json["files"]}


def entries(renai: Program) -> Entries:
    return {
        f"{layer}/{name}": data
        for layer in ("text", "metadata")
        for name, data in renai.entries(layer).items()
    }


def check(held: Mapping[str, bytes]) -> None:
    codecs: dict[str, Callable[[str, bytes], Any]] = {
        "text": TextCodec().decode,
        "metadata": JsonCodec().decode,
    }
    for name, data in held.items():
        codecs[name.partition("/")[0]](name, data)
