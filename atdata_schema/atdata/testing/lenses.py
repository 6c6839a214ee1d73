"""The laws of compiled lenses, tried out with hypothesis; the tests that `atdata-gen build --tests` writes use it.

A trial holds what was compiled against the interpreter, and both against what was computed of the lens:

    PHOTO_TO_TRAIN = Trial(photo_to_train.PHOTO_TO_TRAIN, record)

    @PHOTO_TO_TRAIN.sources
    def test_a_view_that_is_put_back_changes_nothing(source): PHOTO_TO_TRAIN.get_put(source)

The samples are those at the boundaries of the types and of what the lens names, and random ones around them.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, TypeAlias

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from atdata.testing.lens_strategies import sources_of, views_of
from atdata_schema.errors import GetError, PutError
from atdata_schema.lenses import Lens, check_record
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.objects import made_as
from atdata_schema.lenses.trying import laws
from atdata_schema.lenses.trying.laws import REFUSED, LawBroken, attempted
from atdata_schema.lenses.trying.samples import boundary_samples, changed_views, with_value

__all__ = ["LawBroken", "Trial"]

Test: TypeAlias = Callable[..., None]
Edits: TypeAlias = Mapping[tuple[str, ...], Any]

_EXAMPLES: Final = 48
_FEWEST: Final = 3
_SMALL: Final = 1 << 14
"""Bytes of a sample of which as many as always are tried."""


@dataclass(frozen=True)
class _Code:
    """The code of an extern for the interpreter."""

    get: Any
    put: Any


class Trial:
    """A compiled lens on trial.

    Args:
        compiled: the lens.
        record: the lens as a record `dev.atdata.lens`, in JSON: what it was compiled from, with its claims.
        externs: the import name of the module with the code of its externs.

    Raises:
        LensError: the record is no lens between these classes, or claims what does not hold.
    """

    def __init__(self, compiled: Any, record: str, *, externs: str | None = None) -> None:
        self.compiled: Final = compiled
        self.source_class: Final[Any] = compiled.source_class
        self.view_class: Final[Any] = compiled.view_class
        stated = json.loads(record)
        code = {} if externs is None else _code_of(externs, stated)
        schemas = self.source_class.SCHEMA, self.view_class.SCHEMA
        checked = check_record(stated, *schemas, externs=code)
        self.interpreted: Final[Lens[Any, Any]] = checked.lens.typed(
            self.source_class, self.view_class
        )

    @cached_property
    def boundaries(self) -> list[Any]:
        """Samples of the source at its boundaries; fewer where they are large."""
        found = boundary_samples(self.interpreted, _EXAMPLES)
        return found[: max(_FEWEST, _EXAMPLES // _weight(found))]

    @cached_property
    def weight(self) -> int:
        """How many times as large as a small sample one is: so many times fewer are tried."""
        return _weight(self.boundaries)

    @cached_property
    def changes(self) -> list[tuple[Any, Any]]:
        """Samples of the source and changed views of them, at the boundaries of both."""
        views = [attempted(partial(self.interpreted.get, source)) for source in self.boundaries]
        seen = [view for view in views if view is not REFUSED]
        found: list[tuple[Any, Any]] = []
        each = max(2, 2 * _EXAMPLES // max(1, len(seen)))
        for number, (source, view) in enumerate(zip(self.boundaries, views, strict=True)):
            if view is not REFUSED:
                changed = list(changed_views(self.interpreted, view, others=seen[:8]))
                step = max(1, len(changed) // each)
                found += [(source, made) for made in changed[number % step :: step]]
        return found[: max(_FEWEST, 3 * _EXAMPLES // self.weight)]

    def sources(self, test: Test) -> Callable[[], None]:
        """Runs a test with samples of the source."""
        drawn = given(source=sources_of(self.interpreted, self.boundaries))(test)
        for source in self.boundaries:
            drawn = example(source=source)(drawn)
        return self._settled(drawn)

    def pairs(self, test: Test) -> Callable[[], None]:
        """Runs a test with two samples of the source."""
        one = sources_of(self.interpreted, self.boundaries)
        return self._settled(given(one=one, other=one)(test))

    def batches(self, test: Test) -> Callable[[], None]:
        """Runs a test with several samples of the source."""
        one = sources_of(self.interpreted, self.boundaries)
        drawn = given(sources=st.lists(one, min_size=1, max_size=4))(test)
        for start in range(0, len(self.boundaries), 8):
            drawn = example(sources=self.boundaries[start : start + 8])(drawn)
        return self._settled(drawn)

    def views(self, test: Test) -> Callable[[], None]:
        """Runs a test with samples of the source and changed views of them."""
        drawn = given(change=views_of(self.interpreted, self.boundaries))(test)
        for change in self.changes:
            drawn = example(change=change)(drawn)
        return self._settled(drawn)

    def two_views(self, test: Test) -> Callable[[], None]:
        """Runs a test with samples of the source and two changed views of each."""
        drawn = given(changes=views_of(self.interpreted, self.boundaries, count=2))(test)
        return self._settled(drawn)

    def _settled(self, test: Any) -> Callable[[], None]:
        checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
        settled = settings(deadline=None, suppress_health_check=checks)
        if self.weight > 1:
            most = max(_FEWEST, settings().max_examples // self.weight)
            settled = settings(settled, max_examples=most)
        made: Callable[[], None] = settled(test)
        return made

    def get_put(self, source: Any) -> None:
        """A view that is put back unchanged gives the sample itself."""
        laws.check_get_put(self.compiled, source)

    def put_get(self, source: Any, view: Any, *, exact: bool = False) -> None:
        """What was put is what is seen then."""
        laws.check_put_get(self.compiled, self.interpreted, view, source, exact=exact)

    def put_put(self, source: Any, first: Any, second: Any) -> None:
        """The last put wins."""
        laws.check_put_put(self.compiled, first, second, source)

    def create_get(self, view: Any) -> None:
        """A created sample has the view that it was created of."""
        laws.check_create_get(self.compiled, self.interpreted, view)

    def get_total(self, source: Any) -> None:
        """Every sample has a view."""
        laws.check_get_total(self.compiled, source)

    def put_total(self, source: Any, view: Any) -> None:
        """Every view can be put into every sample that has one."""
        laws.check_put_total(self.compiled, view, source)

    def injective(self, one: Any, other: Any) -> None:
        """Two samples that look the same are the same, as far as the lens writes them."""
        laws.check_injective(self.compiled, self.interpreted, one, other)

    def agrees(self, source: Any, view: Any = None) -> None:
        """The compiled lens does what the interpreter does, and refuses what that refuses."""
        if view is None:
            self._agree("get", lambda lens: lens.get(source))
            return
        self._agree("put", lambda lens: lens.put(view, source, readonly="ignore"))
        self._agree("a strict put", lambda lens: lens.put(view, source))
        if self.interpreted.creates:
            self._agree("create", lambda lens: lens.create(view, readonly="ignore"))

    def _agree(self, what: str, run: Callable[[Any], Any]) -> None:
        made = attempted(lambda: run(self.compiled))
        wanted = attempted(lambda: run(self.interpreted))
        if (made is REFUSED) != (wanted is REFUSED):
            raise LawBroken(f"{what}: the compiled lens gives {made!r}, the interpreter {wanted!r}")
        if made is not REFUSED and not same(made, wanted):
            raise LawBroken(f"{what}: the compiled lens gives {made!r}, the interpreter {wanted!r}")

    def batch_get(self, sources: Sequence[Any]) -> None:
        """A batch has the views that its samples have, or names a row that has none."""
        single = [attempted(partial(self.compiled.get, each)) for each in sources]
        batch = self.source_class.collate(sources)
        _compare(single, lambda: self.compiled.get_batch(batch))

    def batch_put(self, source: Any, view: Any) -> None:
        """A batch of views is put as each of them is, or not at all, and a row that is refused is named."""
        once = attempted(lambda: self.compiled.put(view, source, readonly="ignore"))
        views, sources = (
            self.view_class.collate([view, view]),
            self.source_class.collate([source] * 2),
        )
        if attempted(lambda: self.compiled.get(source)) is REFUSED:
            return
        _compare([once, once], lambda: self.compiled.put_batch(views, sources, readonly="ignore"))
        if self.interpreted.creates:
            made = attempted(lambda: self.compiled.create(view, readonly="ignore"))
            _compare([made, made], lambda: self.compiled.create_batch(views, readonly="ignore"))

    def source(self, fields: Mapping[str, Any], edits: Edits | None = None) -> Any:
        """A sample of the source by its properties, with other values in some fields."""
        return _edited(made_as(self.source_class, fields), edits or {}, self.source_class)

    def view(self, source: Any, edits: Edits) -> Any:
        """The view of a sample, with other values in some fields."""
        return _edited(self.interpreted.get(source), edits, self.view_class)


def _weight(samples: Sequence[Any]) -> int:
    return max([1, *(len(sample.encode()) // _SMALL for sample in samples[:1])])


def _edited(holder: Any, edits: Edits, cls: Any) -> Any:
    from atdata_schema.lenses.types.lens_types import Nd

    for path, value in edits.items():
        holder = with_value(holder, Leaf(path, Nd("bool")), value, cls)
    return holder


def _compare(single: list[Any], run: Callable[[], Any]) -> None:
    """Hold a batch against its samples one by one."""
    try:
        together = list(run().samples())
    except (GetError, PutError) as error:
        if error.row is None or single[error.row] is not REFUSED:
            raise LawBroken(f"refused in a batch, and not by itself: {error}") from None
        return
    if REFUSED in single:
        raise LawBroken(f"row {single.index(REFUSED)} is refused by itself, and not in a batch")
    if not same(together, single):
        raise LawBroken(f"{together!r} in a batch, {single!r} one by one"[:2000])


def _code_of(module: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The code of the externs that a record names."""
    found = importlib.import_module(module)
    names = [extern["name"] for extern in record.get("externs", ())]
    return {
        name: _Code(getattr(found, f"{name}_get"), getattr(found, f"{name}_put", None))
        for name in names
    }
