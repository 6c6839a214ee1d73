"""Samples as another class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atdata.errors import GetError, say_where
from atdata.views.each import Each
from atdata.views.faces import Face, Renamed, Reread, Seen
from atdata.views.plan import Plan
from atdata.views.rows import Rows

if TYPE_CHECKING:
    from atdata.views.question import Question

__all__ = ["Shown"]


class Shown(Each):
    """The samples of a plan, each made one of another class."""

    def __init__(self, base: Plan, face: Face) -> None:
        super().__init__(base)
        self._face = face
        self.calls = base.calls
        self.is_made = base.is_made

    @property
    def sample_type(self) -> type[Any]:
        return self._face.cls

    def one(self, key: str, sample: Any) -> Any:
        return self._face.shown(key, sample)

    def sample(self, number: int) -> Any:
        sample = self._base.sample(number)
        try:
            return self._face.sample(sample)
        except GetError as error:
            say_where(error, f"sample {number}")
            raise

    def steps(self) -> tuple[str, ...]:
        return (*self._base.steps(), *filter(None, [str(self._face)]))

    def rows(self) -> Rows | None:
        rows = self._base.rows()
        return None if rows is None else rows.shown(self._face)

    def truth(self, question: Question) -> NDArray[np.bool_] | None:
        before = question.renamed(self._face.names_before)
        return None if before is None else self._base.truth(before)

    def as_class(self, cls: type[Any]) -> Plan:
        face = self._face
        if cls is face.cls:
            return self
        if isinstance(face, Renamed) and (narrower := face.narrowed(cls)) is not None:
            return Shown(self._base, narrower)
        if isinstance(face, Seen) and (narrower := face.narrowed(cls)) is not None:
            return Shown(self, narrower)
        return Shown(self, Reread(cls))
