"""XML that declares entities is refused, in whatever encoding it does so."""

from __future__ import annotations

import pytest

from renai.documents.readers.safe_xml import parse, parse_until

DECLARED = (
    '<!ENTITY x "lol">',
    '<!ENTITY % x "lol">',
    '<!ENTITY x SYSTEM "file:///etc/passwd">',
    '<!ENTITY x PUBLIC "a" "http://127.0.0.1/x">',
    '<!-- a --><!ELEMENT a ANY>\n<!ENTITY\n\tx "lol">',
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "koi8-r")


def written(doctype: str, encoding: str) -> bytes:
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding.removesuffix("-le").removesuffix("-be"))
    mark = "\ufeff" if encoding[-3:] in ("-le", "-be") else ""
    said = f'{mark}<?xml version="1.0" encoding="{name}"?>{doctype}<a><b>Dune</b></a>'
    return said.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("declared", DECLARED)
def test_declared_entities_are_refused(declared: str, encoding: str) -> None:
    data = written(f"<!DOCTYPE a [{declared}]>", encoding)
    with pytest.raises(ValueError, match="declares entities"):
        parse(data)
    with pytest.raises(ValueError, match="declares entities"):
        parse_until(data, "b")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_document_type_alone_is_none(encoding: str) -> None:
    outside = '<!DOCTYPE a PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://127.0.0.1/ncx.dtd">'
    for doctype in ("", outside, "<!DOCTYPE a [<!ELEMENT a ANY>]>"):
        assert parse(written(doctype, encoding)).findtext("b") == "Dune"
        assert parse_until(written(doctype, encoding), "b").text == "Dune"


@pytest.mark.parametrize("data", [b"", b"Dune", b"<a>", b"<a>&x;</a>", b"\xff\xfe<", b"\x00" * 9])
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not well-formed"):
        parse(data)
