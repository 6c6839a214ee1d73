"""Whether a sample class reads the data of a schema."""

from __future__ import annotations

from atdata.sample_type import sample_type_of, schema_of
from atdata_schema.errors import SchemaMismatch
from atdata_schema.schema import Schema

__all__ = ["check_readable", "check_same"]


def check_readable(stored: Schema | None, sample_type: type[object]) -> None:
    """Refuse a class that does not read every sample of the stored schema as what it is.

    The class may be of a later or an earlier version of the type, or of another type with the same fields:
    where `compare` finds no break for it, optional fields that the data lacks are `None`, and fields that it
    lacks are passed over. A class without a schema (`DictSample`) reads anything, and data without a schema may
    be read as any class: what does not fit shows when a sample is read.

    Raises:
        SchemaMismatch: something breaks; the message lists what.
        LoadError: `sample_type` is no sample class.
    """
    sample_type_of(sample_type)
    wanted = schema_of(sample_type)
    if stored is None or wanted is None or stored == wanted:
        return
    # Imported where it is needed: most programs read data as the very type that it was written as.
    from atdata_schema.compare import compare, differences

    if not differences(stored.model, wanted.model):
        return
    found = compare(stored.model, wanted.model).against("new-reads-old")
    # What a class does not read by itself, a lens may show as it: this is the place to look for one.
    if found:
        raise SchemaMismatch(
            f"the data is {stored.id}, which {sample_type.__name__} ({wanted.id}) does not read:",
            [f"{item.path}: {item.message}" for item in found],
        )


def check_same(stored: Schema | None, sample_type: type[object]) -> None:
    """Refuse a class whose model is not that of the stored schema, descriptions apart.

    Raises:
        SchemaMismatch: the models differ; the message lists the differences.
    """
    wanted = schema_of(sample_type)
    if stored is None or wanted is None or stored == wanted:
        return
    from atdata_schema.compare import differences

    found = differences(stored.model, wanted.model)
    if found:
        raise SchemaMismatch(
            f"the data is {stored.id}, which is not what {sample_type.__name__} ({wanted.id}) is:",
            found,
        )
