"""Lenses as ways between types, and the best way from one type to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, Final, Literal, TypeAlias, cast

from atdata_schema.chained import then, type_of
from atdata_schema.errors import AmbiguousLensPath, LensError, NoLensPath
from atdata_schema.lens import SampleLens
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.limits import MAX_HOPS
from atdata_schema.lenses.program.printing import clause_text
from atdata_schema.lenses.routes.backward import Backward
from atdata_schema.lenses.routes.composing import compose
from atdata_schema.lenses.routes.costs import FREE, Cost, cost_of
from atdata_schema.lenses.routes.stages import Stages

__all__ = ["Graph", "Hop", "Pins", "Route", "Trust"]

Trust: TypeAlias = Callable[[Any], int | None]
"""How far a lens is trusted: 0 most, larger less; `None` not at all, so that it is never a way."""

Pins: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""From the CIDs of two types to the lenses that lead from one to the other: their CIDs, or names of those without."""

_MOST_ROUTES: Final = 32


@dataclass(frozen=True)
class Hop:
    """One lens of a way, forwards, or backwards by what it creates.

    Attributes:
        lens: the lens: one of the language, or any other between classes with schemas.
        direction: `get` from its source to its view, `create` from its view to its source.
        cost: what the hop costs.
    """

    lens: Any
    direction: Literal["get", "create"]
    cost: Cost

    @cached_property
    def start(self) -> str:
        """The CID of the type that it begins at."""
        return self._type("source" if self.direction == "get" else "view")[1]

    @cached_property
    def end(self) -> str:
        """The CID of the type that it leads to."""
        return self._type("view" if self.direction == "get" else "source")[1]

    @cached_property
    def target(self) -> str:
        """The name of the type that it leads to."""
        return self._type("view" if self.direction == "get" else "source")[0]

    @property
    def pin(self) -> str:
        """What a pin calls the lens: its CID, or its name where it has none."""
        return _cid(self.lens) or str(self.lens.name)

    @property
    def one(self) -> SampleLens[Any, Any]:
        """The hop as a lens that goes forwards."""
        return (
            cast("SampleLens[Any, Any]", self.lens)
            if self.direction == "get"
            else Backward(self.lens)
        )

    def _type(self, end: Literal["source", "view"]) -> tuple[str, str]:
        found = type_of(self.lens, end)
        if found is None:
            raise LensError(f"{self.lens.name} leads between types without a schema: it is no way")
        return found

    def __str__(self) -> str:
        return self.lens.name if self.direction == "get" else f"create by {self.lens.name}"


@dataclass(frozen=True)
class Route:
    """A way between two types.

    Attributes:
        hops: its lenses, in order; none where both are one type.
    """

    hops: tuple[Hop, ...]

    @property
    def cost(self) -> Cost:
        """What all hops cost together."""
        return sum((hop.cost for hop in self.hops), FREE)

    @cached_property
    def lens(self) -> Lens[Any, Any] | Stages[Any, Any] | None:
        """All of it as one lens of the language; `None` where a hop goes backwards or is code, or there is none."""
        lenses = [hop.lens for hop in self.hops if isinstance(hop.lens, Lens | Stages)]
        if len(lenses) < max(len(self.hops), 1) or any(
            hop.direction == "create" for hop in self.hops
        ):
            return None
        return compose(*(part for lens in lenses for part in _stages(lens)))

    @cached_property
    def one(self) -> SampleLens[Any, Any] | None:
        """All of it as one lens, for reading only where a hop goes backwards; `None` where there is no hop."""
        if not self.hops:
            return None
        return self.lens or reduce(then, (hop.one for hop in self.hops))

    @cached_property
    def form(self) -> tuple[str, ...]:
        """What tells it from others: the CID of its normal form, or those of its stages."""
        lens = self.lens
        if isinstance(lens, Lens):
            return (lens.cid,)
        if isinstance(lens, Stages):
            return tuple(stage.cid for stage in lens.lenses)
        # Code is what it is: of two functions nobody can tell that they do the same.
        return tuple(
            f"{hop.direction}:{_cid(hop.lens) or f'{hop.lens.name} {id(hop.lens)}'}"
            for hop in self.hops
        )

    def get(self, sample: Any) -> Any:
        """The sample as one of the type at the end.

        Raises:
            GetError: it has none.
            PutError: a hop backwards refuses it.
        """
        for hop in self.hops:
            sample = hop.lens.get(sample) if hop.direction == "get" else hop.lens.create(sample)
        return sample

    def explain(self) -> str:
        """What each hop costs, and by which fields."""
        lines = [f"{self}: {self.cost}"]
        for hop in self.hops:
            lines.append(f"  {hop} -> {hop.target}: {hop.cost}")
            lines += [f"    {reason}" for reason in hop.cost.reasons]
        return "\n".join(lines)

    def __str__(self) -> str:
        return " | ".join(map(str, self.hops)) or "the same type"


