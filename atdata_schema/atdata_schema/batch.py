"""Batches: many samples as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar, overload
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from atdata_schema.errors import AtdataError
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import bare
from atdata_schema.memory import Buffers

if TYPE_CHECKING:
    from atdata_schema.sample import Sample

__all__ = [
    "Batch",
    "Column",
    "Columns",
    "DynamicBatch",
    "NoSuchColumn",
    "SampleColumns",
    "batches_of",
    "codecs_of",
    "source_of",
]

T = TypeVar("T")
S_co = TypeVar("S_co", covariant=True)


class NoSuchColumn(AtdataError, AttributeError):
    """A column that the batch does not have, or not in the form that was asked for."""


class Columns(Protocol):
    """Where the columns of a batch come from."""

    @property
    def keys(self) -> Sequence[str]:
        """The key of each sample."""
        ...

    def __len__(self) -> int:
        """The number of samples."""
        ...

    def ready(self, name: str) -> Any | None:
        """A column as `Batch.column` gives it, where that is at hand; else, and for a name unknown, `None`."""
        ...

    def values(self, name: str) -> list[Any]:
        """The values of a property, one a sample, `None` where there is none."""
        ...

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A property of numbers or booleans as one array, where it is at hand as such, else `None`.

        A missing value is 0, NaN or False.
        """
        ...

    def stacked(self, name: str) -> NDArray[Any] | None:
        """A property of arrays as one array, where it is at hand as such, else `None`."""
        ...

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """Bounds of a property's numbers, or of the bytes of its texts, in these samples and perhaps others.

        `None` where they are not at hand. A missing value may count as 0 or NaN.
        """
        ...

    def samples(self) -> list[Any]:
        """The samples themselves."""
        ...


class SampleColumns:
    """Columns gathered from samples that are at hand.

    Attributes:
        keys: the key of each sample.
        buffers: where arrays are stacked, if that is not to be memory of their own.
    """

    __slots__ = ("_fields", "_samples", "buffers", "keys")

    def __init__(self, fields: Fields, samples: Sequence[Any], keys: Sequence[str]) -> None:
        self._fields = fields
        self._samples = list(samples)
        self.keys: Sequence[str] = list(keys)
        self.buffers: Buffers | None = None

    def __len__(self) -> int:
        return len(self._samples)

    def ready(self, name: str) -> Any | None:
        """None: columns are made of the samples."""
        return None

    def values(self, name: str) -> list[Any]:
        """The values of a property, one a sample."""
        attribute = self._fields.attribute(name)
        return [getattr(sample, attribute) for sample in self._samples]

    def numbers(self, name: str) -> NDArray[Any] | None:
        """None: the values lie in the samples."""
        return None

    def stacked(self, name: str) -> NDArray[Any] | None:
        """The arrays of the samples in a buffer, where there are buffers."""
        if self.buffers is None or not isinstance(bare(self._fields[name]), ArrayField):
            return None
        return self.buffers.stacked(self.values(name))

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """None: nobody looked at all of them."""
        return None

    def samples(self) -> list[Any]:
        """The samples themselves."""
        return list(self._samples)


