"""Shapes of the view held against what pipes give: what is surely equal, what only arrays can tell, what never is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from atdata_schema.lenses.types.lens_types import LensType, Nd, bare
from atdata_schema.lenses.types.sizes import VIEW, Dimension, Rest, Size, is_anonymous

__all__ = ["Shapes"]


@dataclass
class Shapes:
    """The shapes of one object of the view, and of the arrays of the source that they come from.

    Names of the view's dimensions are bound where they are met first. On the way back, each name of the source
    has to come from one size of the view, whatever that is.

    Attributes:
        bound: the size of each name of the view.
        sources: the sizes of the view that each name of the source comes back from, by clause.
    """

    bound: dict[str, Size] = field(default_factory=dict[str, Size])
    sources: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def match(self, given: LensType, wanted: LensType) -> tuple[str | None, str | None, str | None]:
        """Match a shape with the one that is wanted.

        Returns:
            Why they can never be equal; an array for which they are not; and a view without a source. In
            words, or `None`.
        """
        mine, theirs = bare(given), bare(wanted)
        if not isinstance(mine, Nd) or not isinstance(theirs, Nd):
            return None, None, None
        if any(isinstance(size, Rest) for size in (*mine.shape, *theirs.shape)):
            return self._loose(mine, theirs)
        if len(mine.shape) != len(theirs.shape):
            return f"{len(mine.shape)} axes are not {len(theirs.shape)}", None, None
        fails: str | None = None
        refused: str | None = None
        for a, b in zip(mine.shape, theirs.shape, strict=True):
            problem, failing, back = self._sizes(a, b)
            if problem is not None:
                return problem, None, None
            fails, refused = fails or failing, refused or back
        return None, fails, refused

    def _loose(self, mine: Nd, theirs: Nd) -> tuple[str | None, str | None, str | None]:
        """Shapes of which one has any number of axes."""
        other = "an array of another rank or size"
        same = [_spelled(size) for size in mine.shape] == [_spelled(size) for size in theirs.shape]
        if same:
            return None, None, None
        if theirs.shape and all(isinstance(size, Rest) for size in theirs.shape):
            return None, None, other
        return None, other, other

    def _sizes(self, a: Dimension, b: Dimension) -> tuple[str | None, str | None, str | None]:
        assert isinstance(a, Size)  # no rest among them
        assert isinstance(b, Size)
        fixed = b.constant
        if fixed is not None:
            if a.constant is not None and a.constant != fixed:
                return f"the size {a} is not {fixed}", None, None
            fails = None if a.constant == fixed else f"an array whose size {a} is not {fixed}"
            return None, fails, self._back(a, str(fixed))
        name = b.name or ""
        if is_anonymous(name):
            return None, None, self._back(a, name)
        first = self.bound.setdefault(name, a)
        shown = name.removeprefix(VIEW)
        if first != a and first.constant is not None and a.constant is not None:
            return f"the size {a} is not {first}, which {shown} is elsewhere", None, None
        fails = (
            None
            if first == a
            else f"arrays whose sizes {first} and {a} differ, which are both {shown}"
        )
        return None, fails, self._back(a, name)

    def _back(self, size: Size, origin: str) -> str | None:
        """Note what a size comes back from; a view without a source where that is not one name."""
        if size.constant is not None:
            return None if origin.isdigit() else f"an array whose size is not {size}"
        if size.name is None:
            return None if origin.isdigit() else f"an array whose size is not {size} of the source"
        self.sources.setdefault(size.name, set()).add(origin)
        return None

    def unsettled(self, kinds: Iterable[LensType], kept: Iterable[LensType]) -> str | None:
        """A size of some arrays of the source that a put cannot change alone, in words.

        Args:
            kinds: the arrays that the clause writes.
            kept: the arrays that no clause writes.
        """
        fixed = _names(kept)
        for name in sorted(_names(kinds)):
            origins = self.sources.get(name, set())
            free = [origin for origin in origins if not origin.isdigit()]
            if len(origins) > 1:
                return f"arrays of different sizes for {name}"
            if free and name in fixed:
                return f"an array of another size than {name} of the source"
        return None


def _names(kinds: Iterable[LensType]) -> set[str]:
    found: set[str] = set()
    for kind in map(bare, kinds):
        if isinstance(kind, Nd):
            for size in kind.shape:
                if isinstance(size, Size):
                    found |= size.symbols
    return found


def _spelled(size: Dimension) -> str:
    """A dimension as the schemas of both sides spell it."""
    return str(size)
