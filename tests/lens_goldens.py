"""The lenses whose compiled modules are golden."""

from __future__ import annotations

from dataclasses import dataclass

from atdata_schema.schema import Schema
from lens_schemas import schema

__all__ = ["CASES", "Golden"]


@dataclass(frozen=True)
class Golden:
    """One file of lenses.

    Attributes:
        name: the name of its module.
        nsid: its own.
        description: what it says of itself.
        text: the file.
        schemas: the types.
        externs: the code of its externs.
    """

    name: str
    nsid: str
    description: str
    text: str
    schemas: tuple[Schema, ...]
    externs: str = ""


_FRAME = schema(
    "org.example.frame",
    """
    id: string
    image: uint8[H, W, 3]
    depth: float32[H, W]
    label: string {"enum": ["cat", "dog", "puppy"]}
    weight?: float64
    gain: float64
    taken: datetime
    first: string
    last: string
    boxes: list[#box]
    meta: #meta
    size?: #size
    note: string
    """,
    box="x0: integer\nscore: float64",
    meta="site: string\noperator: string",
    size="w: integer\nh?: integer",
)
_TRAIN = schema(
    "org.example.train",
    """
    name: string
    pixels: float32[3, H, W]
    depth: float32[A, B]
    target: integer {"minimum": 0, "maximum": 1}
    weight: float64
    gain: float32
    ms: integer
    by: string
    boxes: list[#box]
    n: integer
    place: #place
    w?: integer
    licence: string
    """,
    box="xmin: integer",
    place="site: string",
)
_STATS = schema("org.example.stats", "mean: float64\ncount: integer\nbig: uint8[64, 64, 3]")

_LENS = Golden(
    name="frame",
    nsid="org.example.lenses.frame",
    description="",
    text="""
    lens frame_to_train "Camera frame -> training sample." from org.example.frame to org.example.train {
      id <-> name;
      image | rearrange[h w c -> c h w] | cast(float32)
            | affine(scale=[1/58, 1/57, 1/57], offset=[-485/229, -2, -1.8], axis=0, on_put=round) <-> pixels;
      depth | crop(h=1:, w=:-1) | flip(w) <-> depth;
      label | map { "cat" <-> 0, "dog" <-> 1, "puppy" -> 1 } <-> target;
      weight | unwrap(default=1.0) <-> weight;
      gain | affine(scale=1/10, offset=-1.5e-3) | cast(float32) <-> gain;
      taken | epoch(ms) <-> ms;
      (first, last) | join(" ") <-> by;
      boxes | each { x0 <-> xmin; drop score default 0.5; } <-> boxes;
      boxes | length -> n;
      meta.site <-> place.site;
      size.w <-> w;
      const "CC0" -> licence;
      drop meta.operator default "nobody";
      drop size.h;
      drop note default "";
    }
    """,
    schemas=(_FRAME, _TRAIN),
)
_SHOWN = Golden(
    name="shown",
    nsid="org.example.lenses.shown",
    description="What is told of a frame, and nothing else.",
    text="""
    lens to_stats from org.example.frame to org.example.stats {
      depth | mean | cast(float64) -> mean;
      boxes | length -> count;
      image | resize(h=64, w=64, mode=linear) -> big;
      drop *;
    }
    lens same from org.example.frame to org.example.frame { auto; }
    """,
    schemas=(_FRAME, _STATS),
)
_MASKED = schema("org.example.masked", "mask: bytes\nother?: bytes\nid: string")
_SEEN = schema(
    "org.example.seen", "mask: uint8[240, 320]\nother?: uint8[2, 2]\nid: string\nn: string"
)
_OUTSIDE = Golden(
    name="outside",
    nsid="org.example.lenses.outside",
    description="",
    text="""
    extern rle : bytes <-> uint8[H, W] "Runs of equal pixels.";
    extern name : string -> string;
    lens masks from org.example.masked to org.example.seen {
      mask | extern rle(height=240, width=320) <-> mask;
      other | extern rle(height=2, width=2) <-> other;
      id | extern name -> n;
      auto;
    }
    """,
    schemas=(_MASKED, _SEEN),
    externs='''"""Code of somebody."""

import numpy as np
from numpy.typing import NDArray


def rle_get(value: bytes, *, height: int, width: int) -> NDArray[np.uint8]:
    return np.resize(np.frombuffer(value, np.uint8), (height, width))


def rle_put(
    view: NDArray[np.uint8], source: bytes | None, *, height: int, width: int
) -> bytes:
    return view.tobytes()


def name_get(value: str) -> str:
    return value.upper()
''',
)
_ODD = schema(
    "org.example.import",
    r"""
    class: integer
    x-ray: float32[H]
    np: float64
    v1: string {"enum": ["\"; import os #", "'''", "\"\"\"", "\\"]}
    self: integer
    print?: #none
    list: uint8[3]
    """,
    none="None: integer\n__class__: string",
)
_ODDER = schema(
    "org.example.any",
    """
    def: integer
    lambda: float32[H]
    np: float32
    Any: integer
    self: float64
    print?: #none
    list: float32[3]
    """,
    none="True: integer\nv1: string",
)
_HOSTILE = Golden(
    name="hostile",
    nsid="org.example.lenses.hostile",
    description='"""\nimport os\nos.system("true") \\',
    text=r"""
    lens none "Ends \"\"\" here: import os \\" from org.example.import to org.example.any {
      class <-> def;
      `x-ray` | affine(scale=2) <-> lambda;
      np | cast(float32) <-> np;
      v1 | map { "\"; import os #" <-> 0, "'''" <-> 1, "\"\"\"" <-> 2, "\\" <-> 3 } <-> Any;
      self | cast(float64, lossy) <-> self;
      print | with { `None` <-> `True`; __class__ | affix(prefix="\"\n") <-> v1; } <-> print;
      list | cast(float32) | affine(scale=1/3) <-> list;
    }
    """,
    schemas=(_ODD, _ODDER),
)
CASES = (_LENS, _SHOWN, _OUTSIDE, _HOSTILE)
