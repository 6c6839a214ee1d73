"""Published records are taken away: labels first, then what they stand for."""

from __future__ import annotations

from dataclasses import dataclass

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.publishing.journal import Journal
from atdata.atmosphere.publishing.repository import OwnRepository, Stored, Write
from atdata.atmosphere.publishing.transaction import MOST_WRITES, transact
from atdata.atmosphere.records.collections import ENTRY, LABEL, LENS, SCHEMA
from atdata.errors import PublishError
from atdata.index.names import Reference
from atdata_schema.syntax.quoting import quoted

__all__ = ["Unpublished", "unpublish"]


@dataclass(frozen=True, slots=True)
class Unpublished:
    """What was taken away, or would be.

    Attributes:
        removed: the AT-URIs of the records, labels first.
        stays: what does not go with them, as sentences.
    """

    removed: tuple[str, ...]
    stays: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((*self.removed, *self.stays))


def unpublish(account: Account, target: str, *, dry_run: bool = False) -> Unpublished:
    """Take a dataset, a version of it, a label, a type or a lens away; see `Atmosphere.unpublish`.

    Raises:
        PublishError: there is nothing of the name, it is in use, or it cannot be done.
    """
    repository = OwnRepository(account)
    writes = _planned(repository, target)
    removed = tuple(repository.uri(write.collection, write.rkey) for write in writes)
    kinds = {write.collection for write in writes}
    if not dry_run:
        # A commit takes so many; labels come first, so that none is left which names nothing.
        while writes:
            transact(
                repository,
                f"unpublishing {target}",
                lambda: _still_there(repository, target)[:MOST_WRITES],
            )
            writes = _still_there(repository, target)
        journal = Journal()
        for uri in removed:
            journal.forget(repository.did, uri.rpartition("/")[2])
    return Unpublished(removed, tuple(_staying(kinds)))


def _still_there(repository: OwnRepository, target: str) -> list[Write]:
    try:
        return _planned(repository, target)
    except PublishError:  # nothing is left
        return []


def _planned(repository: OwnRepository, target: str) -> list[Write]:
    """The records that go, labels first.

    Raises:
        PublishError: there are none, or they are in use.
    """
    if target.startswith("at://"):
        return _by_address(repository, target)
    wanted = Reference.of(target.removeprefix(f"@{repository.handle}/"))
    if wanted.label is not None:
        raise PublishError(
            f"{quoted(target)}: name a version, as name@1.2.0, or all of the dataset, or a record by its at://"
        )
    stored = list(repository.records(LABEL))
    chosen = [label for label in stored if _is_meant(label, wanted)]
    if not chosen:
        raise PublishError(f"{repository.did} has published no {quoted(target)}")
    entries = dict.fromkeys(
        found
        for label in chosen
        if (found := repository.rkey(_target(label), ENTRY)) is not None
        if _has_name(repository, found, wanted.name)
    )
    # A name that stands for what goes would stand for nothing.
    left = [label for label in stored if repository.rkey(_target(label), ENTRY) in entries]
    labels = dict.fromkeys(label.rkey for label in (*chosen, *left))
    return [
        *(Write("delete", LABEL, rkey) for rkey in labels),
        *(Write("delete", *found) for found in entries),
    ]


def _is_meant(label: Stored, wanted: Reference) -> bool:
    if label.value.get("name") != wanted.name:
        return False
    return wanted.version in (None, label.value.get("version"))


def _target(label: Stored) -> str:
    return str(label.value.get("datasetUri", ""))


def _has_name(repository: OwnRepository, found: tuple[str, str], name: str) -> bool:
    """Whether an entry is there and is of the name: a name may stand for a dataset of another one."""
    entry = repository.get(*found)
    return entry is not None and entry.value.get("name") == name


def _by_address(repository: OwnRepository, target: str) -> list[Write]:
    found = repository.rkey(target, ENTRY, LABEL, SCHEMA, LENS)
    if found is None:
        raise PublishError(
            f"{quoted(target)} is no dataset, label, type or lens of {repository.did}: give the address that "
            "promote_entry returned, or the dataset's name"
        )
    collection, rkey = found
    if repository.get(collection, rkey) is None:
        raise PublishError(f"{quoted(target)}: there is no such record (any more)")
    if collection == SCHEMA:
        _check_unused(repository, repository.uri(collection, rkey))
    if collection != ENTRY:
        return [Write("delete", collection, rkey)]
    own = repository.uri(collection, rkey)
    labels = [label for label in repository.records(LABEL) if _target(label) == own]
    return [*(Write("delete", LABEL, label.rkey) for label in labels), Write("delete", ENTRY, rkey)]


def _check_unused(repository: OwnRepository, uri: str) -> None:
    for stored in repository.records(ENTRY):
        if stored.value.get("schemaRef") == uri:
            raise PublishError(
                f"{uri} is the type of {stored.uri}, which could not be read without it: unpublish that first"
            )


def _staying(kinds: set[str]) -> list[str]:
    said = [
        "Copies that others have made, and what they wrote down of the records, stay with them."
    ]
    if ENTRY in kinds:
        said += [
            "Blobs go with the last record that names them; files on https and in buckets stay where they are.",
            "The type stays published: others may use it. Its own address unpublishes it.",
        ]
    return said
