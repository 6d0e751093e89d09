"""The first paragraph of an office document, where its print is larger than all that follows."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.shared import Pt

from renai.documents.readers import office_print
from renai.documents.readers.office_print import LARGE_HEADING, large_heading

_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = "".join(
    f' xmlns:{short}="{_ODF}:{name}:1.0"'
    for short, name in {
        "o": "office",
        "t": "text",
        "s": "style",
        "f": "xsl-fo-compatible",
    }.items()
)
LINES = (("Lamps of Aden", 20), ("On the lamps that the keepers of Aden trimmed.", None))


def word(*paragraphs: tuple[str, float | None]) -> bytes:
    """A document whose paragraphs have a size of their own, or that of their style."""
    document = docx.Document()
    for text, size in paragraphs:
        run = document.add_paragraph().add_run(text)
        run.font.size = None if size is None else Pt(size)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def odt(*paragraphs: tuple[str, str], automatic: str = "", styles: str = "") -> bytes:
    body = "".join(f'<t:p t:style-name="{style}">{text}</t:p>' for style, text in paragraphs)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(
            "content.xml",
            f"<o:document-content{_SPACES}><o:automatic-styles>{automatic}</o:automatic-styles>"
            f"<o:body><o:text>{body}</o:text></o:body></o:document-content>",
        )
        file.writestr("styles.xml", f"<o:document-styles{_SPACES}>{styles}</o:document-styles>")
    return stream.getvalue()


def style(name: str, size: str, parent: str = "") -> str:
    return (
        f'<s:style s:name="{name}" s:parent-style-name="{parent}">'
        f'<s:text-properties f:font-size="{size}"/></s:style>'
    )


def test_word_gives_a_piece_of_text_a_size_of_its_own() -> None:
    assert large_heading("DOCX", word(*LINES)) == {LARGE_HEADING: ["Lamps of Aden"]}


def test_word_gives_a_style_the_size_of_what_it_is_made_from() -> None:
    document = docx.Document()
    document.styles["Heading 1"].font.size = Pt(20)
    document.styles["Heading 2"].base_style = document.styles["Heading 1"]
    document.styles["Heading 2"].font.size = None
    document.add_paragraph("Lamps of Aden", "Heading 2")
    document.add_paragraph("On the lamps that the keepers of Aden trimmed.")
    stream = io.BytesIO()
    document.save(stream)
    assert large_heading("DOCX", stream.getvalue()) == {LARGE_HEADING: ["Lamps of Aden"]}


@pytest.mark.parametrize("size", ["20pt", "150%"])
def test_open_document_says_a_size_or_a_share_of_it(size: str) -> None:
    automatic = style("P1", size, "Text") + style("Text", "12pt")
    data = odt(("P1", "Lamps of Aden"), ("Text", "On the lamps of Aden."), automatic=automatic)
    assert large_heading("ODT", data) == {LARGE_HEADING: ["Lamps of Aden"]}


def test_several_lines_of_the_largest_size_are_given_one_by_one() -> None:
    lines = (("Lamps", 20), ("of Aden", 20), *LINES[1:])
    assert large_heading("DOCX", word(*lines)) == {LARGE_HEADING: ["Lamps", "of Aden"]}


@pytest.mark.parametrize(
    "lines",
    [
        LINES[1:],  # no line is larger than the others
        (*LINES[1:], LINES[0]),  # the larger one comes later
        (*LINES, ("The Stairs", 20)),  # it is one of several headings
        (*LINES, ("The Stairs", 24)),  # another one is larger
        (("Lamps of Aden", 11.5), *LINES[1:]),  # hardly larger
    ],
)
def test_what_is_not_the_largest_print_of_all_is_no_heading(
    lines: tuple[tuple[str, float | None], ...],
) -> None:
    assert large_heading("DOCX", word(*lines)) == {}


def test_styles_that_go_round_end_and_damage_gives_nothing() -> None:
    automatic = style("a", "150%", "b") + style("b", "150%", "a")
    assert LARGE_HEADING in large_heading(
        "ODT", odt(("a", "Lamps"), ("c", "On the lamps."), automatic=automatic)
    )
    assert large_heading("ODT", b"PK\x03\x04 and no more") == {}
    assert large_heading("RTF", b"{\\rtf1 Lamps}") == {}


def test_the_innermost_piece_says_how_large_its_letters_are() -> None:
    styles = style("small", "12pt") + style("large", "20pt")
    inner = (
        "<t:span t:style-name='large'>Lamps of <t:span t:style-name='small'>A</t:span>den</t:span>"
    )
    data = odt(("", inner), ("", "On the lamps that the keepers trimmed."), automatic=styles)
    assert large_heading("ODT", data) == {LARGE_HEADING: ["Lamps of Aden"]}
    inner = (
        "<t:span t:style-name='large'>L<t:span t:style-name='small'>amps of Aden</t:span></t:span>"
    )
    data = odt(("", inner), ("", "On the lamps that the keepers trimmed."), automatic=styles)
    assert large_heading("ODT", data) == {}


def test_each_of_many_nested_pieces_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def counted(element):
        nonlocal asked
        asked += 1
        return local(element)

    local = office_print.local
    monkeypatch.setattr(office_print, "local", counted)
    nested = "<t:span t:style-name='a'>x" * 100 + "</t:span>" * 100
    data = odt(*[("", nested)] * 20, automatic=style("a", "20pt"))
    large_heading("ODT", data)
    assert asked < 4 * 20 * 100
