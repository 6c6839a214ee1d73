"""What an `Atmosphere` can be asked about the datasets of others."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.discovery.events import Event, RecordEvent
    from atdata.atmosphere.discovery.found import Found
    from atdata.atmosphere.discovery.limits import Limits
    from atdata.atmosphere.discovery.refreshing import Progress, Refreshed
    from atdata.atmosphere.discovery.watching import Faults
    from atdata.lenses.finding import Lenses

__all__ = ["Discovering"]


class Discovering:
    """Finding datasets of others, by a catalogue on this machine. Needs no login, and no server of ours.

    What is found is what servers said: `found.load()` and `load_dataset(found.uri)` prove it.
    """

    __slots__ = ()

    def search(
        self,
        text: str | None = None,
        *,
        tags: Sequence[str] = (),
        license: str | None = None,
        has_field: str | None = None,
        schema: object = None,
        lenses: Lenses | None = None,
        by: str | None = None,
        versions: bool = False,
        limit: int = 20,
    ) -> list[Found]:
        """Datasets of the catalogue for which all that is asked for is true; `refresh` fills it.

        Args:
            text: words, or what they begin with, in names, tags, types and descriptions. Nothing in it is an operator.
            tags: all of these.
            license: this one, such as `CC-BY-4.0`; with `*` at its end, what it begins with.
            has_field: whose type has such a field: `image`, `image: uint8[H, W, 3]`, `*: float32[*]`, `uint8[..., 3]` behind a name.
            schema: whose type is this one, is read by it, or has a lens that leads to it: a sample class, a schema or an NSID.
            lenses: lenses beside those of the catalogue: some of them, or an Index.
            by: whose: a handle or a DID.
            versions: every version, not the latest of each dataset alone.
            limit: how many at most.

        Returns:
            What was found. With `schema` datasets of the very type first, then those that its class reads, then those by lenses. Then by
            where words stand: in the name, in tags, in the type, elsewhere. The newest first.

        Raises:
            QueryError: something that is asked for cannot be understood.
            IdentityError: there is no account of that name.
            CatalogError: the catalogue cannot be used.
        """
        from atdata.atmosphere.discovery.searches import search

        return search(
            self._whole,
            text,
            tags=tags,
            license=license,
            has_field=has_field,
            schema=schema,
            lenses=lenses,
            by=by,
            versions=versions,
            limit=limit,
        )

    def by(self, account: str, *, versions: bool = False, limit: int = 100) -> list[Found]:
        """The datasets of one account, the newest first. A repository that the catalogue does not have is read first.

        Args:
            account: its handle or DID.
            versions: every version, not the latest of each dataset alone.
            limit: how many at most.

        Raises:
            IdentityError: there is no such account.
            SourceError: no answer came.
        """
        from atdata.atmosphere.discovery.searches import by

        return by(self._whole, account, versions=versions, limit=limit)

    def who_uses(self, schema: object, *, versions: bool = False, limit: int = 100) -> list[Found]:
        """The datasets of one type, whosever they are, the newest first.

        Args:
            schema: a sample class, a schema, an NSID, or the AT-URI of the record of a type.
            versions: every version, not the latest of each dataset alone.
            limit: how many at most.

        Raises:
            QueryError: it is none of these.
        """
        from atdata.atmosphere.discovery.searches import who_uses

        return who_uses(self._whole, schema, versions=versions, limit=limit)

    def derived_from(
        self, dataset: str | Found, *, depth: int | None = None, limit: int = 100
    ) -> list[Found]:
        """The datasets that say they were made from one, and what was made from those; the nearest first.

        Args:
            dataset: the AT-URI of an entry, for that version alone; `@handle/name` for all versions; or what a search found.
            depth: how many steps away; 1 for what was made from it directly. All without it.
            limit: how many at most.

        Raises:
            QueryError: it is none of these, or nothing of it is in the catalogue.
        """
        from atdata.atmosphere.discovery.searches import derived_from

        return derived_from(self._whole, dataset, depth=depth, limit=limit)

    def refresh(
        self,
        repositories: Iterable[str] | None = None,
        *,
        relays: Sequence[str] | None = None,
        thorough: bool = False,
        limits: Limits | None = None,
        progress: Progress | None = None,
    ) -> Refreshed:
        """Bring the catalogue up to date. A repository that has not changed costs one request.

        Args:
            repositories: DIDs and handles of those to look at; without it those that relays tell of, and all that are known.
            relays: relays to ask, as origins; those of the settings without it.
            thorough: ask every relay, and take what any of them says.
            limits: how much is taken from one repository, and how many are read at a time.
            progress: is called with how many repositories have been looked at, and of how many.

        Returns:
            What changed, and what was passed over: a server that is broken or hostile spoils nothing for the others.

        Raises:
            SourceError: no relay answered, and no repository is known.
        """
        from atdata.atmosphere.discovery.limits import USUAL
        from atdata.atmosphere.discovery.refreshing import refresh

        return refresh(
            self._whole,
            repositories,
            relays=relays,
            thorough=thorough,
            limits=USUAL if limits is None else limits,
            progress=progress,
        )

    def watch(
        self,
        *,
        jetstream: str | None = None,
        firehose: str | None = None,
        collections: Sequence[str] | None = None,
        cursor: int | None = None,
        keep: bool = True,
        stop: threading.Event | None = None,
        faults: Faults | None = None,
    ) -> Iterator[RecordEvent | Event]:
        """Follow what is published, as it is published, and file it in the catalogue. It goes on where it was left.

        Args:
            jetstream: a Jetstream, `wss://host`; with the path `/subscribe` one of version 1. That of the settings without it.
            firehose: a server or a relay, `https://host`, whose firehose is followed instead: it proves what it says.
            collections: what is followed; all that the catalogue has without it.
            cursor: where to begin, instead of where it was left.
            keep: file what comes, and keep the cursor.
            stop: ends it, within a second, when it is set.
            faults: is called with what is passed over, and when a stream breaks off.

        Raises:
            SourceError: the address is none that can be followed.
            MissingExtra: `websockets` is not installed.
        """
        from atdata.atmosphere.discovery.record_rows import COLLECTIONS
        from atdata.atmosphere.discovery.watching import watch

        return watch(
            self._whole,
            jetstream=jetstream,
            firehose=firehose,
            collections=COLLECTIONS if collections is None else collections,
            cursor=cursor,
            keep=keep,
            stop=stop,
            faults=faults,
        )

    @property
    def _whole(self) -> Atmosphere:
        """What this is a part of."""
        return cast("Atmosphere", self)
