"""The bases of compiled lenses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, NoReturn, TypeVar, cast

from atdata_schema.batch import Batch, batches_of
from atdata_schema.chained import Composable
from atdata_schema.errors import GetError, LensError, PutError
from atdata_schema.lenses.batches.putting import create_columns, put_columns
from atdata_schema.lenses.batches.view import ViewColumns
from atdata_schema.lenses.refusing import refused
from atdata_schema.lenses.steps.laws import Class
from atdata_schema.lenses.steps.objects import made_as
from atdata_schema.lenses.steps.refusals import Misplaced
from atdata_schema.lenses.steps.run import Readonly, Run, Way

__all__ = ["CompiledLens", "ReadOnlyLens"]

S = TypeVar("S")
V = TypeVar("V")
SB = TypeVar("SB", bound=Batch)
VB = TypeVar("VB", bound=Batch)


class CompiledLens(Composable[S, V], Generic[S, V, SB, VB]):
    """Samples of one class seen as another, by code that was compiled from a lens.

    It does what the interpreter does with the lens that it was compiled from, and refuses what that refuses.

    Attributes:
        name: the name of the lens in its file.
        source_class: the class that it looks at.
        view_class: the class that it gives.
        source_cid: the type CID of the source that it was checked against.
        view_cid: the same of the view.
        cid: the CID of what the lens says.
        kind: its class, by its laws.
        two_way: whether `put` exists.
        creates: whether `create` exists.
        renames: for each property of the view that is one of the source, unchanged, the name of that one.
        clauses: the clauses, ready to run.
    """

    name: str
    source_class: type[S]
    view_class: type[V]
    source_cid: ClassVar[str]
    view_cid: ClassVar[str]
    cid: ClassVar[str]
    kind: ClassVar[Class]
    two_way: bool
    creates: bool
    renames: Mapping[str, str]
    clauses: ClassVar[Run[Way]]

    __slots__ = ()

    def get(self, source: S, /) -> V:
        """The view of a sample. Arrays are views of the sample's memory where they can be.

        Raises:
            GetError: it has none: the field of the sample, and why.
        """
        try:
            return cast("V", made_as(self.view_class, self.clauses.get(source)))
        except Misplaced as error:
            raise refused(GetError, error) from None

    def put(self, view: V, source: S, /, *, readonly: Readonly = "check") -> S:
        """The sample with a changed view written into it; the sample itself where nothing changed.

        Args:
            view: the view, changed or not.
            source: the sample that it is of. It is not changed.
            readonly: `ignore` passes changes of computed fields over, in place of refusing them.

        Raises:
            PutError: no sample has this view: the field, the value and why. Nothing was written.
            LensError: the lens is read-only.
        """
        self._check_back()
        try:
            made = self.clauses.put(view, source, readonly)
            return source if made is source else cast("S", made_as(self.source_class, made))
        except Misplaced as error:
            raise refused(PutError, error) from None

    def create(self, view: V, /, *, readonly: Readonly = "check") -> S:
        """A new sample with this view; what the view does not show has its default.

        Raises:
            PutError: no sample has this view.
            LensError: something that the view does not show has no default, or the lens is read-only.
        """
        self._check_back()
        self._check_creates()
        try:
            return cast("S", made_as(self.source_class, self.clauses.create(view, readonly)))
        except Misplaced as error:
            raise refused(PutError, error) from None

    def get_batch(self, batch: SB, /) -> VB:
        """The batch of views, a column each time one is asked for. Arrays are views of the batch's where they can be.

        Raises:
            GetError: a sample has no view; it names the row. Columns raise it, when they are asked for.
        """
        columns = ViewColumns(self.clauses, batch._source, self.view_class)
        return cast("VB", batches_of(self.view_class)(columns))

    def put_batch(self, view: VB, source: SB, /, *, readonly: Readonly = "check") -> SB:
        """The batch of samples with changed views written into them.

        Raises:
            PutError: a view has no sample; it names the row. Nothing was written.
            LensError: the lens is read-only.
        """
        self._check_back()
        made = put_columns(self.clauses, view._source, source._source, readonly)
        return cast("SB", batches_of(self.source_class)(made))

    def create_batch(self, view: VB, /, *, readonly: Readonly = "check") -> SB:
        """A batch of new samples with these views.

        Raises:
            PutError: a view has no sample; it names the row.
            LensError: the lens cannot create.
        """
        self._check_back()
        self._check_creates()
        made = create_columns(self.clauses, view._source, readonly, self.source_class)
        return cast("SB", batches_of(self.source_class)(made))

    def _check_back(self) -> None:
        if not self.two_way:
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise LensError(f"{self.name} is read-only: none of its clauses is two-way (`<->`)")

    def _check_creates(self) -> None:
        if not self.creates:
            raise LensError(f"{self.name} cannot create: something that it hides has no default")

    def __repr__(self) -> str:
        source: Any = self.source_class
        view: Any = self.view_class
        return f"{type(self).__name__}({source.TYPE} -> {view.TYPE}, {self.kind})"


class ReadOnlyLens(CompiledLens[S, V, SB, VB]):
    """A compiled lens without a way back."""

    __slots__ = ()

    def put(self, view: V, source: S, /, *, readonly: Readonly = "check") -> NoReturn:
        """Refuse: there is no way back.

        Raises:
            LensError: always.
        """
        self._refuse()

    def create(self, view: V, /, *, readonly: Readonly = "check") -> NoReturn:
        """Refuse: there is no way back.

        Raises:
            LensError: always.
        """
        self._refuse()

    def put_batch(self, view: VB, source: SB, /, *, readonly: Readonly = "check") -> NoReturn:
        """Refuse: there is no way back.

        Raises:
            LensError: always.
        """
        self._refuse()

    def create_batch(self, view: VB, /, *, readonly: Readonly = "check") -> NoReturn:
        """Refuse: there is no way back.

        Raises:
            LensError: always.
        """
        self._refuse()
