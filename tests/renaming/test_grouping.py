"""Which files go with a document."""

import pytest

from renai.renaming.grouping import SIDECAR_EXTENSIONS, Neighbours
from renai.renaming.naming import SIDECAR_BYTES

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
    ("stem", "extensions", "along"),
    [
        ("a", [".pdf"], [".pdf.xmp", ".JPG", ".opf"]),
        ("b", [".pdf", ".epub"], [".epub.opf", ".jpg"]),
        ("b", [".pdf"], []),
        ("b", [".epub"], [".epub.opf"]),
        ("c", [".pdf"], []),
    ],
)
def test_what_goes_along(stem: str, extensions: list[str], along: list[str]) -> None:
    assert list(Neighbours(FOLDER, ()).sidecars(stem, extensions)) == along


def test_an_image_that_is_a_document_does_not_go_along() -> None:
    names = ["a.pdf", "a.jpg", "a.opf"]
    assert list(Neighbours(names, {"a.jpg"}).sidecars("a", [".pdf"])) == []
    assert list(Neighbours(names, {"a.jpg"}).sidecars("a", [".pdf", ".jpg"])) == [".opf"]


def test_a_folder_of_the_stem_holds_nothing_up() -> None:
    assert list(Neighbours(["a", "a.pdf", "a.opf"], ()).sidecars("a", [".pdf"])) == [".opf"]


def test_names_keep_room_for_every_sidecar() -> None:
    assert max(map(len, SIDECAR_EXTENSIONS)) <= SIDECAR_BYTES
