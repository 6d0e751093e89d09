"""Words that stand large on first pages and are no title: parts of books, kinds of works, imprints.

Data, in the languages that were met; a new one is a new word.
"""

from __future__ import annotations

import re

_PARTS = """
    abstract acknowledgements? acknowledgments? agenda agradecimientos algemeen bibliography
    bibliografia bibliographie changelog changes contents contenido copyright danksagung
    declaration einleitung erklärung foreword glossary index indice índice inhalt
    inhaltsverzeichnis inhoud inhoudsopgave introducción introduction introduzione introdução
    keywords kurzfassung licen[cs]e literatur obsah outline overview preface préface références
    references remerciements résumé sommaire spis\\s+treści summary sumário sommario
    table\\s+of\\s+contents table\\s+des\\s+matières tartalomjegyzék usage user\\s+documentation
    vorwort voorwoord zusammenfassung содержание оглавление 目次 目录 目錄
    (?:í|i)ndice\\s+general[e]? contents\\s+at\\s+a\\s+glance short\\s+contents
    brief\\s+contents list\\s+of\\s+\\w+ liste\\s+des\\s+\\w+
    name synopsis description installation install readme requirements notes
    features beschreibung navigation navigación suche search next previous prev up home weiter
    zurück suivant précédent dedication dedicated\\s+to.* epigraph title\\s+page cover half\\s+title
    impressum imprint legal\\s+notice colophon about\\s+the\\s+author appendix anhang annexe
    prologue epilogue prolog epilog prólogo epílogo first\\s+page second\\s+page please\\s+wait
    citations reads see\\s+discussions.* figures? tables? tabellenverzeichnis abbildungsverzeichnis
    введение предисловие аннотация 前言 摘要 はじめに 序文 まえがき 目次と索引
"""
_KINDS = """
    article bachelorarbeit bachelor.?s\\s+thesis bachelorthesis case\\s+report confidential
    diplomarbeit dissertation doctoral\\s+thesis draft editorial habilitationsschrift letter
    masterarbeit master.?s\\s+thesis masterthesis open\\s+access original\\s+(?:article|paper)
    (?:release|review)\\s+copy working\\s+draft
    phd\\s+thesis preprint press\\s+release projektarbeit research\\s+(?:article|paper)
    review\\s+article seminararbeit studienarbeit technical\\s+report tesi\\s+di\\s+laurea thesis
    thèse thema theme\\s+article working\\s+paper annual\\s+report
"""
_MONTHS = """
    january february march april may june july august september october november december januar
    februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août
    septembre octobre novembre décembre gennaio febbraio marzo aprile maggio giugno luglio agosto
    settembre ottobre dicembre enero febrero abril mayo junio julio septiembre octubre noviembre
    diciembre
"""


