"""Which of several servers keeps an entry: rendezvous hashing (highest random weight).

Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996). Every server gets a
score for every name, and the one with the highest score owns the entry. A server that joins only
takes over names for which its own score is the highest; those of the others stay where they are.
The owner before it joined then has the second highest score.

Scores decide where entries are looked for, so they never change: the 64 bits of a BLAKE2b digest of
the name and of one of the server's identity are combined by exclusive or, and mixed by the
finalizer of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
2014).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np  # noqa: TID253 - this module is imported late, with the store that needs it

from renai.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PORTS = {"redis": 6379, "sentinel": 26379, "postgresql": 5432}


class Ranking:
    """Ranks servers for names.

    Args:
        identities: the servers' identities, each different from the others.
    """

    def __init__(self, identities: Sequence[str]) -> None:
        self._seeds = _digests(identities)

    def of(self, names: Sequence[str], places: int) -> NDArray[np.intp]:
        """Return which servers have the highest scores for names, the owner first.

        Args:
            names: n names.
            places: how many servers of each name to return.

        Returns:
            The numbers of the servers, (n, places); fewer columns if there are fewer servers.
        """
        scores = _mixed(_digests(names)[:, np.newaxis] ^ self._seeds[np.newaxis, :])
        if places == 1:
            owners: NDArray[np.intp] = scores.argmax(axis=1)[:, np.newaxis]
            return owners
        ranks: NDArray[np.intp] = np.argsort(~scores, axis=1, kind="stable")
        return ranks[:, :places]


def identity_of(url: str) -> str:
    """Return what tells a Redis or PostgreSQL server from others: host, port and database.

    It says nothing of user, password or transport, so that these can change. Of several hosts in
    one URL (a cluster, sentinels) the first one counts.

    Raises:
        ConfigurationError: the URL has a port that is no number.
    """
    parts = urlsplit(url)
    words = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    first = parts.netloc.rpartition("@")[2].partition(",")[0]
    is_postgres = parts.scheme.startswith("postgres")
    kind = "postgresql" if is_postgres else "redis"
    try:
        server = urlsplit(f"//{first}")
        host, port = server.hostname, server.port
    except ValueError:
        raise ConfigurationError(f"the port of {kind}://{first} is no number") from None
    path = unquote(parts.path).strip("/")
    if is_postgres:
        host = words.get("host", words.get("hostaddr", host))
        port_said = words.get("port", str(port or _PORTS[kind])).partition(",")[0]
        database = words.get("dbname", path) or unquote(parts.username or "")
        return f"{kind} {host or 'localhost'}:{port_said}/{database}"
    if parts.scheme == "unix":
        return f"{kind} /{path}/{words.get('db', '0')}"
    port = port or _PORTS["sentinel" if parts.scheme.endswith("+sentinel") else kind]
    return f"{kind} {host or 'localhost'}:{port}/{words.get('db', path or '0')}"


def _digests(texts: Sequence[str]) -> NDArray[np.uint64]:
    digests = [blake2b(text.encode(), digest_size=8).digest() for text in texts]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = numbers ^ (numbers >> np.uint64(30))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
