"""What differs between frameworks: how their embedders say what they were made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Framework(Protocol):
    """How the embedders of a framework say what they were made with."""

    def class_name(self, embedder: object, /) -> str:
        """Return the name of an embedder's class, as it stands in recipes."""
        ...

    def read(self, embedder: object, /, *, vouched: bool) -> dict[str, Any]:
        """Return an embedder's parameters, without its credentials.

        Args:
            embedder: the embedder.
            vouched: whether the user vouches, by a revision, for what cannot be seen of it.

        Raises:
            UsageError: something of it cannot be seen, and nobody vouches for that.
        """
        ...

    def code_in(self, embedder: object, /) -> list[Any]:
        """Return what an embedder was given that may be code and shape its vectors."""
        ...

    def shapes(
        self, embedder: object, parameters: Mapping[str, Any], environment: Mapping[str, str], /
    ) -> dict[str, Any]:
        """Return what can change an embedder's vectors, by the names of its parameters.

        Args:
            embedder: the embedder.
            parameters: its parameters, as `read` returns them.
            environment: the environment variables, some of which say where requests go.
        """
        ...

    def former_shapes(
        self,
        embedder: object,
        parameters: Mapping[str, Any],
        environment: Mapping[str, str],
        shapes: Mapping[str, Any],
        /,
    ) -> dict[str, Any] | None:
        """Return what these same shapes were called in keys of before; None if they were not."""
        ...

    def loader_of(self, embedder: object, parameters: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Return the parameters by which weights are found, under the names `weights` knows."""
        ...
