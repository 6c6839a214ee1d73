"""What every provider does with schemas and entries."""

from __future__ import annotations

import dataclasses
import itertools
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atdata.errors import CatalogError, EntryExists, NameRefused, ProviderError, SchemaConflict
from atdata.index.entry import Entry, ShardRecord
from atdata.index.providers.provider import Label, Provider, Search
from atdata.testing.catalogue import a_digest, a_schema, an_entry, entries, stored_schemas

__all__ = ["ODD_NAMES", "EntryContract"]

ODD_NAMES = (
    *("a*", "a?", "[a]", "a%", "a_b", "a\\b", "^a$", "a'b", 'a"b', "'; DROP TABLE entries; --"),
    *("a\nb", "a\rb", "a\tb", " a ", "\x1b[2J", "\x7f", "a:b", "{a}", "a/../b", "../../x", "-1"),
    *("a", "A", "é", "e\u0301", "写真", "👩\u200d🔬", "\u202ea", "a\u0000b"[:1] + "b", "x" * 300),
    *("$1", "%s", "%(name)s", "?", "NULL", "0", "a b", "a,b", "a|b", "a&b", "a!b", "\ufeffa"),
)
"""Names that mean something to a shell, to SQL, to Redis's patterns, to a terminal, or that look alike."""

_ORDER = (
    "0.1.0-1",
    "0.1.0-a",
    "0.1.0",
    "1.2.0",
    "1.10.0-rc.2",
    "1.10.0-rc.10",
    "1.10.0",
    "2.0.0-a",
)
# Each provider is tested by a class of its own that inherits the tests, and by one object of it for all examples.
_SLOW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
    ],
)


