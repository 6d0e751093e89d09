"""Tell a viewer's notice, which some PDFs have in place of the document, from a document's page.

The contents of a dynamic XFA form and of a portfolio are not on its pages: what stands there asks
for another viewer. Whether a form is one the file itself says (ISO 32000-1, 12.7.8).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_LONGEST = 1500  # characters; with the same notice in several languages
_VIEWER = re.compile(r"\b(?:adobe|acrobat|(?:pdf|adobe)\s+(?:reader|viewer))\b", re.IGNORECASE)
_NOTICE = re.compile(
    r"^please wait\W*$"
    r"|if this message is not eventually replaced by the proper contents of the document"
    r"|(?:for the best experience, )?open this pdf portfolio in"
    r"|(?:multiple files are bound together|documents contained within a) .{0,20}pdf package"
    r"|this (?:document|form) (?:requires|can only be (?:opened|viewed)).{0,40}\badobe reader",
    re.IGNORECASE,
)
_KEY_WORDS = ("please wait", "eventually", "pdf portfolio", "pdf package", "adobe reader")
"""In every notice there is one of them; to look for the expression takes many times as long."""


def is_notice(document: PdfDocument, text: str) -> bool:
    """Return whether the text of a page is a viewer's notice.

    Args:
        document: whose page it is.
        text: of the page.
    """
    import pypdfium2.raw as pdfium_c

    if not text or len(text) > _LONGEST:
        return False
    if says_so(text):
        return True
    if len(document) > 1:
        return False
    if pdfium_c.FPDF_GetFormType(document) == pdfium_c.FORMTYPE_XFA_FULL:
        return True
    has_files = pdfium_c.FPDFDoc_GetAttachmentCount(document) > 0
    return has_files and _VIEWER.search(text) is not None


def says_so(text: str) -> bool:
    """Return whether a text has the very words of a notice."""
    words = " ".join(text.split())
    folded = words.casefold()
    return any(said in folded for said in _KEY_WORDS) and _NOTICE.search(words) is not None


def may_be_notice(text: str) -> bool:
    """Return whether a whole document's text may be a notice, which its file would have to tell."""
    return len(text) <= _LONGEST and _VIEWER.search(text) is not None
