"""Lenses composed, and found between types: exact normal forms, the least cost, and no silent choice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import AmbiguousLensPath, LensError, NoLensPath, PutError
from atdata_schema.lenses import Graph, Lens, Stages, check, compose, parse, program_text
from atdata_schema.lenses.steps.equality import same
from lens_schemas import schema
from lens_strategies import rows


def lens_of(a: Any, b: Any, clauses: str, name: str = "l") -> Lens[Any, Any]:
    """A lens between two types."""
    text = f"lens {name} from {a.id} to {b.id} {{ {clauses} }}"
    found = parse(text)
    assert found.findings == ()
    return check(found.lenses[0].program, a, b).lens


def three(a: str, b: str, c: str) -> tuple[Any, Any, Any]:
    """Three types."""
    return tuple(schema(f"org.example.{name}", fields) for name, fields in zip("abc", (a, b, c), strict=True))  # type: ignore[return-value]


A, B, C = three(
    """
    id: string
    image: uint8[H, W, 3]
    label: string {"enum": ["a", "b", "c"]}
    count: integer
    meta: #meta
    depth: float64
    gone: string
    extra: integer {"default": 4}
    """.replace("meta: #meta", "site: string"),
    """
    name: string
    pixels: uint8[3, H, W]
    kind: string {"enum": ["x", "y"]}
    n: integer
    site: string
    depth: float64
    licence: string
    n2: integer
    """,
    """
    title: string
    pixels: uint8[H, W, 3]
    target: integer {"minimum": 0, "maximum": 1}
    n: integer
    depth: float64
    terms: string
    """,
)
FIRST = lens_of(
    A,
    B,
    """
    id <-> name; image | rearrange[h w c -> c h w] <-> pixels;
    label | map { "a" <-> "x", "b" <-> "y", "c" -> "y" } <-> kind;
    count <-> n; site <-> site; depth | affine(scale=2) <-> depth;
    const "CC0" -> licence; count -> n2; drop gone default "g"; drop extra;
    """,
    "first",
)
SECOND = lens_of(
    B,
    C,
    """
    name <-> title; pixels | rearrange[c h w -> h w c] <-> pixels;
    kind | map { "x" <-> 0, "y" <-> 1 } <-> target;
    n | affine(offset=1) <-> n; depth | affine(scale=3) <-> depth;
    licence | affix(suffix="!") -> terms; drop site default "s"; drop licence; drop n2;
    """,
    "second",
)


def test_clauses_go_into_clauses() -> None:
    whole = compose(FIRST, SECOND)
    assert isinstance(whole, Lens)
    assert program_text(whole.program) == (
        "lens first_then_second\nfrom org.example.a\nto org.example.c\n{\n"
        "  depth | affine(scale=2) | affine(scale=3) <-> depth;\n"
        "  count | affine(offset=1) <-> n;\n"
        "  image <-> pixels;\n"
        '  label | map { "a" <-> 0, "b" <-> 1, "c" -> 1 } <-> target;\n'
        '  const "CC0!" -> terms;\n'
        "  id <-> title;\n"
        "  drop extra;\n"
        '  drop gone default "g";\n'
        '  drop site default "s";\n'
        "}\n"
    )


SOURCES = rows(FIRST.body.source, {"H": 2, "W": 1})
VIEWS = rows(SECOND.body.view, {"H": 2, "W": 1})


@given(SOURCES, VIEWS)
def test_the_normal_form_does_what_the_lenses_do(source: Any, view: Any) -> None:
    whole = compose(FIRST, SECOND)
    stages: Stages[Any, Any] = Stages((FIRST, SECOND))
    view = {**view, "terms": "CC0!"}
    assert same(_tried(lambda: whole.get(source)), _tried(lambda: stages.get(source)))
    apart, together = _tried(lambda: stages.put(view, source)), _tried(
        lambda: whole.put(view, source)
    )
    assert (apart is None) == (together is None)
    if apart is not None:
        kept = {name: value for name, value in apart.items() if name != "depth"}
        assert same(kept, {name: value for name, value in together.items() if name != "depth"})
    assert whole.creates  # stages do not: nothing says what the licence between them is


def _tried(make: Any) -> Any:
    try:
        return make()
    except (PutError, LensError):
        return None


def test_a_composition_obeys_its_laws_when_it_stays_in_stages() -> None:
    a, b, c = three("x: string", "p: string\nq: string", "y: string")
    apart = lens_of(a, b, 'x | split("/", parts=2) <-> (p, q);')
    joined = lens_of(b, c, '(p, q) | join("-") <-> y;')
    stages = compose(apart, joined)
    assert isinstance(stages, Stages)
    source = {"x": "a/b"}
    assert stages.get(source) == {"y": "a-b"}
    assert stages.put({"y": "a-b"}, source) is source
    assert stages.put({"y": "c-d"}, source) == {"x": "c/d"}
    assert stages.create({"y": "c-d"}) == {"x": "c/d"}
    with pytest.raises(PutError):
        stages.put({"y": "c"}, source)
    assert stages.kind == "embedding"
    assert stages.laws.put_put.holds is True


def test_lenses_meet_at_a_type() -> None:
    with pytest.raises(
        LensError, match="second leads to org.example.c .* and first begins at org.example.a"
    ):
        compose(SECOND, FIRST)
    assert compose(FIRST) is FIRST
    with pytest.raises(LensError, match="at least one"):
        compose()


@pytest.mark.parametrize(
    ("first", "second", "types", "wanted"),
    [
        (
            "rearrange[h w c -> c h w]",
            "rearrange[c h w -> c (h w)]",
            ("uint8[H, W, 3]", "uint8[3, H, W]", "uint8[3, N]"),
            "rearrange[a b c -> c (a b)]",
        ),
        (
            "rearrange[h w c -> c h w]",
            "rearrange[c h w -> h w c]",
            ("uint8[H, W, 3]", "uint8[3, H, W]", "uint8[H, W, 3]"),
            "",
        ),
        ("flip(h)", "flip(h, w)", ("uint8[H, W]", "uint8[H, W]", "uint8[H, W]"), "flip(1)"),
        ("flip(h)", "flip(h)", ("uint8[H, W]", "uint8[H, W]", "uint8[H, W]"), ""),
        ("crop(h=2:9)", "crop(d0=1:3)", ("uint8[H]", "uint8[7]", "uint8[2]"), "crop(d0=3:5)"),
        ("cast(float64)", "cast(float32)", ("float32[H]", "float64[H]", "float32[H]"), ""),
        ("cast(int32)", "cast(uint8, overflow=error)", ("uint8[H]", "int32[H]", "uint8[H]"), ""),
        (
            "cast(float32)",
            "cast(float64)",
            ("float64[H]", "float32[H]", "float64[H]"),
            "cast(float32) | cast(float64)",
        ),
        (
            "affine(scale=2)",
            "affine(scale=1/2)",
            ("float32[H]", "float32[H]", "float32[H]"),
            "affine(scale=2) | affine(scale=0.5)",
        ),
        (
            "cast(float32)",
            "affine(scale=2)",
            ("uint8[H]", "float32[H]", "float32[H]"),
            "cast(float32) | affine(scale=2)",
        ),
        (
            'map { "a" <-> "x", "b" -> "x" }',
            'map { "x" <-> 1 }',
            (
                'string {"enum": ["a", "b"]}',
                'string {"enum": ["x"]}',
                'integer {"minimum": 1, "maximum": 1}',
            ),
            'map { "a" <-> 1, "b" -> 1 }',
        ),
    ],
)
def test_what_is_exact_is_joined_and_what_rounds_is_not(
    first: str, second: str, types: tuple[str, str, str], wanted: str
) -> None:
    a, b, c = three(*(f"x: {kind}" for kind in types))
    whole = compose(lens_of(a, b, f"x | {first} <-> x;"), lens_of(b, c, f"x | {second} <-> x;"))
    if not isinstance(whole, Lens):
        pytest.fail("it stayed in stages")
    (joint,) = whole.clauses
    assert joint.chain is not None
    assert " | ".join(str(step.op) for step in joint.chain.steps) == wanted


def test_what_the_type_between_demands_is_not_lost() -> None:
    a, b, c = three("x: string", 'x: string {"maxLength": 3}', "x: string")
    whole = compose(lens_of(a, b, "x <-> x;"), lens_of(b, c, "x <-> x;"))
    assert isinstance(whole, Stages)
    with pytest.raises(PutError):
        whole.put({"x": "long"}, {"x": "a"})


def types(count: int) -> list[Any]:
    """Types of one number each."""
    return [schema(f"org.example.t{index}", "x: float64\ny: integer") for index in range(count)]


SAME = "x <-> x; y <-> y;"


def test_the_way_of_least_cost_is_taken() -> None:
    a, b, c = types(3)
    lossy = lens_of(a, c, "x <-> x; const 3 -> y; drop y;", "lossy")
    ab, bc = lens_of(a, b, SAME, "ab"), lens_of(b, c, SAME, "bc")
    route = Graph([lossy, ab, bc]).route(a.cid, c.cid)
    assert str(route) == "ab | bc"
    assert route.cost.rank == (0, 0, 0, 0, 0, 2, 0)
    assert route.get({"x": 1.0, "y": 2}) == {"x": 1.0, "y": 2}
    assert isinstance(route.lens, Lens)
    assert "made up" not in route.explain()
    only = Graph([lossy]).route(a.cid, c.cid)
    assert "lost: y: dropped" in only.explain()
    assert "fabricated: y: a constant" in only.explain()


def test_trust_counts_most() -> None:
    a, b, c = types(3)
    direct = lens_of(a, c, SAME, "stranger")
    ab, bc = lens_of(a, b, SAME, "ab"), lens_of(b, c, SAME, "bc")
    lenses = [direct, ab, bc]
    trusted = Graph(lenses, trust=lambda lens: 5 if lens.name == "stranger" else 0)
    assert str(trusted.route(a.cid, c.cid)) == "ab | bc"
    assert str(Graph(lenses).route(a.cid, c.cid)) == "stranger"
    barred = Graph([direct], trust=lambda lens: None)
    with pytest.raises(NoLensPath, match="none begins at the first"):
        barred.route(a.cid, c.cid)


def test_equal_ways_that_do_the_same_are_one() -> None:
    a, b, b2, c = types(4)
    lenses = [
        lens_of(a, b, SAME, "ab"),
        lens_of(b, c, SAME, "bc"),
        lens_of(a, b2, SAME, "ad"),
        lens_of(b2, c, SAME, "dc"),
    ]
    assert str(Graph(lenses).route(a.cid, c.cid)) == "ab | bc"


def test_equal_ways_that_differ_are_refused_unless_one_is_pinned() -> None:
    a, b, c = types(3)
    plus = lens_of(a, c, "x <-> x; y | affine(offset=1) <-> y;", "plus")
    minus = lens_of(a, c, "x <-> x; y | affine(offset=-1) <-> y;", "minus")
    with pytest.raises(AmbiguousLensPath) as caught:
        Graph([plus, minus]).route(a.cid, c.cid)
    text = str(caught.value)
    assert "y | affine(offset=1) <-> y;" in text
    assert "y | affine(offset=-1) <-> y;" in text
    assert "x <-> x" not in text
    assert plus.cid in text
    for order in ([plus, minus], [minus, plus]):
        pinned = Graph(order, pins={(a.cid, c.cid): [minus.cid]})
        assert str(pinned.route(a.cid, c.cid)) == "minus"
    with pytest.raises(LensError, match="needs the lens"):
        Graph([plus], pins={(a.cid, c.cid): [minus.cid]}).route(a.cid, c.cid)
    ab = lens_of(a, b, SAME, "ab")
    with pytest.raises(LensError, match="leads to"):
        Graph([ab], pins={(a.cid, c.cid): [ab.cid]}).route(a.cid, c.cid)


def test_a_lens_that_creates_leads_back() -> None:
    a, b, _ = types(3)
    forth = lens_of(a, b, "x <-> x; const 3 -> y; drop y default 0;", "forth")
    route = Graph([forth]).route(b.cid, a.cid)
    assert str(route) == "create by forth"
    assert route.lens is None
    assert route.get({"x": 1.0, "y": 3}) == {"x": 1.0, "y": 0}
    with pytest.raises(PutError):
        route.get({"x": 1.0, "y": 4})
    assert route.cost.rank == (0, 1, 1, 0, 0, 1, 1)


def test_circles_and_long_ways_come_to_an_end() -> None:
    kinds = types(9)
    around = [lens_of(kinds[i], kinds[(i + 1) % 9], SAME, f"l{i}") for i in range(9)]
    graph = Graph(around)
    assert len(graph.route(kinds[0].cid, kinds[4].cid).hops) == 4
    assert str(graph.route(kinds[0].cid, kinds[8].cid)) == "create by l8"
    one_way = [
        lens_of(kinds[i], kinds[i + 1], "x <-> x; const 1 -> y; drop y;", f"m{i}") for i in range(8)
    ]
    with pytest.raises(NoLensPath, match="at most 6 hops"):
        Graph(one_way).route(kinds[0].cid, kinds[8].cid)
    assert len(Graph(one_way).route(kinds[0].cid, kinds[6].cid).hops) == 6
    assert graph.route(kinds[0].cid, kinds[0].cid).get(3) == 3
    with pytest.raises(NoLensPath):
        graph.route(kinds[0].cid, A.cid)


def test_many_equal_ways_are_counted_in_little_time() -> None:
    """A ladder of types, each step by several lenses: ways multiply, the work does not."""
    kinds = types(7)
    steps = [
        lens_of(
            kinds[i], kinds[i + 1], f"x <-> x; y | affine(offset={offset}) <-> y;", f"s{i}_{offset}"
        )
        for i in range(6)
        for offset in range(1, 6)
    ]
    with pytest.raises(AmbiguousLensPath):
        Graph(steps).route(kinds[0].cid, kinds[6].cid)


@given(st.permutations(range(4)))
def test_the_order_of_lenses_decides_nothing(order: list[int]) -> None:
    a, b, c = types(3)
    lenses = [
        lens_of(a, b, SAME, "ab"),
        lens_of(b, c, SAME, "bc"),
        lens_of(a, c, "x <-> x; const 3 -> y; drop y;", "lossy"),
        lens_of(a, c, "x | affine(scale=3) <-> x; y <-> y;", "near"),
    ]
    assert str(Graph([lenses[i] for i in order]).route(a.cid, c.cid)) == "ab | bc"


def test_a_route_is_put_back_through_its_lens() -> None:
    a, b, c = types(3)
    graph = Graph(
        [lens_of(a, b, SAME, "ab"), lens_of(b, c, "x <-> x; y | affine(offset=1) <-> y;", "bc")]
    )
    lens = graph.route(a.cid, c.cid).lens
    assert lens is not None
    assert isinstance(lens, Lens)
    assert lens.put({"x": 2.0, "y": 8}, {"x": 1.0, "y": 1}) == {"x": 2.0, "y": 7}


def test_what_a_lens_computes_is_held_against_what_the_next_one_shows() -> None:
    a, b, c = three(
        "x: integer\nl: list[integer]",
        "x: integer\nl: list[integer]\nn: integer",
        "m: integer\nl: list[integer]",
    )
    first = lens_of(a, b, "x <-> x; l <-> l; l | length -> n;", "first")
    second = lens_of(b, c, "n <-> m; l <-> l; drop x default 0;", "second")
    source = {"x": 1, "l": [1, 2]}
    stages: Stages[Any, Any] = Stages((first, second))
    for both in (compose(first, second), stages):
        assert both.get(source) == {"m": 2, "l": [1, 2]}
        assert both.put({"m": 3, "l": [1, 2, 3]}, source) == {"x": 1, "l": [1, 2, 3]}
        assert both.create({"m": 1, "l": [9]}) == {"x": 0, "l": [9]}
        for wrong in ({"m": 5, "l": [1, 2]}, {"m": 2, "l": [1]}):
            with pytest.raises(PutError, match="m: "):
                both.put(wrong, source)
            assert both.put(wrong, source, readonly="ignore")["l"] == wrong["l"]


def test_of_equal_ways_the_one_that_lenses_were_written_for_is_taken() -> None:
    """A lens each way, both lossless, is no ambiguity: whoever wrote one for this way meant it."""
    a, b = schema("org.example.a", "x: integer"), schema("org.example.b", "x: integer")
    there, back = lens_of(a, b, "x <-> x;", "there"), lens_of(b, a, "x <-> x;", "back")
    for order in ((there, back), (back, there)):
        assert [hop.lens.name for hop in Graph(order).route(a.cid, b.cid).hops] == ["there"]
        assert [hop.lens.name for hop in Graph(order).route(b.cid, a.cid).hops] == ["back"]
