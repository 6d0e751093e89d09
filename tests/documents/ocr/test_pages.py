"""Which text layers say what their pages show."""

import pytest

from renai.documents.ocr.pages import is_readable, unusable_pages

PROSE = "It was a bright cold day in April, and the clocks were striking thirteen."


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "17",
        "- 3 -",
        "(cid:12)(cid:45)(cid:7)(cid:99)",
        "\ue012\ue045\ue067\ue088 \ue012\ue045 and some letters",
        "The qui\ufffdk \ufffd\ufffd\ufffd\ufffd fo\ufffd",
    ],
)
def test_nothing_and_garbage_are_not_readable(text):
    assert not is_readable(text)


@pytest.mark.parametrize("text", [PROSE, "Война и мир", "Chapter One", "十二国記月の影影の海 上巻"])
def test_words_are_readable_in_any_script(text):
    assert is_readable(text)


def test_a_watermark_alone_on_every_page_is_not_the_pages_text():
    assert unusable_pages(["Scanned by Acme"] * 4) == [0, 1, 2, 3]


def test_a_watermark_on_one_page_may_be_its_text():
    assert unusable_pages(["Chapter One", PROSE, PROSE * 2]) == []


def test_only_the_pages_that_need_it_are_named():
    assert unusable_pages([PROSE, "", PROSE + "!", "4"]) == [1, 3]
