"""Lenses tried out: the values at their boundaries, their laws, and what refutes one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from atdata.samples.build import sample_class
from atdata_schema.errors import LensError
from atdata_schema.lenses import Lens, compile_text
from atdata_schema.lenses.trying import laws
from atdata_schema.lenses.trying.laws import LawBroken
from atdata_schema.lenses.trying.refuting import refutation
from atdata_schema.lenses.trying.samples import (
    boundary_samples,
    changed_views,
    named_values,
    sizes_of,
)
from atdata_schema.lenses.trying.values import element_values
from atdata_schema.lenses.types.lens_types import Nd
from lens_schemas import schema

LAWS = ("injective", "put_put", "get_total", "put_total", "exact")


def lens_of(source: str, view: str, clauses: str, **objects: str) -> Lens[Any, Any]:
    """A lens with its classes."""
    before = {name: fields.partition(" => ")[0] for name, fields in objects.items()}
    after = {name: fields.partition(" => ")[2] or fields for name, fields in objects.items()}
    a, b = schema("org.example.a", source, **before), schema("org.example.b", view, **after)
    text = f"lens l from org.example.a to org.example.b {{ {clauses} }}"
    (lens,) = compile_text(text, {each.id: each for each in (a, b)})
    return lens.typed(sample_class(a), sample_class(b))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_have_ends_subnormals_zeros_and_what_is_no_number(dtype: str) -> None:
    found = np.asarray(element_values(Nd(dtype)), dtype)
    info = np.finfo(dtype)
    for wanted in (info.max, info.min, info.tiny, info.smallest_subnormal, 1.0, np.inf, -np.inf):
        assert wanted in found
    assert np.isnan(found).any()
    zeros = found[found == 0]
    assert set(np.signbit(zeros).tolist()) == {True, False}
    finite = np.asarray(element_values(Nd(dtype, finite=True)), dtype)
    assert np.isfinite(finite).all()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "int32", "uint64", "int64"])
def test_integers_have_ends(dtype: str) -> None:
    found = element_values(Nd(dtype))
    assert {int(np.iinfo(dtype).min), int(np.iinfo(dtype).max), 0, 1} <= set(found)
    assert element_values(Nd(dtype, low=3, high=5))[0] == 3
    assert set(element_values(Nd(dtype, low=3, high=5))) == {3, 4, 5}
    assert element_values(Nd("bool")) == [False, True]


SOURCE = """image: uint8[H, W, 3]
kind: string {"enum": ["cat", "dog", "puppy"]}
weight?: float64
level?: integer {"minimum": 0, "default": 7}
first: string
last: string
when: datetime
boxes: list[#p]
any: unknown
img: image
flag: boolean
raw: bytes"""
VIEW = """pixels: uint8[3, A, B]
target: integer
weight: float64
level: integer
name: string
ms: integer
boxes: list[#p]
any: unknown
img: image
flag: boolean
raw: bytes"""
CLAUSES = """image | crop(h=4:6, w=0:3) | rearrange[h w c -> c h w] <-> pixels;
kind | map { "cat" <-> 10, "dog" <-> 11, "puppy" -> 11 } <-> target;
weight | unwrap(default=2.5) <-> weight;
level | unwrap(default=7) <-> level;
(first, last) | join("/") <-> name;
when | epoch(ms) <-> ms;
boxes | each { x <-> y; drop s default ""; } <-> boxes;
auto;"""


@pytest.fixture(scope="module")
def many() -> Lens[Any, Any]:
    return lens_of(SOURCE, VIEW, CLAUSES, p="x: integer\ns: string => y: integer")


def test_what_a_lens_names_is_tried(many: Lens[Any, Any]) -> None:
    assert {"cat", "dog", "puppy", 10, 11, "/", 2.5, 7, 4, 6} <= set(named_values(many))


def test_sizes_are_such_that_a_sample_has_a_view(many: Lens[Any, Any]) -> None:
    first = sizes_of(many)[0]
    assert first["H"] >= 6
    assert first["W"] >= 3


def test_samples_hold_every_boundary_and_can_be_written(many: Lens[Any, Any]) -> None:
    found = boundary_samples(many)
    for sample in found:
        assert type(sample).decode(sample.encode()) == sample
    assert {sample.kind for sample in found} == {"cat", "dog", "puppy"}
    assert {None, 2.5, 0.0} <= {sample.weight for sample in found}
    assert {None, 7, 0} <= {sample.level for sample in found}
    assert {"", "/"} <= {sample.first for sample in found}
    assert 0 in {len(sample.boxes) for sample in found}
    assert {True, False} == {sample.flag for sample in found}
    assert {0, 255} <= {int(number) for sample in found for number in sample.image.reshape(-1)}


def test_views_are_changed_in_every_field(many: Lens[Any, Any]) -> None:
    sample, *_ = boundary_samples(many)
    view = many.get(sample)
    changed = list(changed_views(many, view))
    for attribute in ("target", "weight", "name", "ms", "boxes", "flag", "raw"):
        assert any(getattr(each, attribute) != getattr(view, attribute) for each in changed)
    assert any((each.pixels != view.pixels).any() for each in changed)
    assert all(type(each) is many.view_class for each in changed)


def test_the_laws_hold_at_every_boundary(many: Lens[Any, Any]) -> None:
    tried = 0
    for sample in boundary_samples(many, 24):
        laws.check_get_put(many, sample)
        view = laws.attempted(partial(many.get, sample))
        if view is laws.REFUSED:
            continue
        for changed in list(changed_views(many, view))[::9]:
            laws.check_put_get(many, many, changed, sample)
            tried += 1
    assert tried > 50


CASES = {
    "a rename": ("x: integer", "y: integer", "x <-> y;", set[str]()),
    "a table that merges": (
        'x: string {"enum": ["a", "b", "c"]}',
        'y: integer {"minimum": 1, "maximum": 2}',
        'x | map { "a" <-> 1, "b" -> 1, "c" <-> 2 } <-> y;',
        {"injective", "put_put"},
    ),
    "a table with values that nothing leads to": (
        'x: string {"enum": ["a"]}',
        "y: integer",
        'x | map { "a" <-> 1 } <-> y;',
        {"put_total"},
    ),
    "a wider type": ("x: uint8[N]", "y: uint16[N]", "x | cast(uint16) <-> y;", {"put_total"}),
    "a narrower type": (
        "x: uint16[N]",
        "y: uint8[N]",
        "x | cast(uint8, overflow=clamp) <-> y;",
        {"injective", "put_put"},
    ),
    "a factor": (
        "x: float32",
        "y: float32",
        "x | affine(scale=1/3) <-> y;",
        set(LAWS) - {"get_total"},
    ),
    "rounding": (
        "x: uint8[N]",
        "y: float32[N]",
        "x | cast(float32) | affine(scale=1/255, on_put=round) <-> y;",
        {"put_total", "exact"},
    ),
    "texts put together": (
        "x: string\nz: string",
        "y: string",
        '(x, z) | join("-") <-> y;',
        {"get_total", "put_total"},
    ),
    "a part": (
        "x: uint8[H]",
        "y: uint8[H2]",
        "x | crop(h=0:3) <-> y;",
        {"get_total", "injective"},
    ),
    "a default": (
        "x?: float32",
        "y: float32",
        "x | unwrap(default=1.5) <-> y;",
        {"injective", "put_put"},
    ),
    "an instant": (
        "x: datetime",
        "y: integer",
        "x | epoch(s) <-> y;",
        {"injective", "put_put", "put_total"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_refuted_has_an_example_and_what_is_proved_has_none(name: str) -> None:
    source, view, clauses, wanted = CASES[name]
    typed = lens_of(source, view, clauses)
    lens: Lens[Any, Any] = Lens(typed.program, typed.body)  # without classes
    found = {law for law in LAWS if refutation(lens, law) is not None}
    proved = {
        law
        for law, proof in (
            ("put_put", lens.laws.put_put),
            ("get_total", lens.laws.get_total),
            ("put_total", lens.laws.put_total),
        )
        if proof.holds
    }
    assert not found & proved
    assert found == wanted


class Broken:
    """A runner whose ways can be spoilt."""

    def __init__(
        self,
        lens: Any,
        *,
        get: Callable[[Any], Any] | None = None,
        put: Callable[[Any, Any], Any] | None = None,
        create: Callable[[Any], Any] | None = None,
    ) -> None:
        self._get = get or lens.get
        self._put = put or lens.put
        self._create = create or lens.create

    def get(self, source: Any, /) -> Any:
        return self._get(source)

    def put(self, view: Any, source: Any, /, *, readonly: Any = "check") -> Any:
        return self._put(view, source)

    def create(self, view: Any, /, *, readonly: Any = "check") -> Any:
        return self._create(view)


def test_each_law_is_broken_by_a_runner_that_breaks_it() -> None:
    lens = lens_of("x: integer\nn: string", "y: integer", 'x <-> y; drop n default "";')
    a, b = lens.source_class, lens.view_class
    assert a is not None
    assert b is not None
    one, two, view = a(x=1, n="n"), a(x=2, n="n"), b(y=5)
    other = a(x=7, n="")
    broken: list[Callable[[], None]] = [
        lambda: laws.check_get_put(Broken(lens, put=lambda v, s: other), one),
        lambda: laws.check_put_get(Broken(lens, put=lambda v, s: s), lens, view, one),
        lambda: laws.check_put_put(
            Broken(lens, put=lambda v, s: a(x=v.y + s.x, n="")), view, b(y=1), one
        ),
        lambda: laws.check_create_get(Broken(lens, create=lambda v: other), lens, view),
        lambda: laws.check_injective(Broken(lens, get=lambda s: view), lens, one, two),
    ]
    for each in broken:
        with pytest.raises(LawBroken):
            each()
    laws.check_get_put(lens, one)
    laws.check_put_get(lens, lens, view, one)
    laws.check_put_put(lens, view, b(y=1), one)
    laws.check_create_get(lens, lens, view)
    laws.check_injective(lens, lens, one, two)
    laws.check_get_total(lens, one)
    laws.check_put_total(lens, view, one)


def test_externs_without_code_are_not_searched() -> None:
    a, b = schema("org.example.a", "x: bytes"), schema("org.example.b", "y: bytes")
    text = (
        "extern e: bytes <-> bytes; "
        "lens l from org.example.a to org.example.b { x | extern e <-> y; }"
    )
    (lens,) = compile_text(text, {a.id: a, b.id: b})
    assert refutation(lens, "put_put") is None
    with pytest.raises(LensError):
        lens.get({"x": b""})
