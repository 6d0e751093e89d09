"""Whether a book is protected by DRM, so that its text is there but cannot be read.

An EPUB lists what is encrypted in `META-INF/encryption.xml`, and how
(https://www.w3.org/TR/epub-33/#sec-encryption.xml). Fonts are often obfuscated with a key that
stands in the book itself; that protects nothing but the fonts.
"""

from __future__ import annotations

import io
import zipfile

from renai.documents.readers.package import BROKEN, xml_part

PROTECTED = "is protected by DRM and cannot be read"
"""How a person is told."""

_OBFUSCATED_FONTS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
_METHODS = ".//{*}EncryptedData/{*}EncryptionMethod"


def is_protected_epub(data: bytes) -> bool:
    """Whether more than fonts is encrypted; no, where that cannot be told."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            encryption = xml_part(archive, "META-INF/encryption.xml")
    except BROKEN:
        return False
    methods = {method.get("Algorithm") for method in encryption.iterfind(_METHODS)}
    return not methods <= _OBFUSCATED_FONTS
