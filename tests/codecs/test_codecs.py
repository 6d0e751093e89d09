"""The text and the JSON codec: what was framed comes back, and nothing else is believed."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec
from renai.errors import DamagedEntryError
from renai.keys.digest import digest_bytes
from renai.keys.recipe import Recipe

NAME = "metadata/doc_0_1.json"
RECIPE = Recipe("ask", 1, {"prompt": "Wer schrieb „Faust“?\n", "limit": 10})

TEXT = st.text(st.characters(codec=None, categories=None))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True), JSON, max_size=4)


@dataclass
class Case:
    codec: Any
    value: Any
    notes: dict[str, Any] = field(default_factory=lambda: {"provider": "openai", "seconds": 0.5})

    @property
    def entry(self):
        return Entry.made_by(RECIPE, self.value, **self.notes)

    @property
    def data(self):
        return self.codec.encode(NAME, self.entry)


CASES = {
    "text": Case(TextCodec(), "Habe nun, ach!\r\nPhilosophie\n"),
    "empty text": Case(TextCodec(), "", {}),
    "json": Case(JsonCodec(), {"title": "Faust", "authors": ["J. W. Goethe"], "year": 1808}),
    "empty json": Case(JsonCodec(), {}, {}),
}
LARGE = {
    "text": Case(TextCodec(), "Da steh ich nun, ich armer Tor! " * 200),
    "json": Case(
        JsonCodec(), {"evidence": {f"field {i}": "so klug als wie zuvor" for i in range(99)}}
    ),
}
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@each
def test_an_entry_comes_back(case):
    assert case.codec.decode(NAME, case.data) == case.entry


@given(TEXT, st.dictionaries(st.text(), JSON, max_size=3))
def test_any_text_comes_back(text, notes):
    entry = Entry.made_by(RECIPE, text, facts=notes)
    assert TextCodec().decode("text/a", TextCodec().encode("text/a", entry)) == entry


@given(FIELDS, FIELDS.map(lambda notes: {f"n{name}": value for name, value in notes.items()}))
def test_any_fields_come_back(fields, notes):
    entry = Entry.made_by(RECIPE, fields, **notes)
    assert JsonCodec().decode(NAME, JsonCodec().encode(NAME, entry)) == entry


@pytest.mark.parametrize("lone", ["\ud800", "a\udfffb", "\udcff\udc80"])
def test_lone_surrogates_out_of_a_damaged_file_come_back(lone):
    recipe = Recipe("ask", 1, {"model": lone})
    for codec, value in [(TextCodec(), lone), (JsonCodec(), {"title": lone})]:
        entry = Entry.made_by(recipe, value, note=lone)
        assert codec.decode(NAME, codec.encode(NAME, entry)) == entry
    JsonCodec().encode(NAME, entry).decode("utf-8")  # strict: a person's editor opens it


@each
def test_no_bit_may_flip(case):
    data = case.data
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            with pytest.raises(DamagedEntryError, match=NAME):
                case.codec.decode(NAME, bytes(flipped))


@pytest.mark.parametrize("case", LARGE.values(), ids=LARGE.keys())
def test_no_byte_of_a_large_entry_may_change(case):
    data = case.data
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] = (changed[place] + 1) % 256
        with pytest.raises(DamagedEntryError):
            case.codec.decode(NAME, bytes(changed))


@each
def test_no_byte_may_be_missing_or_follow(case):
    data = case.data
    for length in range(len(data)):
        with pytest.raises(DamagedEntryError):
            case.codec.decode(NAME, data[:length])
    for more in (b"\n", b"\0", b" ", data):
        with pytest.raises(DamagedEntryError):
            case.codec.decode(NAME, data + more)


@each
def test_an_entry_is_foreign_under_another_name(case):
    with pytest.raises(DamagedEntryError):
        case.codec.decode("metadata/doc_0_2.json", case.data)


@pytest.mark.parametrize("codec", [TextCodec(), JsonCodec()], ids=["text", "json"])
@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b"\x80\x05]\x94.", b"\xff\xfe", b"renai-text/1 "]
)
def test_what_others_wrote_is_damage(codec, data):
    with pytest.raises(DamagedEntryError):
        codec.decode(NAME, data)


def test_a_future_text_format_is_not_guessed_at():
    data = CASES["text"].data.replace(b"renai-text/1", b"renai-text/2", 1)
    with pytest.raises(DamagedEntryError, match="this version"):
        TextCodec().decode(NAME, data)


def sealed_text(body):
    return b"renai-text/1 " + digest_bytes(body).encode() + body


def sealed_json(body):
    return body + b',\n  "_checksum": "sha256:' + digest_bytes(body).encode() + b'"\n}\n'


def json_body(**changes):
    document = json.loads(CASES["json"].data)
    del document["_checksum"]
    return json.dumps(document | changes).removesuffix("}").encode()


def text_body(**changes):
    header = json.loads(CASES["text"].data.split(b"\n")[0].split(b" ", 2)[2])
    return b" " + json.dumps(header | changes).encode() + b"\ntext"


def test_these_forgeries_are_entries_until_they_are_changed():
    JsonCodec().decode(NAME, sealed_json(json_body()))
    TextCodec().decode(NAME, sealed_text(text_body()))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1",
        b"\xff",
        b"[" * 100_000,
        b'{"_format": 1',
        json_body(_format=2),
        json_body(_format="1"),
        json_body(_name=None),
        json_body(_recipe=[]),
        json_body(_recipe_digest=7),
    ],
    ids=lambda body: body[-40:],
)
def test_json_with_a_right_checksum_may_be_garbage(body):
    with pytest.raises(DamagedEntryError):
        JsonCodec().decode(NAME, sealed_json(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b" {}\n",
        b" [1]\ntext",
        b" \xff\ntext",
        b" " + b"[" * 100_000 + b"\ntext",
        text_body() + b"\xff",
        text_body(name="text/other"),
        text_body(recipe="none"),
        text_body(recipe_digest=None),
        text_body(notes=[]),
    ],
    ids=lambda body: body[-40:],
)
def test_text_with_a_right_checksum_may_be_garbage(body):
    with pytest.raises(DamagedEntryError):
        TextCodec().decode(NAME, sealed_text(body))


def test_a_person_can_read_a_text_entry():
    header, _, text = CASES["text"].data.decode().partition("\n")
    assert header.startswith("renai-text/1 ")
    assert "Wer schrieb „Faust“?" in header
    assert text == CASES["text"].value


def test_a_person_can_read_a_metadata_entry():
    document = json.loads(CASES["json"].data.decode("utf-8"))
    assert list(document)[:3] == ["title", "authors", "year"]
    assert document["_provider"] == "openai"
    assert document["_recipe"] == RECIPE.described
    assert "_cached_at" not in document


def test_entries_with_one_digest_keep_their_own_recipes():
    codec, wanted = JsonCodec(), [{"step": "ask"}, {"step": "ask", "revision": 2}, {"step": "ask"}]
    entries = [Entry({"title": "Faust"}, recipe, "0" * 64) for recipe in wanted]
    decoded = [codec.decode(NAME, codec.encode(NAME, entry)) for entry in entries]
    assert decoded == entries


@pytest.mark.parametrize("indent", [None, 4])
def test_an_entry_that_is_laid_out_otherwise_is_read_too(indent):
    codec, case = JsonCodec(), CASES["json"]
    codec.decode(NAME, case.data)
    document = json.loads(case.data)
    del document["_checksum"]
    body = json.dumps(document, indent=indent).removesuffix("}").rstrip().encode()
    data = body + f',\n  "_checksum": "sha256:{digest_bytes(body)}"\n}}\n'.encode()
    assert codec.decode(NAME, data) == case.entry
