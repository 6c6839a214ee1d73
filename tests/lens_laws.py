"""The laws of a lens, held against what was computed of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from atdata_schema.errors import GetError, PutError
from atdata_schema.lenses import Lens
from atdata_schema.lenses.batches.given import GivenColumns
from atdata_schema.lenses.batches.putting import put_columns
from atdata_schema.lenses.batches.view import ViewColumns
from atdata_schema.lenses.steps.equality import same

__all__ = [
    "check_create",
    "check_get_put",
    "check_put_get",
    "check_put_put",
    "close",
    "getting",
    "putting",
]

NOTHING: Any = object()


def attempted(make: Callable[[], Any]) -> tuple[Any, GetError | PutError | None]:
    """What a call gives, or `NOTHING` and how it was refused."""
    try:
        return make(), None
    except (GetError, PutError) as error:
        return NOTHING, error


def getting(lens: Lens[Any, Any], source: Any) -> Any:
    """The view of a source, or `NOTHING`; that is allowed only where get is not said to be total."""
    view, error = attempted(lambda: lens.get(source))
    assert (
        error is None or lens.laws.get_total.holds is not True
    ), f"get was said to be total: {error}"
    return view


def putting(lens: Lens[Any, Any], view: Any, source: Any) -> Any:
    """The source with a view, or `NOTHING`.

    That is allowed where put is not said to be total, and for sources that have no view themselves.
    """
    made, error = attempted(lambda: lens.put(view, source))
    if error is not None and getting(lens, source) is not NOTHING:
        assert lens.laws.put_total.holds is not True, f"put was said to be total: {error}"
    return made


def check_get_put(lens: Lens[Any, Any], source: Any) -> None:
    """Nothing changes where the view does not; the very object comes back."""
    view = getting(lens, source)
    if view is not NOTHING:
        assert lens.put(view, source) is source


def check_put_get(lens: Lens[Any, Any], view: Any, source: Any) -> Any:
    """What was put is what is got; the source where it was taken."""
    made = putting(lens, view, source)
    if made is not NOTHING:
        got = lens.get(made)
        assert close(lens, got, view), f"put {view}, got {got}"
    return made


def check_put_put(lens: Lens[Any, Any], first: Any, second: Any, source: Any) -> None:
    """The last put wins, where that was proved."""
    if lens.laws.put_put.holds is not True:
        return
    between = putting(lens, first, source)
    if between is NOTHING:
        return
    twice, once = putting(lens, second, between), putting(lens, second, source)
    assert (twice is NOTHING) == (once is NOTHING)
    if twice is not NOTHING:
        assert same(twice, once), f"{twice} after {first}, else {once}"


def check_injective(lens: Lens[Any, Any], source: Any, other: Any) -> None:
    """The view tells the whole source, where that was proved and put does not ask the source."""
    if lens.laws.injective.holds is not True or lens.laws.asks:
        return
    view = getting(lens, source)
    if view is not NOTHING and getting(lens, other) is not NOTHING:
        assert same(lens.put(view, other), source)


def check_create(lens: Lens[Any, Any], view: Any) -> None:
    """A created source has the view that it was created of."""
    if not lens.creates:
        return
    made, error = attempted(lambda: lens.create(view))
    assert error is None or lens.laws.put_total.holds is not True
    assert error is not None or close(lens, lens.get(made), view)


def columns_of(names: list[str], rows: list[Any]) -> GivenColumns:
    """Rows as columns: arrays where all have one shape, numbers as one array, else lists."""
    columns: dict[str, Any] = {}
    scalars: set[str] = set()
    for name in names:
        column: list[Any] = [row[name] for row in rows]
        kinds: set[type[Any]] = {type(value) for value in column}
        if rows and kinds == {np.ndarray} and len({(v.shape, v.dtype) for v in column}) == 1:
            columns[name] = np.stack(column)
        elif rows and kinds in ({int}, {float}, {bool}):
            columns[name] = np.asarray(column)
            scalars.add(name)
        else:
            columns[name] = column
    return GivenColumns(columns, [str(i) for i in range(len(rows))], None, frozenset(scalars))


def check_batch_get(lens: Lens[Any, Any], rows: list[Any]) -> list[Any]:
    """A batch gives what its samples give, or names a row that is refused."""
    names = [field.name for field in lens.body.source.item.fields]
    single = [getting(lens, row) for row in rows]
    seen, error = attempted(lambda: ViewColumns(lens.body, columns_of(names, rows)).samples())
    if error is not None:
        assert error.row is not None, error
        assert single[error.row] is NOTHING, error
        return []
    assert all(view is not NOTHING for view in single)
    assert same(seen, single), f"{seen} in a batch, {single} one by one"
    found: list[Any] = seen
    return found


def check_batch_put(lens: Lens[Any, Any], views: list[Any], rows: list[Any]) -> None:
    """A batch is put as its samples are, or not at all; and a row that is refused is named."""
    names = [field.name for field in lens.body.source.item.fields]
    seen = [field.name for field in lens.body.view.item.fields]
    single = [putting(lens, view, row) for view, row in zip(views, rows, strict=True)]
    given, sources = columns_of(seen, views), columns_of(names, rows)
    made, error = attempted(lambda: put_columns(lens.body, given, sources))
    if error is not None:
        assert error.row is not None, error
        assert single[error.row] is NOTHING, error
        return
    assert all(one is not NOTHING for one in single), f"{views} into {rows} was refused one by one"
    columns = [made.values(name) for name in names]
    together = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    assert same(together, single), f"{together} in a batch, {single} one by one"


def close(lens: Lens[Any, Any], got: Any, wanted: Any) -> bool:
    """Whether two views are the same, within the tolerance of each clause."""
    for joint in lens.clauses:
        tolerance = joint.chain.tolerance if joint.chain is not None else None
        for leaf in joint.dst:
            a, b = leaf.read(got), leaf.read(wanted)
            if same(a, b):
                continue
            if tolerance is None or a is None or b is None:
                return False
            x, y = np.asarray(a), np.asarray(b)
            with np.errstate(all="ignore"):
                slack = tolerance.absolute + tolerance.relative * np.abs(y)
                near = (np.abs(x - y) <= slack) | (x == y) | ((x != x) & (y != y))
            if x.shape != y.shape or not near.all():
                return False
    return True
