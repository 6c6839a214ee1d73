"""What the shards that were found have in common: their schema, and how samples lie in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from atdata.errors import AtdataError, DescriptionError, LoadError
from atdata.located import Located
from atdata.shards.fetched.shelf import Shelf
from atdata.shards.form import is_grouped
from atdata_schema.errors import SchemaMismatch
from atdata_schema.schema import Schema

__all__ = ["stored_schema", "with_form"]


def stored_schema(found: Sequence[Located]) -> Schema | None:
    """The schema that all shards have; `None` where they have none.

    Raises:
        SchemaMismatch: they have different ones.
        DescriptionError: a stored schema is not as it should be.
        LoadError: some have one and others have none.
    """
    stored: dict[str, Located] = {}
    bare = [item for item in found if item.schema is None]
    for item in found:
        if item.schema is not None:
            stored.setdefault(f"{item.schema['id']} {item.schema['cid']}", item)
    if stored and bare:
        raise LoadError(
            f"{bare[0].file.place} has no dataset.json, while other shards have one; load them apart"
        )
    schemas = [(_read(item), item) for item in stored.values()]
    for schema, item in schemas[1:]:
        # Imported where it is needed: nearly always there is one schema.
        from atdata_schema.compare import differences

        found_differences = differences(schemas[0][0].model, schema.model)
        if found_differences:
            raise SchemaMismatch(
                f"{schemas[0][1].origin} and {item.origin} hold different types; load them apart:",
                found_differences,
            )
    return schemas[0][0] if schemas else None


def with_form(found: Sequence[Located]) -> list[Located]:
    """The shards, and whether they are those of other WebDataset writers: the first that no description knows tells.

    Raises:
        ShardError: it is damaged or refused before its second member.
    """
    first = next((item for item in found if item.file.entry is None), None)
    if first is None:
        return list(found)
    # The source of the shelf, since what a record vouches for may be kept here.
    source = None if first.file.is_local else Shelf((first.file,), "first").source(0)
    if not is_grouped(first.file, source):
        return list(found)
    return [
        replace(item, file=replace(item.file, grouped=True)) if item.file.entry is None else item
        for item in found
    ]


def _read(item: Located) -> Schema:
    try:
        return Schema.from_json(item.schema)
    except AtdataError as error:
        raise DescriptionError(f"{item.origin}: schema: {error}") from error
