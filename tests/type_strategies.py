"""Strategies that draw sample types of every kind: as lexicon documents, and as annotations of a class.

What is drawn is noted in `Universe.kinds`, so that a test can tell when a kind was never drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
from hypothesis import strategies as st

import atdata
from atdata.samples.shape import Array
from atdata_schema.data import Link
from atdata_schema.fields.field import Json
from atdata_schema.fields.links import Blob
from atdata_schema.media import Audio, Image
from atdata_schema.model import DTYPES

__all__ = ["KINDS", "Universe", "universes"]

FORMATS: Final = (
    "did",
    "handle",
    "at-identifier",
    "nsid",
    "at-uri",
    "tid",
    "record-key",
    "cid",
    "uri",
    "language",
)
_INTEGER_OPTIONS: Final = ("", "range", "enum", "const", "classes")
_TEXT_OPTIONS: Final = ("", "length", "graphemes", "enum", "known", "const")
_SHARED: Final = "dev.atdata.types#"
Node = dict[str, Any]


@dataclass(frozen=True)
class Spec:
    """A field's type in both spellings, and the kinds that occur in it."""

    node: Node
    hint: Any
    kinds: frozenset[str]


@dataclass
class Universe:
    """Documents that refer to each other, the classes that say the same, and every kind in them."""

    documents: list[Node] = field(default_factory=list[Node])
    classes: dict[str, type[Any]] = field(default_factory=dict[str, type[Any]])
    kinds: set[str] = field(default_factory=set[str])

    @property
    def main(self) -> str:
        """The NSID of the type that reaches the others."""
        return str(self.documents[-1]["id"])


def _spec(kind: str, node: Node, hint: Any, **options: Any) -> Spec:
    """A scalar with options; each option is a kind of its own, so that none is forgotten."""
    constraint = Annotated[hint, atdata.field(**options)] if options else hint
    return Spec(node, constraint, frozenset({kind, *(f"{kind}.{name}" for name in options)}))


@st.composite
def _integers(draw: st.DrawFn, option: str) -> Spec:
    if option == "range":
        low = draw(st.integers(-(1 << 63), (1 << 63) - 1))
        high = draw(st.integers(low, (1 << 63) - 1))
        return _spec("integer", {"minimum": low, "maximum": high}, int, minimum=low, maximum=high)
    if option == "enum":
        values = draw(st.lists(st.integers(-9, 9), min_size=1, max_size=4, unique=True))
        return _spec("integer", {"enum": values}, int, enum=values)
    if option == "const":
        value = draw(st.integers(-9, 9))
        return _spec("integer", {"const": value}, int, const=value)
    if option == "classes":
        names = ["cat", "dog", 'the "third" one']
        bounds = {"minimum": 0, "maximum": 2}
        node = {**bounds, "x-atdata": {"classes": names}}
        return _spec("integer", node, int, classes=names, **bounds)
    return _spec("integer", {}, int)


def _formats() -> list[Spec]:
    """A text of each format but datetime, which is a kind of its own."""
    found: list[Spec] = []
    for form in FORMATS:
        spec = _spec("string", {"type": "string", "format": form}, str, format=form)
        found.append(Spec(spec.node, spec.hint, spec.kinds | {f"format.{form}"}))
    return found


@st.composite
def _texts(draw: st.DrawFn, option: str) -> Spec:
    low, high = sorted(draw(st.tuples(st.integers(0, 9), st.integers(0, 9))))
    match option:
        case "length":
            node: Node = {"minLength": low, "maxLength": high}
            return _spec("string", node, str, min_length=low, max_length=high)
        case "graphemes":
            node = {"minGraphemes": low, "maxGraphemes": high}
            return _spec("string", node, str, min_graphemes=low, max_graphemes=high)
        case "enum":
            values = ("cat", 'a "dog"', "猫")
            return Spec(
                {"enum": list(values)}, Literal[values], frozenset({"string", "string.enum"})
            )
        case "known":
            return _spec("string", {"knownValues": ["a", "b"]}, str, known_values=["a", "b"])
        case "const":
            return _spec("string", {"const": "it's"}, str, const="it's")
        case _:
            return _spec("string", {}, str)


@st.composite
def _floats(draw: st.DrawFn) -> Spec:
    bits, finite = draw(st.sampled_from((64, 32))), draw(st.booleans())
    node: Node = {"type": "ref", "ref": f"{_SHARED}float{bits}"}
    hint: Any = float if bits == 64 else np.float32
    if not finite:
        return Spec(node, hint, frozenset({f"float{bits}"}))
    return _spec(f"float{bits}", {**node, "x-atdata": {"finite": True}}, hint, finite=True)


