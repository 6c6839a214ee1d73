"""Lenses one after another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from atdata_schema.batch import Batch, Columns
from atdata_schema.chained import InARow, merged, typed_as
from atdata_schema.errors import LensError, PutError
from atdata_schema.lenses.batches.leaf_columns import plain_values
from atdata_schema.lenses.batches.putting import create_columns, put_columns
from atdata_schema.lenses.batches.view import ViewColumns
from atdata_schema.lenses.lens import Lens, batch_of, merged_lens
from atdata_schema.lenses.program.clauses import Const, Derive
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.steps.body import Joint
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.laws import Class, ClauseLaws, Proof
from atdata_schema.lenses.steps.run import Readonly
from atdata_schema.schema import Schema

__all__ = ["Stages", "in_a_row"]

S = TypeVar("S")
V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")


class Stages(InARow[S, V, Lens[Any, Any]], Generic[S, V]):
    """Lenses one after another: `get` goes through all of them, `put` comes back through what each one saw."""

    @property
    def name(self) -> str:
        """The names of the lenses."""
        return "_then_".join(lens.name for lens in self.lenses)

    @property
    def schemas(self) -> tuple[Schema, Schema] | None:
        """The types at both ends with their documents, where they are at hand."""
        first, last = self.lenses[0].schemas, self.lenses[-1].schemas
        return None if first is None or last is None else (first[0], last[1])

    def typed(self, source_class: type[A] | None, view_class: type[B] | None) -> Stages[A, B]:
        """The same lenses, making objects of these classes; mappings where one is `None`."""
        first, *rest = self.lenses
        made = [first.typed(source_class, first.view_class), *rest]
        made[-1] = made[-1].typed(made[-1].source_class, view_class)
        return Stages(tuple(made))

    @cached_property
    def laws(self) -> ClauseLaws:
        """The laws of all of them together."""
        return in_a_row([lens.laws for lens in self.lenses])

    @property
    def kind(self) -> Class:
        """The class, by the laws."""
        return self.laws.kind

    def put(self, view: V, source: S, *, readonly: Readonly = "check") -> S:
        """The sample with a changed view written into it; the sample itself where nothing changed.

        Raises:
            PutError: no sample has this view. Nothing was written.
        """
        if not self.two_way:
            raise LensError(f"{self.name} is read-only")
        seen = self._taken(source)
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
        showing = self._showing(index)
        again = self.lenses[index].get(source) if showing else None
        for joint in showing:
            if not same(joint.view(again), joint.view(between)):
                raise self._computed(index, joint.dst[0].path)

    def _showing(self, index: int) -> list[Joint]:
        """The clauses of the next lens that show what a lens computes."""
        computed = {
            leaf.path
            for joint in self.lenses[index].clauses
            if isinstance(joint.clause, Derive | Const)
            for leaf in joint.dst
        }
        return [
            joint
            for joint in self.lenses[index + 1].clauses
            if joint.chain is not None and any(_meets(leaf.path, computed) for leaf in joint.src)
        ]

    def _computed(self, index: int, path: Path, row: int | None = None) -> PutError:
        reason = f"{dotted(path)} follows from what {self.lenses[index].name} computes"
        return PutError(reason, path, None, row)

    def get_batch(self, batch: Batch) -> Batch:
        """The batch of views, a column each time one is asked for.

        Raises:
            LensError: there is no class for views, or an extern has no code here.
        """
        return batch_of(self.view_class, self._seen(batch._source)[-1])

    def put_batch(self, view: Batch, source: Batch, *, readonly: Readonly = "check") -> Batch:
        """The batch of samples with changed views written into them.

        Raises:
            PutError: a view has no sample; it names the row. Nothing was written.
            LensError: the lens is read-only, there is no class for samples, or an extern has no code here.
        """
        if not self.two_way:
            raise LensError(f"{self.name} is read-only")
        seen = self._seen(source._source)
        made = view._source
        for index in range(len(self.lenses) - 1, -1, -1):
            between = made
            check = readonly if index == len(self.lenses) - 1 else "ignore"
            made = put_columns(self.lenses[index].body, between, seen[index], check)
            if readonly == "check" and index < len(self.lenses) - 1:
                self._shown_columns(index, between, made)
        return batch_of(self.source_class, made)

    def create_batch(self, view: Batch, *, readonly: Readonly = "check") -> Batch:
        """A batch of new samples with these views.

        Raises:
            PutError: a view has no sample; it names the row.
            LensError: one of the lenses cannot create, or there is no class for samples.
        """
        if not self.creates:
            raise LensError(f"{self.name} cannot create: one of its lenses cannot")
        made = view._source
        for index in range(len(self.lenses) - 1, -1, -1):
            between = made
            self.lenses[index].check_ready(back=True)
            check = readonly if index == len(self.lenses) - 1 else "ignore"
            lens = self.lenses[index]
            made = create_columns(lens.body, between, check, lens.source_class)
            if readonly == "check" and index < len(self.lenses) - 1:
                self._shown_columns(index, between, made)
        return batch_of(self.source_class, made)

    def _seen(self, source: Columns) -> list[Columns]:
        """The columns of the source, and those of each view."""
        seen: list[Columns] = [source]
        for lens in self.lenses:
            lens.check_ready()
            seen.append(ViewColumns(lens.body, seen[-1], lens.view_class))
        return seen

    def _shown_columns(self, index: int, between: Columns, made: Columns) -> None:
        """The same of a batch."""
        following, joints = self.lenses[index + 1].body, self._showing(index)
        if not joints:
            return
        again = ViewColumns(following, ViewColumns(self.lenses[index].body, made))
        given = ViewColumns(following, between)
        for leaf in (leaf for joint in joints for leaf in joint.dst):
            mine, theirs = (
                plain_values(leaf, each.column_of(leaf.path)) for each in (again, given)
            )
            for row, (a, b) in enumerate(zip(mine, theirs, strict=True)):
                if not same(a, b):
                    raise self._computed(index, leaf.path, row)

    def __repr__(self) -> str:
        return f"Stages({' | '.join(lens.name for lens in self.lenses)}, {self.kind})"


merged.register(Stages)(merged_lens)


@typed_as.register(Stages)
def _typed(
    lens: Stages[Any, Any], source_class: type[Any] | None, view_class: type[Any] | None
) -> Stages[Any, Any]:
    same = (lens.source_class, lens.view_class) == (source_class, view_class)
    return lens if same else lens.typed(source_class, view_class)


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
