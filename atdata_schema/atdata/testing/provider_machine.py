"""A hypothesis state machine: whatever is done to a provider, it answers as a few plain dicts do.

from atdata.testing.provider_machine import provider_machine

TestMine = provider_machine(lambda: MyProvider(fresh_tables())).TestCase
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from atdata.errors import CatalogError
from atdata.index.entry import Entry
from atdata.index.providers.provider import Label, Lease, Provider, Search, StoredLens
from atdata.testing.catalogue import a_digest, a_lens, a_schema, an_entry
from atdata.testing.provider_model import ModelProvider

__all__ = ["provider_machine"]

_NAMES = st.sampled_from(["notes", "Notes", "imageNet", "a*", "a", "größe", "写真"])
_VERSIONS = st.sampled_from(
    ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1", "2.0.0-rc.1.1", "2.0.0", "0.1.0-a", "0.1.0-1"]
)
_SCHEMAS = st.sampled_from(
    [
        a_schema(),
        a_schema("org.example.imageSample", "1.0.0", {"image": "RGB pixels", "boxOfIt": ""}),
        a_schema("org.example.imageSample", "2.0.0-rc.1", {"image": "Other pixels"}),
        a_schema("org.example.imageSample", "1.0.0", {"label": "a conflict with the other one"}),
    ]
)
_DIGESTS = st.lists(st.sampled_from([a_digest(n) for n in range(5)]), max_size=3)
_TOKENS = st.sampled_from([f"{n:032x}" for n in range(3)])
_CREATED = st.integers(0, 9).map(lambda n: f"2026-01-3{n % 2}T12:00:00.00000{n}Z")
_TAGS = st.lists(st.sampled_from(["cats", "Cats", "v1", "not*", "größe"]), unique=True, max_size=2)
_TEXTS = st.sampled_from([None, "Cats and dogs", "an image of notes", "RGB", "größe 写真"])
_ENTRIES = st.builds(
    lambda name, version, schema, digests, created, tags, text: (
        an_entry(
            name,
            version,
            schema=schema,
            digests=digests,
            created=created,
            tags=tuple(tags),
            description=text,
        ),
        schema,
    ),
    *(_NAMES, _VERSIONS, _SCHEMAS, _DIGESTS, _CREATED, _TAGS, _TEXTS),
)
_ENDS = st.sampled_from([None, "bafyreia", "bafyreib", "a*"])
_LENSES = st.builds(
    a_lens,
    _NAMES,
    *(st.sampled_from(cids) for cids in (["bafyrei1", "bafyrei2"], ["bafyreia", "bafyreib"])),
    view=st.sampled_from(["bafyreia", "bafyreib"]),
)
_QUERIES = st.builds(
    Search,
    text=st.sampled_from(
        ["", " ", "cat", "NOTES", "image", "rgb pix", "写", "gro", "größe", "*", "a OR b"]
    ),
    field=st.sampled_from([None, "image", "text", "none"]),
    tags=st.sampled_from([(), ("cats",), ("not*",), ("cats", "v1")]),
    schema=st.sampled_from([None, "org.example.note", "org.example.imageSample", "org.example"]),
    limit=st.sampled_from([None, 0, 1, 3]),
)


class _Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.real = self.made()
        self.model = ModelProvider()

    def made(self) -> Provider:
        """The provider that is tried; its tables are empty."""
        raise NotImplementedError

    def teardown(self) -> None:
        self.real.close()

    def both(self, ask: Callable[[Provider], Any]) -> None:
        """Both answer alike, or refuse with the same error."""
        assert _answer(self.real, ask) == _answer(self.model, ask)

    @rule(items=st.lists(_ENTRIES, min_size=1, max_size=3), token=st.none() | _TOKENS)
    def add(self, items: list[tuple[Entry, Any]], token: str | None) -> None:
        self.both(lambda provider: provider.add_entries(items, token))

    @rule(schema=_SCHEMAS)
    def add_schema(self, schema: Any) -> None:
        self.both(lambda provider: provider.add_schema(schema))

    @rule(name=_NAMES, version=st.none() | _VERSIONS)
    def delete(self, name: str, version: str | None) -> None:
        self.both(lambda provider: provider.delete(name, version))

    @rule(query=_QUERIES)
    def search(self, query: Search) -> None:
        self.both(lambda provider: provider.search(query))

    @rule(name=_NAMES, version=st.none() | _VERSIONS)
    def look(self, name: str, version: str | None) -> None:
        self.both(lambda provider: provider.entry(name, version))
        self.both(lambda provider: provider.versions(name))

    @rule(id=st.sampled_from(["org.example.note", "org.example.imageSample", "org"]))
    def look_at_schema(self, id: str) -> None:
        self.both(lambda provider: provider.schema(id))
        self.both(lambda provider: provider.schema(id, "2.0.0-rc.1"))

    @rule(lens=_LENSES)
    def add_lens(self, lens: StoredLens) -> None:
        self.both(lambda provider: provider.add_lens(lens))
        self.both(lambda provider: provider.lens(lens.name))

    @rule(source=_ENDS, view=_ENDS)
    def look_at_lenses(self, source: str | None, view: str | None) -> None:
        self.both(lambda provider: list(provider.lenses(source=source, view=view)))

    @rule(name=_NAMES)
    def delete_lens(self, name: str) -> None:
        self.both(lambda provider: provider.delete_lens(name))

    @rule(label=_NAMES, name=_NAMES, version=_VERSIONS)
    def set_label(self, label: str, name: str, version: str) -> None:
        self.both(lambda provider: provider.set_label(Label(label, name, version, "2026")))
        self.both(lambda provider: provider.label(label))
        self.both(lambda provider: provider.labels(name))

    @rule(label=_NAMES)
    def delete_label(self, label: str) -> None:
        self.both(lambda provider: provider.delete_label(label))

    @rule(token=_TOKENS, store=st.sampled_from(["file:///a", "s3://b/*"]))
    def lease(self, token: str, store: str) -> None:
        self.both(lambda provider: provider.lease(Lease(token, store, "write", "host", 7, 0.0)))

    @rule(token=_TOKENS)
    def renew(self, token: str) -> None:
        self.both(lambda provider: provider.renew(token))

    @rule(token=_TOKENS)
    def release(self, token: str) -> None:
        self.both(lambda provider: provider.release(token))

    @rule(token=_TOKENS, digests=_DIGESTS)
    def claim(self, token: str, digests: list[str]) -> None:
        self.both(lambda provider: sorted(provider.claim(token, digests)))

    @rule(token=_TOKENS, digests=_DIGESTS)
    def condemn(self, token: str, digests: list[str]) -> None:
        self.both(lambda provider: sorted(provider.condemn(token, digests)))

    @rule(token=_TOKENS, digests=_DIGESTS)
    def absolve(self, token: str, digests: list[str]) -> None:
        self.both(lambda provider: provider.absolve(token, digests))

    @invariant()
    def the_same_is_listed(self) -> None:
        self.both(lambda provider: list(provider.entries()))
        self.both(lambda provider: list(provider.entries(latest=False)))
        self.both(lambda provider: list(provider.schemas()))
        self.both(lambda provider: provider.labels())
        self.both(lambda provider: list(provider.lenses()))
        self.both(lambda provider: _held(provider.leases("s3://b/*")))


def provider_machine(make: Callable[[], Provider]) -> type[_Machine]:
    """A state machine for a kind of provider; its `TestCase` is for pytest to collect.

    Args:
        make: gives a provider whose tables are empty.
    """

    class ProviderMachine(_Machine):
        def made(self) -> Provider:
            return make()

    return ProviderMachine


def _answer(provider: Provider, ask: Callable[[Provider], Any]) -> Any:
    try:
        return ask(provider)
    except CatalogError as error:
        return type(error)


def _held(leases: Iterable[tuple[Lease, float]]) -> list[tuple[str, str, str, int]]:
    return sorted((held.token, held.kind, held.host, held.pid) for held, _ in leases)
