"""Entries and schemas by what a user writes: `name`, `name@1.2.0`, `name@label`, `nsid@1.0.0`."""

from __future__ import annotations

from atdata.errors import EntryNotFound, NameRefused
from atdata.index.entry import Entry
from atdata.index.names import Reference, check_version
from atdata.index.providers.provider import Provider, StoredSchema
from atdata_schema.syntax.quoting import quoted

__all__ = ["find_entry", "find_schema"]

_SHOWN = 10


def find_entry(provider: Provider, reference: str | Reference) -> Entry:
    """The entry that a reference names; without version or label the latest.

    Raises:
        EntryNotFound: there is none; the message says what there is.
        NameRefused: the text cannot be a reference.
    """
    wanted = reference if isinstance(reference, Reference) else Reference.of(reference)
    version = wanted.version
    if wanted.label is not None:
        version = _labelled(provider, wanted)
    found = provider.entry(wanted.name, version)
    if found is None:
        raise _no_entry(provider, wanted)
    return found


def find_schema(provider: Provider, reference: str) -> StoredSchema:
    """The schema that `nsid` or `nsid@version` names.

    Raises:
        EntryNotFound: there is none.
        NameRefused: what stands behind the `@` is no version.
    """
    if not isinstance(reference, str):
        raise NameRefused(f"a schema is named by a text, not by a {type(reference).__name__}")
    id, at, version = reference.partition("@")
    found = provider.schema(id.removesuffix("#main"), check_version(version) if at else None)
    if found is None:
        raise EntryNotFound(
            f"there is no schema {quoted(reference)} in {provider.url}{_schemas_there(provider, id)}"
        )
    return found


def _labelled(provider: Provider, wanted: Reference) -> str:
    assert wanted.label is not None
    label = provider.label(wanted.label)
    if label is not None and label.name == wanted.name:
        return label.version
    if label is not None:
        raise EntryNotFound(
            f"{wanted}: the label {wanted.label!r} stands for {label.name}@{label.version}"
        )
    raise EntryNotFound(
        f"{wanted}: there is no label {wanted.label!r} in {provider.url}{_labels_there(provider, wanted.name)}"
    )


def _no_entry(provider: Provider, wanted: Reference) -> EntryNotFound:
    versions = provider.versions(wanted.name)
    if versions:
        return EntryNotFound(
            f"there is no version {wanted.version} of {wanted.name!r}; it has {_some(versions[::-1])}"
        )
    label = provider.label(wanted.name) if wanted.version is None else None
    if label is not None:
        return EntryNotFound(
            f"there is no dataset {wanted.name!r}; the label of that name is "
            f"{label.name}@{label.label}"
        )
    return EntryNotFound(
        f"there is no dataset {wanted.name!r} in {provider.url}{_near(provider, wanted.name)}"
    )


def _near(provider: Provider, name: str) -> str:
    # Imported where it is needed: a name that is there needs no suggestion.
    from difflib import get_close_matches

    names = [entry.name for entry in provider.entries()]
    near = get_close_matches(name, names, n=3)
    if near:
        return f"; did you mean {_some(near)}?"
    return f"; it has {_some(names)}" if names else ", which is empty"


def _labels_there(provider: Provider, name: str) -> str:
    labels = [label.label for label in provider.labels(name)]
    return f"; {name!r} has {_some(labels)}" if labels else f"; {name!r} has none"


def _schemas_there(provider: Provider, id: str) -> str:
    keys = [item.key for item in provider.schemas()]
    versions = [key.version for key in keys if key.id == id]
    if versions:
        return f"; it has {_some(versions[::-1])}"
    names = list(dict.fromkeys(key.id for key in keys))
    return f"; it has {_some(names)}" if names else ", which has none"


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
