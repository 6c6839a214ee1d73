"""The columns of a view, each computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata_schema.batch import Columns
from atdata_schema.errors import GetError
from atdata_schema.fields.field import Field
from atdata_schema.fields.objects import Ref
from atdata_schema.lenses.batches.leaf_columns import column_into, column_out, plain_values, row_of
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.refusing import refused
from atdata_schema.lenses.steps.assembly import Assembly
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.objects import made_as, objects_in, value_as
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.steps.run import Pipe, Run, Way
from atdata_schema.lenses.types.lens_types import Nd, bare

__all__ = ["ViewColumns"]

_NONE: Final[Mapping[str, str]] = {}


class ViewColumns:
    """A batch seen through a lens, column by column: nothing is computed that nobody asks for.

    Args:
        body: the clauses of the lens.
        source: the columns of the source.
        cls: the class of the view's samples; without one they are mappings.
    """

    __slots__ = (
        "_body",
        "_checked",
        "_class",
        "_copies",
        "_known",
        "_leaves",
        "_parts",
        "_source",
    )

    def __init__(self, body: Run[Way], source: Columns, cls: type[Any] | None = None) -> None:
        self._body = body
        self._source = source
        self._class = cls
        self._known: dict[Path, Any] = {}
        self._leaves = body.leaves
        self._parts = body.parts
        self._checked = body.seen_dims is None
        # Until shapes are held against dimensions, every column is computed.
        self._copies = body.copies if self._checked else _NONE

    @property
    def keys(self) -> Sequence[str]:
        """The key of each sample."""
        return self._source.keys

    def __len__(self) -> int:
        return len(self._source)

    def ready(self, name: str) -> Any | None:
        """The column of the source, where this one is the same under another name and at hand there."""
        same = self._copies.get(name)
        return None if same is None else self._source.ready(same)

    def values(self, name: str) -> list[Any]:
        """The values of a property, one a sample.

        Raises:
            GetError: a sample has no view; it names the row.
        """
        if name in self._parts:
            return self._objects(name, self._parts[name])
        same = self._copies.get(name)
        if same is not None:
            values = self._source.values(same)
        else:
            leaf = self._leaves[name,][1]
            values = plain_values(leaf, self._column((name,)))
        field = self._field(name)
        return values if field is None else [value_as(field, value) for value in values]

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A property of numbers as one array, where it is one.

        Raises:
            GetError: a sample has no view; it names the row.
        """
        same = self._copies.get(name)
        if same is not None:
            return self._source.numbers(same)
        return self._array(name, scalar=True)

    def stacked(self, name: str) -> NDArray[Any] | None:
        """A property of arrays as one array, where it is one.

        Raises:
            GetError: a sample has no view; it names the row.
        """
        same = self._copies.get(name)
        if same is not None:
            return self._source.stacked(same)
        straight = self._body.straight.get(name)
        if straight is not None and self._checked:
            array = self._straight(name, *straight)
            if array is not None:
                return array
        return self._array(name, scalar=False)

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """Bounds of a property, where it is one of the source under another name."""
        same = self._copies.get(name)
        return None if same is None else self._source.extent(same)

    def samples(self) -> list[Any]:
        """The views one by one.

        Raises:
            GetError: a sample has none; it names the row.
        """
        names = [name for name, _ in self._body.seen.leaves] + list(self._parts)
        columns = [self.values(name) for name in names]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        return [made_as(self._class, row) for row in rows]

    def column_of(self, path: Path) -> Any:
        """The column of a field, at any depth, as pipes carry it.

        Raises:
            GetError: a sample has no view; it names the row.
        """
        return self._column(path)

    def _straight(self, name: str, before: str, leaf: Leaf, pipe: Pipe) -> NDArray[Any] | None:
        """An array computed of one that is at hand; `None` is left to those who say why."""
        known = self._known.get((name,))
        if known is None:
            array = self._source.stacked(before)
            if array is None or not len(array) or not leaf.fits(array, 1):
                return None
            try:
                known = pipe.get((array,), 1)[0]
            except Refused:
                return None
            self._known[name,] = known
        return known if isinstance(known, np.ndarray) else None

    def _array(self, name: str, *, scalar: bool) -> NDArray[Any] | None:
        found = self._leaves.get((name,))
        kind = None if found is None else bare(found[1].type)
        if not isinstance(kind, Nd) or kind.scalar is not scalar:
            return None
        column = self._column((name,))
        return column if isinstance(column, np.ndarray) and len(self) else None

    def _column(self, path: Path) -> Any:
        """The column of a field, computed once; all outputs of its clause with it."""
        try:
            if not self._checked:
                self._check_dims()
            return self._computed(path)
        except Misplaced as error:
            raise refused(GetError, error, self.keys) from None

    def _computed(self, path: Path) -> Any:
        if path not in self._known:
            joint, _ = self._leaves[path]
            for leaf, column in zip(joint.dst, self._run(joint), strict=True):
                self._known[leaf.path] = column_out(leaf, column)
        return self._known[path]

    def _run(self, joint: Way) -> tuple[Any, ...]:
        if joint.chain is None:
            return (_repeated(joint.constant, len(self)),)
        values = tuple(column_into(self._source, leaf) for leaf in joint.src)
        try:
            return joint.chain.get(values, 1)
        except Refused as error:
            _find_row(joint, values, len(self))
            raise Misplaced(joint.src[0].path, error) from None

    def _check_dims(self) -> None:
        """Hold the shapes of the view against its dimensions, row by row where they differ."""
        self._checked, self._copies = True, self._body.copies
        dims = self._body.seen_dims
        assert dims is not None  # else there is nothing to check
        names = [
            name
            for name, _ in self._body.seen.leaves
            if isinstance(bare(self._leaves[name,][1].type), Nd)
        ]
        columns = {name: self._computed((name,)) for name in names}
        if all(isinstance(column, np.ndarray) for column in columns.values()):
            dims.check_shapes({name: column.shape[1:] for name, column in columns.items()})
            return
        for row in range(len(self)):
            try:
                dims.check_shapes(
                    {
                        name: column[row].shape
                        for name, column in columns.items()
                        if column[row] is not None
                    }
                )
            except Misplaced as error:
                error.cause.row = row
                raise

    def _objects(self, name: str, part: Assembly) -> list[Any]:
        """Objects put together of the columns of their fields."""
        leaves = {path: found for path, found in self._leaves.items() if path[0] == name}
        columns = {
            path: plain_values(leaf, self._column(path)) for path, (_, leaf) in leaves.items()
        }
        made: list[Any] = []
        field = self._field(name)
        if isinstance(field, Ref) and not part.optional and not part.parts:
            quick = _quickly(field.target(), part, columns)
            if quick is not None:
                return quick
        whole = Assembly(parts=((name, part),))
        for row in range(len(self)):
            try:
                value = whole.build({path: column[row] for path, column in columns.items()})[name]
            except Misplaced as error:
                error.cause.row = row
                raise refused(GetError, error, self.keys) from None
            made.append(value if field is None else value_as(field, value))
        return made

    def _field(self, name: str) -> Field[Any] | None:
        """The field of a property whose values are made objects of its classes."""
        cls: Any = self._class
        return cls.FIELDS[name] if cls is not None and name in objects_in(cls) else None


