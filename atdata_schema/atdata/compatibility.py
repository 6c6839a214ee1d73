"""Whether a sample class reads the data of a schema."""

from __future__ import annotations

from atdata.sample_type import sample_type_of, schema_of
from atdata_schema.compare import differences
from atdata_schema.errors import SchemaMismatch
from atdata_schema.schema import Schema

__all__ = ["check_readable"]


def check_readable(stored: Schema | None, sample_type: type[object]) -> None:
    """Refuse a class whose model is not that of the stored schema.

    A class without a schema (`DictSample`) reads anything, and data without a schema may be read as any
    class: what does not fit shows when a sample is read.

    Raises:
        SchemaMismatch: the models differ; the message lists the differences.
        LoadError: `sample_type` is no sample class.
    """
    sample_type_of(sample_type)
    wanted = schema_of(sample_type)
    if stored is None or wanted is None or stored == wanted:
        return
    found = differences(stored.model, wanted.model)
    if found:
        raise SchemaMismatch(
            f"the data is {stored.id}, which {sample_type.__name__} ({wanted.id}) does not read:",
            found,
        )