def _any_of(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


MONTH = _any_of(_MONTHS)
_VERSION = r"(?:package\s+)?(?:version|release[d]?|revision|rev\.|v\.?)\s*:?\s*[\d(]"
_INSTITUTION = (
    r"^(?:the\s+)?(?:[^\W\d_]+\s+){0,3}(?:universit\w+|universidad|università|institut\w*|fakult\w+"
    r"|facult\w+|department|hochschule)(?:\s+[^\W\d_-]+){0,4}$"
)

VERSION_OR_DATE = re.compile(
    rf"^\W*(?:{_VERSION}|{MONTH}\b.{{0,12}}\d{{4}}|\d{{1,2}}\W{{0,2}}\s+{MONTH}\b|(?:1[5-9]|20)\d\d[-/.]\d)",
    re.IGNORECASE,
)
"""How a line begins that says of which day or version a text is."""

_BEGINS_NO_TITLE = re.compile(
    "|".join(
        (
            r"arxiv:",
            r"(doi|issn|isbn|pii)\b",
            rf"{_any_of(_PARTS)}\W*$",
            rf"{_any_of(_KINDS)}(?:\s*/\s*{_any_of(_KINDS)})?\W*$",
            (
                r"(chapter|kapitel|chapitre|capitolo|cap[ií]tulo|part|teil|section|page|volume"
                r"|vol\.?|no\.?|issue)\s+[\divxlc]+\W*$"
            ),
            r"(by|published by|edited by|prepared by|submitted (to|by)|prepared for)\b",
            r"(copyright|\u00a9|\(c\))",
            VERSION_OR_DATE.pattern,
            r"\W*\d[\d./-]+\W*$",
            r"(?:\w )+\w$",  # S p a c e d
            (  # a series and the number in it
                r"(?:[\w'&.-]+ ){0,4}(?:reference publication|contractor report"
                r"|technical (?:memorandum|paper|report|note)|research (?:report|paper|memorandum)"
                r"|(?:working|discussion) paper|request for comments)"
                r"(?: no\.?| n[\u00b0\u00ba])?:?\s*\S*\d\S*$"
            ),
            r"(?:invoice|faktura|rechnung|facture|factura|fattura|receipt)\b.{0,20}\d\S*$",
            r"proceedings of\b",
            # What heads the papers of a court, above who stands before it.
            r"in the (?:[\w.]+ ){0,5}courts? of (?:appeals?|claims|justice)\b",
            r"(?:attorneys?|counsel) for (?:the )?(?:appell|plaint|defend|respond|petit)",
            _INSTITUTION,
        )
    ),
    re.IGNORECASE,
)
_IN_NO_TITLE = re.compile(
    r"https?://|www\.|@\w+\.|all rights reserved|\bjournal of\b.*\d"
    r"|\bvol(?:ume|\.)\s*\d+,\s*(?:no\.|number|issue)\s*\d",
    re.IGNORECASE,
)

_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|first|second|third|last"
    "|eins|zwei|drei|un|une|deux|trois|premier|premi\u00e8re|uno|dos|tres|due|tre|primero|primo"
)
CHAPTER = re.compile(
    rf"^(?:the\s+)?(?:chapter|kapitel|chapitre|cap[i\u00ed]tulo|capitolo|part|teil|partie|parte|book"
    rf"|section|lesson|unit|act|scene|volume|\u0433\u043b\u0430\u0432\u0430)\s+"
    rf"(?:[\divxlc]+|{_NUMBER_WORDS})\b\W*$"
    r"|^(?:annex|annexe|anhang|anexo|allegato|appendix|appendice)\s+(?:\d{1,3}|[ivxlc]+|[a-z])\b\W*$"
    rf"|^(?:{_NUMBER_WORDS})\s+(?:chapter|kapitel|chapitre|part|teil|book)\b\W*$"
    r"|^\u7b2c[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\d]+[\u7ae0\u7bc0\u8282\u8bdd\u8a71]$",
    re.IGNORECASE,
)
"""A heading of a chapter without words of its own."""

NOTICE = re.compile(
    r"^please wait\W*$|if this message is not eventually replaced|proper contents of the document"
    r"|best experience, open this pdf portfolio|to view this (?:file|document|form)"
    r"|(?:adobe|acrobat) reader (?:x|\d+) or (?:later|higher)|upgrade to the latest version"
    r"|enable javascript|javascript is (?:disabled|required)|see discussions, stats"
    r"|researchgate\.net|downloaded from|this content downloaded|jstor"
    r"|terms (?:and conditions )?of use"
    r"|see all .{0,20}authors|provided by .{0,60}core|archives-ouvertes|hal id",
    re.IGNORECASE,
)
"""What viewers and archives put on a page of their own before or in place of the document."""

FRONT_MATTER = re.compile(
    r"\b(?:universit\w*|institute of|department of|faculty of|volume\s+\d|vol\.\s*\d|no\.\s*\d)\b",
    re.IGNORECASE,
)
"""What may be in a title, and in few words is more often above one."""

NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d+)*\.?|[IVX]{1,4}\.?)\s+\S")
"""The heading of a section."""

NOT_A_SUBTITLE = re.compile(
    "|".join(
        (
            _VERSION,
            rf"\b{MONTH}\b.*\b(?:1[5-9]|20)\d\d\b",
            r"\b(?:1[5-9]|20)\d\d[-/.]\d",
            rf"^{_any_of(_PARTS)}\b",
            r"\b(?:universit\w*|institut\w*|department|faculty|laborator\w+|inc\.|gmbh|ltd)\b",
            r"^(?:by|von|par|di|por|author|autor|maintain\w+|written)\b",
            r"^\d",
        )
    ),
    re.IGNORECASE,
)
"""What stands below a title and is no part of it."""


def is_no_title(text: str) -> bool:
    """Return whether a line is no title, whatever its size, for what it says."""
    beginnings, others = (_BEGINS_NO_TITLE, CHAPTER), (_IN_NO_TITLE, NOTICE)
    return any(one.match(text) for one in beginnings) or any(one.search(text) for one in others)
