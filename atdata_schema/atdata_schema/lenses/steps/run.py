"""Clauses between two objects, run: whoever made them, the interpreter or a compiled module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.steps.assembly import Assembly, changed
from atdata_schema.lenses.steps.dims import Dims
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.steps.step import Values, shown

__all__ = ["Direction", "Pipe", "Readonly", "Run", "Way"]

Readonly: TypeAlias = Literal["check", "ignore"]
"""What put does about fields that are computed: refuse a change of them, or pass it over."""

Direction: TypeAlias = Literal["both", "there", "fixed", "dropped"]
"""Where a clause leads: both ways, to the view only, from a constant to the view, or nowhere."""


class Pipe(Protocol):
    """What lies between the fields of a clause."""

    @property
    def copies(self) -> bool:
        """Whether the view has the very value of the source."""
        ...

    def get(self, values: Values, n: int = 0) -> Values:
        """The view of a value, or of a batch.

        Raises:
            Refused: there is none.
        """
        ...

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        """The source whose view is `values`; without `source`, a new one.

        Raises:
            Refused: there is none.
        """
        ...


@dataclass(frozen=True)
class Way:
    """How one clause runs.

    Attributes:
        src: the fields of the source.
        dst: the fields of the view.
        chain: what lies between them; `None` for `const` and `drop`.
        direction: where it leads.
        constant: the value of `const`, or what `create` puts where something was dropped.
        creates: whether a dropped field can be made without a source.
    """

    src: tuple[Leaf, ...]
    dst: tuple[Leaf, ...]
    chain: Pipe | None
    direction: Direction
    constant: Any = None
    creates: bool = True

    def view(self, source: Any) -> Values:
        """The values of the view's fields, of the source.

        Raises:
            Misplaced: there are none.
        """
        if self.chain is None:
            return (self.constant,)
        values = _into(self.src, source)
        try:
            return self.chain.get(values)
        except Refused as error:
            raise Misplaced(self.src[0].path, error) from None


W_co = TypeVar("W_co", bound=Way, covariant=True)


@dataclass(frozen=True)
class Run(Generic[W_co]):
    """All clauses between two objects.

    Attributes:
        names: the properties of the source.
        joints: the clauses, in canonical order.
        seen: how an object of the view is put together from its fields.
        made: the same for one of the source.
        seen_dims: the shapes of the view that have to be held against its dimensions.
        made_dims: the same for the source.
        creates: whether a source is made of a view alone.
    """

    names: tuple[str, ...]
    joints: tuple[W_co, ...]
    seen: Assembly
    made: Assembly
    seen_dims: Dims | None
    made_dims: Dims | None
    creates: bool

    @cached_property
    def leaves(self) -> Mapping[Path, tuple[Way, Leaf]]:
        """Each field of the view, with the clause that gives it."""
        return {leaf.path: (joint, leaf) for joint in self.joints for leaf in joint.dst}

    @cached_property
    def renames(self) -> Mapping[str, str]:
        """For each property of the view that is one of the source as it is, the name of that one."""
        return {
            joint.dst[0].path[0]: joint.src[0].path[0]
            for joint in self.joints
            if joint.chain is not None
            and joint.chain.copies
            and len(joint.dst[0].path) == len(joint.src[0].path) == 1
        }

    @cached_property
    def copies(self) -> Mapping[str, str]:
        """Those of them that need not be held against anything."""
        return {
            name: before
            for name, before in self.renames.items()
            if self.leaves[name,][1].guard is None
        }

    @cached_property
    def straight(self) -> Mapping[str, tuple[str, Leaf, Pipe]]:
        """The properties that are arrays computed of one array and held against nothing: of which, and how."""
        found: dict[str, tuple[str, Leaf, Pipe]] = {}
        for joint in self.joints:
            if joint.chain is None or joint.chain.copies or len(joint.src) != 1:
                continue
            leaf, seen = joint.src[0], joint.dst[0]
            simple = len(joint.dst) == len(seen.path) == len(leaf.path) == 1
            if simple and seen.guard is None and leaf.is_array and seen.is_array:
                found[seen.path[0]] = (leaf.path[0], leaf, joint.chain)
        return found

    @cached_property
    def parts(self) -> Mapping[str, Assembly]:
        """The properties of the view that are objects put together of fields."""
        return dict(self.seen.parts)

    def get(self, source: Any) -> Any:
        """The view of an object, as a mapping.

        Raises:
            Misplaced: it has none.
        """
        values: dict[tuple[str, ...], Any] = {}
        for joint in self.joints:
            if joint.dst:
                _store(joint.dst, joint.view(source), values)
        made = self.seen.build(values)
        if self.seen_dims is not None:
            self.seen_dims.check(made)
        return made

    def put(self, view: Any, source: Any, readonly: Readonly = "check") -> Any:
        """The source with the view written into it; the source itself where nothing changed.

        Raises:
            Misplaced: the view has no source; nothing was written.
        """
        changes: dict[tuple[str, ...], Any] = {}
        for joint in self.joints:
            if joint.direction == "both":
                self._put(joint, view, source, changes)
        self.seen.check(view)
        made = changed(source, changes) if changes else source
        if changes and self.made_dims is not None:
            self.made_dims.check(made)
        if readonly == "check":
            self._unchanged(view, made)
        return made

    def create(self, view: Any, readonly: Readonly = "check") -> dict[str, Any]:
        """A source with this view, as a mapping; what was dropped has its default.

        Raises:
            Misplaced: the view has no source.
        """
        values: dict[tuple[str, ...], Any] = {}
        idle: set[tuple[str, ...]] = set()
        for joint in self.joints:
            if joint.direction == "both":
                _written(joint, _back(joint, view, None), values)
            elif joint.direction == "dropped":
                if not joint.creates:
                    reason = "there is no default for it, so no source can be made; use put"
                    raise Misplaced(joint.src[0].path, Refused(reason))
                values[joint.src[0].path] = joint.constant
                idle.add(joint.src[0].path)
        self.seen.check(view)
        made = self.made.build(values, idle)
        if self.made_dims is not None:
            self.made_dims.check(made)
        if readonly == "check":
            self._unchanged(view, made)
        return made

    def _put(self, joint: Way, view: Any, source: Any, changes: dict[tuple[str, ...], Any]) -> None:
        found: dict[tuple[str, ...], Any] = {}
        _written(joint, _back(joint, view, source), found)
        for leaf in joint.src:
            value, before = found[leaf.path], leaf.read(source)
            if same(value, before):
                continue
            holder = dotted(leaf.path[:-1])
            reason = None
            if leaf.read_holder(source) is None:
                reason = f"the source has no {holder} to write it into"
            elif value is None and leaf.needed:
                reason = (
                    f"{dotted(leaf.path)} is required in {holder} of the source, which is there"
                )
            if reason is not None:
                raise Misplaced(joint.dst[0].path, Refused(reason, value))
            changes[leaf.path] = value

    def _unchanged(self, view: Any, made: Any) -> None:
        """Fields of the view that are computed, or have one value, are what they would be."""
        for joint in self.joints:
            if joint.direction not in ("there", "fixed"):
                continue
            right: dict[tuple[str, ...], Any] = {}
            _store(joint.dst, joint.view(made), right)
            for leaf in joint.dst:
                value = leaf.read(view)
                if not same(value, right[leaf.path]):
                    reason = f"it is read-only, and {shown(right[leaf.path])} here"
                    raise Misplaced(leaf.path, Refused(reason, value))


def _into(leaves: Sequence[Leaf], holder: Any) -> Values:
    values: list[Any] = []
    for leaf in leaves:
        try:
            values.append(leaf.into(leaf.read(holder)))
        except Refused as error:
            raise Misplaced(leaf.path, error) from None
    return tuple(values)


def _store(leaves: Sequence[Leaf], values: Values, found: dict[tuple[str, ...], Any]) -> None:
    for leaf, value in zip(leaves, values, strict=True):
        try:
            found[leaf.path] = leaf.out(value)
        except Refused as error:
            raise Misplaced(leaf.path, error) from None


def _written(joint: Way, values: Values, found: dict[tuple[str, ...], Any]) -> None:
    """Store what was put; should the source not allow it, it is the view that was wrong."""
    for leaf, value in zip(joint.src, values, strict=True):
        try:
            found[leaf.path] = leaf.out(value)
        except Refused as error:
            error.reason = f"{dotted(leaf.path)} of the source: {error.reason}"
            raise Misplaced(joint.dst[0].path, error) from None


def _back(joint: Way, view: Any, source: Any) -> Values:
    """The values of the source's fields, of the view's."""
    assert joint.chain is not None  # it leads both ways
    values = _into(joint.dst, view)
    before = None
    if source is not None:
        before = _into(joint.src, source)
    try:
        return joint.chain.put(values, before)
    except Refused as error:
        raise Misplaced(joint.dst[0].path, error) from None
