"""What is protected by DRM, and what only looks like it."""

from __future__ import annotations

import pytest

from ebooks import package
from renai.documents.readers.ebook import is_protected_epub

FONTS = "http://www.idpf.org/2008/embedding"
ADOBE_FONTS = "http://ns.adobe.com/pdf/enc#RC"
AES = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"


def epub(*algorithms: str) -> bytes:
    items = "".join(
        f'<e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#">'
        f'<e:EncryptionMethod Algorithm="{algorithm}"/></e:EncryptedData>'
        for algorithm in algorithms
    )
    namespace = "urn:oasis:names:tc:opendocument:xmlns:container"
    encryption = f'<encryption xmlns="{namespace}">{items}</encryption>'
    return package({"META-INF/encryption.xml": encryption})


@pytest.mark.parametrize("algorithms", [[AES], [FONTS, AES], ["an unknown one"]])
def test_encrypted_content_is_protected(algorithms: list[str]) -> None:
    assert is_protected_epub(epub(*algorithms))


@pytest.mark.parametrize("algorithms", [[], [FONTS], [FONTS, ADOBE_FONTS]])
def test_obfuscated_fonts_are_not(algorithms: list[str]) -> None:
    assert not is_protected_epub(epub(*algorithms))


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", package({}), package({"META-INF/encryption.xml": "<not well-formed"})],
)
def test_what_cannot_be_told_is_not(data: bytes) -> None:
    assert not is_protected_epub(data)