@st.composite
def _arrays(draw: st.DrawFn, dtype: str) -> Spec:
    drawn: Any = draw(
        st.none()
        | st.lists(st.sampled_from((0, 2, 3, "H", "W", "*")), max_size=3)
        | st.sampled_from((["...", 2], ["H", "..."]))
    )
    dims: list[int | str] | None = drawn
    extension: Node = {"dtype": dtype} if dims is None else {"dtype": dtype, "shape": dims}
    kinds = {"ndarray", f"dtype.{dtype}", "shape.none" if dims is None else "shape"}
    kinds |= {f"dim.{dim}" if isinstance(dim, str) else "dim.fixed" for dim in dims or ()}
    shape = "" if dims is None else f"[{', '.join(map(str, dims))}]"
    hint = Array.__class_getitem__(dtype + shape)
    return Spec(
        {"type": "ref", "ref": f"{_SHARED}ndarray", "x-atdata": extension}, hint, frozenset(kinds)
    )


@st.composite
def _bytes(draw: st.DrawFn) -> Spec:
    if draw(st.booleans()):
        return _spec("bytes", {"type": "bytes"}, bytes)
    low, high = sorted(draw(st.tuples(st.integers(0, 9), st.integers(0, 9))))
    node: Node = {"type": "bytes", "minLength": low, "maxLength": high}
    return _spec("bytes", node, bytes, min_length=low, max_length=high)


@st.composite
def _media(draw: st.DrawFn) -> Spec:
    kind, hint, accept = draw(
        st.sampled_from(
            (("image", Image, ["image/png", "image/gif"]), ("audio", Audio, ["audio/*"]))
        )
    )
    node: Node = {"type": "ref", "ref": f"{_SHARED}{kind}"}
    if draw(st.booleans()):
        return _spec(kind, node, hint)
    return _spec(kind, {**node, "x-atdata": {"accept": accept}}, hint, accept=accept)


def _blobs() -> list[Spec]:
    node: Node = {"type": "blob", "accept": ["image/*"], "maxSize": 1000}
    bounded = _spec("blob", node, Blob, accept=["image/*"], max_size=1000)
    return [_spec("blob", {"type": "blob"}, Blob), bounded]


def _typed(name: str, strategy: st.SearchStrategy[Spec]) -> st.SearchStrategy[Spec]:
    return strategy.map(lambda spec: Spec({"type": name, **spec.node}, spec.hint, spec.kinds))


def _scalars() -> list[st.SearchStrategy[Spec]]:
    """One strategy for each kind, so that a uniform choice among them forgets none for long."""
    booleans = [_spec("boolean", {}, bool), _spec("boolean", {"const": True}, bool, const=True)]
    single = [
        _spec("datetime", {"type": "string", "format": "datetime"}, datetime),
        _spec("cid-link", {"type": "cid-link"}, Link),
        _spec("unknown", {"type": "unknown"}, dict[str, Json]),
        *_formats(),
        *_blobs(),
    ]
    return [
        *(_typed("integer", _integers(option)) for option in _INTEGER_OPTIONS),
        *(_typed("string", _texts(option)) for option in _TEXT_OPTIONS),
        *(_floats(), _floats(), _media(), _media()),
        _typed("boolean", st.sampled_from(booleans)),
        *(_arrays(dtype) for dtype in ("*", *DTYPES)),
        _bytes(),
        *map(st.just, single),
    ]


_SCALARS: Final = _scalars()


@st.composite
def _specs(draw: st.DrawFn, universe: Universe, depth: int = 0) -> Spec:
    """A type of any kind; containers and references stop at a depth."""
    kinds = ["scalar", "scalar", "scalar", "array", "map"] if depth < 2 else ["scalar"]
    if universe.classes:
        kinds += ["ref", "union"]
    match draw(st.sampled_from(kinds)):
        case "array":
            return draw(_lists(universe, depth))
        case "map":
            inner = draw(_specs(universe, depth + 1))
            node: Node = {"type": "ref", "ref": f"{_SHARED}map", "x-atdata": {"values": inner.node}}
            return Spec(node, dict[str, inner.hint], inner.kinds | {"map"})  # type: ignore[name-defined]
        case "ref":
            nsid = draw(st.sampled_from(sorted(universe.classes)))
            return Spec({"type": "ref", "ref": nsid}, universe.classes[nsid], frozenset({"ref"}))
        case "union":
            return draw(_unions(universe))
        case _:
            return draw(draw(st.sampled_from(_SCALARS)))


