"""What an embedder reads of a document: the key covers that, and nothing else of the document.

It does not cover a document's id: how that is made is up to Haystack, and the id also covers what
no embedder reads.
"""

from __future__ import annotations

import json
import logging
import mimetypes
import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from renai.embedders.files import digest_files
from renai.embeddings.lineage import is_source
from renai.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from haystack import Document

    from renai.keys.canonical import Value

_PLAIN = (str, bytes, int, float, type(None), list, tuple, dict, set, frozenset)

_META_FIELDS = re.compile(r"meta.*(fields|keys)|(fields|keys).*meta", re.IGNORECASE)
_A_FIELD = re.compile(r"_fields?(_to_embed)?$", re.IGNORECASE)
_FILE_FIELD = re.compile(r"(file|path|image|audio|video)\w*_(field|key)$", re.IGNORECASE)
_SWITCHED_ON = re.compile(r"(?:include|embed|prepend)_(\w+)$")
_READS_TEXT = re.compile(r"content|text|caption|title|description", re.IGNORECASE)

_log = logging.getLogger("renai")


class Input(ABC):
    """What is embedded of a document."""

    @property
    @abstractmethod
    def described(self) -> Value:
        """What distinguishes this input from others; it stands in the recipe."""

    @property
    def note(self) -> dict[str, Any]:
        """What the embedder adds to the meta of every document."""
        return {}

    @abstractmethod
    def texts(self, documents: Sequence[Document]) -> list[str]:
        """Return the text that is embedded of each document; equal texts have equal vectors."""

    def sources(self, documents: Sequence[Document]) -> list[str | None]:
        """Return the SHA-256 of the file each document came from; None where that is not known.

        That is `meta["file_hash"]`, else the digest of the file at `meta["file_path"]`, which must
        be absolute: a bare name, as Haystack's converters leave it by default, may be any file's.
        """
        stated = [_stated_source(document) for document in documents]
        paths = {source for source in stated if isinstance(source, Path)}
        digests = _digest_readable(paths) if paths else {}
        return [digests.get(it) if isinstance(it, Path) else it for it in stated]


def input_of(
    embedder: object,
    parameters: Mapping[str, Any],
    key: Callable[[Document], str] | None,
) -> Input:
    """Return what an embedder reads of a document.

    Args:
        embedder: the embedder, for the error message.
        parameters: its serialised parameters.
        key: the user's function that returns what it reads, which goes before anything else.

    Raises:
        UsageError: neither the parameters nor the user tell, or nothing distinguishes the user's
            function from others.
    """
    if key is not None:
        return KeyInput(key, tuple(identity_of(key)))
    fields = meta_fields(parameters)
    file_field = _file_field(parameters)
    if file_field is not None:
        root = parameters.get("root_path")
        if parameters.get("include_content") is False:  # then none of the fields is read either
            return FileInput(file_field, root)
        named = (*(fields or ()), *_single_fields(parameters))
        content = fields is not None or bool(named) or _reads_text(parameters)
        return FileInput(file_field, root, named, content)
    if fields is not None:
        return TextInput((*fields, *_single_fields(parameters)))
    raise UsageError(
        f"{type(embedder).__name__} does not say what it reads of a document (it has neither "
        "meta_fields_to_embed nor file_path_meta_field); give key=, a function from a document to "
        "a str in which all of that stands"
    )


def meta_fields(parameters: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the fields of a document's meta that parameters list, however these are spelled.

    Returns:
        None if no parameter says which fields of the meta are embedded.
    """
    lists = [value for name, value in parameters.items() if _META_FIELDS.search(name)]
    lists = [value or () for value in lists if value is None or _is_list_of_names(value)]
    return tuple(field for value in lists for field in value) if lists else None


def _single_fields(parameters: Mapping[str, Any]) -> list[str]:
    """Return the fields of a document's meta that parameters name one by one, or switch on."""
    fields = []
    for name, value in parameters.items():
        if _A_FIELD.search(name) and not _FILE_FIELD.search(name):
            if isinstance(value, str):
                fields.append(value)
            elif _is_list_of_names(value) and not _META_FIELDS.search(name):
                fields += value
        elif value is True and (switched := _SWITCHED_ON.match(name)):
            fields.append(switched[1])
    return fields


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(it, str) for it in value)


def _file_field(parameters: Mapping[str, Any]) -> str | None:
    """Return the field of the meta with the path of the file that is embedded, if one is."""
    exact = parameters.get("file_path_meta_field")
    if isinstance(exact, str):
        return exact
    named = [name for name in parameters if _FILE_FIELD.search(name)]
    values = [parameters[name] for name in named if isinstance(parameters[name], str)]
    return str(values[0]) if values else None


def _reads_text(parameters: Mapping[str, Any]) -> bool:
    """Return whether an embedder of files is told to embed the content of a document as well."""
    return any(value is True and _READS_TEXT.search(name) for name, value in parameters.items())


@dataclass(frozen=True)
class TextInput(Input):
    """The content of a document, together with some fields of its meta."""

    meta_fields: tuple[str, ...]
    described = "text"

    def texts(self, documents: Sequence[Document]) -> list[str]:
        """Return the content; if fields go with it, return both in an unambiguous encoding."""
        if not self.meta_fields:
            return [document.content or "" for document in documents]
        return [
            # Escaped as ASCII, two lone surrogates would look like the character they form.
            json.dumps(
                [
                    *[_typed(document.meta.get(field)) for field in self.meta_fields],
                    document.content or "",
                ],
                ensure_ascii=False,
            )
            for document in documents
        ]


