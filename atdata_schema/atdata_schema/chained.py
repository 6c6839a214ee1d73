"""Lenses one after another, however each was made: `a | b`, or `b @ a`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any, Final, Generic, Literal, TypeVar, cast

from atdata_schema.batch import Batch
from atdata_schema.errors import LensError
from atdata_schema.lens import ComposableLens, SampleLens
from atdata_schema.schema import Schema

__all__ = ["Chained", "Composable", "InARow", "merged", "then", "type_of", "typed_as"]

S = TypeVar("S")
V = TypeVar("V")
W = TypeVar("W")
L = TypeVar("L", bound=SampleLens[Any, Any])


@singledispatch
def merged(first: Any, second: SampleLens[Any, Any]) -> ComposableLens[Any, Any] | None:
    """Two lenses as one that does exactly the same, or `None` where they stay two.

    Who makes lenses that can be merged registers how: those of the language go clause into clause.
    """
    return None


@singledispatch
def typed_as(
    lens: Any, source_class: type[Any] | None, view_class: type[Any] | None
) -> SampleLens[Any, Any]:
    """A lens that leaves its classes open, with classes; any other one as it is."""
    return cast("SampleLens[Any, Any]", lens)


class Composable(Generic[S, V]):
    """The operators of a lens: whatever has the members of `SampleLens` gets them by deriving from this."""

    __slots__ = ()

    def __or__(self: SampleLens[S, V], other: SampleLens[V, W]) -> ComposableLens[S, W]:
        """This lens, and another one behind it."""
        return then(self, other) if _is_lens(other) else NotImplemented

    def __ror__(self: SampleLens[S, V], other: SampleLens[W, S]) -> ComposableLens[W, V]:
        """Another lens, and this one behind it."""
        return then(other, self) if _is_lens(other) else NotImplemented

    def __matmul__(self: SampleLens[S, V], other: SampleLens[W, S]) -> ComposableLens[W, V]:
        """This lens behind another one."""
        return then(other, self) if _is_lens(other) else NotImplemented

    def __rmatmul__(self: SampleLens[S, V], other: SampleLens[V, W]) -> ComposableLens[S, W]:
        """Another lens behind this one."""
        return then(self, other) if _is_lens(other) else NotImplemented


class InARow(Composable[S, V], Generic[S, V, L]):
    """Lenses one after another, and what they have whatever they are: the view of each is the source of the next.

    Args:
        lenses: the lenses.
    """

    def __init__(self, lenses: tuple[L, ...]) -> None:
        self.lenses: Final = lenses

    @property
    def source_class(self) -> type[S] | None:
        """The class of the samples that the first one reads."""
        return self.lenses[0].source_class

    @property
    def view_class(self) -> type[V] | None:
        """The class of the samples that the last one gives."""
        return self.lenses[-1].view_class

    @property
    def two_way(self) -> bool:
        """Whether `put` exists: where each of them has it."""
        return all(lens.two_way for lens in self.lenses)

    @property
    def creates(self) -> bool:
        """Whether `create` exists: where each of them has it."""
        return all(lens.creates for lens in self.lenses)

    @property
    def renames(self) -> Mapping[str, str]:
        """For each property of the view that all of them leave unchanged, its name in the source."""
        found = dict(self.lenses[-1].renames)
        for lens in reversed(self.lenses[:-1]):
            before = lens.renames
            found = {name: before[old] for name, old in found.items() if old in before}
        return found

    def get(self, source: S) -> V:
        """The view of a sample.

        Raises:
            GetError: it has none.
        """
        value: Any = source
        for lens in self.lenses:
            value = lens.get(value)
        return cast("V", value)

    def _taken(self, source: S) -> list[Any]:
        """What each of them takes, of a sample."""
        taken: list[Any] = [source]
        for lens in self.lenses[:-1]:
            taken.append(lens.get(taken[-1]))
        return taken


class Chained(InARow[S, V, SampleLens[Any, Any]], Generic[S, V]):
    """Lenses one after another: `get` goes through all of them, `put` comes back through what each one saw."""

    @property
    def name(self) -> str:
        """The names of the lenses."""
        return " | ".join(lens.name for lens in self.lenses)

    def put(self, view: V, source: S, /) -> S:
        """The sample with a changed view written into it; the sample itself where nothing changed.

        Raises:
            PutError: no sample has this view. Nothing was written.
            LensError: one of the lenses is read-only.
        """
        self._need("two_way", "is read-only")
        value: Any = view
        taken = self._taken(source)
        for lens, before in zip(reversed(self.lenses), reversed(taken), strict=True):
            value = lens.put(value, before)
        return cast("S", value)

    def create(self, view: V, /) -> S:
        """A new sample with this view.

        Raises:
            PutError: no sample has this view.
            LensError: one of the lenses cannot create.
        """
        self._need("creates", "cannot create")
        value: Any = view
        for lens in reversed(self.lenses):
            value = lens.create(value)
        return cast("S", value)

    def get_batch(self, batch: Any, /) -> Batch:
        """The batch of views.

        Raises:
            GetError: a sample has no view; it names the row.
        """
        for lens in self.lenses:
            batch = lens.get_batch(batch)
        return cast("Batch", batch)

    def put_batch(self, view: Any, source: Any, /) -> Batch:
        """The batch of samples with changed views written into them.

        Raises:
            PutError: a view has no sample; it names the row. Nothing was written.
            LensError: one of the lenses is read-only.
        """
        self._need("two_way", "is read-only")
        seen: list[Any] = [source]
        for lens in self.lenses[:-1]:
            seen.append(lens.get_batch(seen[-1]))
        for lens, before in zip(reversed(self.lenses), reversed(seen), strict=True):
            view = lens.put_batch(view, before)
        return cast("Batch", view)

    def create_batch(self, view: Any, /) -> Batch:
        """A batch of new samples with these views.

        Raises:
            PutError: a view has no sample; it names the row.
            LensError: one of the lenses cannot create.
        """
        self._need("creates", "cannot create")
        for lens in reversed(self.lenses):
            view = lens.create_batch(view)
        return cast("Batch", view)

    def _need(self, member: str, said: str) -> None:
        for lens in self.lenses:
            if not getattr(lens, member):
                raise LensError(f"{self.name} {said}: {lens.name} is a part of it, and {said}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chained) and self.lenses == other.lenses

    def __hash__(self) -> int:
        return hash(self.lenses)

    def __repr__(self) -> str:
        return f"<{self.name}>"


def then(first: SampleLens[S, V], second: SampleLens[V, W]) -> ComposableLens[S, W]:
    """One lens, and another one behind it.

    Raises:
        LensError: the second does not begin where the first leads.
    """
    _check_meets(first, second)
    made: list[SampleLens[Any, Any]] = list(_parts(first))
    for lens in _parts(second):
        between = made[-1].view_class or lens.source_class
        before = typed_as(made[-1], made[-1].source_class, between)
        lens = typed_as(lens, between, lens.view_class)
        joined = merged(before, lens)
        made[-1:] = [before, lens] if joined is None else [joined]
    if len(made) == 1:
        return cast("ComposableLens[S, W]", made[0])
    return Chained[S, W](tuple(made))


def _parts(lens: SampleLens[Any, Any]) -> tuple[SampleLens[Any, Any], ...]:
    return lens.lenses if isinstance(lens, Chained) else (lens,)


def _check_meets(first: SampleLens[Any, Any], second: SampleLens[Any, Any]) -> None:
    """Refuse lenses of which the second reads other samples than the first gives."""
    given, taken = first.view_class, second.source_class
    if given is not None and taken is not None and given is not taken:
        raise LensError(
            f"{first.name} gives {_full(given)}, and {second.name} reads {_full(taken)}; "
            "they can only be put behind each other where that is one class"
        )
    led, begun = type_of(first, "view"), type_of(second, "source")
    if led is not None and begun is not None and led != begun:
        raise LensError(
            f"{first.name} leads to {led[0]} ({led[1]}), and {second.name} begins at "
            f"{begun[0]} ({begun[1]})"
        )


def type_of(lens: SampleLens[Any, Any], end: Literal["source", "view"]) -> tuple[str, str] | None:
    """The name and the CID of the type at one end of a lens; `None` where they are not known.

    Args:
        lens: the lens.
        end: which end.
    """
    schema = getattr(getattr(lens, f"{end}_class"), "SCHEMA", None)
    if isinstance(schema, Schema):
        return schema.id, schema.cid
    ref = getattr(getattr(lens, "program", None), end, None)
    return None if ref is None or ref.cid is None else (ref.id, ref.cid)


def _full(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _is_lens(value: object) -> bool:
    return all(hasattr(value, name) for name in ("get", "put", "get_batch", "view_class"))
