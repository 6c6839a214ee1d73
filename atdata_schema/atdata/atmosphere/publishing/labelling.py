"""Names that stand for published datasets, and move."""

from __future__ import annotations

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.publishing.clock import now
from atdata.atmosphere.publishing.repository import OwnRepository, Write
from atdata.atmosphere.publishing.state import labels_of
from atdata.atmosphere.publishing.transaction import transact
from atdata.atmosphere.records.collections import ENTRY, LABEL, new_tid
from atdata.atmosphere.records.label import PublishedLabel, label_to_record
from atdata.errors import PublishError
from atdata.index.names import Reference, check_label
from atdata.index.versions import Version, is_version
from atdata_schema.syntax.quoting import quoted

__all__ = ["entry_of", "set_label"]


def set_label(account: Account, name: str, target: str) -> str:
    """Let a name stand for an entry of the account; the AT-URI of the label. See `Atmosphere.label`.

    Raises:
        NameRefused: the name cannot be one.
        PublishError: there is no such entry, or it cannot be written.
    """
    check_label(name)
    repository = OwnRepository(account)
    uri = entry_of(repository, target)
    rkey, created = new_tid(), now()

    def plan() -> list[Write]:
        nonlocal rkey
        made = PublishedLabel(name, uri, created)
        for place, label in labels_of(repository, name).items():
            if label.version is None:
                rkey = place.rpartition("/")[2]
                same = label.dataset_uri == uri
                return [] if same else [Write("update", LABEL, rkey, label_to_record(made))]
        return [Write("create", LABEL, rkey, label_to_record(made))]

    transact(repository, f"the label {name}", plan)
    return repository.uri(LABEL, rkey)


def entry_of(repository: OwnRepository, target: str) -> str:
    """The AT-URI of an entry of the account: it itself, or by `name` (the highest version) or `name@1.2.0`.

    Raises:
        PublishError: there is none.
    """
    if target.startswith("at://"):
        found = repository.rkey(target, ENTRY)
        if found is None or repository.get(*found) is None:
            raise PublishError(f"{quoted(target)} is no dataset of {repository.did}")
        return repository.uri(*found)
    wanted = Reference.of(target)
    versions = {
        label.version: label.dataset_uri
        for label in labels_of(repository, wanted.name).values()
        if label.version is not None and is_version(label.version)
    }
    if wanted.label is None and wanted.version is None and versions:
        return versions[max(versions, key=Version.of)]
    if wanted.version in versions:
        return versions[wanted.version]
    there = f"; there is {', '.join(sorted(versions, key=Version.of))}" if versions else ""
    raise PublishError(f"{repository.did} has published no {quoted(target)}{there}")