class Graph:
    """Lenses between types, which are told apart by their CIDs.

    Args:
        lenses: the lenses; those that are code lead between classes with schemas. Of equal ones, the first counts; the order decides nothing else.
        trust: how far each is trusted; without it all are, alike.
        pins: ways that were chosen for good.
    """

    def __init__(
        self,
        lenses: Iterable[SampleLens[Any, Any]],
        *,
        trust: Trust | None = None,
        pins: Pins | None = None,
    ) -> None:
        self._pins = dict(pins or {})
        self._lenses: dict[str | int, SampleLens[Any, Any]] = {}
        self._from: dict[str, list[Hop]] = {}
        for lens in lenses:
            rank = 0 if trust is None else trust(lens)
            if rank is None:
                continue
            if self._lenses.setdefault(_cid(lens) or id(lens), lens) is lens:
                self._add(lens, rank)

    def _add(self, lens: SampleLens[Any, Any], rank: int) -> None:
        hops = [Hop(lens, "get", cost_of(lens, "get", rank))]
        if lens.creates:
            hops.append(Hop(lens, "create", cost_of(lens, "create", rank)))
        for hop in hops:
            self._from.setdefault(hop.start, []).append(hop)

    def route(self, source: str, view: str) -> Route:
        """The best way from one type to another.

        Less trust, fields that may refuse, fields made up, fields lost, fields approximated and hops count, in
        this order.

        Args:
            source: the CID of the type to begin at.
            view: the CID of the type to come to.

        Raises:
            NoLensPath: there is none of at most six hops.
            AmbiguousLensPath: several are equally good, and do not do the same; pin one of them.
        """
        if source == view:
            return Route(())
        pinned = self._pins.get((source, view))
        if pinned is not None:
            return self._pinned(source, view, pinned)
        found = self._cheapest(source, view)
        if not found:
            raise NoLensPath(self._lost(source, view))
        different = list({route.form: route for route in found}.values())
        if len(different) > 1:
            raise AmbiguousLensPath(
                f"{len(different)} ways are equally good, and do not do the same; pin one of them",
                _candidates(different),
            )
        return min(found, key=str)  # all of them do the same

    def into(self, view: str) -> list[Hop]:
        """The single lenses that lead to a type, the cheapest first; of equal ones in order of their pins.

        Args:
            view: the CID of the type.
        """
        hops = [hop for hops in self._from.values() for hop in hops if hop.end == view]
        return sorted(hops, key=lambda hop: (hop.cost.rank, hop.pin))

    def _cheapest(self, source: str, view: str) -> list[Route]:
        """All ways of the least cost, by the number of hops; costs only grow along a way."""
        layer: dict[str, tuple[Cost, list[tuple[Hop, ...]]]] = {source: (FREE, [()])}
        best: list[Route] = []
        for _ in range(MAX_HOPS):
            following: dict[str, tuple[Cost, list[tuple[Hop, ...]]]] = {}
            for node, (cost, ways) in layer.items():
                for hop in self._from.get(node, ()):
                    _extend(following, hop, cost + hop.cost, ways)
            layer = following
            if view in layer:
                cost, ways = layer[view]
                if not best or cost.rank < best[0].cost.rank:
                    best = [Route(way) for way in ways]
        return best

    def _pinned(self, source: str, view: str, cids: Sequence[str]) -> Route:
        """The way that was pinned, held against the lenses that are there."""
        at, hops = source, list[Hop]()
        for cid in cids:
            hop = next((hop for hop in self._from.get(at, ()) if hop.pin == cid), None)
            if hop is None:
                raise LensError(
                    f"the pinned way from {source} to {view} needs the lens {cid}, which is not here"
                )
            hops.append(hop)
            at = hop.end
        if at != view:
            raise LensError(f"the pinned way from {source} leads to {at}, not to {view}")
        return Route(tuple(hops))

    def _lost(self, source: str, view: str) -> str:
        there = {hop.target for hop in self._from.get(source, ())}
        ends = {hop.end for hops in self._from.values() for hop in hops}
        said = f"no lenses lead from {source} to {view} in at most {MAX_HOPS} hops"
        if not there:
            return f"{said}: none begins at the first"
        if view not in ends:
            return f"{said}: none leads to the second"
        return f"{said}; from the first there are ways to {', '.join(sorted(there))}"


def _cid(lens: Any) -> str | None:
    """The CID of a lens; `None` of one that is code."""
    cid = getattr(lens, "cid", None)
    return cid if isinstance(cid, str) else None


def _stages(lens: Lens[Any, Any] | Stages[Any, Any]) -> tuple[Lens[Any, Any], ...]:
    return lens.lenses if isinstance(lens, Stages) else (lens,)


def _extend(
    layer: dict[str, tuple[Cost, list[tuple[Hop, ...]]]],
    hop: Hop,
    cost: Cost,
    ways: list[tuple[Hop, ...]],
) -> None:
    """Take the ways over one more hop, where none is cheaper."""
    known = layer.get(hop.end)
    if known is None or cost.rank < known[0].rank:
        layer[hop.end] = (cost, [(*way, hop) for way in ways[:_MOST_ROUTES]])
    elif cost.rank == known[0].rank:
        room = _MOST_ROUTES - len(known[1])
        known[1].extend((*way, hop) for way in ways[: max(room, 0)])


def _candidates(routes: list[Route]) -> list[str]:
    """Each way, its cost, and the clauses that not all of them have."""
    texts: list[set[str]] = []
    for route in routes:
        lens = route.lens
        clauses = lens.program.clauses if isinstance(lens, Lens) else ()
        texts.append({clause_text(clause) for clause in clauses})
    shared = set[str].intersection(*texts) if all(texts) else set[str]()
    lines: list[str] = []
    for route, own in zip(routes, texts, strict=True):
        lines.append(f"  {route} ({route.cost}; pin {', '.join(hop.pin for hop in route.hops)})")
        lines += [f"    {text}" for text in sorted(own - shared)[:12]]
    return lines
