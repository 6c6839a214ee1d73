"""An operator of values that are there, for values that may be missing: nothing stays nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import NOTHING, Step, Unary, Values
from atdata_schema.lenses.types.lens_types import LensType, Maybe, bare, optional

__all__ = ["Lifted", "lifted"]


@dataclass(frozen=True, kw_only=True)
class Lifted(Unary):
    """Another operator, where there is a value."""

    inner: Step
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        return None if value is None else self.inner.get((value,), n)[0]

    def again(self, value: Any, source: Any, n: int) -> Any:
        if value is None:
            return None
        missing = source is NOTHING or source is None
        if missing and not self.inner.laws.creates:
            raise Refused(
                f"there is nothing in the source that {self.inner.op.NAME} could keep the rest of",
                value,
            )
        return self.inner.put((value,), None if missing else (source,), n)[0]

    def get(self, values: Values, n: int = 0) -> Values:
        if n and not isinstance(values[0], list):
            return self.inner.get(values, n)
        return super().get(values, n)

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        there = source is None or not isinstance(source[0], list)
        if n and there and not isinstance(values[0], list):
            return self.inner.put(values, source, n)
        return super().put(values, source, n)

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        types, fails = self.inner.back(tuple(map(bare, arriving)))
        may_miss = isinstance(arriving[0], Maybe)
        return tuple(map(optional, types)) if may_miss else types, fails or self.laws.put_fails


def lifted(step: Step) -> Step:
    """The operator for values that may be missing."""
    fails = step.laws.put_fails
    if step.laws.asks and not step.laws.creates:
        fails = fails or "a value where the source has none"
    laws = replace(step.laws, put_fails=fails, forgets=step.laws.asks)
    return Lifted(
        op=step.op,
        takes=tuple(map(optional, step.takes)),
        gives=tuple(map(optional, step.gives)),
        laws=laws,
        growth=step.growth,
        inner=step,
    )
