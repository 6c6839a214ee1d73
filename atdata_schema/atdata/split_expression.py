"""Which samples of which splits: `"train[:10%]"`, `"train+test[5:]"`, as Hugging Face writes it.

>>> [str(part) for part in parse_split("train[:10%] + test[5:]", ["train", "test"])]
['train[:10%]', 'test[5:]']
>>> parse_split("train[50%:52%]", ["train"])[0].bounds(999)
(500, 519)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args

from atdata.errors import SplitError, SplitNotFound

__all__ = ["ALL", "Bound", "SplitPart", "Rounding", "parse_split"]

ALL: Final = "all"
"""What names every split, one behind the other, where no split has this name."""

Rounding: TypeAlias = Literal["closest", "pct1_dropremainder"]
"""How a percentage becomes a number of samples: rounded, or as that many times a whole hundredth."""

_ALLOWED: Final = (
    "write a split, a slice of one (train[:100], train[-5:], train[10%:20%]), or several joined by +"
)
_PART: Final = re.compile(r"([^\[\]()+]*)(\[[^\[\]+]*\]?)?\s*(\([^()+]*\)?)?\s*(.?)", re.DOTALL)
_BOUND: Final = re.compile(r"\s*(-?[0-9]{1,18})\s*(%?)\s*")


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a slice.

    Attributes:
        number: samples, or per cent of them; below 0 it counts from the end.
        percent: whether it is per cent.
        from_end: whether it counts from the end: `-0` does not, as in Python.
    """

    number: int
    percent: bool

    @property
    def from_end(self) -> bool:
        """Whether it counts from the end; `-0` does not, as in Python."""
        return self.number < 0

    def __str__(self) -> str:
        return f"{self.number}{'%' if self.percent else ''}"


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A split, or a slice of it.

    Attributes:
        split: its name, or `"all"`.
        start: where the slice begins; `None` is at the first sample.
        stop: where it ends; `None` is behind the last.
        rounding: what becomes of a percentage that is no whole number of samples.
    """

    split: str
    start: Bound | None = None
    stop: Bound | None = None
    rounding: Rounding = "closest"

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the split."""
        return self.start is None and self.stop is None

    def bounds(self, count: int) -> tuple[int, int]:
        """The first sample and the one behind the last, of a split of so many; equal where it is empty.

        Raises:
            SplitError: a number goes beyond the split, or hundredths of less than 100 samples are asked for.
        """
        start = 0 if self.start is None else self._place(self.start, count)
        stop = count if self.stop is None else self._place(self.stop, count)
        return start, max(start, stop)

    def _place(self, bound: Bound, count: int) -> int:
        distance = abs(bound.number)
        if bound.percent:
            distance = self._share(distance, count)
        if distance > count:
            raise SplitError(
                f"{str(self)!r} asks for sample {bound}, and {self.split} has {count} samples"
            )
        return count - distance if bound.from_end else distance

    def _share(self, percent: int, count: int) -> int:
        if self.rounding == "closest":
            return round(percent * count / 100)
        if count < 100:
            raise SplitError(
                f"{str(self)!r} asks for whole hundredths, and {self.split} has {count} samples: "
                "leave out (pct1_dropremainder)"
            )
        return percent * (count // 100)

    def __str__(self) -> str:
        if self.is_whole:
            return self.split
        start, stop = ("" if bound is None else str(bound) for bound in (self.start, self.stop))
        rounding = "" if self.rounding == "closest" else f"({self.rounding})"
        return f"{self.split}[{start}:{stop}]{rounding}"


def parse_split(text: str, splits: Sequence[str], where: object = "the dataset") -> list[SplitPart]:
    """What an expression asks for, in order.

    The name of a split is taken as it stands, whatever characters it has.

    Args:
        text: the expression.
        splits: the splits that there are.
        where: whose splits they are, in messages.

    Raises:
        SplitError: it is no expression; the message names the place and what is allowed.
        SplitNotFound: there is no such split.
    """
    if text in splits:
        return [SplitPart(text)]
    parts: list[SplitPart] = []
    at = 0
    while True:
        match = cast("re.Match[str]", _PART.match(text, at))  # it matches anything
        part = _part(match, text)
        if part.split not in (*splits, ALL):
            whole = "" if part.split == text else f", which {text!r} asks for"
            raise SplitNotFound(
                f"{where} has no split {part.split!r}{whole}; it has {', '.join(splits)}"
            )
        parts.append(part)
        if not match[4]:
            return parts
        if match[4] != "+":
            raise _fault(text, match.start(4), f"{match[4]!r} is not expected here")
        at = match.end()


def _part(match: re.Match[str], text: str) -> SplitPart:
    name = match[1].strip()
    if not name:
        raise _fault(text, match.start(1), "the name of a split is missing")
    start, stop = _slice(match, text)
    return SplitPart(name, start, stop, _rounding(match, text))


def _slice(match: re.Match[str], text: str) -> tuple[Bound | None, Bound | None]:
    written = match[2]
    if written is None:
        return None, None
    if not written.endswith("]"):
        raise _fault(text, match.start(2), "the bracket is not closed")
    first, colon, last = written[1:-1].partition(":")
    if not colon:
        raise _fault(text, match.start(2) + 1, "a slice has a colon")
    begin = match.start(2) + 1
    start = _bound(first, text, begin)
    stop = _bound(last, text, begin + len(first) + 1)
    if start is not None and stop is not None and start.percent != stop.percent:
        raise _fault(text, begin, "both ends are per cent, or none is")
    return start, stop


def _bound(written: str, text: str, at: int) -> Bound | None:
    if not written.strip():
        return None
    match = _BOUND.fullmatch(written)
    if match is None:
        raise _fault(text, at, f"{written.strip()!r} is no whole number of samples or per cent")
    bound = Bound(int(match[1]), bool(match[2]))
    if bound.percent and abs(bound.number) > 100:
        raise _fault(text, at, f"{bound} is beyond 100 per cent")
    return bound


def _rounding(match: re.Match[str], text: str) -> Rounding:
    written = match[3]
    if written is None:
        return "closest"
    found = written[1:-1].strip() if written.endswith(")") else ""
    if found not in get_args(Rounding):
        allowed = " or ".join(f"({name})" for name in get_args(Rounding))
        raise _fault(text, match.start(3), f"behind a slice may stand {allowed}")
    if match[2] is None:
        raise _fault(text, match.start(3), "only a slice is rounded")
    return cast("Rounding", found)


def _fault(text: str, at: int, what: str) -> SplitError:
    return SplitError(f"split {text!r}, at character {at + 1}: {what}; {_ALLOWED}")
