"""Rules about primary definitions: descriptions, endpoints, permission sets, records."""

from __future__ import annotations

import json
from collections.abc import Iterator

from atdata_codegen.rules.rule import ANY, DOCUMENT, Found, LintRule
from atdata_codegen.rules.site import Site

__all__ = ["RULES"]

_PRIMARY = ("record", "query", "procedure", "subscription")
_LARGEST = 1_048_576
_ATOMS = ("string", "integer", "boolean", "bytes")


def _primary_description(site: Site) -> Iterator[Found]:
    if not site.described:
        yield Found(f"this {site.kind} has no description", "say in a sentence what it is for")


def _main_description(site: Site) -> Iterator[Found]:
    other = site.kind not in (*_PRIMARY, "token", "permission-set")
    if site.role == "definition" and site.name == "main" and other and not site.described:
        yield Found("the main definition has no description", "say in a sentence what it is")


def _undescribed_token(site: Site) -> Iterator[Found]:
    if not site.described:
        yield Found(
            f"the token {site.name!r} has no description", "a token is nothing but its meaning"
        )


def _undefined_output(site: Site) -> Iterator[Found]:
    if "output" not in site.node:
        hint = 'for example "output": {"encoding": "application/json", ...}'
        yield Found(f"this {site.kind} has no output", hint)


def _unspecified_encoding(site: Site) -> Iterator[Found]:
    for key in ("input", "output"):
        if site.mapping(key).get("encoding") == "":
            yield Found(f"the encoding of the {key} is empty", '"*/*" is any', (key, "encoding"))


def _no_messages(site: Site) -> Iterator[Found]:
    schema = site.mapping("message").get("schema")
    if not isinstance(schema, dict) or not schema.get("refs"):
        yield Found("this subscription has no messages", "its message.schema is a union of them")


def _no_title(site: Site) -> Iterator[Found]:
    if not site.text("title"):
        yield Found("this permission set has no title", "users see it where they grant it")


def _no_permissions(site: Site) -> Iterator[Found]:
    if site.node.get("permissions") == []:
        yield Found("this permission set grants nothing", None, ("permissions",))


def _handle_in_record(site: Site) -> Iterator[Found]:
    if site.view.main == "record" and site.text("format") in ("handle", "at-identifier"):
        message = f"a record keeps the {site.text('format')}, which changes hands"
        yield Found(message, 'an account is known by its DID: "format": "did"', ("format",))


def _unknown_in_record(site: Site) -> Iterator[Found]:
    if site.view.main == "record":
        yield Found("`unknown` in a record cannot be checked", "use an open union")


def _closed_union(site: Site) -> Iterator[Found]:
    if site.node.get("closed") is True:
        hint = "leave closed out, unless no member can ever be added"
        yield Found("a closed union can never be extended", hint, ("closed",))


def _array_of_atoms(site: Site) -> Iterator[Found]:
    kind = site.mapping("items").get("type")
    if site.view.main in _PRIMARY and site.role == "property" and kind in _ATOMS:
        hint = "an object with one property can be given more of them later"
        yield Found(f"the items of {site.name!r} are of type {kind}", hint, ("items",))


def _default_true(site: Site) -> Iterator[Found]:
    if site.node.get("default") is True:
        hint = "turn the name around, so that false is what is meant where nothing is said"
        yield Found("this boolean is true where it is absent", hint, ("default",))


def _nullable_and_optional(site: Site) -> Iterator[Found]:
    required = site.texts("required").values()
    for index, name in site.texts("nullable").items():
        if name in site.mapping("properties") and name not in required:
            message = f"{name!r} may be null and may be absent: two ways to say nothing"
            yield Found(message, "remove it from nullable, or require it", ("nullable", index))


