"""What every provider finds, and in which order."""

from __future__ import annotations

import pytest

from atdata.index.entry import Entry
from atdata.index.providers.provider import Label, Provider, Search
from atdata.testing.catalogue import a_schema, an_entry

__all__ = ["SearchContract"]

_IMAGES = a_schema(
    "org.example.imageSample",
    "1.0.0",
    {"image": "RGB pixels, channels last", "boundingBox": "where"},
)
_NOTES = a_schema("org.lab.note", "1.0.0", {"text": "What it says"})


def found(provider: Provider, text: str = "", **more: object) -> list[str]:
    """The names of what is found."""
    return [entry.name for entry in provider.search(Search(text, **more))]  # type: ignore[arg-type] # of tests


class SearchContract:
    @pytest.fixture
    def filled(self, provider: Provider) -> Provider:
        """A provider with three entries."""
        provider.add_entries(
            [
                (
                    an_entry(
                        "imageNet-v2",
                        schema=_IMAGES,
                        tags=("Cats", "Straße"),
                        description="Photographs of many things.",
                        created="2026-01-03T00:00:00.000000Z",
                    ),
                    _IMAGES,
                ),
                (
                    an_entry(
                        "notes",
                        schema=_NOTES,
                        tags=("text", "Cats"),
                        description="Notes on photographs & images: 写真について",
                        created="2026-01-02T00:00:00.000000Z",
                    ),
                    _NOTES,
                ),
                (an_entry("empty", schema=_NOTES, created="2026-01-01T00:00:00.000000Z"), _NOTES),
            ]
        )
        return provider

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("imagenet", ["imageNet-v2"]),
            ("IMAGENET V2", ["imageNet-v2"]),
            ("net", ["imageNet-v2"]),
            ("photo", ["imageNet-v2", "notes"]),
            ("photo notes", ["notes"]),
            ("photo empty", []),
            ("cat", ["imageNet-v2", "notes"]),
            ("ats", []),
            ("STRASSE", ["imageNet-v2"]),
            ("org.example", ["imageNet-v2"]),
            ("org.lab", ["notes", "empty"]),
            ("bounding", ["imageNet-v2"]),
            ("box", ["imageNet-v2"]),
            ("rgb", ["imageNet-v2"]),
            ("says", ["notes", "empty"]),
            ("真", ["notes"]),
            ("", ["imageNet-v2", "notes", "empty"]),
            (" \t\n", ["imageNet-v2", "notes", "empty"]),
        ],
    )
    def test_words_are_found_where_they_stand(
        self, filled: Provider, text: str, names: list[str]
    ) -> None:
        assert found(filled, text) == names

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("notes OR imagenet", []),
            ("NOT imagenet", []),
            ("notes -photographs", ["notes"]),
            ("name:notes", []),
            ("name : notes", []),
            ('"notes', ["notes"]),
            ("notes*", ["notes"]),
            ("'notes' & !photographs | x", []),
            ("NEAR(notes photographs)", []),
            ("^notes", ["notes"]),
            ("{notes}", ["notes"]),
            ("(notes", ["notes"]),
            ("notes:*", ["notes"]),
            ("notes\\", ["notes"]),
            ("note%", ["notes", "empty"]),
            ("no_es", []),
            ("notes; DROP TABLE entries", []),
            ("*", []),
            ("'", []),
            ('"', []),
            ("!!! ---", []),
            ("\0", []),
            ("\ud800", []),
            ("notes\0", ["notes"]),
            ("x" * 10_000, []),
        ],
    )
    def test_nothing_in_a_text_is_an_operator(
        self, filled: Provider, text: str, names: list[str]
    ) -> None:
        assert found(filled, text) == names

    def test_a_search_may_be_long(self, filled: Provider) -> None:
        words = [f"w{n}" for n in range(2_000)]
        tags = tuple(f"t{n}" for n in range(500))
        many = an_entry("many", schema=_NOTES, description=" ".join(words), tags=tags)
        filled.add_entry(many, _NOTES)
        assert filled.search(Search(" ".join(words), tags=tags)) == [many]
        assert filled.search(Search(" ".join([*words, "other"]))) == []
        assert filled.search(Search(tags=[*tags, "other"])) == []

    def test_a_field_a_tag_and_a_schema_narrow_it(self, filled: Provider) -> None:
        assert found(filled, field="image") == ["imageNet-v2"]
        assert found(filled, field="Image") == found(filled, field="imag") == []
        assert found(filled, tags=["Cats"]) == ["imageNet-v2", "notes"]
        assert found(filled, tags=["Cats", "text"]) == ["notes"]
        assert found(filled, tags=["cats"]) == found(filled, tags=["Cat"]) == []
        assert found(filled, schema="org.lab.note") == ["notes", "empty"]
        assert found(filled, schema="org.lab") == []
        assert found(filled, "photo", field="text", tags=["Cats"], schema="org.lab.note") == [
            "notes"
        ]
        assert found(filled, "photo", field="image", schema="org.lab.note") == []

    def test_the_best_is_first_then_the_newest(self, provider: Provider) -> None:
        made = [
            ("x-text", {"description": "of cats"}, _NOTES),
            ("cats-a", {"created": "2026-01-05T00:00:00.000000Z"}, _NOTES),
            ("x-type", {}, a_schema("org.example.cats")),
            ("cats-c", {"created": "2026-01-06T00:00:00.000000Z"}, _NOTES),
            ("cats-b", {"created": "2026-01-05T00:00:00.000000Z"}, _NOTES),
            ("x-tag", {"tags": ("cats",)}, _NOTES),
        ]
        for name, more, schema in made:
            provider.add_entry(an_entry(name, schema=schema, **more), schema)  # type: ignore[arg-type] # of tests
        best = ["cats-c", "cats-a", "cats-b", "x-tag", "x-type", "x-text"]
        assert found(provider, "cat") == best
        for limit in range(len(best) + 2):
            assert found(provider, "cat", limit=limit) == best[:limit]
        assert found(provider, "x cats") == ["x-tag", "x-type", "x-text"]

    def test_only_the_latest_version_is_looked_at(self, provider: Provider) -> None:
        old = an_entry("notes", "1.0.0", schema=_NOTES, description="of cats", tags=("old",))
        new = an_entry("notes", "1.1.0", schema=_IMAGES, description="of dogs", tags=("new",))
        older = an_entry("notes", "0.9.0", schema=_NOTES, description="of birds")
        for entry, schema in ((old, _NOTES), (new, _IMAGES), (older, _NOTES)):
            provider.add_entry(entry, schema)
        assert provider.search(Search("dogs", "image", ["new"], _IMAGES.key.id)) == [new]
        for query in (Search("cats"), Search("birds"), Search(tags=["old"]), Search(field="text")):
            assert provider.search(query) == []
        provider.delete("notes", "1.1.0")
        assert provider.search(Search("cats", "text", ["old"], _NOTES.key.id)) == [old]
        for query in (Search("dogs"), Search(tags=["new"]), Search(field="image")):
            assert provider.search(query) == []
        provider.delete("notes")
        assert provider.search(Search()) == []

    def test_a_label_is_made_moved_and_removed(self, provider: Provider) -> None:
        made: list[Entry] = [an_entry("notes"), an_entry("notes", "1.1.0"), an_entry("images")]
        provider.add_entries((entry, a_schema()) for entry in made)
        first = Label("best", "notes", "1.0.0", "2026-01-01T00:00:00.000000Z")
        provider.set_label(first)
        assert provider.label("best") == first
        moved = Label("best", "images", "1.0.0", "2026-01-02T00:00:00.000000Z")
        provider.set_label(moved)
        assert provider.labels() == provider.labels("images") == [moved]
        assert provider.labels("notes") == []
        other = Label("a", "notes", "1.1.0", "2026")
        provider.set_label(other)
        assert provider.labels() == [other, moved]
        provider.delete("notes", "1.0.0")
        assert provider.labels() == [other, moved]
        assert provider.delete_label("best")
        assert not provider.delete_label("best")
        assert provider.label("best") is None
        assert provider.labels("images") == []
