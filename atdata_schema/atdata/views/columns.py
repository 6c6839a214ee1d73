"""Views with fewer fields, or with a field under another name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from atdata.errors import LoadError
from atdata.sample_type import schema_of
from atdata.views.derived_types import check_names, renamed_schema, selected_schema
from atdata.views.faces import Picked, Relabelled, Renamed
from atdata.views.plan import Plan
from atdata.views.shown import Shown
from atdata_schema.fields.fieldset import Fields
from atdata_schema.schema import Schema

__all__ = ["renamed", "selected"]


def selected(
    plan: Plan, stored: Schema | None, names: str | Iterable[str]
) -> tuple[Plan, Schema | None]:
    """A plan with some of its columns, and its schema.

    Raises:
        LoadError: a name is not there, or none is given.
    """
    wanted = list(dict.fromkeys([names] if isinstance(names, str) else names))
    if not wanted:
        raise LoadError("select_columns is given no columns: give the name of one at least")
    schema = schema_of(plan.sample_type)
    known = _known(plan, schema or stored)
    check_names(wanted, known)
    if set(wanted) == set(known):
        return plan, stored
    if schema is None:
        derived = stored and selected_schema(stored, _ordered(wanted, known))
        return Shown(plan, Picked(plan.sample_type, tuple(wanted))), derived
    derived = selected_schema(schema, _ordered(wanted, known))
    return _narrowed(plan, _class(derived)), derived


def renamed(plan: Plan, stored: Schema | None, old: str, new: str) -> tuple[Plan, Schema | None]:
    """A plan with a column under another name, and its schema.

    Raises:
        LoadError: there is no such column, or one that already has the new name.
        LexiconError: the new name cannot be one.
    """
    schema = schema_of(plan.sample_type)
    known = _known(plan, schema or stored)
    check_names([old], known)
    if old == new:
        return plan, stored
    if new in known:
        raise LoadError(f"a column {new!r} is there already; there are {', '.join(known)}")
    if schema is None:
        derived = stored and renamed_schema(stored, old, new)
        return Shown(plan, Relabelled(plan.sample_type, old, new)), derived
    derived = renamed_schema(schema, old, new)
    columns = tuple((new if name == old else name, name) for name in known)
    said = f"rename_column({old!r}, {new!r})"
    face = Renamed(_class(derived), plan.sample_type, columns, said)
    return Shown(plan, face), derived


def _narrowed(plan: Plan, cls: type[Any]) -> Plan:
    """The plan read as a class with fewer fields: what is left out is not even decoded."""
    fields: Fields = plan.sample_type.FIELDS
    old_names = {name for names in fields.aliases.values() for name in names}
    # A field that is left out must not be read as the former name of one that is not.
    if not plan.calls and not old_names & set(fields):
        return plan.as_class(cls)
    columns = tuple((name, name) for name in cls.FIELDS)
    said = f"select_columns({[new for new, _ in columns]})"
    return Shown(plan, Renamed(cls, plan.sample_type, columns, said))


def _known(plan: Plan, schema: Schema | None) -> list[str]:
    """The columns: those of the type, or of the first sample where there is no type."""
    if schema is not None:
        return [field.name for field in schema.model.main.fields]
    first = next(plan.stream(), None)
    return [] if first is None else list(first[1])


def _ordered(names: Sequence[str], known: Sequence[str]) -> list[str]:
    return [name for name in known if name in names]


def _class(schema: Schema) -> type[Any]:
    # Imported where it is needed: most programs need no class but their own.
    from atdata.samples.build import sample_class

    return sample_class(schema)
