"""Sizes of axes whose numbers are not known: polynomials over the named dimensions of the source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

__all__ = ["VIEW", "Dimension", "Rest", "Size", "is_anonymous", "known", "product", "symbol"]

Monomial: TypeAlias = tuple[str, ...]
"""The symbols of a product, sorted, each as often as it is a factor."""

_ANONYMOUS: Final = "*"
VIEW: Final = "@"
"""What names of dimensions of the view begin with."""
_MAX_TERMS: Final = 32


@dataclass(frozen=True, slots=True)
class Size:
    """A size: a sum of products of symbols, in normal form, so equal sizes are equal values.

    >>> h, w = symbol("H"), symbol("W")
    >>> print((h + known(2)) * w, h * w - w * h, (h * known(6)).divided(known(3)))
    H*W + 2*W 0 2*H
    """

    terms: tuple[tuple[Monomial, Fraction], ...] = ()

    @property
    def constant(self) -> int | None:
        """The number, where it is one."""
        if not self.terms:
            return 0
        monomial, factor = self.terms[0]
        whole = len(self.terms) == 1 and not monomial and factor.denominator == 1
        return int(factor) if whole else None

    @property
    def name(self) -> str | None:
        """The symbol, where it is one alone."""
        if len(self.terms) != 1:
            return None
        monomial, factor = self.terms[0]
        return monomial[0] if len(monomial) == 1 and factor == 1 else None

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols in it."""
        return frozenset(name for monomial, _ in self.terms for name in monomial)

    def __add__(self, other: Size) -> Size:
        return _sum((*self.terms, *other.terms))

    def __sub__(self, other: Size) -> Size:
        return self + known(-1) * other

    def __mul__(self, other: Size) -> Size:
        return _sum(
            (tuple(sorted((*a, *b))), factor * by)
            for a, factor in self.terms
            for b, by in other.terms
        )

    def divided(self, other: Size) -> Size | None:
        """The quotient, which may be no whole number; `None` where it is no polynomial."""
        if len(other.terms) != 1:
            return known(1) if self == other and self.terms else None
        monomial, factor = other.terms[0]
        quotients: list[tuple[Monomial, Fraction]] = []
        for mine, by in self.terms:
            rest = list(mine)
            for name in monomial:
                if name not in rest:
                    return None
                rest.remove(name)
            quotients.append((tuple(rest), by / factor))
        return _sum(quotients)

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number whatever the symbols are."""
        return all(factor.denominator == 1 for _, factor in self.terms)

    def at(self, sizes: Mapping[str, int]) -> Fraction:
        """The number, for given sizes of its symbols."""
        total = Fraction(0)
        for monomial, factor in self.terms:
            for name in monomial:
                factor *= sizes[name]
            total += factor
        return total

    def __str__(self) -> str:
        text = ""
        for monomial, factor in self.terms:
            sign = ("-" if factor < 0 else "") if not text else (" - " if factor < 0 else " + ")
            text += sign + _term(monomial, abs(factor))
        return text or "0"


@dataclass(frozen=True, slots=True)
class Rest:
    """Any number of axes: `...`. Two are the same where they come from the same place."""

    name: str

    def __str__(self) -> str:
        return "..."


Dimension: TypeAlias = Size | Rest
"""One axis, or any number of them."""


def known(size: int) -> Size:
    """A size that is a number."""
    return Size((((), Fraction(size)),) if size else ())


def symbol(name: str) -> Size:
    """A size that has a name."""
    return Size((((name,), Fraction(1)),))


def product(sizes: Iterable[Size]) -> Size:
    """The product of sizes."""
    total = known(1)
    for size in sizes:
        total = total * size
    return total


def is_anonymous(name: str) -> bool:
    """Whether a symbol stands for `*`: a size without a name."""
    return name.startswith(_ANONYMOUS)


def _sum(terms: Iterable[tuple[Monomial, Fraction]]) -> Size:
    total: dict[Monomial, Fraction] = {}
    for monomial, factor in terms:
        total[monomial] = total.get(monomial, Fraction(0)) + factor
    kept = [(monomial, factor) for monomial, factor in total.items() if factor]
    if len(kept) > _MAX_TERMS:
        raise OverflowError(f"a size of {len(kept)} terms; at most {_MAX_TERMS} are followed")
    return Size(tuple(sorted(kept, key=lambda term: (-len(term[0]), term[0]))))


def _term(monomial: Monomial, factor: Fraction) -> str:
    names = "*".join("*" if is_anonymous(name) else name.removeprefix(VIEW) for name in monomial)
    if not names:
        return str(factor)
    if factor.numerator != 1:
        names = f"{factor.numerator}*{names}"
    return names if factor.denominator == 1 else f"{names}/{factor.denominator}"
