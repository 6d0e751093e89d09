"""Titles that office documents mark by a style, or by their place on the title slide."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE

from renai.documents.readers import markup
from renai.documents.readers.office_titles import MARKED_TITLES, SLIDE_HEADING, marked_titles
from renai.documents.readers.safe_xml import elements_in_head

if TYPE_CHECKING:
    from pathlib import Path

_OFFICE = "http://schemas.openxmlformats.org"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = "".join(
    f' xmlns:{short}="{_ODF}:{name}:1.0"'
    for short, name in {
        "o": "office",
        "t": "text",
        "s": "style",
        "d": "drawing",
        "p": "presentation",
    }.items()
)


def package(**parts: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def odt(body: str, automatic: str = "", styles: str = "", before: str = "") -> bytes:
    return package(
        **{
            "content.xml": f"{before}<o:document-content{_SPACES}><o:automatic-styles>{automatic}"
            f"</o:automatic-styles><o:body><o:text>{body}</o:text></o:body></o:document-content>",
            "styles.xml": f"<o:document-styles{_SPACES}><o:styles>{styles}</o:styles>"
            "</o:document-styles>",
        }
    )


def odp(*frames: str) -> bytes:
    pages = f"<d:page>{''.join(frames)}</d:page><d:page>{frame('title', 'Oil')}</d:page>"
    return package(
        **{
            "content.xml": f"<o:document-content{_SPACES}><o:body><o:presentation>{pages}"
            "</o:presentation></o:body></o:document-content>"
        }
    )


def frame(place: str, text: str, more: str = "") -> str:
    box = f"<d:text-box><t:p>{text}</t:p></d:text-box>"
    return f'<d:frame p:class="{place}" {more}>{box}</d:frame>'


def pptx(*shapes: tuple[str, str]) -> bytes:
    relationships = f"{_OFFICE}/officeDocument/2006/relationships"

    def links(*targets: tuple[str, str]) -> str:
        rows = "".join(
            f'<Relationship Id="r{place}" Type="{relationships}/{kind}" Target="{target}"/>'
            for place, (target, kind) in enumerate(targets)
        )
        return f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{rows}</Relationships>'

    def slide(*shapes: tuple[str, str]) -> str:
        inside = "".join(
            f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{place}"/></p:nvPr></p:nvSpPr><p:txBody><a:p>'
            f"<a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
            for place, text in shapes
        )
        return (
            f'<p:sld xmlns:p="{_OFFICE}/presentationml/2006/main"'
            f' xmlns:a="{_OFFICE}/drawingml/2006/main"><p:cSld><p:spTree>{inside}</p:spTree>'
            "</p:cSld></p:sld>"
        )

    return package(
        **{
            "_rels/.rels": links(("ppt/presentation.xml", "officeDocument")),
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_OFFICE}/presentationml/2006/main"'
            f' xmlns:r="{relationships}"><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst>'
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": links(
                ("slides/slide1.xml", "slide"), ("slides/slide2.xml", "slide")
            ),
            "ppt/slides/slide1.xml": slide(("ctrTitle", "Not the First")),
            "ppt/slides/slide2.xml": slide(*shapes),
        }
    )


def word(*paragraphs: tuple[str, str]) -> bytes:
    document = docx.Document()
    german = document.styles["Title"]
    german.element.set(next(x for x in german.element.attrib if "styleId" in x), "Titel")
    cover = document.styles.add_style("Cover Title", WD_STYLE_TYPE.PARAGRAPH)
    cover.base_style = german
    other = document.styles.add_style("Cover Author", WD_STYLE_TYPE.PARAGRAPH)
    other.base_style = german
    for style, text in paragraphs:
        document.add_paragraph(text, style)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def titles(form: str, data: bytes) -> object:
    return marked_titles(form, data).get(MARKED_TITLES)


def test_word_calls_the_style_title_in_every_language() -> None:
    data = word(("Normal", "Quay Press"), ("Title", "Lamps of\nAden"), ("Heading 1", "Oil"))
    assert titles("DOCX", data) == ["Lamps of Aden"]


def test_a_style_made_from_it_is_one_if_it_is_called_so() -> None:
    data = word(("Cover Author", "Ivo Mast"), ("Cover Title", "Lamps"), ("Subtitle", "On oil"))
    assert titles("DOCX", data) == ["Lamps"]


def test_no_other_style_marks_a_title() -> None:
    assert marked_titles("DOCX", word(("Heading 1", "Lamps"), ("Normal", "On lamps."))) == {}


def test_a_title_far_below_is_none() -> None:
    assert marked_titles("DOCX", word(*[("Normal", "On lamps.")] * 60, ("Title", "Lamps"))) == {}


def test_open_document_has_it_as_the_parent_of_a_style_without_a_name() -> None:
    body = '<t:p t:style-name="P1">Lamps<t:s/>of <t:span>Aden</t:span></t:p><t:p>Oil</t:p>'
    automatic = '<s:style s:name="P1" s:parent-style-name="Title"/>'
    assert titles("ODT", odt(body, automatic)) == ["Lamps of Aden"]
    assert marked_titles("ODT", odt(body)) == {}


def test_what_was_struck_out_and_notes_are_left_out() -> None:
    gone = '<t:tracked-changes><t:p t:style-name="Title">Rope</t:p></t:tracked-changes>'
    note = "<t:note><t:note-body><t:p>See Aden.</t:p></t:note-body></t:note>"
    body = f'{gone}<t:p t:style-name="Title">Lamps{note} of Aden</t:p>'
    assert titles("ODT", odt(body)) == ["Lamps of Aden"]


def test_styles_that_go_round_end() -> None:
    styles = "".join(
        f'<s:style s:name="{x} title" s:parent-style-name="{y} title"/>' for x, y in ("ab", "ba")
    )
    assert marked_titles("ODT", odt('<t:p t:style-name="a title">x</t:p>', styles=styles)) == {}


def test_the_title_of_the_slide_that_comes_first() -> None:
    assert titles("PPTX", pptx(("ctrTitle", "Lamps"))) == ["Lamps"]
    assert titles("PPTX", pptx(("title", "Lamps"), ("subTitle", "On oil"))) == ["Lamps"]
    subtitle = frame("subtitle", "On oil")
    assert titles("ODP", odp(frame("title", "Lamps"), subtitle)) == ["Lamps"]


def test_a_slide_without_a_subtitle_has_a_heading_and_no_title() -> None:
    heading = {SLIDE_HEADING: "Lamps"}
    assert marked_titles("PPTX", pptx(("title", "Lamps"), ("body", "On oil"))) == heading
    assert marked_titles("ODP", odp(frame("title", "Lamps"), frame("outline", "On oil"))) == heading
    asked_for = frame("title", "Click to add", 'p:placeholder="true"')
    assert marked_titles("ODP", odp(asked_for, frame("subtitle", "On oil"))) == {}


def test_declared_entities_and_damage_give_nothing() -> None:
    declared = '<!DOCTYPE a [<!ENTITY x "lol">]>'
    body = '<t:p t:style-name="Title">Lamps</t:p>'
    assert titles("ODT", odt(body)) == ["Lamps"]
    assert marked_titles("ODT", odt(body, before=declared)) == {}
    assert marked_titles("ODT", odt("<t:p></t:h>")) == {}
    assert marked_titles("ODT", b"PK\x03\x04 and no more") == {}
    nested = "<t:span>" * 5000 + "</t:span>" * 5000
    assert marked_titles("ODT", odt(f'<t:p t:style-name="Title">{nested}</t:p>')) == {}


def test_the_beginning_of_a_document_is_enough() -> None:
    head = b"<a><b><c>Lamps</c></b><b><c>Oil</c>"
    assert [x.tag for x in elements_in_head(head, {"b", "c"})] == ["c", "b", "c"]
    assert [x.text for x in elements_in_head(head, {"c"})] == ["Lamps", "Oil"]
    with pytest.raises(ValueError, match="not well-formed"):
        list(elements_in_head(b"<a><b></c></a>", {"b"}))


def test_the_mark_stands_beside_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word(("Title", "Lamps"), ("Normal", "On lamps.")))
    extraction = markup.read(tmp_path / "a.docx", 1000)
    assert extraction.text == "Lamps\nOn lamps."
    assert extraction.properties[MARKED_TITLES] == ["Lamps"]
