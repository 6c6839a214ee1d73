"""What every provider does with lenses."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings

from atdata.errors import CatalogError, EntryExists, NameRefused
from atdata.index.providers.provider import Provider, StoredLens
from atdata.testing.catalogue import a_lens, stored_lenses
from atdata.testing.provider_entries import ODD_NAMES

__all__ = ["LensContract"]

_SLOW: Final = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
    ],
)


class LensContract:
    def test_a_lens_comes_back_as_it_was(self, provider: Provider) -> None:
        lens = dataclasses.replace(
            a_lens("labels"), record={"z": [1, None, {"": "\0"}], "a": "x" * 100_000}
        )
        provider.add_lens(lens)
        assert provider.lens("labels") == lens
        assert list(provider.lenses()) == [lens]
        provider.close()
        assert provider.lens("labels") == lens

    @given(lens=stored_lenses())
    @_SLOW
    def test_any_lens_comes_back(self, provider: Provider, lens: StoredLens) -> None:
        provider.delete_lens(lens.name)
        provider.add_lens(lens)
        assert provider.lens(lens.name) == lens
        assert lens in provider.lenses(cid=lens.cid)
        assert provider.delete_lens(lens.name)

    def test_what_is_not_there_of_lenses(self, provider: Provider) -> None:
        assert provider.lens("labels") is None
        assert not provider.delete_lens("labels")
        assert list(provider.lenses()) == []
        provider.add_lens(a_lens("labels"))
        assert provider.lens("label") is None
        assert list(provider.lenses(source="bafyreib")) == []
        for text in ("", "a\0b", "\ud800", "x" * 2000):
            assert provider.lens(text) is None
            assert not provider.delete_lens(text)

    def test_the_same_lens_again_is_nothing_new(self, provider: Provider) -> None:
        first = a_lens("labels")
        provider.add_lens(first)
        provider.add_lens(dataclasses.replace(first, created="2027-01-31T12:00:00.000000Z"))
        assert provider.lens("labels") == first

    def test_another_lens_of_the_name_is_refused(self, provider: Provider) -> None:
        provider.add_lens(a_lens("labels"))
        with pytest.raises(EntryExists, match=r"'labels' is the lens bafyrei1.*not bafyrei2"):
            provider.add_lens(a_lens("labels", "bafyrei2"))
        assert provider.lens("labels") == a_lens("labels")
        assert provider.delete_lens("labels")
        provider.add_lens(a_lens("labels", "bafyrei2"))
        assert provider.lens("labels") == a_lens("labels", "bafyrei2")

    def test_lenses_are_found_by_their_ends_and_by_what_they_say(self, provider: Provider) -> None:
        made = [
            a_lens("c", "bafyrei1", "bafyreia", "bafyreib"),
            a_lens("a", "bafyrei2", "bafyreib", "bafyreic"),
            a_lens("b", "bafyrei1", "bafyreia", "bafyreib"),
            a_lens("B", "bafyrei3", "bafyreia", "bafyreic"),
        ]
        for lens in made:
            provider.add_lens(lens)

        def names(**asked: str) -> list[str]:
            return [lens.name for lens in provider.lenses(**asked)]

        assert names() == ["B", "a", "b", "c"]
        assert names(source="bafyreia") == ["B", "b", "c"]
        assert names(view="bafyreic") == ["B", "a"]
        assert names(source="bafyreia", view="bafyreib") == ["b", "c"]
        assert names(cid="bafyrei1") == ["b", "c"]
        assert names(cid="bafyrei1", view="bafyreic") == []

    def test_there_may_be_many_lenses(self, provider: Provider) -> None:
        for number in range(230):
            provider.add_lens(a_lens(f"n{number:03d}", "bafyrei1", f"bafyrei{number % 2}"))
        names = [f"n{number:03d}" for number in range(230)]
        assert [lens.name for lens in provider.lenses()] == names
        assert [lens.name for lens in provider.lenses(source="bafyrei1")] == names[1::2]

    def test_odd_names_of_lenses_stay_apart(self, provider: Provider) -> None:
        for name in ODD_NAMES:
            provider.add_lens(a_lens(name, f"bafyrei{name.encode().hex()[:40]}"))
        assert [lens.name for lens in provider.lenses()] == sorted(ODD_NAMES)
        for name in ODD_NAMES:
            assert provider.lens(name) == a_lens(name, f"bafyrei{name.encode().hex()[:40]}")
            assert provider.delete_lens(name)
        assert list(provider.lenses()) == []

    def test_what_cannot_be_the_name_of_a_lens_is_refused(self, provider: Provider) -> None:
        for name in ("", "a\0b", "\ud800", "x" * 2000):
            with pytest.raises(NameRefused):
                provider.add_lens(a_lens(name))
        with pytest.raises(NameRefused):
            provider.add_lens(a_lens("a", source="a\0b"))
        with pytest.raises(CatalogError):
            provider.add_lens(dataclasses.replace(a_lens("a"), record={"a": (1,)}))
        assert list(provider.lenses()) == []

    def test_one_of_several_lenses_gets_the_name(self, provider: Provider) -> None:
        def add(number: int) -> bool:
            try:
                provider.add_lens(a_lens("labels", f"bafyrei{number}"))
            except EntryExists:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(add, range(6))) == 1
        assert len(list(provider.lenses())) == 1
