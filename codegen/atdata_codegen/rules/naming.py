"""Rules about names: of documents, definitions, properties, endpoints and errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from atdata_codegen.rules.rule import ANY, DOCUMENT, Found, LintRule
from atdata_codegen.rules.site import Site
from atdata_schema.names import attribute_name

__all__ = ["RULES"]

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,254}")
_UPPER_CAMEL = re.compile(r"[A-Z][a-zA-Z0-9]*")
_FIRST_WORD = re.compile(r"[a-z]+")
_GENERIC = frozenset({"default", "length", "type", "value", "data", "object", "item"})
_QUERY = (
    "check",
    "count",
    "describe",
    "find",
    "get",
    "list",
    "lookup",
    "query",
    "resolve",
    "search",
)
_PROCEDURE = (
    *("accept", "activate", "add", "apply", "cancel", "confirm", "create", "deactivate", "delete"),
    *(
        "disable",
        "enable",
        "import",
        "leave",
        "mute",
        "notify",
        "publish",
        "put",
        "refresh",
        "register",
    ),
    *("remove", "request", "reserve", "reset", "revoke", "send", "set", "sign", "submit", "unmute"),
    *("unpublish", "unregister", "update", "upload", "upsert", "verify"),
)
_SINGULAR = ("ss", "us", "is", "ias", "vas", "aos", "news", "series", "species", "lens")


def _last(site: Site) -> str:
    return site.view.nsid.rpartition(".")[2]


def _definition_syntax(site: Site) -> Iterator[Found]:
    if site.role == "definition" and not _NAME.fullmatch(site.name):
        yield Found(f"the definition {site.name!r} is not named by letters and digits alone")


def _field_syntax(site: Site) -> Iterator[Found]:
    reserved = site.name.startswith("$")  # an error of the kernel
    if site.role == "property" and not reserved and not _NAME.fullmatch(site.name):
        hint = f"its attribute in Python will be {attribute_name(site.name)!r}"
        yield Found(f"the field {site.name!r} is not named by letters and digits alone", hint)


def _name_case(site: Site) -> Iterator[Found]:
    named = site.role in ("definition", "property") and _NAME.fullmatch(site.name)
    if named and site.name[0].isupper():
        camel = site.name[0].lower() + site.name[1:]
        yield Found(f"{site.name!r} is not lowerCamelCase", f"such as {camel!r}")


def _document_case(site: Site) -> Iterator[Found]:
    name = _last(site)
    if name[:1].isupper():
        yield Found(f"the name {name!r} is not lowerCamelCase", None, ("id",))


def _error_case(site: Site) -> Iterator[Found]:
    errors = site.node.get("errors")
    for index, error in enumerate(cast("list[object]", errors) if isinstance(errors, list) else []):
        name = cast("dict[str, object]", error).get("name") if isinstance(error, dict) else None
        if isinstance(name, str) and not _UPPER_CAMEL.fullmatch(name):
            yield Found(
                f"the error {name!r} is not UpperCamelCase", None, ("errors", index, "name")
            )


def _generic_name(site: Site) -> Iterator[Found]:
    if site.role in ("definition", "property") and site.name in _GENERIC:
        yield Found(
            f"{site.name!r} is a generic name", "say what it is the default, length or data of"
        )


def _renamed_field(site: Site) -> Iterator[Found]:
    if site.role != "property" or not _NAME.fullmatch(site.name):
        return
    attribute = attribute_name(site.name)
    if attribute != site.name:
        yield Found(f"{site.name!r} is taken in Python: the attribute will be {attribute!r}")


def _main_in_defs(site: Site) -> Iterator[Found]:
    if _last(site) == "defs" and "main" in site.mapping("defs"):
        hint = "give it a name, or a document of its own"
        yield Found("a document named `defs` has a `main`", hint, ("defs", "main"))


def _group_name(site: Site) -> Iterator[Found]:
    nsid = site.view.nsid
    inside = site.view.lexicons.inside(nsid)
    if inside is not None:
        yield Found(f"{nsid} is a document and the group of {inside}", None, ("id",))


def _record_plural(site: Site) -> Iterator[Found]:
    name = _last(site)
    if site.name == "main" and name.endswith("s") and not name.lower().endswith(_SINGULAR):
        yield Found(f"the record {name!r} is named in the plural", "a record is one thing")


def _endpoint_verb(site: Site) -> Iterator[Found]:
    verbs = _QUERY if site.kind == "query" else _PROCEDURE
    name = _last(site)
    word = _FIRST_WORD.match(name)
    if word is None or word[0] not in verbs or word[0] == name:
        message = f"the {site.kind} {name!r} is not named by a verb and a noun"
        yield Found(message, f"such as {'getLabel' if site.kind == 'query' else 'createLabel'}")


def _subscription_name(site: Site) -> Iterator[Found]:
    if not re.fullmatch(r"subscribe[A-Z].*s", _last(site)):
        yield Found(f"the subscription {_last(site)!r} is not named like `subscribeLabels`")


def _permission_set_name(site: Site) -> Iterator[Found]:
    if not re.fullmatch(r"auth[A-Z].*", _last(site)):
        yield Found(f"the permission set {_last(site)!r} is not named like `authBasic`")


_CAMEL = (
    "Names are written `likeThis`. Code generators derive the names of classes and fields from them, and "
    "most of them rely on it."
)

RULES = (
    LintRule(
        "def-name-syntax",
        "warning",
        (ANY,),
        _definition_syntax,
        "The name of a definition has characters other than letters and digits.",
        "A definition is named by a letter and up to 254 letters and digits, so that it can become the name "
        "of a class in any language.",
    ),
    LintRule(
        "field-name-syntax",
        "warning",
        (ANY,),
        _field_syntax,
        "The name of a property has characters other than letters and digits.",
        "A property is named by a letter and up to 254 letters and digits, so that it can become an attribute "
        "in any language. In Python other characters become `_`, which two names might share.",
    ),
    LintRule("name-case", "warning", (ANY,), _name_case, "A name is not lowerCamelCase.", _CAMEL),
    LintRule(
        "nsid-name-case",
        "warning",
        (DOCUMENT,),
        _document_case,
        "The last segment of the id is not lowerCamelCase.",
        _CAMEL,
    ),
    LintRule(
        "error-name-case",
        "warning",
        ("query", "procedure", "subscription"),
        _error_case,
        "The name of an error is not UpperCamelCase.",
        "Errors are named `LikeThis`, as in `RecordNotFound`; clients compare the name letter by letter.",
    ),
    LintRule(
        "generic-name",
        "note",
        (ANY,),
        _generic_name,
        "A name says nothing, or collides with words of programming languages.",
        "Names such as `default`, `length` and `type` collide with keywords and members of many languages, "
        "and tell a reader little.",
    ),
    LintRule(
        "renamed-field",
        "note",
        (ANY,),
        _renamed_field,
        "The attribute in Python is not called like the field.",
        "Keywords of Python, and the members of samples and batches, cannot be attributes: `class` becomes "
        "`class_`. The name on the wire stays as it is.",
    ),
    LintRule(
        "defs-main-definition",
        "warning",
        (DOCUMENT,),
        _main_in_defs,
        "A document whose id ends in `.defs` has a `main`.",
        "`.defs` documents hold definitions that others share; each is referred to by its name.",
    ),
    LintRule(
        "nsid-is-group",
        "warning",
        (DOCUMENT,),
        _group_name,
        "An id is a document and a group of documents at once.",
        "With `app.feed` and `app.feed.post`, one name is a file and a folder, a module and a package: many "
        "generators cannot write both, and `app.feed#post` is easily taken for `app.feed.post`.",
    ),
    LintRule(
        "record-name-plural",
        "note",
        ("record",),
        _record_plural,
        "A record is named in the plural.",
        "A collection holds many records, and its name says what one of them is: `like`, not `likes`.",
    ),
    LintRule(
        "endpoint-name-verb",
        "note",
        ("query", "procedure"),
        _endpoint_verb,
        "An endpoint is not named by a verb and a noun.",
        "A query is named `getX`, `listX`, `searchX` or the like, a procedure `createX`, `updateX`, `deleteX` "
        "or the like, so that a reader knows what calling it does.",
    ),
    LintRule(
        "subscription-name",
        "note",
        ("subscription",),
        _subscription_name,
        "A subscription is not named `subscribe...s`.",
        "It is named by what it delivers, in the plural: `subscribeRepos`, `subscribeLabels`.",
    ),
    LintRule(
        "permission-set-name",
        "note",
        ("permission-set",),
        _permission_set_name,
        "A permission set is not named `auth...`.",
        "Its name is shown where a user grants it: `authBasic`, `authManageLabels`.",
    ),
)
"""Rules about names."""
