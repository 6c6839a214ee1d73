"""A changed batch of views written back: column by column, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from atdata_schema.batch import Columns
from atdata_schema.errors import PutError
from atdata_schema.lenses.batches.given import GivenColumns
from atdata_schema.lenses.batches.leaf_columns import (
    column_into,
    column_out,
    packed,
    plain_values,
    row_of,
)
from atdata_schema.lenses.batches.view import ViewColumns
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.refusing import refused
from atdata_schema.lenses.steps.assembly import changed
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.leaves import Leaf, read_at
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.steps.run import Readonly, Run, Way
from atdata_schema.lenses.types.lens_types import Nd, bare

__all__ = ["create_columns", "put_columns"]


def put_columns(
    body: Run[Way], view: Columns, source: Columns, readonly: Readonly = "check"
) -> Columns:
    """The columns of the source with changed views written into them.

    Args:
        body: the clauses of the lens.
        view: the columns of the views, changed or not; one row for each of the source.
        source: the columns of the source. They are not changed.
        readonly: `ignore` passes changes of computed fields over.

    Raises:
        PutError: a view has no source; it names the row. Nothing was written.
    """
    if len(view) != len(source):
        raise PutError(f"{len(view)} views for {len(source)} samples; each sample has one")
    try:
        return _Putting(body, view, source, readonly).run()
    except Misplaced as error:
        raise refused(PutError, error, source.keys) from None


def create_columns(
    body: Run[Way], view: Columns, readonly: Readonly = "check", cls: type[Any] | None = None
) -> Columns:
    """The columns of new sources with these views; their samples are of a class, or mappings.

    Raises:
        PutError: a view has no source; it names the row.
    """
    names = list(body.names)
    rows: list[Any] = []
    for row, sample in enumerate(view.samples()):
        try:
            rows.append(body.create(sample, readonly))
        except Misplaced as error:
            error.cause.row = row
            raise refused(PutError, error, view.keys) from None
    kinds = {joint_leaf.path: joint_leaf for joint in body.joints for joint_leaf in joint.src}
    columns: dict[str, Any] = {}
    scalars: set[str] = set()
    for name in names:
        values = [made.get(name) for made in rows]
        leaf = kinds.get((name,))
        columns[name] = values if leaf is None else _column(leaf, values)
        if isinstance(columns[name], np.ndarray) and columns[name].ndim == 1:
            scalars.add(name)
    return GivenColumns(columns, view.keys, None, frozenset(scalars), cls)


def _column(leaf: Leaf, values: list[Any]) -> Any:
    """Values as a column: one array where they can be."""
    made = packed([None if value is None else leaf.into(value) for value in values], leaf)
    return made if isinstance(made, np.ndarray) else values


class _Putting:
    """One batch put back."""

    def __init__(self, body: Run[Way], view: Columns, source: Columns, readonly: Readonly) -> None:
        self._body = body
        self._view = view
        self._source = source
        self._readonly = readonly
        self._whole: dict[str, Any] = {}
        self._inner: dict[str, dict[Path, list[Any]]] = {}
        self._scalars: set[str] = set()

    def run(self) -> Columns:
        for joint in self._body.joints:
            if joint.direction == "both":
                self._joint(joint)
        self._rows_inside()
        self._check_parts()
        made = GivenColumns(self._whole, self._source.keys, self._source, frozenset(self._scalars))
        self._check_dims(made)
        if self._readonly == "check":
            self._unchanged(made)
        return made

    def _joint(self, joint: Way) -> None:
        assert joint.chain is not None  # it leads both ways
        views = tuple(column_into(self._view, leaf) for leaf in joint.dst)
        sources = tuple(column_into(self._source, leaf) for leaf in joint.src)
        try:
            made = joint.chain.put(views, sources, 1)
        except Refused as error:
            self._find_row(joint, views, sources)
            raise Misplaced(joint.dst[0].path, error) from None
        for leaf, column in zip(joint.src, made, strict=True):
            try:
                self._store(leaf, column_out(leaf, column), joint)
            except Misplaced as error:
                raise Misplaced(joint.dst[0].path, error.cause) from None

    def _store(self, leaf: Leaf, column: Any, joint: Way) -> None:
        name, *rest = leaf.path
        if rest:
            values = plain_values(leaf, column)
            self._hold_inside(leaf, values, joint)
            self._inner.setdefault(name, {})[tuple(rest)] = values
            return
        self._whole[name] = column
        kind = bare(leaf.type)
        if isinstance(kind, Nd) and kind.scalar:
            self._scalars.add(name)

    def _hold_inside(self, leaf: Leaf, values: Sequence[Any], joint: Way) -> None:
        """A value where the source lacks the object around it, or none where that requires one."""
        for row, (sample, value) in enumerate(
            zip(self._source.values(leaf.path[0]), values, strict=True)
        ):
            inner = Leaf(leaf.path[1:], leaf.type)
            holder = inner.read_holder(sample)
            if (holder is None) is not (value is None) and (holder is None or leaf.needed):
                reason = "the object around it in the source is missing, or requires a value"
                raise Misplaced(joint.dst[0].path, Refused(reason, value, row))

    def _rows_inside(self) -> None:
        """Objects of the source with changed fields."""
        for name, columns in self._inner.items():
            made: list[Any] = []
            for row, value in enumerate(self._source.values(name)):
                changes = {path: column[row] for path, column in columns.items()}
                if value is None:
                    made.append(None)
                    continue
                kept = {
                    path: new
                    for path, new in changes.items()
                    if not same(new, read_at(value, path))
                }
                made.append(changed(value, kept) if kept else value)
            self._whole[name] = made

    def _check_parts(self) -> None:
        """Objects of the view that are there and empty."""
        for name, _ in self._body.seen.parts:
            for row, value in enumerate(self._view.values(name)):
                try:
                    self._body.seen.check({name: value})
                except Misplaced as error:
                    error.cause.row = row
                    raise

    def _check_dims(self, made: Columns) -> None:
        dims = self._body.made_dims
        if dims is None:
            return
        arrays = {field.name: made.stacked(field.name) for field in dims.arrays[dims.root]}
        inside = any(dims.arrays[ref] for ref in dims.arrays if ref != dims.root)
        if not inside and all(array is not None for array in arrays.values()):
            shapes = {name: array.shape[1:] for name, array in arrays.items() if array is not None}
            dims.check_shapes(shapes)
            return
        columns = {name: made.values(name) for name in self._body.names}
        for row in range(len(made)):
            try:
                dims.check({name: column[row] for name, column in columns.items()})
            except Misplaced as error:
                error.cause.row = row
                raise

    def _unchanged(self, made: Columns) -> None:
        """Fields of the view that are computed, or have one value, are what they would be."""
        again = ViewColumns(self._body, made)
        for joint in self._body.joints:
            if joint.direction not in ("there", "fixed"):
                continue
            for leaf in joint.dst:
                right = plain_values(leaf, again.column_of(leaf.path))
                given = column_into(self._view, leaf)
                for row, (a, b) in enumerate(zip(plain_values(leaf, given), right, strict=True)):
                    if not same(leaf.out(a), leaf.out(b)):
                        reason = f"it is read-only, and {b!r:.60} here"
                        raise Misplaced(leaf.path, Refused(reason, a, row))

    def _find_row(self, joint: Way, views: Sequence[Any], sources: Sequence[Any]) -> None:
        """Run the rows one by one, so that the first one that is refused is named."""
        assert joint.chain is not None  # it leads both ways
        for row in range(len(self._view)):
            try:
                joint.chain.put(
                    tuple(row_of(column, row) for column in views),
                    tuple(row_of(column, row) for column in sources),
                )
            except Refused as error:
                error.row = row
                raise Misplaced(joint.dst[0].path, error) from None
