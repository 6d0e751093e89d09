"""Several servers as one store: each name belongs to one of them, by rendezvous hashing.

Whoever knows the servers knows the owner of a name (`renai.stores.rendezvous`), so nothing is kept
of where entries are. When a server joins, a part of the names gets another owner, and their old one
has the second highest score then; if two join at once, the third highest for some. So what the
owner misses is looked for at the second and the third, and kept by the owner from then on. The copy
stays where it was: programs that do not know the new servers yet go on using it.

All servers are asked at the same time, each for its share. One that fails costs its own share
(`ShareError`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from renai.batching import batched
from renai.closing import Closing
from renai.errors import ConfigurationError, StoreError
from renai.stores.abilities import add, get_up_to, wake
from renai.stores.base import LeasingStore, check_names
from renai.stores.rendezvous import Ranking
from renai.stores.server_calls import ServerCalls
from renai.stores.shares import ShareError
from renai.stores.upkeep import backdate, dates_of, scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renai.stores.base import Lease, Stat, Store

S = TypeVar("S")
T = TypeVar("T")

_SCANNED = 1000
_OLD_PLACES = 2  # servers behind the owner that are asked, and so how many may join at once

_log = logging.getLogger("renai")


class ShardedStore(Closing):
    """Shares names out among servers.

    Args:
        servers: the servers, by an identity that stays the same as long as their entries do, in
            all programs that share them. They must know when entries were written (`DatedStore`).

    Raises:
        ConfigurationError: there is no server.
    """

    def __init__(self, servers: Mapping[str, Store]) -> None:
        if not servers:
            raise ConfigurationError("a store of several servers needs one at least")
        identities = sorted(servers)
        self._servers = [servers[identity] for identity in identities]
        self._ranking = Ranking(identities)
        self._calls = ServerCalls(self._servers)
        self._ask = self._calls.ask
        self._warned = False

    def parts(self) -> Sequence[Store]:
        """Return the servers' stores."""
        return self._servers

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out.

        Raises:
            ShareError: a server failed; it tells what the others have.
        """
        return self._get(names, lambda store, its: store.get_many(its))

    def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return the entries that exist, without those that take more bytes than this.

        Raises:
            ShareError: a server failed; it tells what the others have.
        """
        return self._get(names, lambda store, its: get_up_to(store, its, most_bytes))

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write each entry to its owner, which releases the lease on it.

        Raises:
            ShareError: a server failed; it tells which entries were not written.
        """
        names = list(items)
        check_names(names)
        shares = self._shares(names)
        leases = {} if release is None else self._leases(release)

        def write(number: int, store: Store) -> None:
            share = {name: items[name] for name in shares.get(number, ())}
            lease = leases.get(number)
            if lease is None or not isinstance(store, LeasingStore):
                store.put_many(share, ttl)
            elif share:
                store.put_many(share, ttl, lease)
            else:
                store.release(lease)

        _, errors = self._ask({*shares, *leases}, write)
        if errors:
            refused = [name for number in errors for name in shares.get(number, ())]
            raise self._partly(errors, refused=refused)

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries wherever they may be; return how many of them existed.

        Raises:
            ShareError: a server failed; what it has is still there.
        """
        names = list(dict.fromkeys(names))
        shares = self._shares(names)

        # Copies go first: who is just keeping one (`_keep`) looks whether it is still there.
        def delete_copies(number: int, store: Store) -> list[str]:
            there = list(dates_of(store, names))
            owned = set(shares.get(number, ()))
            store.delete_many([name for name in names if name not in owned])
            return there

        found, errors = self._ask(range(len(self._servers)), delete_copies) if names else ({}, {})
        gone, failed = self._ask(shares, lambda n, store: store.delete_many(shares[n]))
        if errors or failed:
            raise self._partly(errors | failed)
        there = {name for its in found.values() for name in its}
        return max(len(there), sum(gone.values()))

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`, each once, server by server.

        Raises:
            ShareError: a server failed; what the others have was yielded before.
        """
        errors: dict[int, StoreError] = {}
        for number, store in enumerate(self._servers):
            try:
                for stats in batched(store.scan(prefix), _SCANNED):
                    yield from self._without_copies(number, stats)
            except StoreError as error:
                errors[number] = error
        if errors:
            raise self._partly(errors)

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name."""
        dates: dict[str, float] = {}
        errors: dict[int, StoreError] = {}
        for place in self._places():
            missing = [name for name in names if name not in dates]
            shares = self._shares(missing, place)
            found, failed = self._ask(shares, _for(shares, dates_of))
            errors |= failed
            for its in found.values():
                dates |= its
        if errors:
            raise self._partly(errors)
        return dates

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written; missing names are ignored."""
        for place in self._places():
            shares = self._shares(list(dates), place)

            def act(number: int, store: Store, shares: Mapping[int, list[str]] = shares) -> None:
                backdate(store, {name: dates[name] for name in shares[number]})

            _, errors = self._ask(shares, act)
            if errors:
                raise self._partly(errors)

    def scrub(self) -> str:
        """Remove the bytes of deleted entries from the files of all servers."""
        said, errors = self._ask(range(len(self._servers)), lambda _, store: scrub(store))
        if errors:
            raise self._partly(errors)
        return " ".join(dict.fromkeys(filter(None, said.values())))

    def wake(self, patience: float) -> None:
        """Let the next calls of all servers through, even if they rest after failures."""
        for store in self._servers:
            wake(store, patience)

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease on each name at its owner; return the names that others hold.

        Raises:
            StoreError: all servers that were asked failed. If only some did, nobody is waited for
                in their share.
        """
        leases = self._leases(lease)
        held, errors = self._ask(leases, lambda n, store: _claim(store, leases[n]))
        if errors and not held:
            raise self._partly(errors)
        return set().union(*held.values())

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        self._each(lease, lambda store, its: store.renew(its))

    def release(self, lease: Lease) -> None:
        """End a lease."""
        self._each(lease, lambda store, its: store.release(its))

    def close(self) -> None:
        """Close all servers' connections; may be called twice."""
        for store in self._servers:
            store.close()
        self._calls.close()

    def _get(
        self, names: Sequence[str], get: Callable[[Store, list[str]], dict[str, bytes]]
    ) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        shares = self._shares(names)
        read, errors = self._ask(shares, _for(shares, get))
        for its in read.values():
            found |= its
        if len(found) < len(names) and len(self._servers) > 1:
            missing = [
                name
                for number, share in shares.items()
                if number in read
                for name in share
                if name not in found
            ]
            errors |= self._look_in_old_places(missing, get, found)
        if errors:
            raise self._partly(errors, found=found)
        return found

    def _look_in_old_places(
        self,
        names: Sequence[str],
        get: Callable[[Store, list[str]], dict[str, bytes]],
        found: dict[str, bytes],
    ) -> dict[int, StoreError]:
        """Add what is where it belonged before servers joined to `found`; return the errors.

        All old places are asked at the same time: a text that is nowhere costs one round trip more,
        however many servers may have joined.
        """
        places = [self._shares(names, place) for place in self._places()[1:]]
        shares: defaultdict[int, list[str]] = defaultdict(list)
        for by_server in places:
            for number, its in by_server.items():
                shares[number] += its
        read, errors = self._ask(shares, _for(shares, get))
        for by_server in places:  # the nearer to the owner, the newer
            for number, its in by_server.items():
                there = read.get(number, {})
                moved = {name: there[name] for name in its if name in there and name not in found}
                if moved:
                    found |= moved
                    self._keep(moved, self._servers[number])
        return errors

    def _keep(self, items: Mapping[str, bytes], old: Store) -> None:
        """Have entries kept by their owners that were found at their old place.

        What the owner has got meanwhile stands. What was deleted at the old place while it was
        copied is deleted here as well: copies are deleted before what the owner has.
        """
        names = list(items)
        shares = self._shares(names)
        try:
            self._act(
                shares, lambda n, store: add(store, {name: items[name] for name in shares[n]})
            )
            dates = dates_of(old, names)

            def finish(number: int, store: Store) -> None:
                share = shares[number]
                backdate(store, {name: dates[name] for name in share if name in dates})
                if gone := [name for name in share if name not in dates]:
                    store.delete_many(gone)

            self._act(shares, finish)
        except StoreError as error:
            if not self._warned:
                self._warned = True
                _log.warning("What is found at its old place stays there only: %s", error)

    def _without_copies(self, number: int, stats: list[Stat]) -> Iterator[Stat]:
        """Yield what a server has, without copies of what a server of higher rank has."""
        ranks = self._ranking.of([stat.name for stat in stats], len(self._servers))
        above: defaultdict[int, list[str]] = defaultdict(list)
        for stat, ranked in zip(stats, ranks.tolist(), strict=True):
            for other in ranked[: ranked.index(number)]:
                above[other].append(stat.name)
        if not above:
            yield from stats
            return
        # A server that fails here is told of when its own entries are to be listed.
        dates, _ = self._ask(above, _for(above, dates_of))
        copies = {name for its in dates.values() for name in its}
        yield from (stat for stat in stats if stat.name not in copies)

    def _places(self) -> range:
        """Return the ranks at which a name may be: its owner's, and those of its old places."""
        return range(min(1 + _OLD_PLACES, len(self._servers)))

    def _shares(self, names: Sequence[str], place: int = 0) -> dict[int, list[str]]:
        """Return names by the number of the server that is in this place of their ranks."""
        if len(self._servers) == 1:
            return {0: list(names)} if names and not place else {}
        shares: defaultdict[int, list[str]] = defaultdict(list)
        if names:
            ranks = self._ranking.of(names, place + 1)[:, place]
            for name, number in zip(names, ranks.tolist(), strict=True):
                shares[number].append(name)
        return shares

    def _leases(self, lease: Lease) -> dict[int, Lease]:
        return {
            number: replace(lease, names=tuple(names))
            for number, names in self._shares(lease.names).items()
        }

    def _each(self, lease: Lease, act: Callable[[LeasingStore, Lease], None]) -> None:
        leases = self._leases(lease)

        def run(number: int, store: Store) -> None:
            if isinstance(store, LeasingStore):
                act(store, leases[number])

        self._act(leases, run)

    def _act(self, numbers: Mapping[int, object], act: Callable[[int, Store], object]) -> None:
        """Have servers do something.

        Raises:
            ShareError: one of them failed.
        """
        _, errors = self._ask(numbers, act)
        if errors:
            raise self._partly(errors)

    def _partly(
        self,
        errors: Mapping[int, StoreError],
        *,
        found: Mapping[str, bytes] | None = None,
        refused: Sequence[str] = (),
    ) -> ShareError:
        said = "; ".join(str(errors[number]) for number in sorted(errors))
        return ShareError(
            f"{len(errors)} of {len(self._servers)} servers: {said}", found=found, refused=refused
        )


def _for(shares: Mapping[int, S], act: Callable[[Store, S], T]) -> Callable[[int, Store], T]:
    """Return what does something with a server's own share."""
    return lambda number, store: act(store, shares[number])


def _claim(store: Store, lease: Lease) -> set[str]:
    return store.claim(lease) if isinstance(store, LeasingStore) else set()
