"""Which files go with a document."""

import pytest

from renai.renaming.naming import SIDECAR_BYTES
from renai.renaming.sidecars import SIDECAR_EXTENSIONS, Neighbours

FOLDER = [
    "a.pdf",
    "a.opf",
    "a.JPG",
    "a.pdf.xmp",
    "b.pdf",
    "b.epub",
    "b.jpg",
    "b.epub.opf",
    "ab.srt",
]


@pytest.mark.parametrize(
    ("stem", "extensions", "travelling"),
    [
        ("a", [".pdf"], [".pdf.xmp", ".JPG", ".opf"]),
        ("b", [".pdf", ".epub"], [".epub.opf", ".jpg"]),
        ("b", [".pdf"], []),
        ("b", [".epub"], [".epub.opf"]),
        ("c", [".pdf"], []),
    ],
)
def test_what_travels(stem: str, extensions: list[str], travelling: list[str]) -> None:
    assert list(Neighbours(FOLDER, ()).travelling(stem, extensions)) == travelling


def test_an_image_that_is_a_document_does_not_travel() -> None:
    names = ["a.pdf", "a.jpg", "a.opf"]
    assert list(Neighbours(names, {"a.jpg"}).travelling("a", [".pdf"])) == []
    assert list(Neighbours(names, {"a.jpg"}).travelling("a", [".pdf", ".jpg"])) == [".opf"]


def test_a_folder_of_the_stem_holds_nothing_up() -> None:
    assert list(Neighbours(["a", "a.pdf", "a.opf"], ()).travelling("a", [".pdf"])) == [".opf"]


def test_names_keep_room_for_every_sidecar() -> None:
    assert max(map(len, SIDECAR_EXTENSIONS)) <= SIDECAR_BYTES
