"""Every rule by which the kernel judges a lexicon document.

Names that `goat lex lint` has are used as it uses them; the other rules are ours. Matters of style
are no business of the kernel: these rules say what is wrong, or what tools read differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from atdata_schema.lexicon.findings import Severity

__all__ = ["RULES", "RuleInfo"]


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What one rule is about.

    Attributes:
        severity: how bad each of its findings is.
        summary: one line.
        explanation: a paragraph: why the rule is there and what to do.

    >>> RULES["unpublishable-float"].severity
    'error'
    """

    severity: Severity
    summary: str
    explanation: str


_ERRORS = {
    # Names of goat.
    "schema-json-parse": (
        "The file is not JSON, or a key holds JSON of the wrong kind.",
        (
            "A lexicon is a JSON object with `lexicon`, `id` and `defs`, and every key of the language has "
            "one JSON type: a length is an integer, `required` a list of strings. An unknown `type` and the "
            "name of a definition that is empty or holds '#' or '.' are refused here too, because no tool "
            "can read them. To express what no `type` of the language does, refer to a shared definition, "
            "such as dev.atdata.types#float64."
        ),
    ),
    "invalid-nsid": (
        "The id is not an NSID.",
        (
            "An NSID is a reversed domain name and a name: at least three segments of letters, digits and "
            "hyphens, at most 317 characters, the last of letters and digits without a leading digit, as in "
            "`org.example.image`. Rename the file with it: its path follows the NSID."
        ),
    ),
    "lexicon-version": (
        "The version of the language is not 1.",
        (
            "The key `lexicon` says which version of the language a document is written in. There is one "
            "version so far: the integer 1."
        ),
    ),
    "lexicon-schema": (
        "A definition breaks a rule of the language.",
        (
            "Each kind of definition has its own keys and limits: names in `required` and `nullable` are "
            "properties; `const` and `default` exclude each other; a minimum is not above its maximum; "
            "lengths are not negative; a closed union has members; parameters are booleans, integers, "
            "strings or arrays of these. The message says which rule and what is allowed."
        ),
    ),
    "non-main-primary": (
        "A primary definition is not named `main`.",
        (
            "A record, query, procedure, subscription or permission-set is what a document is about: there "
            "is at most one, and it is named `main`. Move each further one to a document of its own."
        ),
    ),
    # Names of ours.
    "duplicate-key": (
        "A JSON object has the same key twice.",
        (
            "Parsers keep the first or the last of equal keys, or refuse the file; two tools would read two "
            "different documents. Remove one of them."
        ),
    ),
    "empty-defs": (
        "The document defines nothing.",
        "`defs` is required and holds at least one definition: without any, nothing can refer to it.",
    ),
    "not-definable": (
        "A type that cannot be a definition of its own has a name.",
        (
            "`ref`, `union`, `unknown`, `params` and `permission` stand inside other definitions only. "
            "Write a union or reference where it is used, or wrap it in an object."
        ),
    ),
    "document-type": (
        "`$type` names another kind of record.",
        (
            "A published lexicon is a record of the type com.atproto.lexicon.schema. A file may carry this "
            "`$type` or none."
        ),
    ),
    "unpublishable-float": (
        "The document holds a number with a fraction or an exponent.",
        (
            "The AT Protocol data model has no floats, so a document with one cannot be published as a "
            "record, even where a tool would ignore the key that holds it. Scale it to an integer, or write "
            "it as a string."
        ),
    ),
    "unpublishable-integer": (
        "The document holds an integer beyond 64 bits.",
        "Integers of the AT Protocol data model are signed, with 64 bits at most.",
    ),
    "unpublishable-text": (
        "The document holds text that UTF-8 cannot encode.",
        (
            "A JSON escape such as \\ud800 without its partner is no character. Remove it, or write the "
            "character itself."
        ),
    ),
    "too-deep": (
        "The document is nested too deeply.",
        (
            "A document is read to 64 levels of JSON; records and readers of other tools take no more than "
            "half of that. Give inner objects names under `defs` and refer to them."
        ),
    ),
    "reserved-property": (
        "The name of a property begins with `$`.",
        (
            "The data model keeps names that begin with `$` for itself: `$type`, `$link`, `$bytes`. A "
            "document with such a property cannot be published."
        ),
    ),
    "invalid-record-key": (
        "The literal key of a record is not a record key.",
        (
            "`literal:<value>` fixes the key of every such record, so the value must be a record key: 1 to "
            "512 letters, digits and `_~.:-`, neither `.` nor `..`."
        ),
    ),
    "invalid-value": (
        "A default, a constant or an enumerated value breaks the constraints beside it.",
        (
            "`default`, `const` and each value of `enum` are values of the definition that holds them: they "
            "lie in its range, have its format and lengths, and stand in its `enum`. Otherwise no data, or "
            "only invalid data, would agree with them."
        ),
    ),
    "invalid-mime": (
        "A MIME type or pattern is malformed.",
        (
            "`accept` and `encoding` take a type such as `image/png`, all of a family (`image/*`) or "
            "everything (`*/*`). Partial patterns such as `image/p*` do not exist."
        ),
    ),
    "invalid-ref": (
        "A reference is malformed.",
        (
            "A reference is `#name` for a definition of the same document, `nsid#name` for one of another, "
            "or `nsid` for the `main` of another."
        ),
    ),
    "misplaced-extension": (
        "`x-atdata` stands where it must not.",
        (
            "The key belongs on definitions and fields. At the top of a document other tools warn of it, "
            "and a permission with a key that an authorization server does not know is ignored by it."
        ),
    ),
    "nsid-path-mismatch": (
        "A file does not lie where its NSID says.",
        (
            "`org.example.image` is read from `org/example/image.json` below the folder of lexicons, so "
            "that an NSID finds its file and two files cannot hold one NSID. Move the file, or correct `id`."
        ),
    ),
    "unreadable-file": (
        "A file of the folder cannot be read.",
        (
            "The system refused to open the file, it is no regular file or above 64 MiB, or its text is "
            "not UTF-8."
        ),
    ),
    "duplicate-nsid": (
        "Two documents have one NSID and differ.",
        (
            "References go by NSID, so a catalogue holds one document under each. The same document twice "
            "is no error."
        ),
    ),
    "unresolved-ref": (
        "A reference leads nowhere.",
        (
            "Its document is not in the catalogue, or has no definition of that name. Add the document, or "
            "correct the reference."
        ),
    ),
    "invalid-ref-target": (
        "A reference leads to a definition that cannot hold data there.",
        (
            "A `ref` leads to a definition of data or a record: not to a token, a query, a procedure, a "
            "subscription or a permission-set. A member of a union is an object or a record, because its "
            "data carries `$type`. A token is named in `knownValues` instead."
        ),
    ),
    "circular-required": (
        "A type requires itself, so no finite data has it.",
        (
            "Following required properties that are not nullable leads back to the same definition. Make "
            "one property of the circle optional, or put it in an array or a union with a way out."
        ),
    ),
}

