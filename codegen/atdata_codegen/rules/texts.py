"""Rules about strings and bytes: how long, of which form, which values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from atdata_codegen.rules.rule import Found, LintRule
from atdata_codegen.rules.site import Site

__all__ = ["RULES"]

_LARGE = 20_480
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _unlimited_string(site: Site) -> Iterator[Found]:
    limits = ("format", "maxLength", "maxGraphemes", "enum", "const")
    if not any(key in site.node for key in limits):
        yield Found(
            "this string may be of any length", 'give it a "format" or a "maxLength" in bytes'
        )


def _unlimited_bytes(site: Site) -> Iterator[Found]:
    if "maxLength" not in site.node:
        yield Found("these bytes may be of any length", 'give them a "maxLength"')


def _large(site: Site) -> Iterator[Found]:
    limit = site.number("maxLength")
    if limit is not None and limit > _LARGE:
        remedy = "a blob holds larger data, an array of numbers is a dev.atdata.types#ndarray"
        yield Found(f"maxLength {limit} is more than {_LARGE}", remedy, ("maxLength",))


def _format_and_length(site: Site) -> Iterator[Found]:
    kind = site.text("format")
    for key in ("minLength", "maxLength", "minGraphemes", "maxGraphemes"):
        if kind is not None and key in site.node:
            yield Found(f"the format {kind!r} has limits of its own", f"remove {key}", (key,))


def _grapheme_ratio(site: Site) -> Iterator[Found]:
    graphemes, length = site.number("maxGraphemes"), site.number("maxLength")
    if graphemes is None or graphemes <= 0:
        return
    wanted = f'"maxLength": {10 * graphemes}'
    if length is None:
        yield Found("maxGraphemes without maxLength leaves the bytes open", f"add {wanted}")
    elif not 10 * graphemes <= length <= 20 * graphemes:
        message = f"maxLength {length} is not 10 to 20 times maxGraphemes {graphemes}"
        yield Found(message, f"{wanted} leaves room for any script", ("maxLength",))


def _known_value_case(site: Site) -> Iterator[Found]:
    for index, value in site.texts("knownValues").items():
        if "#" not in value and "." not in value and not _KEBAB.fullmatch(value):
            yield Found(f"{value!r} is not kebab-case", None, ("knownValues", index))


def _known_local_ref(site: Site) -> Iterator[Found]:
    for index, value in site.texts("knownValues").items():
        if value.startswith("#"):
            whole = f"write {site.view.nsid}{value}"
            message = f"{value!r} means nothing outside of this document"
            yield Found(message, whole, ("knownValues", index))


def _closed_enum(site: Site) -> Iterator[Found]:
    if "enum" in site.node:
        hint = "knownValues stays open; keep enum if the set can never grow"
        yield Found("an enum can never be extended", hint, ("enum",))


def _ambiguous_field(site: Site) -> Iterator[Found]:
    if site.role == "property" and site.name in ("uri", "cid") and not site.described:
        yield Found(f"{site.name!r} does not say what it points to", "add a description")


RULES = (
    LintRule(
        "unlimited-string",
        "warning",
        ("string",),
        _unlimited_string,
        "A string has no limit at all.",
        "Every string in a record costs each reader memory. A format has a limit of its own; for free text "
        "give `maxLength`, which counts UTF-8 bytes. Strings closed by `enum` or `const` are limited.",
    ),
    LintRule(
        "unlimited-bytes",
        "warning",
        ("bytes",),
        _unlimited_bytes,
        "Bytes have no limit.",
        "Records are at most one mebibyte, and readers want to know how much to expect. Give `maxLength`; "
        "use a blob for files, and dev.atdata.types#ndarray for arrays of numbers.",
    ),
    LintRule(
        "large-string",
        "warning",
        ("string",),
        _large,
        "A string may be longer than 20,480 bytes.",
        "Strings are for small data. Put large texts into a blob, which is stored apart from the record and "
        "fetched only when it is wanted.",
    ),
    LintRule(
        "large-bytes",
        "warning",
        ("bytes",),
        _large,
        "Bytes may be longer than 20,480.",
        "Bytes in a record are for small data such as digests and keys. Put files into a blob, and arrays "
        "of numbers into dev.atdata.types#ndarray.",
    ),
    LintRule(
        "format-and-length",
        "warning",
        ("string",),
        _format_and_length,
        "A string has a format and a length.",
        "A format says what a text may be, its length included. A second limit refuses values that the "
        "format allows, or has no effect.",
    ),
    LintRule(
        "grapheme-byte-ratio",
        "warning",
        ("string",),
        _grapheme_ratio,
        "The limit in bytes does not fit the limit in graphemes.",
        "`maxGraphemes` counts what people see, `maxLength` counts UTF-8 bytes; one grapheme takes 1 byte in "
        "English, 3 in Japanese and 25 for a family emoji. A limit in bytes of 10 to 20 times the graphemes "
        "lets the one that people understand decide, and still bounds the size.",
    ),
    LintRule(
        "known-value-case",
        "warning",
        ("string",),
        _known_value_case,
        "A known value is not in kebab-case.",
        "Known values are words of an open vocabulary, written `like-this`. Names of tokens "
        "(`nsid#name`) are exempt.",
    ),
    LintRule(
        "known-string-local-ref",
        "warning",
        ("string",),
        _known_local_ref,
        "A known value begins with `#`.",
        "`knownValues` hold texts, not references: nothing resolves `#name` against the document. A value "
        "that means a token is its full name, `nsid#name`.",
    ),
    LintRule(
        "closed-enum",
        "note",
        ("string", "integer"),
        _closed_enum,
        "An `enum` can never be extended.",
        "A reader of the old lexicon refuses every value that is added later, so the set is closed for ever. "
        "`knownValues` lists the same values and stays open.",
    ),
    LintRule(
        "undescribed-field",
        "warning",
        ("string", "cid-link"),
        _ambiguous_field,
        "A field called `uri` or `cid` has no description.",
        "The name says what kind of text it is, not what it points to: which record, whose, in which version.",
    ),
)
"""Rules about strings and bytes."""
