"""What every lens between sample classes offers, however it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from atdata_schema.batch import Batch

__all__ = ["ComposableLens", "SampleLens"]

S = TypeVar("S")
V = TypeVar("V")
W = TypeVar("W")
R = TypeVar("R")


class SampleLens(Protocol[S, V]):
    """Samples of one class seen as another, and written back through that view.

    A lens of the lens language satisfies it, run by the interpreter or compiled into a package, and so does one
    written in Python.
    """

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def source_class(self) -> type[S] | None:
        """The class of the samples that it reads; `None` where they are mappings."""
        ...

    @property
    def view_class(self) -> type[V] | None:
        """The class of the samples that it gives; `None` where they are mappings."""
        ...

    @property
    def two_way(self) -> bool:
        """Whether `put` exists; a lens without it is read-only."""
        ...

    @property
    def creates(self) -> bool:
        """Whether `create` exists."""
        ...

    @property
    def renames(self) -> Mapping[str, str]:
        """For each property of the view that is one of the source, unchanged, the name of that one."""
        ...

    def get(self, source: S, /) -> V:
        """The view of a sample.

        Raises:
            GetError: it has none.
        """
        ...

    def put(self, view: V, source: S, /) -> S:
        """The sample with a changed view written into it; the sample itself where nothing changed.

        Raises:
            PutError: no sample has this view. Nothing was written.
            LensError: the lens is read-only.
        """
        ...

    def create(self, view: V, /) -> S:
        """A new sample with this view.

        Raises:
            PutError: no sample has this view.
            LensError: the lens cannot create.
        """
        ...

    def get_batch(self, batch: Any, /) -> Batch:
        """The batch of views; columns are computed when they are asked for.

        Raises:
            GetError: a sample has no view; it names the row.
        """
        ...

    def put_batch(self, view: Any, source: Any, /) -> Batch:
        """The batch of samples with changed views written into them.

        Raises:
            PutError: a view has no sample; it names the row. Nothing was written.
            LensError: the lens is read-only.
        """
        ...

    def create_batch(self, view: Any, /) -> Batch:
        """A batch of new samples with these views.

        Raises:
            PutError: a view has no sample; it names the row.
            LensError: the lens cannot create.
        """
        ...


class ComposableLens(SampleLens[S, V], Protocol[S, V]):
    """A lens that is put behind or before another one by an operator."""

    def __or__(self, other: SampleLens[V, W], /) -> ComposableLens[S, W]:
        """This lens, and another one behind it.

        Raises:
            LensError: the other one does not begin where this one leads.
        """
        ...

    def __matmul__(self, other: SampleLens[R, S], /) -> ComposableLens[R, V]:
        """This lens behind another one: `b @ a` is `a | b`.

        Raises:
            LensError: this one does not begin where the other one leads.
        """
        ...
