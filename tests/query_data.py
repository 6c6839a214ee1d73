"""Conditions together with what they mean, said a second time in plain Python, and samples to ask them of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata
from atdata.manifest.query.kinds import FieldKind, leaf_kinds
from atdata.manifest.query.spelling import spelt_path, spelt_text
from atdata_schema.data import Link
from atdata_schema.fields.instants import format_instant
from atdata_schema.model import Model

__all__ = [
    "NUMBERS",
    "RATIOS",
    "Asked",
    "Camera",
    "Rich",
    "asked",
    "numbers",
    "reach",
    "rich",
    "stored_rich",
]


@atdata.packable
class Camera:
    model: str
    iso: int | None = None
    frames: NDArray[np.uint8] | None = None


@atdata.packable
class Rich:
    image: NDArray[np.uint8]
    number: int
    ratio: float
    width: np.float32
    flag: bool
    label: str
    kind: Literal["cat", "dog"]
    tags: list[str]
    sizes: list[int]
    note: str | None = None
    count: int | None = None
    loss: float | None = None
    taken: datetime | None = None
    camera: Camera | None = None
    mask: NDArray[np.bool_] | None = None
    never: int | None = None


WORDS = (
    "",
    "a",
    "ab",
    "abc",
    "b",
    "cat",
    "dog",
    "n\u00e4me",
    "\u732b",
    "a\0b",
    "'\"\\`\n",
    "\U0001f600",
    "z" * 200,
)
NUMBERS = (0, 1, -1, 7, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63))
RATIOS = (
    0.0,
    -0.0,
    0.5,
    1.0,
    -1.5,
    0.1,
    float(2**53),
    1e300,
    float("inf"),
    float("-inf"),
    float("nan"),
)
START = datetime(2026, 1, 1, tzinfo=UTC)


def rich(number: int) -> Rich:
    """A sample whose every field takes its turn through odd values."""
    camera = Camera(
        model=WORDS[number % 5],
        iso=None if number % 2 else number,
        frames=None if number % 4 else np.zeros(2, np.uint8),
    )
    zone = timedelta(hours=number % 5)
    return Rich(
        image=np.full((2, 2), number % 256, np.uint8),
        number=number if number % 3 else NUMBERS[number // 3 % len(NUMBERS)],
        ratio=RATIOS[number % len(RATIOS)],
        width=np.float32(number / 10),
        flag=number % 2 == 0,
        label=WORDS[number % len(WORDS)],
        kind="cat" if number % 3 else "dog",
        tags=[WORDS[n] for n in range(number % 4)],
        sizes=[number % 7, number % 5][: number % 3],
        note=None if number % 4 else WORDS[number % 7],
        count=None if number % 5 == 0 else number % 6,
        loss=None if number % 3 == 0 else RATIOS[number % len(RATIOS)],
        taken=None if number % 6 == 0 else (START + timedelta(minutes=number)).astimezone() + zone,
        camera=None if number % 5 == 2 else camera,
        mask=None if number % 2 else np.ones(2, np.bool_),
    )


@cache
def stored_rich(
    count: int, maxcount: int, manifest: bool = False, columns: bool = False
) -> atdata.Dataset[Rich]:
    """A dataset that is written once in a test run and then only read."""
    folder = Path(mkdtemp(prefix="atdata-query-"))
    return atdata.write_samples(
        map(rich, range(count)),
        folder / "d.tar",
        maxcount=maxcount,
        manifest=manifest,
        columns=columns,
    )


def numbers(samples: Any) -> list[int]:
    """The number of each sample that its key is."""
    keys: list[str] = samples.keys()
    return [int(key) for key in keys]


@dataclass(frozen=True)
class Asked:
    """A condition: as a text, as built in Python, and as a function of a sample."""

    text: str
    holds: Callable[[Any], bool]

    def __repr__(self) -> str:
        return self.text


def reach(sample: Any, path: Sequence[str]) -> Any:
    """What a sample has in a field, as a plain number, text, boolean, list or microseconds."""
    for name in path:
        if sample is None:
            return None
        sample = getattr(sample, sample.FIELDS.attribute(name))
    return plain(sample)


def plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return (value - START) // timedelta(microseconds=1)
    if isinstance(value, Link):
        return value.text
    if isinstance(value, list):
        items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]  # of anything
        return list(map(plain, items))
    return value


def _literal(kind: str) -> st.SearchStrategy[tuple[str, Any]]:
    """A value in text, and what it is compared as."""
    match kind:
        case "boolean":
            return st.booleans().map(lambda value: (str(value).lower(), value))
        case "text":
            texts = st.sampled_from(WORDS) | st.text(
                st.characters(exclude_categories=["Cs"]), max_size=6
            )
            return texts.map(lambda value: (spelt_text(value), value))
        case "datetime":
            moments = st.integers(-9, 400).map(lambda minutes: START + timedelta(minutes=minutes))
            return moments.map(lambda moment: (f"'{format_instant(moment)}'", plain(moment)))
        case _:
            ints = st.sampled_from(NUMBERS) | st.integers(-20, 60) | st.integers(-(2**70), 2**70)
            floats = st.sampled_from(RATIOS) | st.floats(-20, 60) | st.floats(allow_nan=False)
            given = ints | floats.filter(lambda value: value == value)
            return given.map(lambda value: (repr(value), value))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@st.composite
def _on_field(draw: st.DrawFn, path: Sequence[str], kind: FieldKind) -> Asked:
    """A condition on one field."""
    name = spelt_path(tuple(path))

    def value(sample: Any) -> Any:
        return reach(sample, path)

    if draw(st.integers(0, 5)) == 0 or kind.is_opaque:
        if draw(st.booleans()):
            return Asked(f"{name} is null", lambda s: value(s) is None)
        return Asked(f"{name} is not null", lambda s: value(s) is not None)
    if kind.kind == "list":
        assert kind.items is not None
        text, wanted = draw(_literal(kind.items))
        if draw(st.booleans()):
            return Asked(f"{text} in {name}", lambda s: wanted in (value(s) or []))
        return Asked(
            f"{text} not in {name}", lambda s: value(s) is not None and wanted not in value(s)
        )
    return draw(_on_scalar(name, value, kind.kind))


@st.composite
def _on_scalar(draw: st.DrawFn, name: str, value: Callable[[Any], Any], kind: str) -> Asked:
    choices = ["compare", "among"]
    choices += ["match"] * (kind == "text") + ["nan"] * kind.startswith("float")
    choices += ["chain"] * (kind != "boolean")
    text, wanted = draw(_literal(kind))

    def there(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
        return lambda sample: value(sample) is not None and test(value(sample))

    match draw(st.sampled_from(choices)):
        case "compare":
            operators = ["==", "!="] if kind == "boolean" else list(_COMPARISONS)
            operator = draw(st.sampled_from(operators))
            compare = _COMPARISONS[operator]
            if draw(st.booleans()):
                return Asked(f"{name} {operator} {text}", there(lambda v: compare(v, wanted)))
            return Asked(f"{text} {operator} {name}", there(lambda v: compare(wanted, v)))
        case "among":
            many = draw(st.lists(_literal(kind), max_size=7))
            listed = ", ".join(text for text, _ in many)
            values = [wanted for _, wanted in many]
            if draw(st.booleans()):
                return Asked(f"{name} in [{listed}]", there(lambda v: v in values))
            return Asked(f"{name} not in [{listed}]", there(lambda v: v not in values))
        case "match":
            how = draw(st.sampled_from(["startswith", "endswith", "contains"]))
            tests: dict[str, Callable[[str], bool]] = {
                "startswith": lambda v: v.startswith(wanted),
                "endswith": lambda v: v.endswith(wanted),
                "contains": lambda v: wanted in v,
            }
            return Asked(f"{how}({name}, {text})", there(tests[how]))
        case "nan":
            if draw(st.booleans()):
                return Asked(f"{name} is nan", there(lambda v: v != v))
            return Asked(f"{name} is not nan", there(lambda v: v == v))
        case _:
            high_text, high = draw(_literal(kind))
            return Asked(f"{text} < {name} <= {high_text}", there(lambda v: wanted < v <= high))


def asked(model: Model) -> st.SearchStrategy[Asked]:
    """Conditions on samples of a type, at most three levels deep."""
    fields = leaf_kinds(model)
    leaves = st.sampled_from(sorted(fields)).flatmap(lambda path: _on_field(path, fields[path]))

    def deeper(inner: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
        return (
            st.builds(_both, inner, inner)
            | st.builds(_either, inner, inner)
            | st.builds(_not, inner)
        )

    return st.recursive(leaves, deeper, max_leaves=5)


def _both(first: Asked, second: Asked) -> Asked:
    return Asked(
        f"({first.text}) and ({second.text})", lambda s: first.holds(s) and second.holds(s)
    )


def _either(first: Asked, second: Asked) -> Asked:
    return Asked(f"({first.text}) or ({second.text})", lambda s: first.holds(s) or second.holds(s))


def _not(first: Asked) -> Asked:
    return Asked(f"not ({first.text})", lambda s: not first.holds(s))
