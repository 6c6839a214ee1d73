"""A dataset that was found: what its record says, and nothing that is proved yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atdata.atmosphere.discovery.match import How, Match
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["Found"]


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """A dataset that was found in the catalogue.

    It is what a server said when it was looked for. `load` fetches the record anew and proves it, as
    `load_dataset(found.uri)` does.

    Attributes:
        uri: the AT-URI of its entry, with the DID of whose repository it came from.
        cid: the CID that the entry had.
        did: the account.
        handle: its handle, where domain and account named each other when it was looked up; else None.
        name: its name.
        version: its version, where it says one.
        description: what it holds; empty where it says nothing.
        license: its licence; empty where it says none.
        tags: words to find it by.
        samples: how many samples; None where it does not say.
        bytes: the size of its shards; None where it does not say.
        shards: how many shards; None where it does not say.
        splits: the names of its splits.
        labels: the names that its owner lets stand for it: `@handle/label`.
        created: when it says that it was published.
        schema: the name of its type; None where the record of the type is not known, or is not the one that is pinned.
        schema_uri: the record of its type.
        how: how it fits the type that was asked for; empty where none was.
        lens: the lens that leads to that type: its AT-URI, or its name.
        level: how much was proved of the record when it was filed: `unverified`, or `signed`.
        source: who sent the record.
    """

    uri: str
    cid: str
    did: str
    handle: str | None
    name: str
    version: str | None
    description: str
    license: str
    tags: tuple[str, ...]
    samples: int | None
    bytes: int | None
    shards: int | None
    splits: tuple[str, ...]
    labels: tuple[str, ...]
    created: str
    schema: str | None
    schema_uri: str
    how: How
    lens: str | None
    level: str
    source: str
    _match: Match | None = field(default=None, compare=False)
    _atmosphere: Atmosphere | None = field(default=None, compare=False)

    def load(self, sample_type: type[Any] | None = None, **options: Any) -> Any:
        """Load it: the record is fetched from its owner's server and proved first.

        Args:
            sample_type: the class to read it as. Where it was found by a lens, that lens leads to the class; its record is
                proved and checked as well.
            options: as `load_dataset` takes them.

        Raises:
            LoadError: it is not there any more, is not proved, or cannot be read so.
        """
        import atdata

        lens = self._lens()
        if lens is not None and sample_type is not None and "lenses" not in options:
            options["lenses"] = [lens]
        if self._atmosphere is not None:
            options.setdefault("atmosphere", self._atmosphere)
        load: Any = atdata.load_dataset
        return load(self.uri, *([] if sample_type is None else [sample_type]), **options)

    def _lens(self) -> Any:
        """The lens that it was found by, proved where it is a published one."""
        match = self._match
        if match is None or match.how != "lens":
            return None
        if match.given is not None:
            return match.given
        from atdata.atmosphere.discovery.published_lenses import published_lens

        assert self._atmosphere is not None
        return published_lens(self._atmosphere, match)

    def __repr__(self) -> str:
        version = "" if self.version is None else f"@{_plain(self.version)}"
        by = self.did if self.handle is None else f"@{self.handle}"
        parts = [f"{quoted(self.name)}{version}", f"by {by}"]
        if self.samples is not None:
            parts.append(f"{self.samples:,} samples")
        if self.schema is not None:
            parts.append(_plain(self.schema))
        if self.how:
            # An address was checked when it was filed; the name of a lens is anybody's.
            lens = self.lens or ""
            shown = lens if lens.startswith("at://") else _plain(lens)
            parts.append(f"lens {shown}" if lens else self.how)
        return f"<{', '.join(parts)}>"


def _plain(text: str) -> str:
    return quoted(text)[1:-1] if len(text) <= 64 else quoted(text)
