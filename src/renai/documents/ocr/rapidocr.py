"""Call RapidOCR, whose models come in its wheel: they find lines in any script, and read some.

Letters that its model does not know it drops without a word, and a line of nothing else as well.
Such lines are kept here, without text: they tell that a page is in another script, and where.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from renai.documents.ocr.layout import Piece
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.documents.ocr.layout import Pixels

LONGEST_SIDE = 2000
"""Pixels of a picture; more takes thrice the time and recognises no more."""

_LEAST_SCORE = 0.5

_UNREAD = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for a line in which nothing was read, so that RapidOCR does not drop it."""


def read_lines(pixels: Pixels) -> list[Piece]:
    """Find the lines of a picture, and read them.

    Args:
        pixels: (height, width, 3), red, green and blue.

    Returns:
        All that were found; those that could not be read have no text, and no score.
    """
    found = _rapidocr()(pixels[:, :, ::-1])  # it wants blue first, as OpenCV does
    if found.boxes is None:
        return []
    return [
        Piece(
            "" if text == _UNREAD else document_line(text) or "",
            float(box[:, 0].min()),
            float(box[:, 1].min()),
            float(box[:, 0].max()),
            float(box[:, 1].max()),
            0.0 if text == _UNREAD else float(score),
            tuple((float(x), float(y)) for x, y in box),
        )
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
    ]


@lru_cache(maxsize=1)  # once a worker: to load the models takes seconds
def _rapidocr() -> Any:
    import onnxruntime
    from rapidocr import RapidOCR

    onnxruntime.disable_telemetry_events()  # on Windows, where no variable does
    threads = "EngineConfig.onnxruntime."
    engine: Any = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST_SIDE,
            "Global.text_score": _LEAST_SCORE,
            "Global.use_cls": False,  # takes a line in a hundred for one upside down, and loses it
            # The pool is what runs in parallel.
            f"{threads}intra_op_num_threads": 1,
            f"{threads}inter_op_num_threads": 1,
        }
    )
    if recognise := getattr(engine, "recognize_txt", None):  # no public method tells them
        engine.recognize_txt = _marking_unread(recognise)
    return engine


def _marking_unread(recognise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a recogniser that gives a mark for each line in which another reads nothing."""

    def recognise_or_mark(lines: Any) -> Any:
        found = recognise(lines)
        told = list(zip(found.txts, found.scores, strict=True))
        unread = [not text.strip() or score < _LEAST_SCORE for text, score in told]
        found.txts = tuple(
            _UNREAD if lost else text for lost, text in zip(unread, found.txts, strict=True)
        )
        found.scores = tuple(
            1.0 if lost else score for lost, score in zip(unread, found.scores, strict=True)
        )
        return found

    return recognise_or_mark
