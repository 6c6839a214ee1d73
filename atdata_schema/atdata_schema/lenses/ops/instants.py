"""`epoch`: an instant as a count of units since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import numpy as np

from atdata_schema.lenses.ops.site import Site, fail, single
from atdata_schema.lenses.program.argument_kinds import Word
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import StepLaws
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import NOTHING, Step, Unary
from atdata_schema.lenses.types.lens_types import LensType, Nd, Plain
from atdata_schema.model import DatetimeType

__all__ = ["Epoch", "epoch"]

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = (datetime(1, 1, 1, tzinfo=UTC) - timedelta(0) - _START) // _MICROSECOND
_LAST: Final = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - _START) // _MICROSECOND
_DAY: Final = 24 * 60 * 60 * 10**6
_MOST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch(Op):
    """`epoch(unit=ms)`: whole units since 1970-01-01T00:00:00Z, rounded down."""

    NAME: ClassVar[str] = "epoch"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("unit",)
    unit: str = arg(Word(("s", "ms", "us", "ns")))


def epoch(op: Epoch, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an instant."""
    kind = single(op, takes)
    if not isinstance(kind, Plain) or not isinstance(kind.type, DatetimeType):
        fail("LN201", f"epoch takes a datetime, not {kind}", expected="datetime", actual=kind)
    unit = _NANOSECONDS[op.unit]
    # An offset from UTC moves an instant by less than a day beyond the years 1 to 9999.
    low, high = ((end * 1000) // unit for end in (_FIRST - _DAY, _LAST + _DAY))
    fails = "9999-12-31T23:59:59Z" if high > _MOST else None
    gives = Nd("int64", scalar=True, low=max(low, -_MOST - 1), high=min(high, _MOST))
    laws = StepLaws(
        exact=True,
        get_fails=fails,
        put_fails=str(_MOST),
        loses="1970-01-01T00:00:00Z and 1970-01-01T01:00:00+01:00 both become 0",
    )
    return EpochStep(op=op, takes=takes, gives=(gives,), laws=laws, unit=unit)


@dataclass(frozen=True, kw_only=True)
class EpochStep(Unary):
    """`epoch`; the source keeps its offset, and what is finer than the unit, where the view has not changed."""

    unit: int
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: datetime, n: int) -> Any:
        if value.utcoffset() is None:
            raise Refused(f"{value.isoformat()} has no time zone", value)
        count = ((value - _START) // _MICROSECOND) * 1000 // self.unit
        if not -_MOST - 1 <= count <= _MOST:
            raise Refused(f"{value.isoformat()} is too far from 1970 for this unit", value)
        return np.asarray(count, np.int64)

    def again(self, value: Any, source: Any, n: int) -> datetime:
        if source is not NOTHING and self.there(source, n) == value:
            kept: datetime = source
            return kept
        nanoseconds = int(value) * self.unit
        if nanoseconds % 1000:
            raise Refused(f"{int(value)} is between microseconds, the finest of a datetime", value)
        if not _FIRST <= nanoseconds // 1000 <= _LAST:
            raise Refused(f"{int(value)} is not within the years 1 to 9999", value)
        return _START + _MICROSECOND * (nanoseconds // 1000)

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        kind = arriving[0]
        bounds = kind.bounds if isinstance(kind, Nd) else None
        if bounds is None or self.unit == 1:
            return self.takes, self.laws.put_fails
        ends = [end * self.unit // 1000 for end in bounds]
        out = [end for end, at in zip(bounds, ends, strict=True) if not _FIRST <= at <= _LAST]
        return self.takes, str(out[0]) if out else None