class Column(Generic[T]):
    """A column of a typed batch: a descriptor that gives values of the type `T`.

    Args:
        name: the property name.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, batch: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, batch: Batch, owner: type[Any]) -> T: ...
    def __get__(self, batch: Batch | None, owner: type[Any]) -> Self | T:
        if batch is None:
            return self
        column: T = batch.column(self._name)
        return column

    def __set__(self, batch: Batch, value: object) -> None:
        raise AttributeError(f"the column {self._name!r} of a batch cannot be replaced")


class Batch:
    """Many samples of one type, one column a field.

    An array field is one array `[batch, ...]` where all shapes are equal, else a list of arrays; every other
    field is a list, with `None` where an optional value is missing. A column is made when it is first asked
    for, and kept.
    """

    __slots__ = ("_cache", "_source")
    FIELDS: ClassVar[Fields]

    def __init__(self, source: Columns) -> None:
        self._source = source
        self._cache: dict[str, Any] = {}

    def __init_subclass__(cls, *, of: type[Sample[Any]] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if of is not None:
            cls.FIELDS = of.FIELDS
            of.BATCH = cls

    @property
    def keys(self) -> list[str]:
        """The key of each sample in its shard."""
        return list(self._source.keys)

    def __len__(self) -> int:
        return len(self._source)

    def column(self, name: str) -> Any:
        """The column of a property by its name in the lexicon.

        Raises:
            NoSuchColumn: the type has no such property.
        """
        if name in self._cache:
            return self._cache[name]
        column = self._source.ready(name)
        if column is None:
            column = self._made(name)
        self._cache[name] = column
        return column

    def _made(self, name: str) -> Any:
        field = self._field(name)
        column = self._source.stacked(name)
        return field.column(self._source.values(name)) if column is None else column

    def arrays(self, name: str) -> list[NDArray[Any] | None]:
        """The arrays of a field as a list, whether or not their shapes are equal.

        Raises:
            NoSuchColumn: the type has no such property, or it is no array.
        """
        if not isinstance(bare(self._field(name)), ArrayField):
            raise NoSuchColumn(f"{name!r} is {self._field(name)}, no array; use column({name!r})")
        return list(self._source.values(name))

    def array(self, name: str) -> NDArray[Any]:
        """A column as one array: `[batch]` of int64, float64, float32 or bool for a scalar field.

        A missing value is 0, NaN or False there; `valid` tells which they are. An array field gives the
        stacked array.

        Raises:
            NoSuchColumn: the field is neither a number, a boolean nor an array, or its arrays differ in
                shape or are missing in places.
        """
        field = bare(self._field(name))
        if isinstance(field, ArrayField):
            column = self.column(name)
            if isinstance(column, np.ndarray):
                return column
            raise NoSuchColumn(
                f"the arrays of {name!r} differ in shape or are missing: use arrays({name!r})"
            )
        dtype, missing = _scalar_dtype(field, name)
        found = self._source.numbers(name)
        if found is not None:
            return found
        values = [missing if value is None else value for value in self._source.values(name)]
        return np.asarray(values, dtype)

    def valid(self, name: str) -> NDArray[np.bool_]:
        """Which samples have a value in a field: `bool[batch]`."""
        self._field(name)
        return np.asarray([value is not None for value in self._source.values(name)], np.bool_)

    def samples(self) -> list[Any]:
        """The samples one by one."""
        return self._source.samples()

    def _codecs(self) -> Fields:
        return self.FIELDS

    def _field(self, name: str) -> Field[Any]:
        try:
            return self._codecs()[name]
        except KeyError:
            known = ", ".join(self._codecs())
            raise NoSuchColumn(
                f"{type(self).__name__} has no column {name!r}; it has {known}"
            ) from None

    def __reduce__(self) -> tuple[Any, ...]:
        source = self._source
        return _rebuilt, (type(self), self.samples(), list(source.keys))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} samples: {', '.join(self._codecs())})"


class DynamicBatch(Batch, Generic[S_co]):
    """A batch whose columns are attributes found at run time: that of `@packable` classes."""

    __slots__ = ("_fields", "_owner")

    def __init__(
        self, source: Columns, fields: Fields, owner: type[Sample[Any]] | None = None
    ) -> None:
        self._source = source
        self._cache = {}
        self._fields = fields
        self._owner = owner

    def _codecs(self) -> Fields:
        return self._fields

    def __getattr__(self, name: str) -> Any:
        if name == "_fields":  # not set yet
            raise AttributeError(name)
        found = self._fields.property_of.get(name)
        if found is None:
            if name.startswith("__") or name in DynamicBatch.__slots__:
                raise AttributeError(name)
            known = ", ".join(self._fields.attributes)
            raise NoSuchColumn(f"the batch has no column {name!r}; it has {known}")
        return self.column(found)

    def samples(self) -> list[S_co]:
        """The samples one by one."""
        return self._source.samples()

    def __reduce__(self) -> tuple[Any, ...]:
        samples = self.samples()
        owner = self._owner or (type(samples[0]) if samples else None)
        return _rebuilt_dynamic, (owner, samples, list(self._source.keys))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._fields.attributes})


def batches_of(owner: Any) -> Callable[[Columns], Batch]:
    """What makes batches of a sample type over columns: its own batch class, or a dynamic one.

    The class of the dynamic batches of a type has a descriptor for each column: `__getattr__` comes after everything else has
    failed, which takes as long as cutting a small column out.

    Args:
        owner: a class of samples, or what stands for one.
    """
    typed: Callable[[Columns], Batch] | None = owner.BATCH
    if typed is not None:
        return typed
    kind: type[DynamicBatch[Any]] = DynamicBatch
    if isinstance(owner, type):
        kind = _batch_classes.get(owner) or _batch_classes.setdefault(owner, _batch_class(owner))
    fields = owner.FIELDS
    return lambda source: kind(source, fields, owner)


_batch_classes: WeakKeyDictionary[type[Any], type[DynamicBatch[Any]]] = WeakKeyDictionary()


def _batch_class(owner: Any) -> type[DynamicBatch[Any]]:
    columns = {
        attribute: Column[Any](name)
        for attribute, name in owner.FIELDS.property_of.items()
        if not hasattr(DynamicBatch, attribute)  # a method of that name stays what it is
    }
    own = {"__slots__": (), "__module__": __name__, "__doc__": DynamicBatch.__doc__, **columns}
    return type(DynamicBatch.__name__, (DynamicBatch,), own)


# Functions, not methods: a column may have any name that a method does not have.
def codecs_of(batch: Batch) -> Fields:
    """The fields that a batch has columns of."""
    return batch._codecs()


def source_of(batch: Batch) -> Columns:
    """Where the columns of a batch come from."""
    return batch._source


def _scalar_dtype(field: Field[Any], name: str) -> tuple[type[np.generic], Any]:
    match field:
        case Integer():
            return np.int64, 0
        case Float64():
            return np.float64, np.nan
        case Float32():
            return np.float32, np.nan
        case Boolean():
            return np.bool_, False
        case _:
            raise NoSuchColumn(
                f"{name!r} is {field}, which has no array form; use column({name!r})"
            )


def _rebuilt(cls: type[Batch], samples: list[Any], keys: list[str]) -> Batch:
    return cls(SampleColumns(cls.FIELDS, samples, keys))


def _rebuilt_dynamic(owner: type[Sample[Any]] | None, samples: list[Any], keys: list[str]) -> Batch:
    fields = Fields({}) if owner is None else owner.FIELDS
    columns = SampleColumns(fields, samples, keys)
    return DynamicBatch(columns, fields) if owner is None else batches_of(owner)(columns)
