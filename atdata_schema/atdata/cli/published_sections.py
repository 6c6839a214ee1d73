"""What `atdata info` says of a dataset of the network beside what it says of every dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata.cli.figures import counted, day_of
from atdata.cli.output import Cell, Row, Section
from atdata.cli.visible import cut

if TYPE_CHECKING:
    from atdata.atmosphere.reading.published import Published

__all__ = ["network_json", "network_sections", "proved", "title_of"]

_LONGEST = 300  # characters of a description


def title_of(found: Published) -> str:
    """The dataset in a few words: by whom, which, in which version."""
    version = "" if found.dataset.version is None else f" {found.dataset.version}"
    return f"{found.identity.handle or found.identity.did}: {found.dataset.name}{version}"


def network_sections(found: Published) -> list[Section]:
    """Who published it, what is proved of it, and what its record says."""
    dataset, identity = found.dataset, found.identity
    sections = [
        Section("name", [[dataset.name]]),
        Section("version", _given(dataset.version)),
        Section("by", [[_handle(found), Cell(identity.did, style="dim")]], key="account"),
        Section("server", _given(identity.document.pds)),
        Section("published", [[Cell(day_of(dataset.created), plain=dataset.created)]]),
        Section("description", _given(cut(dataset.description, _LONGEST))),
        Section("license", _given(dataset.license)),
        Section("tags", _given(", ".join(dataset.tags))),
        Section("record", [[found.entry.uri]], apart=True),
        Section("record CID", [[Cell(found.entry.cid, style="dim")]], key="record-cid"),
        Section("revision", [[found.entry.commit.rev]]),
        Section("proved", _proof_rows(found)),
        Section("made from", [[ref.uri] for ref in dataset.derived_from], key="source"),
    ]
    return [section for section in sections if section.rows]


def _given(text: str | None) -> list[Row]:
    return [[text]] if text else []


def _handle(found: Published) -> Cell:
    handle = found.identity.handle
    return Cell(handle or "no handle that is its own", plain=handle or "-", style="bold")


def _proof_rows(found: Published) -> list[Row]:
    return [[Cell(about, style=style), what] for about, what, style in proved(found)]


def proved(found: Published) -> list[tuple[str, str, str]]:
    """What is proved of the record, the type and the shards: of which, what, and how that looks."""
    style = {"signed": "green", "cid": "yellow", "unverified": "red"}
    type_level = found.schema_record.level
    pinned = "" if found.is_type_pinned else "; the record does not pin it, so it may change"
    return [
        (str(found.entry.level), _LEVELS[found.entry.level], style[found.entry.level]),
        (
            f"type {type_level}",
            f"{found.schema_record.uri}{pinned}",
            style[type_level] if found.is_type_pinned else "yellow",
        ),
        _data(found),
    ]


_LEVELS = {
    "signed": "the record is the account's, by its signature",
    "cid": "the record is the one that the lock pins; whose it is was not looked at",
    "unverified": "the server says so, and nothing was looked at",
}


def _data(found: Published) -> tuple[str, str, str]:
    count = sum(map(len, found.splits.values()))
    lacking = found.unvouched
    if not lacking:
        return "data by sha-256", "each shard is held against the digest in the record", "green"
    said = f"{counted(lacking, 'shard')} of {count:,} without a digest in the record"
    return "data unverified", f"{said}: nothing tells whether they are what was published", "red"


def network_json(found: Published | None) -> dict[str, Any]:
    """The same for programs."""
    if found is None:
        return {}
    dataset = found.dataset
    return {
        "name": dataset.name,
        "version": dataset.version,
        "created": dataset.created,
        "description": dataset.description,
        "license": dataset.license,
        "tags": list(dataset.tags),
        "metadata": dataset.metadata,
        "network": {
            "did": found.identity.did,
            "handle": found.identity.handle,
            "server": found.identity.document.pds,
            "uri": found.entry.uri,
            "cid": found.entry.cid,
            "rev": found.entry.commit.rev,
            "level": str(found.entry.level),
            "label": None if found.label is None else found.label.uri,
            "type": {
                "uri": found.schema_record.uri,
                "cid": found.schema_record.cid,
                "level": str(found.schema_record.level),
                "pinned": found.is_type_pinned,
            },
            "unverified_shards": found.unvouched,
            "derived_from": [{"uri": ref.uri, "cid": ref.cid} for ref in dataset.derived_from],
        },
    }
