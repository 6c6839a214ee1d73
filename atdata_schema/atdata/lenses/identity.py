"""The lens that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar, cast

from atdata.sample_type import fields_of, sample_type_of
from atdata_schema.batch import Batch
from atdata_schema.chained import Composable

__all__ = ["Identity", "identity"]

S = TypeVar("S")


class Identity(Composable[S, S], Generic[S]):
    """Samples of a class seen as what they are.

    Args:
        cls: the class.
    """

    def __init__(self, cls: type[S]) -> None:
        sample_type_of(cls)
        self.source_class: Final = cls
        self.view_class: Final = cls

    @property
    def name(self) -> str:
        """What messages call it."""
        return "identity"

    @property
    def two_way(self) -> bool:
        """It puts every view."""
        return True

    @property
    def creates(self) -> bool:
        """It makes a sample of every view."""
        return True

    @property
    def renames(self) -> Mapping[str, str]:
        """Every property, under its own name."""
        return {name: name for name in fields_of(self.view_class)}

    def get(self, source: S, /) -> S:
        """The sample itself."""
        return source

    def put(self, view: S, source: S, /) -> S:
        """The view; the sample itself where nothing changed."""
        from atdata.lenses.laws import seen_already

        return source if seen_already(view, source, self.get) else view

    def create(self, view: S, /) -> S:
        """The view."""
        return view

    def get_batch(self, batch: Any, /) -> Batch:
        """The batch itself."""
        return cast("Batch", batch)

    def put_batch(self, view: Any, source: Any, /) -> Batch:
        """The batch of views."""
        return cast("Batch", view)

    def create_batch(self, view: Any, /) -> Batch:
        """The batch of views."""
        return cast("Batch", view)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.view_class is other.view_class

    def __hash__(self) -> int:
        return hash((Identity, self.view_class))

    def __repr__(self) -> str:
        return f"<lens identity: {self.view_class.__name__}>"


def identity(cls: type[S]) -> Identity[S]:
    """The lens that sees samples of a class as what they are.

    Raises:
        LoadError: it is no sample class.
    """
    return Identity(cls)