_WARNINGS = {
    "unexpected-field": (
        "The document has a key at its top that the language does not know.",
        "Known are `$type`, `lexicon`, `id`, `revision`, `description` and `defs`. Others are ignored.",
    ),
    "unknown-key": (
        "A key is ignored here, and was probably meant to be another.",
        (
            "Tools ignore keys they do not know. This one is near to a key of the language, or belongs to "
            "another kind of definition, so a constraint may be lost. Some parsers compare names without "
            "regard to case, and then tools disagree about the document."
        ),
    ),
    "permission-unknown-key": (
        "A permission has a key that authorization servers do not know.",
        (
            "A server ignores the whole permission if it meets a key it does not know: nothing would be "
            "granted."
        ),
    ),
    "permission-outside-group": (
        "A permission set speaks of another group than its own.",
        (
            "The set `org.example.authBasic` may grant what is named `org.example.*`, at any depth. Servers "
            "ignore what it says of other groups, of the parent group as well."
        ),
    ),
    "unknown-resource": (
        "A permission is about a resource that is not known.",
        "Permission sets grant `repo` and `rpc`. A server ignores a permission about anything else.",
    ),
    "inline-object": (
        "An object is defined inside another definition.",
        (
            "The language leaves open whether this is allowed; the official TypeScript parsers refuse it. "
            "Name the object under `defs` and refer to it."
        ),
    ),
    "nested-array": (
        "The items of an array are arrays.",
        (
            "The language leaves open whether this is allowed; the official TypeScript parsers refuse it. "
            "Use an array of objects that hold the inner array, or dev.atdata.types#ndarray."
        ),
    ),
    "null-type": (
        "The type `null` is no longer part of the language.",
        "It is read here, and refused by other tools. To allow null, name the property in `nullable`.",
    ),
    "path-not-nsid": (
        "A file lies where no NSID leads.",
        (
            "Tools look for `org.example.image` in `org/example/image.json` below the folder of lexicons. "
            "This file has another place, which is no NSID either. Move it."
        ),
    ),
    "short-nsid": (
        "The id has two segments; an NSID has at least three.",
        "Documents with such ids occur as test data and some tools load them; none can publish them.",
    ),
    "large-integer": (
        "The document holds an integer beyond 2^53.",
        "JSON readers that hold numbers as floats round it, and would publish another document.",
    ),
    "overlapping-values": (
        "More than one of `const`, `enum` and `knownValues` is given.",
        "Each says which values there are; the language does not say how they combine. Keep one.",
    ),
    "empty-enum": (
        "An `enum` without values.",
        "Some tools allow no value, others any. Remove the key, or list the values.",
    ),
    "invalid-known-value": (
        "A known value breaks the constraints beside it.",
        (
            "`knownValues` are values that writers are expected to use; one that is too long or of another "
            "format cannot be used."
        ),
    ),
    "duplicate-value": (
        "A list of names or values holds one twice.",
        "The repetition has no meaning and often hides a slip of the pen. Remove it.",
    ),
    "redundant-accept": (
        "`accept` lists types beside `*/*`.",
        "`*/*` accepts everything, so the other types have no effect. Keep one or the other.",
    ),
}

_NOTES = {
    "unresolved-token": (
        "A value looks like a reference and leads nowhere.",
        (
            "Values of `knownValues` and `enum` that read `nsid#name` are names of tokens or types. They are only "
            "text to a validator; readers look up what they mean."
        ),
    ),
}


def _registry() -> Mapping[str, RuleInfo]:
    rules = {name: RuleInfo("error", *texts) for name, texts in _ERRORS.items()}
    rules |= {name: RuleInfo("warning", *texts) for name, texts in _WARNINGS.items()}
    rules |= {name: RuleInfo("note", *texts) for name, texts in _NOTES.items()}
    return MappingProxyType(rules)


RULES: Mapping[str, RuleInfo] = _registry()
"""All rules by name."""
