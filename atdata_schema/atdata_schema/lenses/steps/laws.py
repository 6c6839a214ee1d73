"""What is known of an operator, and of a clause, about going there and back.

`get` reads the view of a source; `put` writes a changed view back. Three laws say that nothing else changes:

* GetPut: `put(get(s), s) == s`. Every put here gives back the source where its view has not changed, element by
  element, so this one always holds.
* PutGet: `get(put(v, s)) == v`. Every put that cannot prove it tries it, and refuses; so it holds for every view
  that put takes. Where rounding is allowed, it holds within a tolerance.
* PutPut: `put(v, put(w, s)) == put(v, s)`. It holds where `get` loses nothing (`injective`), or where what it
  loses is kept from the source whatever the view is (`asks`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["GETTER", "ISO", "PART", "Class", "ClauseLaws", "Proof", "StepLaws", "WORDS"]

Class: TypeAlias = Literal["iso", "embedding", "lens", "lens*", "approx", "getter"]
"""What a clause or a lens is, by its laws."""

WORDS: Final[dict[Class, str]] = {
    "iso": "lossless",
    "embedding": "lossless",
    "lens": "keeps the original",
    "lens*": "keeps the original",
    "approx": "approximate",
    "getter": "read-only",
}
"""The same in words for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLaws:
    """What is proved of one operator for all values of its types. `False` says only: not proved.

    Attributes:
        injective: going there and back gives the same value: `back(get(x)) == x`.
        exact: going back and there does, wherever back gives anything: `get(back(v)) == v`.
        get_fails: a value for which there is no view, in words; `None` where there is always one.
        put_fails: a value of the view that has no source, in words; `None` where there is always one.
        asks: going back asks the source for what the view does not show, and keeps that.
        forgets: a put can lose what the source was asked for.
        creates: it goes back without a source.
        two_way: it goes back at all.
        loses: what is not injective about it, by an example.
        tolerance: how far off the view may be after a put, in words, where that is settled inside.
    """

    injective: bool = False
    exact: bool = False
    get_fails: str | None = None
    put_fails: str | None = None
    asks: bool = False
    forgets: bool = False
    creates: bool = True
    two_way: bool = True
    loses: str | None = None
    tolerance: str | None = None

    @property
    def put_put(self) -> bool:
        """Whether the last put wins."""
        return not self.forgets if self.asks else self.injective


ISO: Final = StepLaws(injective=True, exact=True)
"""Nothing is lost, either way."""

PART: Final = StepLaws(exact=True, asks=True, creates=False, loses="elements that are not shown")
"""A part is shown; the rest stays as it is in the source."""

GETTER: Final = StepLaws(two_way=False, creates=False)
"""There is no way back."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a claim holds for all values.

    Attributes:
        holds: `True`, `False`, or `None` where neither is known; then it is checked at run time.
        how: `proved` from types, `exhaustive` where all elements were tried, `example` where one refutes it,
            `unproved`.
        example: values that refute it, in words.
    """

    holds: bool | None
    how: Literal["proved", "exhaustive", "example", "unproved"]
    example: str | None = None

    @classmethod
    def proved(cls) -> Proof:
        """It follows from the types."""
        return cls(True, "proved")

    @classmethod
    def tried(cls) -> Proof:
        """Every element was tried."""
        return cls(True, "exhaustive")

    @classmethod
    def refuted(cls, example: str) -> Proof:
        """Here is a value for which it does not hold."""
        return cls(False, "example", example)

    @classmethod
    def unknown(cls) -> Proof:
        """Neither is known."""
        return cls(None, "unproved")

    def __str__(self) -> str:
        match self.holds:
            case True:
                return f"yes ({self.how})"
            case False:
                return f"no: {self.example}" if self.example else "no"
            case _:
                return "not proved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLaws:
    """The laws of a clause, of a block, or of a whole lens; GetPut always holds.

    Attributes:
        injective: the view tells all of the source that the clause reads.
        put_get: what was put is what is got; `False` never, since what is not exact is refused, unless a
            tolerance is given.
        put_put: the last put wins.
        get_total: every source has a view.
        put_total: every view can be put into every source that has one.
        creates: there is a source for every view that can be put, without another source.
        asks: put needs the source.
        two_way: it is no getter.
        tolerance: how far off the view may be after a put, in words; `None` where it is not.
    """

    injective: Proof
    put_get: Proof
    put_put: Proof
    get_total: Proof
    put_total: Proof
    creates: bool
    asks: bool
    two_way: bool = True
    tolerance: str | None = None

    @property
    def kind(self) -> Class:
        """The class, by the laws."""
        if not self.two_way:
            return "getter"
        if self.tolerance is not None:
            return "approx"
        if self.injective.holds:
            total = self.put_total.holds and self.get_total.holds
            return "iso" if total else "embedding"
        return "lens" if self.put_put.holds else "lens*"
