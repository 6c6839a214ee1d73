"""`each` and `with`: clauses inside a clause, for the objects of a list and for one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from atdata_schema.lenses.ops.site import Site, fail, single
from atdata_schema.lenses.program.argument_kinds import Kind
from atdata_schema.lenses.program.clauses import Block
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.program.printing import block_text
from atdata_schema.lenses.program.values import Value
from atdata_schema.lenses.steps.body import Body
from atdata_schema.lenses.steps.laws import ClauseLaws, StepLaws
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.steps.run import Run
from atdata_schema.lenses.steps.step import NOTHING, Growth, Step, Unary
from atdata_schema.lenses.types.lens_types import LensType, Many, Obj, bare

__all__ = ["Each", "With", "each", "with_"]

T = TypeVar("T")


class BlockKind(Kind[Block]):
    """A block. Its record form is made where clauses are."""

    def parse(self, value: Value) -> Block:
        raise ValueError("a block stands in curly brackets")

    def text(self, value: Block) -> str:
        return block_text(value)

    def record(self, value: Block) -> Any:
        raise TypeError("a block is written together with its clause")

    def of_record(self, obj: object) -> Block:
        raise TypeError("a block is read together with its clause")


@dataclass(frozen=True, slots=True, kw_only=True)
class Each(Op):
    """`each { x0 <-> xmin; drop score default 0.0; }`: the objects of a list, by position."""

    NAME: ClassVar[str] = "each"
    block: Block = arg(BlockKind())

    def __str__(self) -> str:
        return f"each {block_text(self.block)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class With(Op):
    """`with { street <-> st; }`: an object as another one."""

    NAME: ClassVar[str] = "with"
    block: Block = arg(BlockKind())

    def __str__(self) -> str:
        return f"with {block_text(self.block)}"


def each(op: Each, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a list of objects, for a list of objects of the view."""
    kind = single(op, takes)
    if not isinstance(kind, Many) or not isinstance(kind.items, Obj):
        fail(
            "LN201",
            f"each takes a list of objects, not {kind}",
            expected="a list of objects",
            actual=kind,
        )
    wanted = _wanted(op, site)
    if not isinstance(wanted, Many) or not isinstance(wanted.items, Obj):
        fail(
            "LN202", f"each leads to a list of objects, and the view has {wanted}", expected=wanted
        )
    body = site.block(op.block, kind.items, wanted.items)
    laws = _laws(body.laws, site.two_way)
    if body.laws.asks and site.two_way:
        # Elements are matched by position: what one hides is lost when the list becomes shorter.
        laws = replace(laws, forgets=True)
        site.warn(
            "LN245",
            "each keeps what the view hides by position: shortening the list and growing it again loses it",
            "put fields that must survive into the view",
        )
    if laws.put_fails is None and not body.laws.creates:
        laws = replace(laws, put_fails="a list that is longer than that of the source")
    gives = Many(wanted.items, kind.min_length, kind.max_length)
    return EachStep(
        op=Each(block=_canonical(body)),
        takes=takes,
        gives=(gives,),
        laws=laws,
        growth=_growth(body),
        body=body,
    )


def with_(op: With, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an object, for an object of the view."""
    kind = single(op, takes)
    if not isinstance(kind, Obj):
        fail("LN201", f"with takes an object, not {kind}", expected="an object", actual=kind)
    wanted = _wanted(op, site)
    if not isinstance(wanted, Obj):
        fail("LN202", f"with leads to an object, and the view has {wanted}", expected=wanted)
    body = site.block(op.block, kind, wanted)
    return WithStep(
        op=With(block=_canonical(body)),
        takes=takes,
        gives=(wanted,),
        laws=_laws(body.laws, site.two_way),
        growth=_growth(body),
        body=body,
    )


def _wanted(op: Op, site: Site) -> LensType:
    if site.wanted is None or len(site.wanted) != 1:
        fail("LN108", f"{op.NAME} is the last operator of a clause, for one field of the view")
    return bare(site.wanted[0])


def _canonical(body: Body) -> Block:
    return Block(tuple(joint.clause for joint in body.joints))


def _growth(body: Body) -> Growth:
    """An object of Python has names and headers: some bytes for each field, whatever the field holds."""
    return Growth(body.growth.factor + 16.0, body.growth.constant)


def _laws(laws: ClauseLaws, two_way: bool) -> StepLaws:
    """The laws of a block as those of an operator."""
    get_fails = None if laws.get_total.holds else laws.get_total.example or "some objects"
    put_fails = None if laws.put_total.holds else laws.put_total.example or "some objects"
    return StepLaws(
        injective=laws.injective.holds is True,
        exact=True,
        get_fails=get_fails,
        put_fails=put_fails,
        asks=laws.asks,
        forgets=laws.put_put.holds is not True,
        creates=laws.creates,
        two_way=laws.two_way,
        tolerance=laws.tolerance,
    )


def _placed(step: tuple[str | int, ...], make: Callable[[], T]) -> T:
    """What `make` gives; what it refuses is placed inside."""
    try:
        return make()
    except Misplaced as error:
        raise error.as_refused(*step) from None


@dataclass(frozen=True, kw_only=True)
class EachStep(Unary):
    """`each`."""

    body: Run[Any]
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        return [_placed((index,), partial(self.body.get, item)) for index, item in enumerate(value)]

    def again(self, value: Any, source: Any, n: int) -> Any:
        before = [] if source is NOTHING else source
        made: list[Any] = []
        for index, item in enumerate(value):
            if index < len(before):
                old = before[index]
                made.append(_placed((index,), partial(self.body.put, item, old)))
            elif self.body.creates:
                made.append(_placed((index,), partial(self.body.create, item)))
            else:
                reason = "it is new, and what the view hides of it has no default"
                raise Refused(reason, item, inside=(index,))
        return made


@dataclass(frozen=True, kw_only=True)
class WithStep(Unary):
    """`with`."""

    body: Run[Any]
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        return _placed((), partial(self.body.get, value))

    def again(self, value: Any, source: Any, n: int) -> Any:
        if source is NOTHING:
            return _placed((), partial(self.body.create, value))
        return _placed((), partial(self.body.put, value, source))
