"""XMP packets in PDFs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reportlab.pdfgen.canvas import Canvas

from renai.documents.readers import pdf

if TYPE_CHECKING:
    from pathlib import Path

    from renai.documents.readers.xmp import Properties

_PACKET = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" {attributes}>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Ann Lee</rdf:li><rdf:li>Bo Ray</rdf:li></rdf:Seq></dc:creator>
<dc:publisher><rdf:Bag><rdf:li>Quay</rdf:li></rdf:Bag></dc:publisher>
{elements}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""

OURS = "<pdf:Producer>Press 1</pdf:Producer>"


def packet(title: str = "Lamps", elements: str = "", attributes: str = "") -> str:
    return _PACKET.format(title=title, elements=elements, attributes=attributes)


def properties(folder: Path, *packets: str) -> Properties:
    """Of a PDF by "Press 1" that says its author is A, with these packets in it."""
    path = folder / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setProducer("Press 1")
    canvas.setAuthor("A")
    canvas.drawString(9, 9, "text")
    canvas.save()
    # A reader finds the cross-reference table from the end: what lies behind it does no harm.
    path.write_bytes(path.read_bytes() + "\n".join(packets).encode())
    return pdf.read(path, 100).properties


def test_a_packet_gives_lists_and_what_info_has_no_place_for(tmp_path: Path) -> None:
    found = properties(tmp_path, packet(elements=f"{OURS}<prism:isbn>9783161484100</prism:isbn>"))
    assert found["title"] == "Lamps"
    assert found["authors"] == ["Ann Lee", "Bo Ray"]
    assert found["publisher"] == "Quay"
    assert found["isbn"] == "9783161484100"
    assert found["producer"] == "Press 1"


def test_simple_properties_may_be_attributes(tmp_path: Path) -> None:
    found = properties(
        tmp_path, packet(attributes='pdf:Producer="Press 1" prism:isbn="9783161484100"')
    )
    assert found["isbn"] == "9783161484100"


def test_the_packet_of_a_picture_is_not_the_documents(tmp_path: Path) -> None:
    picture = packet("fig-1.ai", "<pdf:Producer>Drawing 9</pdf:Producer>")
    assert properties(tmp_path, packet(elements=OURS), picture)["title"] == "Lamps"
    assert properties(tmp_path, picture)["authors"] == "A"


def test_the_last_update_counts(tmp_path: Path) -> None:
    packets = (packet("Old", OURS), packet("New", OURS))
    assert properties(tmp_path, *packets)["title"] == "New"


@pytest.mark.parametrize(
    "broken",
    [
        packet(elements=OURS)[:-200],
        packet(elements="<unclosed>"),
        "<x:xmpmeta",
        '<x:xmpmeta><!DOCTYPE a [<!ENTITY x "lol">]></x:xmpmeta>',
        "<x:xmpmeta" * 10_000,
    ],
)
def test_damage_is_passed_over(tmp_path: Path, broken: str) -> None:
    assert properties(tmp_path, broken)["authors"] == "A"
