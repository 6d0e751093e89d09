"""Files are found, told apart by their content, and read.

Public are the names below, for packages that add a format (docs/extending.md). The modules beside
them are internal. Names are imported on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from renai.lazy_names import lazy_names

TYPE_CHECKING = False  # stands for typing's, the import of which would take most of the time
if TYPE_CHECKING:
    from renai.documents.formats import MUTOOL as MUTOOL
    from renai.documents.formats import TEXT as TEXT
    from renai.documents.formats import XBERG as XBERG
    from renai.documents.formats import Format as Format
    from renai.documents.formats import Reader as Reader
    from renai.documents.readers.opening import open_file as open_file
    from renai.extraction import Extraction as Extraction
    from renai.extraction import Line as Line
    from renai.text_cleaning import document_line as document_line
    from renai.text_cleaning import document_text as document_text

_HOMES = {
    "Extraction": "renai.extraction",
    "Format": "renai.documents.formats",
    "Line": "renai.extraction",
    "MUTOOL": "renai.documents.formats",
    "Reader": "renai.documents.formats",
    "TEXT": "renai.documents.formats",
    "XBERG": "renai.documents.formats",
    "document_line": "renai.text_cleaning",
    "document_text": "renai.text_cleaning",
    "open_file": "renai.documents.readers.opening",
}

__all__ = [
    "MUTOOL",
    "TEXT",
    "XBERG",
    "Extraction",
    "Format",
    "Line",
    "Reader",
    "document_line",
    "document_text",
    "open_file",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
