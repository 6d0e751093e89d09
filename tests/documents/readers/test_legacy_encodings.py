"""Encodings of before Unicode, told by how likely the letters of each reading are."""

from __future__ import annotations

import pytest

from renai.documents.readers import legacy_encodings
from renai.documents.readers.characters import UnknownEncodingError, decode
from renai.documents.readers.legacy_encodings import NARROW, WIDE, readings

RUSSIAN = "Старый смотритель Иван каждый вечер зажигал огонь на маяке. Его видели все."
UKRAINIAN = "Старий доглядач щовечора запалював вогонь, і його бачили кораблі."
GREEK = "Άλλος κανείς δεν ήταν εκεί. Ο γέρος Άγγελος άναβε κάθε βράδυ το φως."
HEBREW = "השומר הזקן הדליק את האור בכל ערב"
ARABIC = "كان الحارس العجوز يضيء المنارة كل مساء"
KAZAKH = "Қарт күзетші әр кеш сайын шамды жағып, теңізге қарап отырды."
CZECH = "Starý hlídač každý večer rozžehl světlo na majáku."
POLISH = "Stary stróż co wieczór zapalał światło, żeby widziały je łodzie."
TURKISH = "Yaşlı bekçi her akşam ışığı yaktı ve gemiler için dışarıda bekledi."
LITHUANIAN = "Senasis sargas kiekvieną vakarą uždegdavo šviesą, žiūrėdamas į jūrą."
FRENCH = "Le vieux gardien montait chaque soir l'escalier, même l'été, près du café."
GERMAN = "Der alte Wärter zündete jeden Abend über dem Hafen das große Licht an."
JAPANESE = "老人は毎晩階段を上って、遠くの船のために明かりをつけた。"
KOREAN = "노인은 매일 저녁 계단을 올라가 먼 배를 위해 불을 켰다."
CHINESE = "老人每天晚上走上楼梯，点亮了灯，照着远处的船只。"
TRADITIONAL = "老人每天晚上走上樓梯，點亮了燈，照著遠處的船隻。"

WRITTEN = [
    *((RUSSIAN, x) for x in ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")),
    *((UKRAINIAN, x) for x in ("cp1251", "koi8_u", "cp1125", "iso8859_5")),
    *((GREEK, x) for x in ("cp1253", "iso8859_7", "cp737", "mac_greek")),
    *((HEBREW, x) for x in ("cp1255", "cp862")),
    *((ARABIC, x) for x in ("cp1256", "iso8859_6")),
    *((KAZAKH, x) for x in ("kz1048", "ptcp154")),
    *((CZECH, x) for x in ("cp1250", "iso8859_2", "cp852", "mac_latin2")),
    *((POLISH, x) for x in ("cp1250", "iso8859_2", "cp852", "mac_latin2")),
    *((TURKISH, x) for x in ("cp1254", "cp857", "mac_turkish")),
    *((LITHUANIAN, x) for x in ("cp1257", "iso8859_4", "cp775")),
    *((FRENCH, x) for x in ("cp1252", "cp850", "mac_roman")),
    *((GERMAN, x) for x in ("cp1252", "cp850", "mac_roman")),
    *((JAPANESE, x) for x in ("cp932", "euc_jp", "utf_16_le", "utf_16_be")),
    *((KOREAN, x) for x in ("cp949", "utf_16_le", "utf_16_be")),
    *((CHINESE, x) for x in ("gb18030", "utf_16_le", "utf_16_be")),
    *((TRADITIONAL, x) for x in ("big5hkscs", "utf_16_le", "utf_16_be")),
]


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_a_sentence_tells_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_a_few_words_are_read_rightly_or_not_at_all(text: str, encoding: str) -> None:
    words = text.split() if " " in text else [text[n : n + 4] for n in range(0, len(text), 4)]
    for many in (2, 3, 5):
        for first in range(len(words) - many + 1):
            some = (" " if " " in text else "").join(words[first : first + many])
            if some.isascii() or (encoding not in NARROW and len(some) < 20):
                continue
            try:
                read = decode(some.encode(encoding))
            except UnknownEncodingError:
                continue
            assert read == some


def test_a_text_that_is_half_english_is_told_by_the_other_half() -> None:
    english = "The keeper lit the lamp, and the ships at sea could see the light of it. " * 4
    for text, encoding in ((POLISH, "cp1250"), (RUSSIAN, "koi8_r"), (GERMAN, "mac_roman")):
        page = f"{english}\n{text} {text}\n{english}"
        assert decode(page.encode(encoding)) == page


def test_a_long_text_is_told_by_its_lines_above_ascii() -> None:
    book = "This book may be copied by anyone who likes it.\n" * 200 + f"{CZECH}\n" * 200
    assert decode(book.encode("iso8859_2")) == book
    line = "This book may be copied by anyone who likes it. " * 200 + CZECH
    assert decode(line.encode("iso8859_2")) == line
    assert decode(b"x" * 40_000 + b"\xe9") == "x" * 40_000 + "é"


def test_a_letter_at_the_very_end_is_no_half_of_another() -> None:
    assert decode("Questo manuale non è per tutti, ma per chi sa già".encode("cp1252")) == (
        "Questo manuale non è per tutti, ma per chi sa già"
    )
    assert decode("Serien er på".encode("cp1252")) == "Serien er på"
    # In Chinese encodings the last byte here is the first half of a character.
    assert all(not one.text.isascii() for one in readings(b"Pictogram\xe3", NARROW))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ผู้เฒ่าจุดไฟประภาคารทุกเย็นเพื่อเรือที่อยู่ไกลออกไป", "cp874"),  # no such language is known
        (KOREAN, "johab"),  # no such encoding
        ("Ab š a ž", "cp1250"),  # too little
    ],
)
def test_what_is_not_likely_enough_is_refused(text: str, encoding: str) -> None:
    with pytest.raises(UnknownEncodingError):
        decode(text.encode(encoding))


def test_a_few_marks_in_doubt_do_not_cost_the_text() -> None:
    page = b"It was a long day. " * 60 + b"\x95\x99\xa5 And so on."
    assert decode(page).startswith("It was a long day.")


def test_likelihoods_are_of_the_same_bytes() -> None:
    first, *others = readings(RUSSIAN.encode("koi8_r"), NARROW)
    assert (first.text, first.encoding) == (RUSSIAN, "koi8_r")
    assert all(other.likelihood < first.likelihood for other in others)


@pytest.mark.parametrize("encoding", [*NARROW, *WIDE])
def test_the_table_has_the_languages_of_each_encoding(encoding: str) -> None:
    for language in (NARROW | WIDE)[encoding].languages:
        known = legacy_encodings._likelihoods(language)
        assert len(known) > 500
        assert all(-14 < weight <= 0 for weight in known.values())
