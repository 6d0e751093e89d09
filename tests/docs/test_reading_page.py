"""docs/reading.md names every format, beside what reads it."""

import re
from pathlib import Path

from renai.documents.formats import BUILT_IN, MUTOOL, PDFIUM, TEXT, XBERG, need_mutool

PAGE = (Path(__file__).parents[2] / "docs/reading.md").read_text(encoding="utf-8")


def names_beside(reader):
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| {reader} |"))
    alone, _, damaged = row.split("|")[2].partition(";")
    return set(re.findall(r"\w+", alone)), set(re.findall(r"\b[A-Z]+\d?\b", damaged))


def test_every_format_stands_beside_its_reader():
    documents = [form for form in BUILT_IN if form.kind == "document"]
    link = "[xberg](https://pypi.org/project/xberg/)"
    for said, reader in {"PDFium": PDFIUM, link: XBERG, "renai itself": TEXT}.items():
        assert names_beside(said)[0] == {x.name for x in documents if x.readers[0] == reader}
    mended = {form.name for form in documents if MUTOOL in form.readers[1:]}
    assert names_beside("mutool, then PDFium") == (set(need_mutool()), mended)
