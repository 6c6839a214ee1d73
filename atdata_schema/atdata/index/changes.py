"""What a change of the sample type means for the version of a dataset, and for the version of a schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from atdata.errors import SchemaConflict
from atdata.index.providers.provider import Provider, StoredSchema
from atdata.index.versions import FIRST, Version
from atdata_schema.compare import Comparison, compare
from atdata_schema.schema import Schema

__all__ = ["check_step", "compared", "schema_version"]

_SHOWN: Final = 20  # findings in a message


def compared(old: StoredSchema, new: Schema) -> Comparison | None:
    """What changed from a stored type to another one; `None` where it is the same type."""
    if (old.key.id, old.key.cid) == (new.id, new.cid):
        return None
    return compare(Schema.from_json(old.schema).model, new.model)


def check_step(what: str, earlier: Version, later: Version, change: Comparison | None) -> None:
    """Refuse a breaking change that a version does not announce.

    Args:
        what: whose versions they are.
        earlier: the lower version.
        later: the higher version.
        change: from the type of the lower version to that of the higher one.

    Raises:
        SchemaConflict: the change breaks something and the step is a minor one; the message lists what.
    """
    if change is None or not change.breaking or _may_break(earlier, later):
        return
    raise SchemaConflict(
        f"{what}: {later} cannot follow {earlier}, since its type breaks readers of the other one:\n"
        f"{_listed(change)}\n"
        f"give it the version {earlier.next_major}, or none; or keep the type as it was"
    )


def _may_break(earlier: Version, later: Version) -> bool:
    # Nobody relies on a pre-release of the very version that is being made.
    same = (earlier.major, earlier.minor, earlier.patch) == (later.major, later.minor, later.patch)
    return later.breaks_from(earlier) or bool(earlier.pre and same)


def _listed(change: Comparison) -> str:
    findings = [finding for finding in change.findings if finding.breaks]
    more = len(findings) - _SHOWN
    lines = [f"  {finding}" for finding in findings[:_SHOWN]]
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


def schema_version(provider: Provider, schema: Schema, given: str | None) -> str:
    """The version that a type is stored under, or will be.

    Args:
        provider: knows the versions that there are.
        schema: the type.
        given: what its author says.

    Raises:
        SchemaConflict: the version given names another type, or is a minor step over a breaking change.
    """
    latest = provider.schema(schema.id)
    if latest is None:
        return given or str(FIRST)
    if given is None and latest.key.cid == schema.cid:
        return latest.key.version
    # All of them are looked at only where a type is another one than its latest version.
    stored = _versions_of(provider, schema.id)
    if given is not None:
        _check_given(stored, schema, given)
        return given
    for item in reversed(stored):
        if item.key.cid == schema.cid:
            return item.key.version
    return str(_next(latest, schema))


def _versions_of(provider: Provider, id: str) -> Sequence[StoredSchema]:
    return [item for item in provider.schemas() if item.key.id == id]


def _check_given(stored: Sequence[StoredSchema], schema: Schema, given: str) -> None:
    version = Version.of(given)
    below = [item for item in stored if Version.of(item.key.version) < version]
    above = [item for item in stored if Version.of(item.key.version) > version]
    for item in stored:
        if item.key.version == given and item.key.cid != schema.cid:
            raise SchemaConflict(
                f"{schema.id}@{given} is another type, {item.key.cid}; a version names one type for ever: "
                f"give schema_version={str(Version.of(stored[-1].key.version).next_minor)!r} or a later one, or none"
            )
    if below:
        check_step(
            f"the schema {schema.id}",
            Version.of(below[-1].key.version),
            version,
            compared(below[-1], schema),
        )
    if above:
        _check_above(above[0], schema, version)


def _check_above(above: StoredSchema, schema: Schema, version: Version) -> None:
    if compared(above, schema) is None:
        return
    change = compare(schema.model, Schema.from_json(above.schema).model)
    check_step(f"the schema {schema.id}", version, Version.of(above.key.version), change)


def _next(latest: StoredSchema, schema: Schema) -> Version:
    change, version = compared(latest, schema), Version.of(latest.key.version)
    if change is None:
        return version
    steps = {"major": version.next_major, "minor": version.next_minor, "patch": version.next_patch}
    return steps[change.level]
