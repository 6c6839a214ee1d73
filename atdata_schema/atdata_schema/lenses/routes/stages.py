"""Lenses one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar, cast

from atdata_schema.batch import Batch
from atdata_schema.errors import LensError, PutError
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.program.clauses import Const, Derive
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.laws import Class, ClauseLaws, Proof
from atdata_schema.lenses.steps.run import Readonly

__all__ = ["Stages", "in_a_row"]

S = TypeVar("S")
V = TypeVar("V")


class Stages(Generic[S, V]):
    """Lenses one after another: `get` goes through all of them, `put` comes back through what each one saw.

    Args:
        lenses: the lenses; the view of each is the source of the next.
    """

    def __init__(self, lenses: tuple[Lens[Any, Any], ...]) -> None:
        self.lenses: Final = lenses

    @property
    def name(self) -> str:
        """The names of the lenses."""
        return "_then_".join(lens.name for lens in self.lenses)

    @property
    def laws(self) -> ClauseLaws:
        """The laws of all of them together."""
        return in_a_row([lens.laws for lens in self.lenses])

    @property
    def kind(self) -> Class:
        """The class, by the laws."""
        return self.laws.kind

    @property
    def creates(self) -> bool:
        """Whether `create` makes a source of a view alone."""
        return all(lens.creates for lens in self.lenses)

    def get(self, source: S) -> V:
        """The view of a sample.

        Raises:
            GetError: it has none.
        """
        value: Any = source
        for lens in self.lenses:
            value = lens.get(value)
        return cast("V", value)

    def put(self, view: V, source: S, *, readonly: Readonly = "check") -> S:
        """The sample with a changed view written into it; the sample itself where nothing changed.

        Raises:
            PutError: no sample has this view. Nothing was written.
        """
        if not self.laws.two_way:
            raise LensError(f"{self.name} is read-only")
        seen: list[Any] = [source]
        for lens in self.lenses[:-1]:
            seen.append(lens.get(seen[-1]))
        value: Any = self.lenses[-1].put(view, seen[-1], readonly=readonly)
        for index in range(len(self.lenses) - 2, -1, -1):
            between = value
            value = self.lenses[index].put(between, seen[index], readonly="ignore")
            if readonly == "check":
                self._shown(index, between, value)
        return cast("S", value)

    def create(self, view: V, *, readonly: Readonly = "check") -> S:
        """A new sample with this view.

        Raises:
            PutError: no sample has this view.
            LensError: one of the lenses cannot create.
        """
        value: Any = self.lenses[-1].create(view, readonly=readonly)
        for index in range(len(self.lenses) - 2, -1, -1):
            between = value
            value = self.lenses[index].create(between, readonly="ignore")
            if readonly == "check":
                self._shown(index, between, value)
        return cast("S", value)

    def _shown(self, index: int, between: Any, source: Any) -> None:
        """Fields that a lens computes, where the next one shows them, are what was put there.

        Those that nobody shows may change: they follow from the rest.

        Raises:
            PutError: one is not.
        """
        lens, following = self.lenses[index], self.lenses[index + 1]
        computed = {
            leaf.path
            for joint in lens.clauses
            if isinstance(joint.clause, Derive | Const)
            for leaf in joint.dst
        }
        showing = [
            joint
            for joint in following.clauses
            if joint.chain is not None and any(_meets(leaf.path, computed) for leaf in joint.src)
        ]
        again = lens.get(source) if showing else None
        for joint in showing:
            if not same(joint.view(again), joint.view(between)):
                name = dotted(joint.dst[0].path)
                raise PutError(f"{name} follows from what {lens.name} computes", joint.dst[0].path)

    def get_batch(self, batch: Batch) -> Batch:
        """The batch of views."""
        for lens in self.lenses:
            batch = lens.get_batch(batch)
        return batch

    def __repr__(self) -> str:
        return f"Stages({' | '.join(lens.name for lens in self.lenses)}, {self.kind})"


def _meets(path: Path, others: set[Path]) -> bool:
    """Whether a field is one of others, a part of one, or has one as its part."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in others)


def in_a_row(laws: Sequence[ClauseLaws]) -> ClauseLaws:
    """The laws of lenses one after another: each holds where it does for all of them.

    What refutes it for one that is not the first need not be reached through the others, so it is not proved
    then, no more.
    """

    def every(proofs: Sequence[Proof]) -> Proof:
        if all(proof.holds for proof in proofs):
            tried = any(proof.how == "exhaustive" for proof in proofs)
            return Proof.tried() if tried else Proof.proved()
        example = next((proof.example for proof in proofs if not proof.holds), None)
        return Proof(None, "unproved", example)

    tolerances = [item.tolerance for item in laws if item.tolerance is not None]
    injective = every([item.injective for item in laws])
    if laws[0].injective.holds is False:
        injective = laws[0].injective
    return ClauseLaws(
        injective=injective,
        put_get=Proof.proved(),
        put_put=every([item.put_put for item in laws]),
        get_total=every([item.get_total for item in laws]),
        put_total=every([item.put_total for item in laws]),
        creates=all(item.creates for item in laws),
        asks=any(item.asks for item in laws),
        two_way=all(item.two_way for item in laws),
        tolerance="; ".join(tolerances) or None,
    )
