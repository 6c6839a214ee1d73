"""Values of samples in a line and in JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.cli.output import json_text
from atdata.cli.values import fields_of, json_of, line_of
from atdata.cli.visible import cut, visible
from atdata.samples.dynamic import DictSample
from atdata.testing.strategies import samples
from atdata_schema.data import Link
from atdata_schema.fields.links import Blob
from atdata_schema.fields.objects import Unknown
from atdata_schema.media import Audio, Image
from shop_data import HOSTILE, Box, Photograph

_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
_NAN = np.array([[np.nan, 1, 2, 3], [4, 5, 6, np.inf]], np.float32)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, "none"),
        (True, "true"),
        (7, "7"),
        (-0.0, "-0.0"),
        (1 / 3, "0.333333"),
        (1e300, "1e+300"),
        (math.nan, "nan"),
        (np.float32(2), "2.0"),
        ("cat", '"cat"'),
        ("", '""'),
        ("a\tb\n", r'"a\tb\n"'),
        ("x" * 61, f'"{"x" * 59}…"  (61 characters)'),
        (b"", "0 bytes"),
        (b"ab", "2 bytes  6162"),
        (bytes(9), "9 bytes  0000000000000000…"),
        (Image(b"no image"), "application/octet-stream, 8 B"),
        (Image(b"GIF89a" + bytes(9)), "image/gif, 15 B"),
        (Audio(b"fLaC" + bytes(2000)), "audio/flac, 2.0 kB"),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00Z"),
        (Link(_CID), _CID),
        (Blob(Link(_CID), "image/png", 5), f"blob image/png, 5 B, {_CID}"),
        ([], "[0]"),
        ([1, 2, 3, 4, 5, 6], "[6] 1, 2, 3, 4, 5, …"),
        ([[[["deep"]]]], "[1] [1] [1] [1]"),
        ({}, "{}"),
        ({"a": 1, "b": [None]}, "{a: 1, b: [1] none}"),
        ({"\x1b": "\x1b"}, r'{\x1b: "\x1b"}'),
        (Box(x=1, y=2), "{x: 1, y: 2}"),
        (Unknown("a.b.c", {"n": 0.5}), "a.b.c {n: 0.5}"),
        (np.zeros((0, 3), np.uint8), "uint8[0, 3]"),
        (np.array(5, np.int16), "int16[]  5"),
        (np.array([True, False]), "bool[2]  true, false"),
        (np.ones((3, 3), np.bool_), "bool[3, 3]  true 9"),
        (np.arange(9, dtype=np.float16), "float16[9]  min 0.0, mean 4.0, max 8.0"),
        (_NAN, "float32[2, 4]  min 1.0, mean inf, max inf, nan 1"),
        (np.full((3, 3), np.nan), "float64[3, 3]  nan 9"),
        (np.zeros((3, 3), np.complex64), "complex64[3, 3]"),
        (
            np.full(2_000_000, 60000, np.float16),
            "float16[2000000]  min 60000.0, mean 60000.0, max 60000.0",
        ),
    ],
    ids=repr,
)
def test_lines(value: Any, line: str) -> None:
    assert line_of(value) == line


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (math.inf, "inf"),
        (b"abc", {"bytes": 3}),
        (Link(_CID), {"$link": _CID}),
        (Unknown("a.b.c", {"n": 1}), {"$type": "a.b.c", "n": 1}),
        (Box(x=1, y=2), {"x": 1, "y": 2}),
        (np.zeros((0, 3), np.uint8), {"dtype": "uint8", "shape": [0, 3]}),
        (
            _NAN,
            {
                "dtype": "float32",
                "shape": [2, 4],
                "min": 1.0,
                "mean": "inf",
                "max": "inf",
                "nan": 1,
            },
        ),
        (np.ones(9, np.bool_), {"dtype": "bool", "shape": [9], "true": 9}),
        (
            np.array([2**64 - 1], np.uint64),
            {
                "dtype": "uint64",
                "shape": [1],
                "min": 2**64 - 1,
                "mean": float(2**64),
                "max": 2**64 - 1,
            },
        ),
    ],
    ids=repr,
)
def test_json(value: Any, plain: Any) -> None:
    assert json_of(value) == plain
    json.dumps(json_of(value), allow_nan=False)


def test_untyped_samples_have_the_names_of_their_entries() -> None:
    sample = DictSample({"seg.png": b"x", "class": 1})
    assert fields_of(sample) == {"seg.png": b"x", "class": 1}
    assert line_of(sample) == "{seg.png: 1 byte  78, class: 1}"


_PHOTOGRAPH: Any = Photograph  # to a type checker the class as it is written


@given(samples(_PHOTOGRAPH))
def test_whatever_a_sample_holds_is_one_line_and_legal_json(sample: Any) -> None:
    for value in fields_of(sample).values():
        line = line_of(value)
        assert line.isprintable()
        assert len(line) < 2000
    text = json_text(json_of(sample))
    assert text.replace("\n", "").isprintable()
    assert json.loads(text)["label"] == sample.label


@given(st.text())
def test_what_is_visible_is_on_one_line_and_never_obeyed(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)
    assert len(cut(text, 9)) <= 9
    assert json.loads(json_text(text)) == text
    assert json_text({text: HOSTILE}).replace("\n", "").isprintable()