@st.composite
def _lists(draw: st.DrawFn, universe: Universe, depth: int) -> Spec:
    inner = draw(_specs(universe, depth + 1))
    node: Node = {"type": "array", "items": inner.node}
    hint: Any = list[inner.hint]  # type: ignore[name-defined]
    if not draw(st.booleans()):
        return Spec(node, hint, inner.kinds | {"array"})
    low, high = sorted(draw(st.tuples(st.integers(0, 2), st.integers(0, 4))))
    bounded = Annotated[hint, atdata.field(min_length=low, max_length=high)]
    kinds = inner.kinds | {"array", "array.min_length", "array.max_length"}
    return Spec({**node, "minLength": low, "maxLength": high}, bounded, kinds)


@st.composite
def _unions(draw: st.DrawFn, universe: Universe) -> Spec:
    closed = draw(st.booleans())
    names = sorted(universe.classes)
    refs = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    members: Any = universe.classes[refs[0]]
    for ref in refs[1:]:
        members = members | universe.classes[ref]
    if len(refs) == 1:  # a union of one class has no spelling in Python
        return Spec({"type": "ref", "ref": refs[0]}, members, frozenset({"ref"}))
    node: Node = {"type": "union", "refs": refs, **({"closed": True} if closed else {})}
    hint = Annotated[members, atdata.field(closed=closed)]
    return Spec(node, hint, frozenset({"union", "union.closed" if closed else "union.open"}))


@st.composite
def _objects(draw: st.DrawFn, universe: Universe, nsid: str) -> None:
    names = draw(
        st.lists(
            st.sampled_from(("a", "image", "label", "takenAt", "x_y", "longPropertyName")),
            min_size=4,
            unique=True,
        )
    )
    properties: dict[str, Node] = {}
    annotations: dict[str, Any] = {}
    required: list[str] = []
    nullable: list[str] = []
    for name in names:
        spec = draw(_specs(universe))
        presence = draw(st.sampled_from(("required", "required", "nullable", "optional")))
        universe.kinds |= spec.kinds | {presence}
        properties[name] = spec.node
        annotations[name] = spec.hint if presence == "required" else spec.hint | None
        if presence != "optional":
            required.append(name)
        if presence == "nullable":
            nullable.append(name)
    if draw(st.booleans()) and universe.classes:
        properties["parent"], annotations["parent"] = {"type": "ref", "ref": "#main"}, Self | None
        universe.kinds.add("self")
    _add(universe, nsid, properties, annotations, required, nullable)


def _add(
    universe: Universe,
    nsid: str,
    properties: dict[str, Node],
    annotations: dict[str, Any],
    required: list[str],
    nullable: list[str],
) -> None:
    main: Node = {"type": "object", "required": required, "properties": properties}
    if nullable:
        main["nullable"] = nullable
    universe.documents.append({"lexicon": 1, "id": nsid, "defs": {"main": main}})
    first = [name for name in annotations if name in required]
    rest = [name for name in annotations if name not in first]
    body: dict[str, Any] = {
        "__annotations__": {name: annotations[name] for name in first + rest},
        "__module__": __name__,
        **dict.fromkeys(rest),
    }
    name = nsid.rpartition(".")[2]
    cls = type(name[0].upper() + name[1:], (), body)
    universe.classes[nsid] = atdata.packable(nsid=nsid)(cls)


@st.composite
def universes(draw: st.DrawFn) -> Universe:
    """Two to four types; the last one may refer to those before it, and to itself."""
    universe = Universe()
    for index in range(draw(st.integers(1, 4))):
        draw(_objects(universe, f"org.example.drawn{index}"))
    return universe


KINDS: Final = frozenset(
    {
        *("integer", "integer.minimum", "integer.maximum", "integer.enum", "integer.const"),
        "integer.classes",
        *("string", "string.min_length", "string.max_length", "string.min_graphemes"),
        *("string.max_graphemes", "string.enum", "string.known_values", "string.const"),
        *(f"format.{name}" for name in FORMATS),
        *("boolean", "boolean.const", "float64", "float32", "float64.finite", "float32.finite"),
        *("bytes", "bytes.min_length", "bytes.max_length", "datetime", "cid-link", "unknown"),
        *("image", "image.accept", "audio", "audio.accept", "blob", "blob.accept", "blob.max_size"),
        *("ndarray", "shape", "shape.none", "dim.fixed", "dim.H", "dim.*", "dim...."),
        *(f"dtype.{name}" for name in ("*", *DTYPES)),
        *("array", "array.min_length", "array.max_length", "map", "ref", "self"),
        *("union", "union.open", "union.closed", "required", "nullable", "optional"),
    }
)
"""Every kind of FORMATS, section 2, and every constraint that one can have."""
