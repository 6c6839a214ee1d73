"""A lens that was checked: it sees samples of one type as another, and writes changes back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, Final, Generic, TypeVar, cast

from atdata_schema.batch import Batch, Columns, DynamicBatch, batches_of
from atdata_schema.chained import Composable, merged, typed_as
from atdata_schema.errors import GetError, LensError, PutError
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import bare
from atdata_schema.lens import ComposableLens, SampleLens
from atdata_schema.lenses.batches.given import GivenColumns
from atdata_schema.lenses.batches.putting import create_columns, put_columns
from atdata_schema.lenses.batches.view import ViewColumns
from atdata_schema.lenses.program.clauses import Program
from atdata_schema.lenses.record import cid_of
from atdata_schema.lenses.refusing import refused
from atdata_schema.lenses.steps.body import Body, Joint
from atdata_schema.lenses.steps.laws import WORDS, Class, ClauseLaws, Proof
from atdata_schema.lenses.steps.objects import made_as
from atdata_schema.lenses.steps.refusals import Misplaced
from atdata_schema.lenses.steps.run import Readonly
from atdata_schema.lenses.steps.step import Growth
from atdata_schema.schema import Schema

__all__ = ["Lens", "batch_of", "edited", "merged_lens"]

_TOLD: Final = 16_000
"""Characters of a tolerance that a record tells."""

S = TypeVar("S")
V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")


class Lens(Composable[S, V], Generic[S, V]):
    """A lens between two types of samples. `check` makes it; nothing is looked up or compiled when it runs.

    Samples are objects of the classes that were given, or mappings from property names to values.

    Args:
        program: the lens in canonical form.
        body: its clauses, ready to run.
        externs: the code of the externs.
        missing: the externs that have none here.
        source_class: the class that `put` and `create` make; without one, mappings.
        view_class: the class that `get` makes.
        schemas: its two types with their documents, where they are at hand.
    """

    def __init__(
        self,
        program: Program,
        body: Body,
        *,
        externs: Mapping[str, Any] | None = None,
        missing: tuple[str, ...] = (),
        source_class: type[S] | None = None,
        view_class: type[V] | None = None,
        schemas: tuple[Schema, Schema] | None = None,
    ) -> None:
        self.program: Final = program
        self.body: Final = body
        self.externs: Final[Mapping[str, Any]] = dict(externs or {})
        self.missing: Final = missing
        self.source_class: Final = source_class
        self.view_class: Final = view_class
        self.schemas: Final = schemas

    @property
    def name(self) -> str:
        """Its name in its file."""
        return self.program.name

    @cached_property
    def cid(self) -> str:
        """The CID of what it says: equal lenses between equal types have one, whatever they are called."""
        return cid_of(self.program)

    @property
    def clauses(self) -> tuple[Joint, ...]:
        """Its clauses in canonical order, with their types and laws."""
        return self.body.joints

    @property
    def laws(self) -> ClauseLaws:
        """The laws of all clauses together."""
        return self.body.laws

    @property
    def kind(self) -> Class:
        """Its class, by the laws."""
        return self.laws.kind

    @property
    def word(self) -> str:
        """Its class in words: lossless, keeps the original, approximate, read-only."""
        return WORDS[self.kind]

    @property
    def creates(self) -> bool:
        """Whether `create` makes a source of a view alone."""
        return self.laws.creates and self.laws.two_way

    @property
    def two_way(self) -> bool:
        """Whether `put` exists."""
        return self.laws.two_way

    @property
    def renames(self) -> Mapping[str, str]:
        """For each property of the view that is one of the source, unchanged, the name of that one."""
        return self.body.renames

    @property
    def growth(self) -> Growth:
        """How much memory it may make, known before any data is touched."""
        return self.body.growth

    @property
    def claims(self) -> dict[str, Any]:
        """What a record may say of it; whoever reads the record computes it again."""
        laws = self.laws
        made = {
            "class": self.kind,
            "getPut": "exact",
            "putGet": "exact" if laws.tolerance is None else "within",
            "putPut": _claim(laws.put_put),
            "create": self.creates,
        }
        return made if laws.tolerance is None else made | {"tolerance": laws.tolerance[:_TOLD]}

    def typed(self, source_class: type[A] | None, view_class: type[B] | None) -> Lens[A, B]:
        """The same lens, making objects of these classes; mappings where one is `None`."""
        return Lens(
            self.program,
            self.body,
            externs=self.externs,
            missing=self.missing,
            source_class=source_class,
            view_class=view_class,
            schemas=self.schemas,
        )

    def get(self, source: S) -> V:
        """The view of a sample. Arrays are views of the sample's memory where they can be.

        Raises:
            GetError: it has none: the field of the sample, and why.
            LensError: an extern has no code here.
        """
        self.check_ready()
        try:
            return cast("V", made_as(self.view_class, self.body.get(source)))
        except Misplaced as error:
            raise refused(GetError, error) from None

    def put(self, view: V, source: S, *, readonly: Readonly = "check") -> S:
        """The sample with a changed view written into it; the sample itself where nothing changed.

        Args:
            view: the view, changed or not.
            source: the sample that it is of. It is not changed.
            readonly: `ignore` passes changes of computed fields over, in place of refusing them.

        Raises:
            PutError: no sample has this view: the field, the value and why. Nothing was written.
            LensError: the lens is read-only, or an extern has no code here.
        """
        self.check_ready(back=True)
        try:
            made = self.body.put(view, source, readonly)
            return source if made is source else cast("S", made_as(self.source_class, made))
        except Misplaced as error:
            raise refused(PutError, error) from None

    def create(self, view: V, *, readonly: Readonly = "check") -> S:
        """A new sample with this view; what the view does not show has its default.

        Raises:
            PutError: no sample has this view.
            LensError: something that the view does not show has no default, or the lens is read-only.
        """
        self.check_ready(back=True)
        if not self.creates:
            raise LensError(f"{self.name} cannot create: {self._uncreated()}")
        try:
            return cast("S", made_as(self.source_class, self.body.create(view, readonly)))
        except Misplaced as error:
            raise refused(PutError, error) from None

    def get_batch(self, batch: Batch) -> Batch:
        """The batch of views, a column each time one is asked for. Arrays are views of the batch's where they can be.

        Raises:
            LensError: the lens has no class for views, or an extern has no code here.
        """
        self.check_ready()
        return batch_of(self.view_class, ViewColumns(self.body, batch._source, self.view_class))

    def put_batch(self, view: Batch, source: Batch, *, readonly: Readonly = "check") -> Batch:
        """The batch of samples with changed views written into them; see `edited` for how to change them.

        Raises:
            PutError: a view has no sample; it names the row. Nothing was written.
            LensError: the lens is read-only, has no class for samples, or an extern has no code here.
        """
        self.check_ready(back=True)
        made = put_columns(self.body, view._source, source._source, readonly)
        return batch_of(self.source_class, made)

    def create_batch(self, view: Batch, *, readonly: Readonly = "check") -> Batch:
        """A batch of new samples with these views.

        Raises:
            PutError: a view has no sample; it names the row.
            LensError: the lens cannot create, has no class for samples, or an extern has no code here.
        """
        self.check_ready(back=True)
        if not self.creates:
            raise LensError(f"{self.name} cannot create: {self._uncreated()}")
        made = create_columns(self.body, view._source, readonly, self.source_class)
        return batch_of(self.source_class, made)

    def check_ready(self, *, back: bool = False) -> None:
        """Refuse to run without the code of an extern, or backwards where there is no way back.

        Raises:
            LensError: so it is.
        """
        if self.missing:
            names = ", ".join(self.missing)
            raise LensError(f"{self.name} needs the code of {names}; give it to check(externs=...)")
        if back and not self.laws.two_way:
            raise LensError(f"{self.name} is read-only: none of its clauses is two-way (`<->`)")

    def _uncreated(self) -> str:
        for joint in self.clauses:
            if not joint.creates:
                return (
                    f"{'.'.join(joint.src[0].path)} is dropped without a default; add `default ...`"
                )
            if joint.laws.two_way and not joint.laws.creates:
                path = ".".join(joint.dst[0].path)
                return f"{path} shows a part of what it reads, and nothing says what the rest is"
        return "it has no way back"

    def __repr__(self) -> str:
        source, view = self.program.source.id, self.program.view.id
        return f"Lens({self.name!r}, {source} -> {view}, {self.kind})"


@typed_as.register(Lens)
def _typed(
    lens: Lens[Any, Any], source_class: type[Any] | None, view_class: type[Any] | None
) -> Lens[Any, Any]:
    same = (lens.source_class, lens.view_class) == (source_class, view_class)
    return lens if same else lens.typed(source_class, view_class)


@merged.register(Lens)
def merged_lens(first: Any, second: SampleLens[Any, Any]) -> ComposableLens[Any, Any] | None:
    """A lens of the language and another one behind it as one, where that is exact."""
    # By its name: what composes lenses is made of them itself, and only who composes needs it.
    composing = import_module("atdata_schema.lenses.routes.composing")
    return cast("ComposableLens[Any, Any] | None", composing.in_one(first, second))


def _claim(proof: Proof) -> str:
    return "exact" if proof.holds else "fails" if proof.holds is False else "unproved"


def batch_of(cls: type[Any] | None, columns: Columns) -> Batch:
    """The batch of a class over columns.

    Raises:
        LensError: there is no class.
    """
    if cls is None:
        raise LensError("a batch is of a class; give the classes: lens.typed(Source, View)")
    return batches_of(cls)(columns)


def edited(batch: Batch, columns: Mapping[str, Any]) -> Batch:
    """A batch with other columns, by property name: arrays of all rows, or lists of values.

    The batch itself stays as it is.
    """
    fields = batch._codecs()
    for name in columns:
        if name not in fields:
            raise LensError(f"the batch has no column {name!r}; it has {', '.join(fields)}")
        if len(columns[name]) != len(batch):
            raise LensError(f"{name!r} has {len(columns[name])} rows, the batch {len(batch)}")
    scalars = frozenset(
        name
        for name in fields
        if isinstance(bare(fields[name]), Integer | Float32 | Float64 | Boolean)
    )
    source = GivenColumns(columns, batch.keys, batch._source, scalars)
    if isinstance(batch, DynamicBatch):
        return DynamicBatch(source, fields, batch._owner)
    return type(batch)(source)
