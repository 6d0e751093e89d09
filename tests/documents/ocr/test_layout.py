"""Pieces of a page in the order in which a person reads them."""

from renai.documents.ocr.layout import Piece, in_reading_order


def piece(text, left, top, width=100, height=10):
    return Piece(text, left, top, left + width, top + height)


def texts(*pieces):
    return [line.text for line in in_reading_order(pieces)]


def test_no_pieces_are_no_lines():
    assert in_reading_order([]) == []


def test_lines_come_from_top_to_bottom():
    assert texts(piece("second", 0, 20), piece("first", 0, 0)) == ["first", "second"]


def test_pieces_of_one_line_are_joined():
    assert texts(piece("world", 110, 1), piece("hello", 0, 0)) == ["hello world"]


def test_columns_are_read_one_after_the_other():
    left = [piece(f"l{row}", 0, row * 15) for row in range(4)]
    right = [piece(f"r{row}", 150, row * 15) for row in range(4)]
    assert texts(*right, *left) == ["l0", "l1", "l2", "l3", "r0", "r1", "r2", "r3"]


def test_a_headline_stands_before_the_columns_below_it():
    head = piece("head", 0, 0, width=250, height=20)
    left = [piece(f"l{row}", 0, 40 + row * 15) for row in range(4)]
    right = [piece(f"r{row}", 150, 40 + row * 15) for row in range(4)]
    assert texts(*left, *right, head)[0] == "head"
    assert texts(*left, *right, head)[1:5] == ["l0", "l1", "l2", "l3"]


def test_a_joined_line_has_the_box_of_both():
    (line,) = in_reading_order([piece("a", 0, 0), piece("b", 110, 2)])
    assert (line.left, line.top, line.right, line.bottom) == (0, 0, 210, 12)


def test_boxes_that_overlap_are_lines_all_the_same():
    """Engines draw boxes larger than the lines in them; an indented line comes in its turn."""
    lines = [piece(str(row), 20 * (row % 2), 8 * row) for row in range(6)]
    assert texts(*reversed(lines)) == ["0", "1", "2", "3", "4", "5"]


def test_page_numbers_stay_with_what_they_number():
    chapters = [piece(f"chapter {row}", 0, 15 * row) for row in range(4)]
    numbers = [piece(f"p{row}", 400, 15 * row, width=10) for row in range(4)]
    assert texts(*numbers, *chapters) == [
        *("chapter 0", "p0", "chapter 1", "p1", "chapter 2", "p2", "chapter 3", "p3")
    ]


def test_columns_that_stand_close_are_columns():
    left = [piece(f"l{row}", 0, row * 12) for row in range(3)]
    right = [piece(f"r{row}", 109, row * 12) for row in range(3)]
    assert texts(*right, *left) == ["l0", "l1", "l2", "r0", "r1", "r2"]
