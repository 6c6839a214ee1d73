"""Every rule by which a lens is judged: what each finding is about, and what to do.

The hundreds say of what a rule is: 0 the text, 1 fields and types, 2 operators, laws and limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from atdata_schema.lexicon.rules import RuleInfo

__all__ = ["RULES"]


_ERRORS: dict[str, tuple[str, str]] = {
    "LN001": (
        "The text is not of the language.",
        (
            "A clause is `source | operator <-> view;`: it ends with a semicolon, texts stand in double quotes, "
            "comments begin with `#`, and a field named drop, auto or const at its beginning stands in backticks. "
            "The first mistake of each clause is told."
        ),
    ),
    "LN002": (
        "There is no such operator.",
        (
            "The operators of dlens/1 are a closed set, the same for everybody who reads a lens. What they cannot "
            "say is declared as `extern` and written as code."
        ),
    ),
    "LN003": (
        "An operator is given an argument that it does not take, or lacks one.",
        (
            "The message names the arguments that there are. Axes are named by the dimensions of the schema in "
            "lower case, or by number: d0, d1, ..."
        ),
    ),
    "LN004": (
        "A literal is out of range.",
        (
            "Numbers are exact and have at most 64 characters and exponents up to 400; texts have at most 4096 "
            "characters and no lone surrogates; integers have at most 64 bits."
        ),
    ),
    "LN005": (
        "Two declarations of a file have one name.",
        "Lenses of a file are referred to by their names, and externs too. Rename one of them.",
    ),
    "LN006": (
        "A record is not of the form of `dev.atdata.lens`.",
        (
            "Unknown keys and kinds are refused, since passing one over would change the data. A newer version of "
            "atdata may know them."
        ),
    ),
    "LN007": (
        "A block names a lens that is not there, or one that it stands in itself.",
        "`each` and `with` take clauses in curly brackets, or the name of another lens of the same file.",
    ),
    "LN009": (
        "A hole is not filled.",
        "`derive` writes `???` where it cannot know what is meant. Write the operator, the field or the value.",
    ),
    "LN101": (
        "A field of the view is set by no clause.",
        (
            "Each field of the view is set exactly once. Give it a source, a constant, `const none` where it may "
            "be missing, or `auto` for fields of equal names and types."
        ),
    ),
    "LN102": (
        "A field of the view is set by two clauses.",
        "Each field of the view is set exactly once; an object and a field in it are the same field.",
    ),
    "LN103": (
        "A field of the source is neither written nor dropped.",
        (
            "Nothing is lost in silence: what the view does not write is dropped by name, with a default where "
            "`create` is to work, or all at once with `drop *`."
        ),
    ),
    "LN104": (
        "A field of the source is written by two clauses.",
        "A put could not tell which of them counts. Read it in one of them only: `->`.",
    ),
    "LN105": (
        "A type has no such field.",
        (
            "Paths are property names of the schema, with dots between them, in backticks where they are no plain "
            "words."
        ),
    ),
    "LN107": (
        "A path leads into something that has no fields.",
        "Fields of an object in a list are reached with `each { ... }`. Unions and maps are moved whole.",
    ),
    "LN108": (
        "An operator or a clause has more or fewer values than it takes.",
        '`(a, b) | join(" ") <-> c` makes one of two, `x | split("/", parts=2) <-> (c, d)` two of one.',
    ),
    "LN110": (
        "A lens is pinned to another version of a type.",
        (
            "A record names its types by their CIDs. The type that is at hand has another one, so nothing that was "
            "proved of the lens holds for it. Check it against the new schema, and pin it anew."
        ),
    ),
    "LN111": (
        "A lens is for another type.",
        "The name after `from` or `to`, or in the record, is not the one of the type that was given.",
    ),
    "LN112": (
        "A type is not known, or is no type of samples.",
        "The schema could not be read as one, or there is none of that name among those given.",
    ),
    "LN201": (
        "An operator takes another kind of value.",
        (
            "The message shows what the pipe carries at that point. Operators leave a missing value missing, but "
            "those that take several values take only such as are always there."
        ),
    ),
    "LN202": (
        "What a pipe gives is not what the view wants.",
        (
            "Nothing is converted in silence: element types are changed with cast, a value that may be missing is "
            "filled with unwrap or demanded with expect, one that is always there becomes optional with some."
        ),
    ),
    "LN203": (
        "An array has no such axis, or one is named twice.",
        (
            "Axes have the names of their dimensions in lower case, or of the pattern of the last rearrange, and "
            "the numbers d0, d1, ..."
        ),
    ),
    "LN204": (
        "A size or a position is impossible.",
        "The sizes that the schema states exclude it, whatever the sample is.",
    ),
    "LN205": (
        "The rank or a size of an array is not known, and has to be.",
        "Declare the shape in the schema of the source: names for sizes that differ from sample to sample.",
    ),
    "LN206": (
        "A pattern of axes is wrong.",
        "Each name stands once on each side: rearrange[h w c -> (h w) c]. 1 adds or removes an axis of size 1.",
    ),
    "LN207": (
        "A pattern does not match the array.",
        (
            "The left side has one name, or group of names, for each axis. Of a group all sizes but one are given: "
            "rearrange[(t c) -> t c](c=3)."
        ),
    ),
    "LN208": (
        "Arrays that are brought together differ.",
        "stack takes arrays of one element type and shape, concat such as differ along its axis only.",
    ),
    "LN209": (
        "A literal is no value of the type.",
        "Constants, defaults and fills are held against the schema, its ranges and lengths included.",
    ),
    "LN221": (
        "A map does not cover all values of the source.",
        "Add a pair for each value of the enum, or `else -> ...` for the rest.",
    ),
    "LN222": (
        "A map has a value on the left twice.",
        "The first pair would win and the second never count. Remove one of them.",
    ),
    "LN223": (
        "A map leads one value of the view back to two of the source.",
        "Write `<->` for the one that put is to choose, and `->` for the others.",
    ),
    "LN224": (
        "The values of a map are not of one kind, or not of that of the field.",
        (
            "All values on one side are texts, or integers, or numbers, or truth values; arrays keep their element "
            "type."
        ),
    ),
    "LN231": (
        "A cast can overflow, and the lens does not say what happens then.",
        (
            "overflow=error refuses such a sample, clamp takes the nearest number, wrap counts modulo the size of "
            "the type. Or declare minimum and maximum in the schema."
        ),
    ),
    "LN232": (
        "A cast loses precision.",
        (
            "The float type cannot hold every integer of the source. Write `lossy` to take that; a put then is "
            "exact only where the number is."
        ),
    ),
    "LN233": (
        "A cast has to round, and the lens does not say how.",
        "Floats become integers with round=nearest_even, towards_zero, down or up.",
    ),
    "LN234": (
        "A cast between these types is not possible.",
        "Complex numbers have no real form, and floats no truth.",
    ),
    "LN235": (
        "A scale or an offset is not possible.",
        (
            "A scale of 0 forgets what it scales, integers stay integers only under integers, and a float type has "
            "to hold both numbers."
        ),
    ),
    "LN240": (
        "A read-only operator stands in a two-way clause.",
        (
            "length, sum, mean, min, max, argmax, dot, resize, cast_str and take with repetitions have no way "
            "back. Write `->`, which makes the field of the view read-only."
        ),
    ),
    "LN241": (
        "A constant stands in a two-way clause, or with operators.",
        "A constant has nothing to write back to: `const value -> field;`.",
    ),
    "LN260": (
        "A lens is too large.",
        (
            "A lens has at most 512 clauses, 32 operators a clause, 4096 pairs a map and 8 axes an array, so that "
            "one from a stranger costs little to check. Split it."
        ),
    ),
    "LN261": (
        "A lens could make far more data than it reads.",
        (
            "How much memory each operator makes is known before any data is read; the product along a pipe is "
            "limited."
        ),
    ),
    "LN262": (
        "A lens could make much data whatever it reads.",
        "Fills, defaults and sizes that a lens states are limited together to 64 MiB a sample.",
    ),
    "LN263": (
        "Blocks are nested too deeply.",
        "Blocks stand in blocks four deep at most.",
    ),
    "LN271": (
        "An extern is not declared.",
        "Declare it in the file: `extern name: bytes <-> uint8[H, W];`.",
    ),
    "LN272": (
        "An extern takes or gives another type.",
        "Its declaration says what goes in and what comes out; names of dimensions are those of the value.",
    ),
    "LN281": (
        "A record claims what does not hold.",
        (
            "Claims are computed again by whoever reads the record. These differ, so the record was made of "
            "another lens, for other types, or to deceive."
        ),
    ),
}

_WARNINGS: dict[str, tuple[str, str]] = {
    "LN225": (
        "A map has a pair for a value that never occurs.",
        "The schema of the source excludes it, so the pair says nothing; perhaps it is misspelled.",
    ),
    "LN245": (
        "What the view of a list hides is matched by position.",
        (
            "When the view's list becomes shorter and longer again, or its items move, what the view does not show "
            "goes with the position, not with the item. Show the fields that must survive."
        ),
    ),
    "LN251": (
        "Only arrays can tell whether a size is right.",
        "The schemas do not prove it, so it is checked for every sample, and one that is wrong has no view.",
    ),
    "LN252": (
        "The view allows less than the pipe gives.",
        (
            "The schemas do not prove that every value fits, so each is checked, and a sample with one that does "
            "not fit has no view."
        ),
    ),
}

RULES: Mapping[str, RuleInfo] = MappingProxyType(
    {rule: RuleInfo("error", *texts) for rule, texts in _ERRORS.items()}
    | {rule: RuleInfo("warning", *texts) for rule, texts in _WARNINGS.items()}
)
"""The rules by identifier.

    >>> RULES["LN231"].summary
    'A cast can overflow, and the lens does not say what happens then.'
"""
