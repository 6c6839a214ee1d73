"""Random lexicons that refer to each other, right and wrong ones, and random edits of a folder of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st

__all__ = ["LABEL", "NAMES", "Edit", "edits", "path_of", "put_text", "start"]

Json: TypeAlias = dict[str, Any]
Edit: TypeAlias = Callable[[Path], None]
"""Changes something below the folder of a project."""

NAMES = (
    "org.example.photo",
    "org.example.photo.detail",
    "org.example.label",
    "org.example.import",
    "com.acme.defs",
    "com.acme.Photo",
)
LABEL = "org.example.label"
FOLDERS = ("lexicons", "more")
TARGETS = (
    *NAMES,
    *(f"{name}#part" for name in NAMES),
    "#part",
    "#main",
    "org.example.lable",
    "org.exampel.photo",
    "org.example.label#parts",
    "dev.atdata.types#float32",
)
ARRAY = {"type": "ref", "ref": "dev.atdata.types#ndarray"}


def _field(kind: str, targets: list[str]) -> Json:
    first = targets[0]
    match kind:
        case "ref":
            return {"type": "ref", "ref": first}
        case "closed":
            return {"type": "union", "refs": targets, "closed": True}
        case "open":
            return {"type": "union", "refs": targets}
        case "list":
            return {"type": "array", "items": {"type": "ref", "ref": first}, "minLength": 1}
        case "map":
            values = {"type": "ref", "ref": first}
            return {"type": "ref", "ref": "dev.atdata.types#map", "x-atdata": {"values": values}}
        case "known":
            return {"type": "string", "knownValues": ["org.example.label#part", f"{first}"]}
        case "large":
            return {"type": "string", "maxLength": 900_000}
        case "array":
            return {**ARRAY, "description": "@atdata float32[H, W]"}
        case _:
            return {"type": "string", "maxLength": "many"}


_FIELDS = st.builds(
    _field,
    st.sampled_from(("ref", "closed", "open", "list", "map", "known", "large", "array", "wrong")),
    st.lists(st.sampled_from(TARGETS), min_size=1, max_size=2, unique=True),
)


def _definition(kind: str, fields: dict[str, Json], required: bool, about: str) -> Json:
    body: Json = {"type": "object", "properties": fields}
    if required:
        body["required"] = list(fields)
    match kind:
        case "object":
            return {**body, "description": about}
        case "record":
            return {"type": "record", "key": "tid", "record": body, "description": about}
        case "token":
            return {"type": "token"}
        case "text":
            return {"type": "string", "enum": ["a", about]}
        case _:
            return {"type": "query", "parameters": {"type": "params", "properties": {}}}


_DEFINITIONS = st.builds(
    _definition,
    # Most of them are types of samples, or nothing would be compiled.
    st.sampled_from(("object", "object", "object", "record", "token", "text", "query")),
    st.dictionaries(st.sampled_from(("a", "class", "type", "Z")), _FIELDS, max_size=3),
    st.booleans(),
    st.sampled_from(("", "One.", "Another.\n\n@atdata float32")),
)

_SPELLINGS: tuple[Callable[[Json], str], ...] = (
    lambda document: json.dumps(document, indent=2),
    lambda document: json.dumps(document, indent=2),
    lambda document: json.dumps(document),
    lambda document: json.dumps(document, indent=2)[:-1],
    lambda document: json.dumps(document)[:-1] + ', "id": "org.example.label"}',
    lambda document: json.dumps([document]),
    lambda document: "\ufeff" + json.dumps(document),
    lambda _: "null",
)


@st.composite
def _texts(draw: st.DrawFn, nsid: str) -> str:
    """The text of a file that has, in most cases, a lexicon of that name."""
    defs = {"main": draw(_DEFINITIONS)}
    if draw(st.booleans()):
        defs["part"] = draw(_DEFINITIONS)
    return draw(st.sampled_from(_SPELLINGS))({"lexicon": 1, "id": nsid, "defs": defs})


def path_of(folder: Path, nsid: str) -> Path:
    """Where a lexicon lies below a folder."""
    return folder.joinpath(*nsid.split(".")).with_suffix(".json")


def put_text(path: Path, text: str) -> None:
    """Write a file, and the folders around it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _put(folder: str, place: str, text: str) -> Edit:
    return lambda root: put_text(path_of(root / folder, place), text)


def _delete(nsid: str, folder: str) -> Edit:
    return lambda root: path_of(root / folder, nsid).unlink(missing_ok=True)


def _move(nsid: str, folder: str, place: str, other: str) -> Edit:
    def move(root: Path) -> None:
        source, target = path_of(root / folder, nsid), path_of(root / other, place)
        if source.exists():
            put_text(target, source.read_text("utf-8"))
            source.unlink(missing_ok=target != source)

    return move


_NAMES = st.sampled_from(NAMES)
_PLACES = st.sampled_from((*FOLDERS[:1] * 3, FOLDERS[1]))  # most of them in one


@st.composite
def _puts(draw: st.DrawFn) -> Edit:
    nsid = draw(_NAMES)
    misplaced = draw(st.integers(0, 7)) == 0
    place = draw(_NAMES) if misplaced else nsid
    return _put(draw(_PLACES), place, draw(_texts(nsid)))


def _sound(nsid: str, about: str, width: Json, links: bool, indent: int) -> Edit:
    """A lexicon that is right as long as those of `START` are there."""
    fields = {"width": width} | ({"label": {"type": "ref", "ref": LABEL}} if links else {})
    main = {"type": "object", "description": about, "properties": fields}
    return _put(
        FOLDERS[0],
        nsid,
        json.dumps({"lexicon": 1, "id": nsid, "defs": {"main": main}}, indent=indent),
    )


def start(root: Path) -> None:
    """A project of three lexicons without an error."""
    table = f"[tool.atdata-gen]\nlexicons = {list(FOLDERS)}\noutput = 'src'\npackage = 'mine'\n"
    put_text(root / "pyproject.toml", table)
    (root / FOLDERS[1]).mkdir()
    for nsid in NAMES[:3]:
        _sound(nsid, nsid, {"type": "integer"}, nsid != LABEL, 2)(root)


_SOUND = st.builds(
    _sound,
    st.sampled_from(NAMES[:3]),
    st.sampled_from(("One.", "Two.", "")),
    st.sampled_from(({"type": "integer"}, {"type": "string", "maxLength": 9})),
    st.just(False),
    st.sampled_from((1, 2)),
)

edits: st.SearchStrategy[Edit] = st.one_of(
    _SOUND,
    _SOUND,
    _puts(),
    _puts(),
    st.builds(_delete, _NAMES, _PLACES),
    st.builds(_move, _NAMES, _PLACES, _NAMES, _PLACES),
)
"""A lexicon is added, changed, broken, mended, deleted or moved."""
