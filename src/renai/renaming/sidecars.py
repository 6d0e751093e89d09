"""Which files go with a document when it is renamed: its cover, its subtitles, its metadata.

A sidecar is tied to its document by its name alone: `book.opf` or `book.pdf.opf` for `book.pdf`.
The second form names its one document. The first belongs to all documents of that stem, so it
goes with them if they all go to the same new stem; where they part, or one of them stays, nobody
can tell whose it is, and it stays.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from renai.renaming.naming import split_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

SIDECAR_EXTENSIONS = frozenset(
    [
        *(".opf", ".xmp", ".nfo", ".json", ".xml", ".bib", ".ris"),  # what others know of it
        *(".jpg", ".jpeg", ".png", ".webp", ".gif"),  # its cover
        *(".srt", ".vtt", ".lrc", ".cue"),  # what runs along with it
        *(".annot", ".mbp", ".apnx", ".phl"),  # a reader's notes
        *(".md5", ".sha256", ".sig", ".asc"),  # proofs of it
    ]
)
"""Extensions of files that live beside a document, in lower case."""


class Neighbours:
    """The files of one folder, by stem: documents and sidecars.

    Args:
        names: all names in the folder.
        documents: those of them that are documents whatever their extension, such as a
            photograph that is to be renamed itself.
    """

    def __init__(self, names: Iterable[str], documents: Collection[str]) -> None:
        self._documents: dict[str, set[str]] = defaultdict(set)
        self._sidecars: dict[str, list[str]] = defaultdict(list)
        for name in sorted(names):
            stem, extension = split_name(name)
            if extension.lower() in SIDECAR_EXTENSIONS and name not in documents:
                self._sidecars[stem].append(extension)
            elif extension or name in documents:
                self._documents[stem].add(extension)

    def travelling(self, stem: str, extensions: Collection[str]) -> Iterator[str]:
        """Yield what follows the stem in the names of the sidecars that go along.

        Args:
            stem: the stem that is given up.
            extensions: those of the documents that go from this stem to one new stem.
        """
        for extension in extensions:
            for second in self._sidecars.get(stem + extension, ()):
                yield extension + second
        if self._documents.get(stem, set()) <= set(extensions):
            yield from self._sidecars.get(stem, ())
