"""A lens the other way round, by what it creates: for reading only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NoReturn, TypeVar

from atdata_schema.batch import Batch
from atdata_schema.chained import Composable, typed_as
from atdata_schema.errors import LensError
from atdata_schema.lens import SampleLens
from atdata_schema.schema import Schema

__all__ = ["Backward"]

S = TypeVar("S")
V = TypeVar("V")


class Backward(Composable[V, S], Generic[V, S]):
    """Samples of a lens's view seen as those of its source, with what the view hides at its defaults.

    Args:
        lens: the lens; it creates.
    """

    def __init__(self, lens: SampleLens[S, V]) -> None:
        self._lens = lens

    @property
    def two_way(self) -> bool:
        """It cannot put."""
        return False

    @property
    def creates(self) -> bool:
        """It cannot create."""
        return False

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"create by {self._lens.name}"

    @property
    def source_class(self) -> type[V] | None:
        """The class of the lens's views."""
        return self._lens.view_class

    @property
    def view_class(self) -> type[S] | None:
        """The class of the lens's samples."""
        return self._lens.source_class

    @property
    def schemas(self) -> tuple[Schema, Schema] | None:
        """The types at both ends with their documents, where they are at hand."""
        found: tuple[Schema, Schema] | None = getattr(self._lens, "schemas", None)
        return None if found is None else (found[1], found[0])

    @property
    def renames(self) -> Mapping[str, str]:
        """For each property that only changes its name, what it is called in the lens's view."""
        return {old: new for new, old in self._lens.renames.items()}

    def get(self, source: V, /) -> S:
        """A new sample of the lens.

        Raises:
            PutError: there is none.
        """
        return self._lens.create(source)

    def put(self, view: S, source: V, /) -> NoReturn:
        """Refuse: what is read through a created sample cannot be written back.

        Raises:
            LensError: always.
        """
        raise LensError(f"{self.name} is read-only")

    def create(self, view: S, /) -> NoReturn:
        """Refuse, as `put`.

        Raises:
            LensError: always.
        """
        raise LensError(f"{self.name} is read-only")

    def get_batch(self, batch: Any, /) -> Batch:
        """A batch of new samples of the lens.

        Raises:
            PutError: a row has none; it names the row.
        """
        return self._lens.create_batch(batch)

    def put_batch(self, view: Any, source: Any, /) -> NoReturn:
        """Refuse, as `put`.

        Raises:
            LensError: always.
        """
        raise LensError(f"{self.name} is read-only")

    def create_batch(self, view: Any, /) -> NoReturn:
        """Refuse, as `put`.

        Raises:
            LensError: always.
        """
        raise LensError(f"{self.name} is read-only")


@typed_as.register(Backward)
def _with_classes(
    lens: Backward[Any, Any], source_class: type[Any] | None, view_class: type[Any] | None
) -> SampleLens[Any, Any]:
    return Backward(typed_as(lens._lens, view_class, source_class))