def _quickly(cls: Any, part: Assembly, columns: Mapping[Path, Sequence[Any]]) -> list[Any] | None:
    """Objects that are always there, of fields that hold none; `None` where a required one has no value."""
    inside = objects_in(cls)
    if any(name in inside for name, _ in part.leaves):
        return None
    found = {name: columns[(*part.path, name)] for name, _ in part.leaves}
    needed = [found[name] for name, required in part.leaves if required]
    if any(value is None for column in needed for value in column):
        return None
    attributes = [cls.FIELDS.attribute(name) for name in found]
    rows = zip(*found.values(), strict=True)
    return [cls(**dict(zip(attributes, row, strict=True))) for row in rows]


def _repeated(value: Any, count: int) -> Any:
    """One value in all rows."""
    if isinstance(value, np.ndarray):
        return np.broadcast_to(value, (count, *value.shape))
    return [value] * count


def _find_row(joint: Way, values: tuple[Any, ...], count: int) -> None:
    """Run the rows one by one, so that the first one that is refused is named, whatever refused another one before."""
    assert joint.chain is not None  # it was run
    for row in range(count):
        try:
            joint.chain.get(tuple(row_of(column, row) for column in values))
        except Refused as error:
            error.row = row
            raise Misplaced(joint.src[0].path, error) from None