class EntryContract:
    def test_its_identity_is_one_text_whatever_is_done(self, provider: Provider) -> None:
        identity = provider.identity()
        assert isinstance(identity, str)
        assert len(identity) >= 16
        provider.add_entry(an_entry("notes"), a_schema())
        provider.delete("notes")
        provider.close()
        assert provider.identity() == identity

    def test_an_entry_comes_back_as_it_was(self, provider: Provider) -> None:
        schema = a_schema()
        entry = an_entry(
            "notes",
            schema=schema,
            digests=[a_digest(1), a_digest(2)],
            description='"Quoted"\0 text\n\x1b[2J',
            license="CC-BY-4.0",
            tags=("b", "a", "größe", "with space", "nul\0"),
            metadata={"z": 1, "a": [None, True, 1.5, 2**70, {"": "\0"}], "big": "x" * 100_000},
        )
        outside = ShardRecord("https://example.org/a.tar?x=%20", 2**62, 7, manifest="0" * 64)
        entry = dataclasses.replace(entry, splits={"z": (outside,), **entry.splits, "empty": ()})
        provider.add_entry(entry, schema)
        found = provider.entry("notes")
        assert found is not None
        assert found == entry
        assert [*found.splits] == ["z", "train", "empty"]
        assert [*found.metadata] == ["z", "a", "big"]
        assert provider.schema(schema.key.id) == schema

    @given(data=st.data())
    @_SLOW
    def test_any_entry_comes_back(self, provider: Provider, data: st.DataObject) -> None:
        entry = data.draw(entries())
        schema = data.draw(stored_schemas(entry.schema))
        provider.delete(entry.name)
        try:
            provider.add_entry(entry, schema)
        except SchemaConflict:
            return
        assert provider.entry(entry.name) == entry
        assert provider.entry(entry.name, entry.version) == entry
        assert entry in provider.entries(latest=False)
        assert provider.delete(entry.name) == [entry]

    def test_what_is_not_there(self, provider: Provider) -> None:
        assert provider.entry("notes") is None
        assert provider.entry("notes", "1.0.0") is None
        assert provider.versions("notes") == []
        assert provider.delete("notes") == []
        assert provider.schema("org.example.note") is None
        assert provider.schema("org.example.note", "1.0.0") is None
        assert [*provider.entries(), *provider.entries(latest=False), *provider.schemas()] == []

    def test_versions_are_in_the_order_of_semver(self, provider: Provider) -> None:
        schema, added = a_schema(), list(_ORDER)
        random.Random(1).shuffle(added)
        for version in added:
            provider.add_entry(an_entry("notes", version), schema)
        assert provider.versions("notes") == [*_ORDER]
        assert [entry.version for entry in provider.entries(latest=False)] == [*_ORDER]
        assert _latest(provider) == "1.10.0"

    @pytest.mark.parametrize("order", list(itertools.permutations(["1.0.0", "1.1.0", "2.0.0-a"])))
    def test_a_pre_release_is_the_latest_only_alone(
        self, provider: Provider, order: tuple[str, ...]
    ) -> None:
        added = list[str]()
        for version in order:
            provider.add_entry(an_entry("notes", version), a_schema())
            added.append(version)
            assert _latest(provider) == _expected(added)
        for version in order:
            provider.delete("notes", version)
            added.remove(version)
            assert _latest(provider) == _expected(added)

    def test_a_version_is_added_once(self, provider: Provider) -> None:
        first = an_entry("notes", description="first")
        provider.add_entry(first, a_schema())
        with pytest.raises(EntryExists, match=r"'notes'.*1\.0\.0"):
            provider.add_entry(an_entry("notes", description="second"), a_schema())
        assert [*provider.entries(latest=False)] == [first]
        assert provider.search(Search("second")) == []

    def test_entries_are_added_together_or_not_at_all(self, provider: Provider) -> None:
        provider.add_entry(an_entry("c"), a_schema())
        other = a_schema("org.example.other")
        added = [(an_entry(name, schema=other), other) for name in ("a", "b", "d")]
        with pytest.raises(EntryExists):
            provider.add_entries([*added, (an_entry("c"), a_schema())])
        with pytest.raises(EntryExists):
            provider.add_entries([*added, added[0]])
        assert [entry.name for entry in provider.entries()] == ["c"]
        assert provider.schema("org.example.other") is None
        assert provider.search(Search("other")) == []
        provider.add_entries(added)
        assert [entry.name for entry in provider.entries()] == ["a", "b", "c", "d"]
        provider.add_entries([])

    def test_many_entries_are_listed_each_once(self, provider: Provider) -> None:
        schema = a_schema()
        made = [an_entry(f"n{n % 700}", f"1.{n // 700}.0") for n in range(1703)]
        provider.add_entries((entry, schema) for entry in made)
        made.sort(key=lambda entry: (entry.name, entry.version))
        assert [*provider.entries(latest=False)] == made
        latest = {entry.name: entry for entry in made}
        assert [*provider.entries()] == [latest[name] for name in sorted(latest)]

    def test_what_changes_does_not_disturb_a_listing(self, provider: Provider) -> None:
        provider.add_entries((an_entry(f"n{n:04d}"), a_schema()) for n in range(1200))
        names = list[str]()
        for entry in provider.entries():
            provider.delete(entry.name)
            names.append(entry.name)
        assert names == [f"n{n:04d}" for n in range(1200)]
        assert [*provider.entries()] == []

    def test_an_entry_of_many_shards(self, provider: Provider) -> None:
        entry = an_entry("large", digests=[a_digest(n) for n in range(5000)])
        provider.add_entry(entry, a_schema())
        assert provider.entry("large") == entry
        assert provider.delete("large") == [entry]

    def test_odd_names_stand_for_themselves_alone(self, provider: Provider) -> None:
        schema = a_schema()
        made = {
            name: an_entry(name, description=str(at), tags=(name,))
            for at, name in enumerate(ODD_NAMES)
        }
        for name, entry in made.items():
            provider.add_entry(entry, schema)
            provider.set_label(Label(name, name, "1.0.0", "2026"))
        assert {entry.name: entry for entry in provider.entries()} == made
        for name, entry in made.items():
            assert provider.entry(name) == entry
            assert provider.versions(name) == ["1.0.0"]
            assert provider.labels(name) == [provider.label(name)]
            assert provider.search(Search(tags=[name])) == [entry]
        for at, (name, entry) in enumerate(made.items()):
            assert provider.delete(name) == [entry]
            assert len([*provider.entries()]) == len(provider.labels()) == len(made) - at - 1

    @pytest.mark.parametrize(
        "name", ["", "a\0b", "\0", "\ud800", "x\udfff", "n" * 10_000, "é" * 5_000]
    )
    def test_what_cannot_be_a_key_is_stored_right_or_refused(
        self, provider: Provider, name: str
    ) -> None:
        provider.add_entry(an_entry("there"), a_schema())
        schema = a_schema(name)
        for add in (
            lambda: provider.add_entry(an_entry(name), a_schema()),
            lambda: provider.set_label(Label(name, "there", "1.0.0", "2026")),
            lambda: provider.add_entry(an_entry("other", schema=schema), schema),
        ):
            with_errors(add)
        assert {entry.name for entry in provider.entries()} <= {"there", "other", name}
        assert provider.entry(name) in (None, an_entry(name))
        assert provider.versions(name) in ([], ["1.0.0"])
        assert provider.label(name) in (None, Label(name, "there", "1.0.0", "2026"))
        assert provider.schema(name) in (None, schema)
        for look in (provider.delete, provider.labels, provider.delete_label, provider.leases):
            look(name)
        provider.search(Search(name, name, [name], name))
        assert provider.entry("there") == an_entry("there")

    @pytest.mark.parametrize(
        "version", ["", "1", "1.0", "1.0.0+b", "v1.0.0", "1.0.0\0", "\u0661.0.0", "9" * 9999]
    )
    def test_what_is_no_version_is_refused(self, provider: Provider, version: str) -> None:
        with pytest.raises(NameRefused):
            provider.add_entry(an_entry("notes", version), a_schema())
        schema = a_schema(version=version)
        with pytest.raises(NameRefused):
            provider.add_schema(schema)
        assert [*provider.entries(), *provider.schemas()] == []

    @pytest.mark.parametrize(
        "metadata",
        [
            *({"a": float("nan")}, {"a": float("-inf")}, {"a": (1, 2)}, {1: "a"}, {"a": b"b"}),
            *({"a": "\ud800"}, {"\ud800": 1}, {"a": {"b": {3}}}, {"a": object()}),
        ],
    )
    def test_metadata_that_would_change_is_refused(
        self, provider: Provider, metadata: dict[Any, Any]
    ) -> None:
        with pytest.raises(CatalogError, match="notes"):
            provider.add_entry(an_entry("notes", metadata=metadata), a_schema())
        assert provider.entry("notes") is None

    def test_texts_that_are_no_texts_are_refused(self, provider: Provider) -> None:
        for entry in (
            an_entry("notes", description="\ud800"),
            an_entry("notes", tags=("\ud800",)),
            an_entry("notes", license="\ud800"),
        ):
            with pytest.raises(CatalogError):
                provider.add_entry(entry, a_schema())
        assert [*provider.entries()] == []

    @pytest.mark.parametrize(
        "fields", [{"\ud800": ""}, {"text": "\udfff"}, {"\ud800\udc00": "\ud800"}]
    )
    def test_a_schema_that_is_no_text_is_refused(
        self, provider: Provider, fields: dict[str, str]
    ) -> None:
        schema = dataclasses.replace(a_schema(fields={}), schema=a_schema(fields=fields).schema)
        with pytest.raises(CatalogError, match=r"org\.example\.note"):
            provider.add_schema(schema)
        with pytest.raises(CatalogError, match=r"org\.example\.note"):
            provider.add_entry(an_entry("notes", schema=schema), schema)
        assert [*provider.schemas(), *provider.entries()] == []

    def test_a_version_of_a_schema_names_one_type(self, provider: Provider) -> None:
        first, second = a_schema(), a_schema(fields={"other": ""})
        provider.add_schema(first)
        provider.add_schema(dataclasses.replace(first, created="2027"))
        with pytest.raises(SchemaConflict, match=r"org\.example\.note.*1\.0\.0"):
            provider.add_schema(second)
        with pytest.raises(SchemaConflict):
            provider.add_entry(an_entry("notes", schema=second), second)
        assert [*provider.schemas()] == [first]
        assert [*provider.entries()] == []

    def test_a_schema_is_refused_before_an_entry(self, provider: Provider) -> None:
        first, second = a_schema(), a_schema(fields={"other": ""})
        provider.add_entry(an_entry("notes", schema=first), first)
        twice = [(an_entry("notes", schema=first), first), (an_entry("a", schema=second), second)]
        for items in (twice, twice[::-1]):
            with pytest.raises(SchemaConflict):
                provider.add_entries(items)
        assert [entry.name for entry in provider.entries()] == ["notes"]

    def test_schemas_are_in_order_and_the_latest_is_a_release(self, provider: Provider) -> None:
        made = [a_schema("org.example.b", version) for version in _ORDER]
        made = [a_schema("org.example.a", "3.0.0-a"), *made, a_schema("org.example.c")]
        for schema in random.Random(1).sample(made, len(made)):
            provider.add_schema(schema)
        assert [*provider.schemas()] == made
        assert provider.schema("org.example.a") == made[0]
        assert provider.schema("org.example.b") == a_schema("org.example.b", "1.10.0")
        assert provider.schema("org.example.b", "2.0.0-a") == a_schema("org.example.b", "2.0.0-a")
        assert provider.schema("org.example.b", "3.0.0") is None

    def test_an_entry_is_of_the_schema_that_it_says(self, provider: Provider) -> None:
        with pytest.raises(CatalogError, match=r"org\.example\.note"):
            provider.add_entry(an_entry("notes"), a_schema("org.example.other"))

    def test_deleting_takes_the_labels_with_it(self, provider: Provider) -> None:
        made = [an_entry("notes", version) for version in ("1.0.0", "1.1.0", "1.2.0")]
        provider.add_entries((entry, a_schema()) for entry in made)
        for label, version in (("old", "1.0.0"), ("mid", "1.1.0"), ("also-mid", "1.1.0")):
            provider.set_label(Label(label, "notes", version, "2026"))
        assert provider.delete("notes", "1.1.0") == [made[1]]
        assert provider.delete("notes", "1.1.0") == []
        assert [label.label for label in provider.labels()] == ["old"]
        assert provider.versions("notes") == ["1.0.0", "1.2.0"]
        assert provider.delete("notes") == [made[0], made[2]]
        assert provider.labels() == []
        provider.add_entry(made[1], a_schema())
        assert provider.entry("notes") == made[1]


def with_errors(add: Any) -> None:
    with suppress(NameRefused, ProviderError):
        add()


def _latest(provider: Provider) -> str | None:
    """The latest version, which every way to look has to show."""
    entry = provider.entry("notes")
    assert [*provider.entries()] == provider.search(Search("notes")) == ([entry] if entry else [])
    return entry.version if entry else None


def _expected(versions: list[str]) -> str | None:
    releases = [version for version in versions if "-" not in version]
    return max(releases or versions, default=None)


def _names(found: list[Entry]) -> list[str]:
    return [entry.name for entry in found]