def _too_large(site: Site) -> Iterator[Found]:
    size = len(json.dumps(site.node, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > _LARGEST:
        message = f"the document takes {size} bytes; a record holds {_LARGEST}"
        yield Found(message, "no repository takes it: shorten descriptions, or divide it")


def _shared_outside_defs(site: Site) -> Iterator[Found]:
    nsid, _, name = site.target.partition("#")
    own = nsid == site.view.nsid or not site.view.lexicons.is_linted(nsid)
    if name and not own and not nsid.endswith((".defs", ".types")):
        message = f"{site.target} is shared, and belongs to the document {nsid}"
        yield Found(message, "move it to a document named `defs`", ("ref",))


RULES = (
    LintRule(
        "missing-primary-description",
        "warning",
        _PRIMARY,
        _primary_description,
        "A record or endpoint has no description.",
        "It is what others look for when they search for a lexicon, and the first line of its documentation.",
    ),
    LintRule(
        "missing-main-description",
        "warning",
        (ANY,),
        _main_description,
        "The main definition has no description.",
        "The description of a sample type becomes the documentation of its class.",
    ),
    LintRule(
        "undescribed-token",
        "warning",
        ("token",),
        _undescribed_token,
        "A token has no description.",
        "A token holds no data: without a description nobody knows what it stands for.",
    ),
    LintRule(
        "endpoint-output-undefined",
        "warning",
        ("query", "procedure"),
        _undefined_output,
        "An endpoint has no output.",
        "Without one a client cannot know what to expect, and none can be added later without breaking those "
        "that expect nothing.",
    ),
    LintRule(
        "unspecified-encoding",
        "warning",
        ("query", "procedure"),
        _unspecified_encoding,
        "The encoding of an input or output is empty.",
        "It is the media type of the body: `application/json`, or `*/*` where any is accepted.",
    ),
    LintRule(
        "subscription-no-messages",
        "warning",
        ("subscription",),
        _no_messages,
        "A subscription has no messages.",
        "What it delivers is the union in `message.schema`; an empty one tells a reader nothing.",
    ),
    LintRule(
        "permissionset-no-title",
        "warning",
        ("permission-set",),
        _no_title,
        "A permission set has no title.",
        "The title is what a user reads before granting it.",
    ),
    LintRule(
        "permissionset-no-permissions",
        "warning",
        ("permission-set",),
        _no_permissions,
        "A permission set has no permissions.",
        "Granting it would grant nothing; list what the application needs, or remove the document.",
    ),
    LintRule(
        "handle-in-record",
        "warning",
        ("string",),
        _handle_in_record,
        "A record refers to an account by handle.",
        "Handles change and are taken over by others; a DID stays. Look the handle up when it is shown.",
    ),
    LintRule(
        "unknown-in-record",
        "warning",
        ("unknown",),
        _unknown_in_record,
        "A record holds `unknown`.",
        "No reader can check it and no generator can type it. An open union allows what is not known yet, and "
        "names it by `$type`.",
    ),
    LintRule(
        "closed-union",
        "note",
        ("union",),
        _closed_union,
        "A union is closed.",
        "Readers of the old lexicon refuse a member that is added later. An open union lets them pass it over.",
    ),
    LintRule(
        "array-of-atoms",
        "note",
        ("array",),
        _array_of_atoms,
        "The items of an array in a record or endpoint are single values.",
        "Nothing can be added to a string or number later. An object with one property can grow. In sample "
        "types, whose arrays are read as columns, the rule does not apply.",
    ),
    LintRule(
        "default-true",
        "warning",
        ("boolean",),
        _default_true,
        "A boolean is true by default.",
        "Many readers take an absent boolean as false. Name it so that false is the normal case: `hidden`, "
        "not `visible`.",
    ),
    LintRule(
        "nullable-and-optional",
        "warning",
        ("object",),
        _nullable_and_optional,
        "A property may be null and may be absent.",
        "Two ways to say nothing invite readers to give them two meanings, and most languages cannot tell "
        "them apart.",
    ),
    LintRule(
        "unpublishable-size",
        "warning",
        (DOCUMENT,),
        _too_large,
        "The document is larger than a record may be.",
        "A lexicon is published as a record, and repositories refuse records above one mebibyte.",
    ),
    LintRule(
        "shared-outside-defs",
        "note",
        ("ref",),
        _shared_outside_defs,
        "A definition is shared, and stands in a document about something else.",
        "Definitions that several documents use belong in one named `defs`, so that the document they came "
        "from can be replaced without them.",
    ),
)
"""Rules about primary definitions, and about documents as a whole."""
