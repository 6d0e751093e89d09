"""What binary entries share: the checksum is that of zlib, whoever computes it."""

import zlib

import pytest

from renai.codecs.binary import crcs, seal, unseal


@pytest.mark.parametrize("data", [b"", b"123456789", bytes(range(256)) * 7])
def test_it_is_the_one_of_zlib(data):
    assert list(crcs(["embedding/a"], [data])) == [zlib.crc32(data, zlib.crc32(b"embedding/a"))]


def test_what_is_sealed_is_unsealed_under_its_own_name_alone():
    sealed = seal("a", b"body")
    assert unseal("a", sealed) == b"body"
    assert unseal("b", sealed) is None


@pytest.mark.parametrize("at", range(8))
def test_any_other_byte_is_noticed(at):
    sealed = bytearray(seal("a", b"body"))
    sealed[at] ^= 1
    assert unseal("a", bytes(sealed)) is None


def test_what_is_too_short_for_a_checksum_is_noticed():
    assert unseal("a", b"") is None
    assert unseal("a", b"abc") is None
