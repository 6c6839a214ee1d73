"""The clauses between two objects, run: a whole lens, or a block of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from atdata_schema.lenses.program.clauses import Bind, Clause, Const, Derive, Drop
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.steps.assembly import Assembly, changed
from atdata_schema.lenses.steps.chain import Chain
from atdata_schema.lenses.steps.dims import Dims
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.laws import ClauseLaws
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.steps.step import Growth, Values, shown
from atdata_schema.lenses.types.lens_types import Obj

__all__ = ["Body", "Joint", "Readonly"]

Readonly: TypeAlias = Literal["check", "ignore"]
"""What put does about fields that are computed: refuse a change of them, or pass it over."""


@dataclass(frozen=True)
class Joint:
    """One clause, with its types and laws.

    Attributes:
        clause: what it says, in canonical form.
        src: the fields of the source.
        dst: the fields of the view.
        chain: the operators between them; `None` for `const` and `drop`.
        laws: its laws.
        constant: the value of `const`, or what `create` puts where something was dropped.
        creates: whether a dropped field can be made without a source.
    """

    clause: Clause
    src: tuple[Leaf, ...]
    dst: tuple[Leaf, ...]
    chain: Chain | None
    laws: ClauseLaws
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


@dataclass(frozen=True)
class Body:
    """All clauses between two objects.

    Attributes:
        source: the object that is looked at.
        view: the object that is seen.
        joints: the clauses, in canonical order.
        laws: what holds of all of them together.
        seen: how an object of the view is put together from its fields.
        made: the same for one of the source.
        seen_dims: the shapes of the view that have to be held against its dimensions.
        made_dims: the same for the source.
        growth: how much memory its clauses may make.
    """

    source: Obj
    view: Obj
    joints: tuple[Joint, ...]
    laws: ClauseLaws
    seen: Assembly
    made: Assembly
    seen_dims: Dims | None
    made_dims: Dims | None
    growth: Growth

    @cached_property
    def leaves(self) -> Mapping[Path, tuple[Joint, Leaf]]:
        """Each field of the view, with the clause that gives it."""
        return {leaf.path: (joint, leaf) for joint in self.joints for leaf in joint.dst}

    @cached_property
    def renames(self) -> Mapping[str, str]:
        """For each property of the view that is one of the source as it is, the name of that one."""
        return {
            joint.dst[0].path[0]: joint.src[0].path[0]
            for joint in self.joints
            if joint.chain is not None
            and not joint.chain.steps
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
    def parts(self) -> Mapping[str, Assembly]:
        """The properties of the view that are objects put together of fields."""
        return dict(self.seen.parts)

    def get(self, source: Any) -> dict[str, Any]:
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
            if isinstance(joint.clause, Bind):
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
            if isinstance(joint.clause, Bind):
                _written(joint, _back(joint, view, None), values)
            elif isinstance(joint.clause, Drop):
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

    def _put(
        self, joint: Joint, view: Any, source: Any, changes: dict[tuple[str, ...], Any]
    ) -> None:
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
            if not isinstance(joint.clause, Derive | Const):
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


def _written(joint: Joint, values: Values, found: dict[tuple[str, ...], Any]) -> None:
    """Store what was put; should the source not allow it, it is the view that was wrong."""
    for leaf, value in zip(joint.src, values, strict=True):
        try:
            found[leaf.path] = leaf.out(value)
        except Refused as error:
            error.reason = f"{dotted(leaf.path)} of the source: {error.reason}"
            raise Misplaced(joint.dst[0].path, error) from None


def _back(joint: Joint, view: Any, source: Any) -> Values:
    """The values of the source's fields, of the view's."""
    assert joint.chain is not None  # only for `Bind`
    values = _into(joint.dst, view)
    before = None
    if source is not None:
        before = _into(joint.src, source)
    try:
        return joint.chain.put(values, before)
    except Refused as error:
        raise Misplaced(joint.dst[0].path, error) from None
