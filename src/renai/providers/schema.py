"""Metadata: the one schema that every provider fills."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Metadata(BaseModel):
    """What is known of one document. A field that is not known is empty, never guessed.

    `evidence` maps a field's name to the words of the document it rests on.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    title: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = Field(default=None, ge=1, le=2999)
    category: str | None = None
    subtitle: str | None = None
    publisher: str | None = None
    series: str | None = None
    series_index: float | None = None
    isbn: str | None = None
    language: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    evidence: dict[str, str] = Field(default_factory=dict)

    @property
    def author(self) -> str | None:
        """All authors on one line, or None."""
        return ", ".join(self.authors) or None
