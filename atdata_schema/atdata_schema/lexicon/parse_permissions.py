"""From JSON to permission sets."""

from __future__ import annotations

from atdata_schema import syntax
from atdata_schema.lexicon.nodes import Permission, PermissionSet
from atdata_schema.lexicon.parse_fields import is_nsid
from atdata_schema.lexicon.parse_keys import EXTENSION, Keys
from atdata_schema.lexicon.parse_opening import Place, common, open_definition
from atdata_schema.lexicon.parse_report import listed, shown

__all__ = ["read_permission_set"]

_PERMISSION = Place("an entry of permissions", ("permission",))
_ACTIONS = ("create", "update", "delete")
_ATTRIBUTES = {"repo": ("collection", "action"), "rpc": ("lxm", "aud", "inheritAud")}
_NOT_IN_SETS = ("account", "blob", "identity", "include")
_HEAD = ("type", "resource", "description")


def read_permission_set(keys: Keys, nsid: str) -> PermissionSet | None:
    """A permission set; it may speak of the group of its own NSID and below only."""
    if not keys.need("permissions", "a permission-set"):
        return None
    found: list[Permission] = []
    for index, raw in enumerate(keys.array("permissions") or ()):
        pointer = keys.at("permissions", index)
        opened = open_definition(raw, pointer, keys.report, _PERMISSION)
        permission = None if opened is None else _read_permission(opened[1], nsid)
        if permission is not None:
            found.append(permission)
    return PermissionSet(
        permissions=tuple(found),
        title=keys.text("title"),
        title_lang=_translations(keys, "title:lang"),
        detail=keys.text("detail"),
        detail_lang=_translations(keys, "detail:lang"),
        **common(keys),
    )


def _translations(keys: Keys, name: str) -> dict[str, str] | None:
    raw = keys.mapping(name)
    if raw is None:
        return None
    texts = Keys(raw, keys.at(name), keys.report)
    found: dict[str, str] = {}
    for language in raw:
        text = texts.text(language)
        if not syntax.is_valid("language", language):
            texts.wrong(f"{shown(language)} is no language tag", language)
        elif text is not None:
            found[language] = text
    return found


def _read_permission(keys: Keys, nsid: str) -> Permission | None:
    if not keys.need("resource", "a permission"):
        return None
    resource = keys.text("resource")
    if resource is None:
        return None
    if EXTENSION in keys.raw:
        message = "a permission with x-atdata is ignored by authorization servers"
        keys.report.add("misplaced-extension", keys.at(EXTENSION), message, "take it out")
    if resource == "repo":
        _check_repo(keys, nsid)
    elif resource == "rpc":
        _check_rpc(keys, nsid)
    elif resource in _NOT_IN_SETS or not resource:
        keys.wrong(f"a set cannot grant {shown(resource)}: allowed are repo and rpc", "resource")
    else:
        message = f"unknown resource {shown(resource)}: servers ignore the permission"
        keys.report.add("unknown-resource", keys.at("resource"), message)
    _warn_keys(keys, resource)
    attributes = {name: value for name, value in keys.raw.items() if name not in _HEAD}
    return Permission(resource=resource, attributes=attributes, **common(keys))


def _warn_keys(keys: Keys, resource: str) -> None:
    known = _ATTRIBUTES.get(resource)
    for key in keys.raw if known is not None else ():
        if key not in _HEAD and key != EXTENSION and known is not None and key not in known:
            message = f"{resource} permissions have no key {shown(key)}: servers ignore such ones"
            hint = keys.report.suggest(key, known)
            keys.report.add("permission-unknown-key", keys.at(key), message, hint)


def _check_repo(keys: Keys, nsid: str) -> None:
    _check_names(keys, "collection", nsid, wildcard=False)
    actions = keys.texts("action")
    for index, action in enumerate(actions or ()):
        if action not in _ACTIONS:
            message = f"unknown action {shown(action)}: {listed(_ACTIONS)}"
            keys.wrong(message, "action", index)
    if actions is not None and not actions:
        keys.wrong("action is empty: leave it out to grant all", "action")


def _check_rpc(keys: Keys, nsid: str) -> None:
    names = _check_names(keys, "lxm", nsid, wildcard=True)
    inherit, audience = keys.flag("inheritAud"), keys.text("aud")
    if audience is not None and audience != "*":
        message = f"aud must be '*' in a set, not {shown(audience)}"
        keys.wrong(message, "aud", hint='a set takes its service by "inheritAud": true')
    elif (audience is not None) == bool(inherit):
        keys.wrong('an rpc permission needs either "aud": "*" or "inheritAud": true')
    elif audience == "*" and "*" in names:
        keys.wrong("lxm and aud cannot both be '*': that would grant everything", "lxm")


def _check_names(keys: Keys, key: str, nsid: str, *, wildcard: bool) -> tuple[str, ...]:
    if not keys.need(key, f"this {keys.raw['resource']} permission"):
        return ()
    names = keys.texts(key)
    if names is not None and not names:
        keys.wrong(f"{key} is empty: name one NSID at least", key)
    for index, name in enumerate(names or ()):
        _check_name(keys, name, nsid, wildcard, (key, index))
    return names or ()


def _check_name(keys: Keys, name: str, nsid: str, wildcard: bool, steps: tuple[str, int]) -> None:
    if name == "*":
        if not wildcard:
            keys.wrong("a set names its collections: '*' is not allowed", *steps)
    elif not is_nsid(name):
        keys.wrong(f"{shown(name)} is no NSID", *steps)
    elif nsid and not name.startswith(group := nsid.rpartition(".")[0] + "."):
        message = f"{name} is outside of {group}*, the group of the set: servers ignore it"
        keys.report.add("permission-outside-group", keys.at(*steps), message)
