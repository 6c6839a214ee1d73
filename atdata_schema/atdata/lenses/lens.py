"""A lens that is written in Python: functions there and back, held against the laws."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, Final, Generic, TypeVar, cast, overload

from atdata.errors import say_where
from atdata.lenses.ends import Ends, ends_of, parameters_of, shown
from atdata.samples.annotations import Scope
from atdata_schema.batch import Batch
from atdata_schema.chained import Composable
from atdata_schema.errors import GetError, LensError, PutError

__all__ = ["Lens"]

S = TypeVar("S")
V = TypeVar("V")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Lens(Composable[S, V], Generic[S, V]):
    """Samples of one class seen as another by functions of Python; `@atdata.lens` makes it.

    A view that is put back unchanged gives the sample itself. After any other put the lens looks again: where it
    does not see what was put, the put is refused, since the putter has lost it.

    Args:
        getter: gives the view of a sample.
        scope: the names where it was decorated, for annotations that are texts.
    """

    def __init__(self, getter: Callable[[S], V], scope: Scope) -> None:
        self._getter: Final = getter
        self._scope: Scope | None = scope
        self._putter: Callable[[V, S], S] | None = None
        self._creator: Callable[[V], S] | None = None
        self._batch: Callable[[Any], Any] | None = None
        self._slack = (0.0, 0.0)
        self._ends: Ends | None = ends_of(getter, scope)
        self.__module__ = getter.__module__
        self.__qualname__: str = getattr(getter, "__qualname__", type(getter).__qualname__)
        self.__doc__ = getter.__doc__
        self.__wrapped__ = getter
        if self._ends is not None:
            self._settle(self._ends)

    @overload
    def putter(self, fn: Callable[[V, S], S], /) -> Callable[[V, S], S]: ...
    @overload
    def putter(
        self, *, rtol: float = 0.0, atol: float = 0.0
    ) -> Callable[[Callable[[V, S], S]], Callable[[V, S], S]]: ...
    def putter(
        self, fn: Callable[[V, S], S] | None = None, *, rtol: float = 0.0, atol: float = 0.0
    ) -> Any:
        """Take a function `(view, source) -> source` as the way back.

        Args:
            fn: the function, where the decorator stands without parentheses.
            rtol: how far floats of the view may be off after a put, as a part of the value. Without it they
                have to be the same, bit by bit.
            atol: how far they may be off at least.

        Raises:
            LensError: there is one already, or it takes other parameters.
        """

        def take(given: Callable[[V, S], S]) -> Callable[[V, S], S]:
            parameters_of(given, ["view", "source"], "the putter")
            self._free(self._putter, "putter")
            self._putter, self._slack = given, (rtol, atol)
            return given

        return take if fn is None else take(fn)

    def creator(self, fn: Callable[[V], S], /) -> Callable[[V], S]:
        """Take a function `(view) -> source` that makes a sample of a view alone.

        Raises:
            LensError: there is one already, or it takes other parameters.
        """
        parameters_of(fn, ["view"], "the creator")
        self._free(self._creator, "creator")
        self._creator = fn
        return fn

    def batch(self, fn: F, /) -> F:
        """Take a function that gives the view of a whole batch.

        It is given a batch of the source, and returns a dict with the columns of the view, or a batch of it.
        It has to give what the lens gives for each sample; that is not checked.

        Raises:
            LensError: there is one already, or it takes other parameters.
        """
        parameters_of(fn, ["batch"], "the batch form")
        self._free(self._batch, "batch form")
        self._batch = fn
        return fn

    @property
    def name(self) -> str:
        """The name of the function."""
        return shown(self._getter)

    @property
    def source_class(self) -> type[S]:
        """The class of the samples that it reads.

        Raises:
            LensError: the annotation names something that does not exist, or is no sample class.
        """
        return self._resolved().source

    @property
    def view_class(self) -> type[V]:
        """The class of the samples that it gives.

        Raises:
            LensError: the annotation names something that does not exist, or is no sample class.
        """
        return self._resolved().view

    @property
    def two_way(self) -> bool:
        """Whether it has a putter."""
        return self._putter is not None

    @property
    def creates(self) -> bool:
        """Whether it has a creator."""
        return self._creator is not None

    @property
    def renames(self) -> Mapping[str, str]:
        """Nothing: what a function does with a property is not known."""
        return {}

    def __call__(self, source: S, /) -> V:
        """The view of a sample, as `get` gives it."""
        return self.get(source)

    def get(self, source: S, /) -> V:
        """The view of a sample.

        Raises:
            LensError: the function returns something else.
        """
        return self._made("the lens", self.view_class, self._getter(source))

    def put(self, view: V, source: S, /) -> S:
        """The sample with a changed view written into it; the sample itself where nothing changed.

        Raises:
            PutError: what was put is not what is seen then: the field, the value and what is seen.
            LensError: the lens is read-only, or its putter returns something else than a sample.
        """
        from atdata.lenses.laws import Slack, check_seen, seen_already

        if self._putter is None:
            raise LensError(
                f"{self.name} is read-only: it has no putter; write one, @{self.name}.putter above "
                f"def _(view: {_name(self.view_class)}, source: {_name(self.source_class)})"
            )
        if seen_already(view, source, self.get):
            return source
        made = self._made("the putter of", self.source_class, self._putter(view, source))
        check_seen(self.name, view, self.get(made), Slack(*self._slack))
        return made

    def create(self, view: V, /) -> S:
        """A new sample with this view.

        Raises:
            PutError: what was put is not what is seen then.
            LensError: the lens has no creator, or it returns something else than a sample.
        """
        from atdata.lenses.laws import Slack, check_seen

        if self._creator is None:
            raise LensError(
                f"{self.name} cannot create: it has no creator; write one, @{self.name}.creator above "
                f"def _(view: {_name(self.view_class)})"
            )
        made = self._made("the creator of", self.source_class, self._creator(view))
        check_seen(self.name, view, self.get(made), Slack(*self._slack))
        return made

    def get_batch(self, batch: Any, /) -> Batch:
        """The batch of views: by the batch form at once, else sample by sample.

        Raises:
            GetError: a sample has no view; it names the row.
            LensError: the batch form returns other columns than the view has.
        """
        if self._batch is None:
            return self._rows(self.get, self.view_class, batch.keys, batch.samples())
        made = self._batch(batch)
        if isinstance(made, Batch):
            return made
        from atdata.lenses.given_columns import batch_from

        return batch_from(f"the batch form of {self.name}", self.view_class, made, batch.keys)

    def put_batch(self, view: Any, source: Any, /) -> Batch:
        """The batch of samples with changed views written into them.

        Raises:
            PutError: a view has no sample; it names the row. Nothing was written.
            LensError: the lens is read-only.
        """
        if len(view) != len(source):
            raise PutError(f"{len(view)} views for {len(source)} samples; each sample has one")
        pairs = zip(view.samples(), source.samples(), strict=True)
        return self._rows(lambda pair: self.put(*pair), self.source_class, source.keys, pairs)

    def create_batch(self, view: Any, /) -> Batch:
        """A batch of new samples with these views.

        Raises:
            PutError: a view has no sample; it names the row.
            LensError: the lens cannot create.
        """
        return self._rows(self.create, self.source_class, view.keys, view.samples())

    def _rows(
        self, fn: Callable[[Any], Any], cls: Any, keys: list[str], items: Iterable[Any]
    ) -> Batch:
        made: list[Any] = []
        for item in items:
            try:
                made.append(fn(item))
            except (GetError, PutError) as error:
                error.row = len(made)
                say_where(error, f"key {keys[error.row]!r}")
                raise
            except Exception as error:
                error.add_note(f"in {self.name}, at the sample with the key {keys[len(made)]!r}")
                raise
        return cast("Batch", cls.collate(made, keys))

    def _made(self, what: str, cls: type[T], made: object) -> T:
        if not isinstance(made, cls):
            got = "None" if made is None else f"a {type(made).__name__}"
            raise LensError(f"{what} {self.name} returned {got}: return a {_name(cls)}")
        return made

    def _free(self, there: object, what: str) -> None:
        if there is not None:
            raise LensError(f"{self.name} has a {what} already: {shown(there)}; a lens has one")

    def _resolved(self) -> Ends:
        """The classes; annotations that named what did not exist yet are read again."""
        if self._ends is None:
            assert self._scope is not None  # it goes when the classes are known
            self._ends = ends_of(self._getter, self._scope)
            if self._ends is None:
                raise LensError(
                    f"the annotations of {self.name} name something that does not exist where it stands: "
                    "define or import the sample classes there, not only under TYPE_CHECKING"
                )
            self._settle(self._ends)
        return self._ends

    def _settle(self, ends: Ends) -> None:
        """Refuse what only a typed class can be; the names around the function are needed no longer."""
        self._scope = None
        if not hasattr(ends.view, "FIELDS"):
            raise LensError(
                f"{self.name} gives {_name(ends.view)}, which has no fields: give a typed sample class"
            )

    def __reduce__(self) -> str:
        found: Any = sys.modules.get(self.__module__)
        path = self.__qualname__.split(".")
        if reduce(lambda place, name: getattr(place, name, None), path, found) is not self:
            raise pickle.PicklingError(
                f"the lens {self.name} cannot be pickled: it is not to be found as {self.__module__}."
                f"{self.__qualname__}; define it at the top of a module"
            )
        return str(self.__qualname__)

    def __repr__(self) -> str:
        ends = self._ends
        way = "" if ends is None else f" {_name(ends.source)} -> {_name(ends.view)}"
        return f"<lens {self.name}:{way}{'' if self.two_way else ', read-only'}>"


def _name(cls: type[Any]) -> str:
    return cls.__name__
