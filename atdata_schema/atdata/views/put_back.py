"""Samples with changed views written back into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from atdata.errors import LensError, LoadError, PutError, say_where
from atdata.sample_type import schema_of
from atdata.views.faces import Reread
from atdata.views.one_for_one import OneForOne
from atdata.views.plan import Entry, Numbers, Plan
from atdata.views.seen import as_lens, as_source, with_classes
from atdata.views.shown import Shown
from atdata_schema.lens import SampleLens
from atdata_schema.schema import Schema

__all__ = ["PutBack", "put_back"]

_END: Final = object()


def put_back(
    plan: Plan, stored: Schema | None, views: Plan | Mapping[str, Any], given: object
) -> tuple[Plan, Schema | None]:
    """A plan with changed views written into its samples, and their schema.

    Args:
        plan: the samples.
        stored: their schema, where their class has none.
        views: one for each sample, or some by key.
        given: the lens, or a class of one.

    Raises:
        LensError: the lens is read-only.
        SampleNotFound: a view has a key that no sample has.
        SchemaMismatch: the lens reads other samples.
    """
    lens = with_classes(as_lens(given), plan.sample_type)
    if not lens.two_way:
        raise LensError(f"{lens.name} is read-only: views cannot be written back through it")
    if isinstance(views, Mapping):
        for key in views:
            plan.find(key)
    base = as_source(plan, stored, lens)
    return PutBack(base, lens, views), schema_of(base.known_type)


class PutBack(OneForOne):
    """The samples of a plan, into which a lens writes views.

    Args:
        base: the samples, of the lens's source class.
        lens: the lens; it is two-way.
        views: the views: a plan with one for each sample, under its key; or some of them by key.
    """

    calls = True
    is_made = True

    def __init__(
        self, base: Plan, lens: SampleLens[Any, Any], views: Plan | Mapping[str, Any]
    ) -> None:
        super().__init__(base)
        self._lens = lens
        self._views = views

    @property
    def sample_type(self) -> type[Any]:
        return self._base.sample_type

    def stream(self) -> Iterator[Entry]:
        views = self._views
        return self._put(self._base.stream(), views.stream() if isinstance(views, Plan) else None)

    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        views = self._views
        for block in blocks:
            found = views.entries([block]) if isinstance(views, Plan) else None
            yield from self._put(self._base.entries([block]), found)

    def _put(self, entries: Iterator[Entry], views: Iterator[Entry] | None) -> Iterator[Entry]:
        for key, sample in entries:
            if views is not None:
                yield key, self._one(key, sample, self._next(views, key))
            else:
                assert isinstance(self._views, Mapping)  # no plan gave views
                view = self._views.get(key, _END)
                yield key, sample if view is _END else self._one(key, sample, view)
        if views is not None and next(views, None) is not None:
            raise LoadError(f"{self._lens.name}: there are more views than samples")

    def _next(self, views: Iterator[Entry], key: str) -> Any:
        found = next(views, None)
        if found is None:
            raise LoadError(
                f"{self._lens.name}: there is no view for the sample with the key {key!r}"
            )
        if found[0] != key:
            raise LoadError(
                f"{self._lens.name}: the view with the key {found[0]!r} comes for the sample {key!r}: give a "
                "view of each sample in the order of the samples, or some of them by key, as a dict"
            )
        return found[1]

    def _one(self, key: str, sample: Any, view: Any) -> Any:
        try:
            return self._lens.put(view, sample)
        except PutError as error:
            say_where(error, f"key {key!r}")
            raise

    def steps(self) -> tuple[str, ...]:
        return (*self._base.steps(), f"put_back({self._lens.name})")

    def as_class(self, cls: type[Any]) -> Plan:
        return Shown(self, Reread(cls))
