"""Records held against their lexicons: of the data model, of the right type, within their limits.

What passes is walked with confidence afterwards; whatever else is wrong leaves as a `RecordError` that names the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from atdata.errors import AtdataError, RecordError, ValidationError
from atdata_schema import data

if TYPE_CHECKING:
    from atdata_schema.lexicon import Catalog

__all__ = ["check_part", "checked", "finished", "refusals"]

_ROOTS: Final = (
    *("science.alt.dataset.entry", "science.alt.dataset.schema", "science.alt.dataset.label"),
    *("science.alt.dataset.lens", "dev.atdata.lens", "dev.atdata.storageIndex"),
)


@contextmanager
def refusals(where: str) -> Iterator[None]:
    """Let every refusal inside be one of the record.

    Raises:
        RecordError: something was refused.
    """
    try:
        yield
    except RecordError:
        raise
    except AtdataError as error:
        raise RecordError(where, str(error)) from None


def checked(
    value: object, nsid: str, *, unchecked: Sequence[str] = (), missing_type: bool = False
) -> dict[str, Any]:
    """A record that was read, as values of the data model.

    Args:
        value: the record, as JSON or as values of the data model.
        nsid: the collection that it is of.
        unchecked: properties that are looked at elsewhere.
        missing_type: take a record that names no type.

    Raises:
        AtdataError: it is no record of the collection.
    """
    record = data.as_value(value)
    if not isinstance(record, dict):
        raise ValidationError(f"a record is a map, not a {type(value).__name__}")
    if missing_type:
        record.setdefault("$type", nsid)
    held = {key: item for key, item in record.items() if key not in unchecked}
    _catalog(strict=False).validate(nsid, held)
    return cast("dict[str, Any]", record)


def check_part(value: object, ref: str) -> None:
    """Hold a value that was read, and is no whole record, against its definition.

    Raises:
        AtdataError: it is not of the definition.
    """
    _catalog(strict=False).validate(ref, value)


def finished(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of ours, as JSON, that a repository and every reader takes.

    Raises:
        AtdataError: it breaks its lexicon, is too large, or has an integer that JSON readers would round.
    """
    value = data.as_value(dict(record))
    _catalog(strict=True).validate(str(record["$type"]), value)
    data.check_record(value)
    return cast("dict[str, Any]", data.to_json(value))


@lru_cache(maxsize=2)
def _catalog(*, strict: bool) -> Catalog:
    """The lexicons of the records.

    Args:
        strict: as they are, for what we write. Of what others wrote, blobs of any size and media type are taken, since servers
            guess the type, and a size is compared with a limit when the blob is fetched; and any text as a URI, since
            to Lexicon `s3://…` is none. Addresses are judged as addresses afterwards.
    """
    from atdata_lexicons import LEXICONS
    from atdata_schema.lexicon import Catalog
    from atdata_schema.references import closure

    def find(nsid: str) -> Mapping[str, object] | None:
        module = LEXICONS.get(nsid)
        return None if module is None else import_module(module).LEXICON.document

    documents: dict[str, Any] = {}
    for root in _ROOTS:
        documents.update(closure(root, find))
    catalog = Catalog()
    for document in documents.values():
        catalog.add(document if strict else _lenient(document))
    return catalog


def _lenient(node: Any) -> Any:
    if isinstance(node, Mapping):
        dropped: tuple[str, ...] = ("accept", "maxSize") if node.get("type") == "blob" else ()
        if node.get("format") == "uri":
            dropped = ("format",)
        return {key: _lenient(item) for key, item in node.items() if key not in dropped}
    return [_lenient(item) for item in node] if isinstance(node, list) else node
