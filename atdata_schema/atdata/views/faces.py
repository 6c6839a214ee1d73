"""How a sample, or a batch, becomes one of another class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atdata.errors import GetError, say_where
from atdata.shards.columnar.chunk import is_flat
from atdata_schema.batch import Batch, Columns, batches_of
from atdata_schema.lens import SampleLens
from atdata_schema.wire import rows

__all__ = ["Face", "Picked", "Relabelled", "Renamed", "Reread", "Seen"]


@dataclass(frozen=True, slots=True)
class Face(ABC):
    """What samples look like to whoever reads them.

    Attributes:
        cls: the class of the samples that it gives.
    """

    cls: type[Any]

    @abstractmethod
    def sample(self, sample: Any) -> Any:
        """The sample as one of the class."""

    def shown(self, key: str, sample: Any) -> Any:
        """The sample as one of the class; should it have no such view, the error names its key."""
        try:
            return self.sample(sample)
        except GetError as error:
            say_where(error, f"key {key!r}")
            raise

    def batch(self, batch: Any) -> Any:
        """The batch as one of the class."""
        return self.cls.collate([self.sample(item) for item in batch.samples()], batch.keys)

    def names_before(self, name: str) -> str | None:
        """The name that a field has in the samples it is made of; `None` where that is not known."""
        return None


@dataclass(frozen=True, slots=True)
class Reread(Face):
    """Samples written and read again, as the class reads them."""

    def sample(self, sample: Any) -> Any:
        return self.cls.decode(sample.encode())

    def __str__(self) -> str:
        return f"as_type({self.cls.__name__})"


@dataclass(frozen=True, slots=True)
class Seen(Face):
    """Samples seen through a lens.

    Attributes:
        lens: the lens; it reads the samples' class, and gives `cls`.
    """

    lens: SampleLens[Any, Any]

    def sample(self, sample: Any) -> Any:
        return self.lens.get(sample)

    def batch(self, batch: Any) -> Any:
        return self.lens.get_batch(batch)

    def names_before(self, name: str) -> str | None:
        return self.lens.renames.get(name)

    def narrowed(self, cls: type[Any]) -> Renamed | None:
        """What gives a class with some of the fields that are seen; `None` for one that has others."""
        own, fields = getattr(self.cls, "FIELDS", None), getattr(cls, "FIELDS", None)
        if own is None or fields is None or any(own.get(name) != fields[name] for name in fields):
            return None
        columns = tuple((name, name) for name in fields)
        return Renamed(cls, self.cls, columns, f"as_type({cls.__name__})")

    def __str__(self) -> str:
        return f"view({self.lens.name})"


@dataclass(frozen=True, slots=True)
class Renamed(Face):
    """Samples whose fields have other names.

    Attributes:
        source: the class that the samples are of.
        columns: for each field its name now and before.
        said: how it was written.
        flat: whether no field holds objects, whose classes would have to change as well.
    """

    source: type[Any]
    columns: tuple[tuple[str, str], ...]
    said: str
    flat: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "flat", is_flat(self.source.FIELDS))

    def sample(self, sample: Any) -> Any:
        there, here = self.source.FIELDS, self.cls.FIELDS
        if not self.flat:
            row = rows.unpack(sample.encode())
            return self.cls(
                **here.unpack({new: row[old] for new, old in self.columns if old in row})
            )
        values = {
            here.attribute(new): getattr(sample, there.attribute(old)) for new, old in self.columns
        }
        return self.cls(**values)

    def batch(self, batch: Any) -> Any:
        if not self.flat:
            return Face.batch(self, batch)
        # The columns stay where they are: none is made before it is asked for.
        return batches_of(self.cls)(_Columns(batch, self))

    def names_before(self, name: str) -> str | None:
        return dict(self.columns).get(name)

    def narrowed(self, cls: type[Any]) -> Renamed | None:
        """The same for a class that has some of the fields, `None` where it has others."""
        fields = getattr(cls, "FIELDS", None)
        names = dict(self.columns)
        if fields is None or not set(fields) <= set(names):
            return None
        return replace(self, cls=cls, columns=tuple((name, names[name]) for name in fields))

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True, slots=True)
class Relabelled(Face):
    """Untyped samples in which one entry has another name."""

    old: str
    new: str

    def sample(self, sample: Any) -> Any:
        # An entry that stands there under the new name, in a sample of other names, gives way.
        rest = {name: sample[name] for name in sample if name != self.new}
        if self.old not in rest:
            return self.cls(rest)
        return self.cls({self.new if name == self.old else name: rest[name] for name in rest})

    def names_before(self, name: str) -> str | None:
        # Both names may be there, in samples of other names, and then the old one's entry is gone.
        return self.old if name == self.new else None if name == self.old else name

    def __str__(self) -> str:
        return f"rename_column({self.old!r}, {self.new!r})"


@dataclass(frozen=True, slots=True)
class Picked(Face):
    """Untyped samples of which some entries are left."""

    names: tuple[str, ...]

    def sample(self, sample: Any) -> Any:
        return self.cls({name: sample[name] for name in self.names if name in sample})

    def names_before(self, name: str) -> str | None:
        return name if name in self.names else None

    def __str__(self) -> str:
        return f"select_columns({list(self.names)})"


class _Columns:
    """The columns of a batch under other names."""

    __slots__ = ("_face", "_names", "_source")

    def __init__(self, batch: Batch, face: Renamed) -> None:
        self._source: Columns = (
            batch._source
        )  # pyright: ignore[reportPrivateUsage]  # the same columns
        self._face = face
        self._names = dict(face.columns)

    @property
    def keys(self) -> Sequence[str]:
        """The key of each sample."""
        return self._source.keys

    def __len__(self) -> int:
        return len(self._source)

    def ready(self, name: str) -> Any | None:
        """A column as `Batch.column` gives it, where it is at hand."""
        return self._source.ready(self._names[name]) if name in self._names else None

    def values(self, name: str) -> list[Any]:
        """The values of a property."""
        return self._source.values(self._names[name])

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A property of numbers as one array, where it is at hand as such."""
        return self._source.numbers(self._names[name])

    def valid(self, name: str) -> NDArray[np.bool_] | None:
        """Which samples have a value, `None` where all have."""
        found = np.asarray([value is not None for value in self.values(name)], np.bool_)
        return None if found.all() else found

    def stacked(self, name: str) -> NDArray[Any] | None:
        """A property of arrays as one array, where it is at hand as such."""
        return self._source.stacked(self._names[name])

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """Bounds of a property, where they are at hand."""
        return self._source.extent(self._names[name])

    def samples(self) -> list[Any]:
        """The samples one by one."""
        return [self._face.sample(sample) for sample in self._source.samples()]
