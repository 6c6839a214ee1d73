"""Lenses of one clause each, one by one: operators that move elements, that show, and all that have few forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["LISTED", "MOVED", "WRITTEN", "Case"]


@dataclass(frozen=True)
class Case:
    """One clause between fields of two types.

    Attributes:
        source: the fields of the source.
        clause: the clause, and others.
        view: the fields of the view.
        objects: further objects of both documents.
    """

    source: str
    clause: str
    view: str
    objects: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.source.strip()} / {self.clause.strip()} / {self.view.strip()}"


_MOVES: Final = [
    ("float32[H, W, 3]", "rearrange[h w c -> c h w]", "float32[3, H, W]"),
    ("float32[H, W, 3]", "rearrange[h w c -> (h w) c]", "float32[N, 3]"),
    ("uint8[H, 4]", "rearrange[h (a b) -> a h b](a=2)", "uint8[2, H, 2]"),
    ("uint8[6, 4]", "rearrange[(a b) c -> a b c](b=3)", "uint8[2, 3, 4]"),
    ("uint8[N]", "rearrange[(t c) -> t c](c=2)", "uint8[T, 2]"),
    ("uint8[2, 3]", "rearrange[h w -> (w h)]", "uint8[6]"),
    ("uint8[H, W]", "rearrange[h w -> 1 h w]", "uint8[1, H, W]"),
    ("uint8[1, W]", "rearrange[1 w -> w]", "uint8[W]"),
    ("uint8[H, W]", "flip(h)", "uint8[H, W]"),
    ("uint8[H, W]", "flip(d0, d1)", "uint8[H, W]"),
    ("int16[H, W, 3]", "take(d2=[2, 1, 0])", "int16[H, W, 3]"),
    ("int16[H, W, 3]", "take(d2=[2, 0])", "int16[H, W, 2]"),
    ("int16[H, 3]", "take(d1=[1], fill=7)", "int16[H, 1]"),
    ("int16[2, 3]", "take(d1=[1], fill=7)", "int16[2, 1]"),
    ("float64[H, W]", "crop(h=0:1, w=1:2)", "float64[1, 1]"),
    ("float64[4, 6]", "crop(d0=1:3, d1=::2, fill=0.5)", "float64[2, 3]"),
    ("float64[H, W]", "crop(h=1:)", "float64[M, W]"),
    ("float64[H]", "crop(h=-1:)", "float64[1]"),
    ("float64[5]", "crop(d0=1:-1)", "float64[3]"),
    ("bool[T, H]", "index(t=0)", "bool[H]"),
    ("bool[3, H]", "index(d0=-1)", "bool[H]"),
    ("bool[3]", "index(d0=1, fill=1)", "bool[]"),
    ("uint8[H, W]", "pad(h=[1, 0], w=[0, 2], value=9)", "uint8[A, B]"),
    ("float32[2, 2]", "pad(d0=[1, 1])", "float32[4, 2]"),
    ("complex64[2]", "cast(complex128)", "complex128[2]"),
    ("float32[2]", "cast(complex64)", "complex64[2]"),
    ("uint8[2]", "cast(complex64)", "complex64[2]"),
    ("uint8[H, W, 3]", "rearrange[h w c -> c h w] | crop(h=0:1) | flip(d0)", "uint8[3, 1, W]"),
    ("uint8[4]", "crop(d0=1:3) | cast(float32) | affine(scale=1/255)", "float32[2]"),
    (
        "uint8[4]",
        "crop(d0=1:3) | cast(float32) | affine(scale=1/255, on_put=round)",
        "float32[2]",
    ),
    ("int16[H, 4]", "take(d1=[0, 2]) | cast(int8, overflow=clamp)", "int8[H, 2]"),
    ("float64[H, 4]", "index(d1=0) | cast(float32) | affine(scale=2)", "float32[H]"),
    ("integer", "onehot(4)", "float32[4]"),
    ("uint8[H]", "onehot(256, dtype=uint8)", "uint8[H, 256]"),
    ("integer", "cast(float64, lossy) | affine(scale=2)", "float64"),
]
MOVED: Final = [Case(f"x: {kind}", f"x | {ops} <-> y;", f"y: {seen}") for kind, ops, seen in _MOVES]

WRITTEN: Final = [
    Case("x: string", "x <-> y;", "y: string"),
    Case('x: string {"maxLength": 3}', "x <-> y;", "y: string"),
    Case("x: string", "x <-> y;", 'y: string {"maxLength": 3}'),
    Case('x: integer {"minimum": 0, "maximum": 9}', "x <-> y;", "y: integer"),
    Case("x: integer", "x <-> y;", 'y: integer {"minimum": 0}'),
    Case("x?: integer", "x <-> y;", "y?: integer"),
    Case("x: float32[H, W]\nz: uint8[H]", "x <-> y; drop z;", "y: float32[A, B]"),
    Case("x: float32[H, W]", "x <-> y;", "y: float32[A, A]"),
    Case("x: float32[...]", "x <-> y;", "y: float32[A, B]"),
    Case("x: *[H]", "x <-> y;", "y: float32[H]"),
    Case("x?: float64", "x | unwrap(default=1.0) <-> y;", "y: float64"),
    Case("x?: string", 'x | unwrap(default="cat") <-> y;', "y: string"),
    Case("x?: float32[2]", "x | unwrap(default=0.5) <-> y;", "y: float32[2]"),
    Case("x: string", "x | some <-> y;", "y?: string"),
    Case("x?: string", "x | expect <-> y;", "y: string"),
    Case("x?: uint8[H]", "x | cast(float32) <-> y;", "y?: float32[H]"),
    Case("x?: uint8[H]", "x | crop(h=0:1) <-> y;", "y?: uint8[1]"),
    Case("x?: uint8[2]", "x | crop(d0=0:1, fill=3) <-> y;", "y?: uint8[1]"),
    Case("x?: uint8[H]", "x | cast(float32) | affine(scale=1/255) <-> y;", "y?: float32[H]"),
    Case("a: string\nb: string", '(a, b) | join(" ") <-> y;', "y: string"),
    Case("a: string\nb: string\nc: string", '(a, b, c) | join("//") <-> y;', "y: string"),
    Case('a: string {"enum": ["a", "b"]}\nb: string', '(a, b) | join("/") <-> y;', "y: string"),
    Case("x: string", 'x | split("/", parts=2) <-> (a, b);', "a: string\nb: string"),
    Case(
        "x: string",
        'x | split("//", parts=3) <-> (a, b, c);',
        "a: string\nb: string\nc: string",
    ),
    Case("x: string", 'x | affix(prefix="img_", suffix=".png") <-> y;', "y: string"),
    Case(
        'x: string {"enum": ["a", "b"]}',
        'x | affix(suffix="x") <-> y;',
        'y: string {"enum": ["ax", "bx"]}',
    ),
    Case("x: datetime", "x | epoch(s) <-> y;", "y: integer"),
    Case("x: datetime", "x | epoch(ms) <-> y;", 'y: integer {"minimum": 0, "maximum": 99999999}'),
    Case("x: datetime", "x | epoch(us) <-> y;", "y: integer"),
    Case("x: datetime", "x | epoch(ns) <-> y;", "y: integer"),
    Case("a: float32[2]\nb: float32[2]", "(a, b) | stack(axis=0) <-> y;", "y: float32[2, 2]"),
    Case("a: uint8[H]\nb: uint8[H]", "(a, b) | stack(axis=1) <-> y;", "y: uint8[H, 2]"),
    Case("a: uint8[H]\nb: uint8[W]", "(a, b) | stack <-> y;", "y: uint8[2, A]"),
    Case(
        'a: integer {"minimum": 0, "maximum": 5}\nb: integer',
        "(a, b) | stack <-> y;",
        "y: int64[2]",
    ),
    Case("a: float64\nb: float64", "(a, b) | stack <-> y;", "y: float64[2]"),
    Case("x: uint8[H, 2]", "x | unstack(axis=1) <-> (a, b);", "a: uint8[H]\nb: uint8[H]"),
    Case("x: int64[2]", "x | unstack <-> (a, b);", "a: integer\nb: integer"),
    Case("a: uint8[H, 2]\nb: uint8[H, 1]", "(a, b) | concat(axis=1) <-> y;", "y: uint8[H, 3]"),
    Case("a: uint8[A]\nb: uint8[B]", "(a, b) | concat <-> y;", "y: uint8[C]"),
    Case("a: uint8[A]\nb: uint8[2]", "(a, b) | concat <-> y;", "y: uint8[C]"),
    Case("x: uint8[5]", "x | split_at([2]) <-> (a, b);", "a: uint8[2]\nb: uint8[3]"),
    Case("x: uint8[N]", "x | split_at([2]) <-> (a, b);", "a: uint8[2]\nb: uint8[M]"),
    Case("x: uint8[H, W]\nz: string", 'x <-> y; drop z default "q";', "y: uint8[H, W]"),
    Case("x: uint8[H, W]\nz: uint8[H]", "x <-> y; z <-> z;", "y: uint8[H, W]\nz: uint8[H]"),
    Case("x: uint8[H, W]\nz: uint8[H]", "x <-> y; z <-> z;", "y: uint8[H, W]\nz: uint8[N]"),
    Case("x: integer", "x <-> y; const 3 -> z;", "y: integer\nz: integer"),
    Case(
        "x: list[#p]",
        "x | each { a <-> b; c <-> c; } <-> y;",
        "y: list[#q]",
        (("p", "a: integer\nc: string"), ("q", "b: integer\nc: string")),
    ),
    Case(
        "x: list[#p]",
        'x | each { a <-> b; drop c default "n"; } <-> y; x | length -> n;',
        "y: list[#q]\nn: integer",
        (("p", "a: integer\nc: string"), ("q", "b: integer")),
    ),
    Case(
        "x: list[#p]",
        "x | each { a | cast(float64, lossy) <-> b; drop c; } <-> y;",
        "y: list[#q]",
        (("p", "a: integer\nc: string"), ("q", "b: float64")),
    ),
    Case(
        "x: #p",
        "x | with { a <-> b; c <-> c; } <-> y;",
        "y: #q",
        (("p", "a: integer\nc: string"), ("q", "b: integer\nc: string")),
    ),
    Case(
        "x?: #p",
        "x | with { a <-> b; drop c; } <-> y;",
        "y?: #q",
        (("p", "a: integer\nc: string"), ("q", "b: integer")),
    ),
    Case(
        "x: #p",
        "x.a <-> b; x.c <-> o.c;",
        "b: integer\no: #o",
        (("p", "a: integer\nc: string"), ("o", "c: string")),
    ),
    Case("x?: #p", "x.a <-> b; drop x.c;", "b?: integer", (("p", "a: integer\nc: string"),)),
    Case("x?: #p", "x.a <-> b; drop x.c;", "b?: integer", (("p", "a?: integer\nc: string"),)),
    Case(
        "a?: integer\nb?: string",
        "a <-> o.a; b <-> o.b;",
        "o?: #o",
        (("o", "a: integer\nb?: string"),),
    ),
    Case(
        "a: integer\nb?: string",
        "a | some <-> o.a; b <-> o.b;",
        "o?: #o",
        (("o", "a: integer\nb?: string"),),
    ),
    Case("x: list[integer]\nz: bytes", "x <-> y; z <-> w;", "y: list[integer]\nw: bytes"),
]


_SHOWN: Final = [
    Case("x: list[integer]", "x | length -> y; drop x;", "y: integer"),
    Case("x: bytes", "x | length -> y; x <-> z;", "y: integer\nz: bytes"),
    Case("x: float32[H, 3]", "x | sum -> y; drop x;", "y: float32"),
    Case("x: int16[H, 3]", "x | sum(d1) -> y; drop x;", "y: int64[H]"),
    Case("x: float64[H, 3]", "x | mean(h) -> y; x <-> z;", "y: float64[3]\nz: float64[H, 3]"),
    Case("x: uint8[H, 3]", "x | max(d1) -> y; drop x;", "y: uint8[H]"),
    Case("x: float16[H, 3]", "x | min -> y; drop x;", "y: float16[]"),
    Case("x: float32[H, 3]", "x | argmax(axis=1) -> y; drop x;", "y: int64[H]"),
    Case("x: int8[H]", "x | argmax -> y; drop x;", "y: integer"),
    Case(
        "x: uint8[H, 3]",
        "x | dot(axis=1, weights=[299/1000, 587/1000, 114/1000]) -> y; drop x;",
        "y: float64[H]",
    ),
    Case("x: float64", "x | cast_str -> y; x <-> z;", "y: string\nz: float64"),
    Case("x: boolean", "x | cast_str -> y; drop x;", "y: string"),
    Case(
        "x: uint8[H, W]",
        "x | resize(h=2, w=3, mode=linear) -> y; drop x;",
        "y: uint8[2, 3]",
    ),
    Case("x: bool[H]", "x | resize(h=3, mode=nearest) -> y; drop x;", "y: bool[3]"),
    Case("x: int16[H, 3]", "x | take(d1=[0, 0, 2]) -> y; drop x;", "y: int16[H, 3]"),
    Case("x?: float32[H]", "x | sum -> y; drop x;", "y?: float32"),
    Case("x: string", 'x <-> y; const "a" -> z;', "y: string\nz: string"),
    Case("x: string", "x <-> y; const 0.5 -> z;", "y: string\nz: float32"),
    Case("x: string", "x <-> y; const true -> z;", "y: string\nz: boolean"),
    Case("x: string", "x <-> y; const none -> z;", "y: string\nz?: integer"),
    Case("x: string\nz: float64", "x <-> y; drop z default 1/3;", "y: string"),
    Case("x: string\nz: float64", "x <-> y; drop z;", "y: string"),
    Case(
        "x: string\nz?: #o",
        "x <-> y; drop z;",
        "y: string",
        (("o", "a: integer"),),
    ),
    Case(
        "x: string\nz: #o",
        "x <-> y; z.a <-> q.b.c; drop z.d default 7;",
        "y: string\nq: #o2",
        (("o", "a: integer\nd: integer"), ("o2", "b: #o3"), ("o3", "c: integer")),
    ),
    Case("x: #o", "x <-> y;", "y: #o", (("o", "a: integer\nd?: float32[2]"),)),
    Case("x: list[#o]", "x <-> y;", "y: list[#o]", (("o", "a: integer"),)),
    Case("x: bytes\nz: datetime", "x <-> y; z <-> z;", "y: bytes\nz: datetime"),
]

LISTED: Final = (
    *MOVED,
    *WRITTEN,
    *_SHOWN,
    Case("x: float32[H, W, 3]", "x | rearrange[h w c -> c h w] <-> y;", "y: float32[C, H, W]"),
    Case(
        "x: float32[H]\nz: string",
        "x <-> o.a; z <-> o.b;",
        "o: #o",
        (("o", "a: float32[A]\nb: string"),),
    ),
    Case("x?: uint8[H, W]", "x | rearrange[h w -> (h w)] <-> y;", "y?: uint8[N]"),
    Case("x: uint8[H, 3]", "x | take(d1=[2, 1, 0]) <-> y;", "y: uint8[H, C]"),
    Case(
        "x?: float64[2, 2]", "x | unwrap(default=0.5) | affine(scale=2) <-> y;", "y: float64[2, 2]"
    ),
    Case("x?: string", 'x | unwrap(default="a") | affix(prefix="p/") <-> y;', "y: string"),
    Case(
        "x: datetime", "x | epoch(s) | affine(offset=5) | cast(float64, lossy) <-> y;", "y: float64"
    ),
)
"""Cases one by one: those of operators that move elements, and all that are not drawn."""