@dataclass(frozen=True)
class FileInput(Input):
    """A file: an image, or a page of a PDF; with it, content and fields of the meta if they count.

    Attributes:
        path_field: the field of the meta with the path of the file.
        root: the folder to which paths are relative.
        meta_fields: the fields of the meta that are embedded as well.
        with_content: whether the content is embedded as well.
    """

    path_field: str
    root: str | None
    meta_fields: tuple[str, ...] = ()
    with_content: bool = False
    described = "file"

    @property
    def note(self) -> dict[str, Any]:
        """What Haystack's image embedders add to the meta."""
        return {"embedding_source": {"type": "image", "file_path_meta_field": self.path_field}}

    def texts(self, documents: Sequence[Document]) -> list[str]:
        """Return the file's digest, its type, the page, and what is read besides, as one text.

        Raises:
            ValueError: a document names no file, or one outside `root_path`.
            DocumentError: a file cannot be read.
        """
        return [
            json.dumps(
                [
                    digest,
                    document.meta.get("mime_type") or mimetypes.guess_type(self._path(document))[0],
                    _typed(document.meta.get("page_number")),
                    *self._besides(document),
                ]
            )
            for digest, document in zip(self._digests(documents), documents, strict=True)
        ]

    def sources(self, documents: Sequence[Document]) -> list[str | None]:
        """Return the SHA-256 of the file that is embedded for each document."""
        return [*self._digests(documents)]

    def _besides(self, document: Document) -> list[Any]:
        """Return what is read of a document besides its file; nothing if only the file is."""
        if not self.meta_fields and not self.with_content:
            return []
        fields = [_typed(document.meta.get(field)) for field in self.meta_fields]
        return [fields, document.content or "" if self.with_content else None]

    def _digests(self, documents: Sequence[Document]) -> list[str]:
        paths = [self._path(document) for document in documents]
        different = list(dict.fromkeys(paths))
        digest_of = dict(zip(different, digest_files(different), strict=True))
        return [digest_of[path] for path in paths]

    def _path(self, document: Document) -> Path:
        named = document.meta.get(self.path_field)
        if named is None:
            raise ValueError(f"document {document.id} names no file in meta[{self.path_field!r}]")
        path = Path(self.root or "", named)
        if self.root and not path.resolve().is_relative_to(Path(self.root).resolve()):
            raise ValueError(f"document {document.id} names a file outside root_path")
        return path


@dataclass(frozen=True)
class KeyInput(Input):
    """What the user's function returns for a document."""

    key: Callable[[Document], str]
    identity: tuple[Value, ...]

    @property
    def described(self) -> Value:
        """The identity of the function."""
        return ["key", *self.identity]

    def texts(self, documents: Sequence[Document]) -> list[str]:
        """Return what the function returns for each document.

        Raises:
            TypeError: it does not return a `str`.
        """
        texts = [self.key(document) for document in documents]
        for text in texts:
            if not isinstance(text, str):
                raise TypeError(f"key returns a str, and returned a {type(text).__name__}")
        return texts


def _typed(value: Any) -> Any:
    """Return a value's type and text.

    Embedders read `str(value)`, and some leave out what counts as false: 0, but not "0".
    """
    return value if value is None else [type(value).__qualname__, str(value)]


# Finding the file a document came from


def _stated_source(document: Document) -> str | Path | None:
    digest, path = document.meta.get("file_hash"), document.meta.get("file_path")
    if is_source(digest):
        return str(digest)
    return Path(path) if isinstance(path, str | Path) and Path(path).is_absolute() else None


def _digest_readable(paths: set[Path]) -> dict[Path, str]:
    there = sorted(filter(_can_be_read, paths))
    try:
        return dict(zip(there, digest_files(there), strict=True)) if there else {}
    except DocumentError as error:
        _log.warning("Vectors are kept without a note of their files: %s", error)
        return {}


def _can_be_read(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:  # a folder we may not enter, or a name that no file can have
        return False


# Identifying the function that a user gives as `key`


def identity_of(key: Callable[..., str]) -> list[Value]:
    """Return what distinguishes a function from all others, in this and in other processes.

    Two functions may return the same str for different things. A function's name stands for it, so
    that it may be corrected without embedding everything anew. Where several functions share a
    name, as lambdas do, their code and the values they close over are added.

    Raises:
        UsageError: nothing distinguishes the function from others.
    """
    name: list[Value] = [getattr(key, "__module__", None), getattr(key, "__qualname__", None)]
    if not isinstance(key, FunctionType):
        owner = getattr(key, "__self__", None)
        if None in name or not (owner is None or isinstance(owner, type | ModuleType)):
            raise UsageError(
                "key is a function, whose name stands for it in the recipe; of an object or its "
                "method nobody can tell what it does"
            )
        return name
    if "<" not in key.__qualname__:  # neither a lambda nor made by another function
        return name
    defaults = [_constant(key.__defaults__), _constant(key.__kwdefaults__)]
    return [*name, _constant(key.__code__), *defaults, _closed_over(key)]


def _closed_over(key: FunctionType) -> list[Value]:
    values = [cell.cell_contents for cell in key.__closure__ or ()]
    for value, name in zip(values, key.__code__.co_freevars, strict=True):
        if not isinstance(value, _PLAIN):
            raise UsageError(
                f"key depends on {name}, a {type(value).__qualname__}, and nobody can tell what "
                "that does; make it a function that needs nothing but the document"
            )
    return [_constant(value) for value in values]


def _constant(value: object) -> Value:
    """Return what stands in a recipe for a constant of a function."""
    match value:
        case CodeType():
            return [value.co_code, list(value.co_names), [_constant(x) for x in value.co_consts]]
        case set() | frozenset():
            return sorted(map(repr, value))
        case _:
            return repr(value)
