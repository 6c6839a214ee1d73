"""Lenses from strangers: refused before any data is touched, or run within their bounds."""

from __future__ import annotations

import copy
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

from atdata_schema.errors import GetError, LensError
from atdata_schema.lenses import Checked, check, check_record, derive, format_text, parse, to_record
from atdata_schema.lenses.limits import MAX_CLAUSES
from lens_schemas import schema

ANY = schema(
    "org.example.a",
    "x: uint8[H, W]\ns: string\nn: integer\nl: list[#p]",
    p="a: integer\nl: list[#p]",
)
LENS = "dev.atdata.lens"


def checked(clause: str, view: str, source: Any = ANY) -> Checked:
    """Checking one clause; everything else is dropped."""
    text = f"lens l from {source.id} to org.example.b {{ {clause} drop *; }}"
    found = parse(text)
    if found.findings:
        return Checked(found.findings)
    return check(
        found.lenses[0].program, source, schema("org.example.b", view, p="a: integer\nl: list[#p]")
    )


def rules(result: Checked) -> set[str]:
    """The rules of the errors."""
    return {finding.rule for finding in result.findings if finding.severity == "error"}


@pytest.mark.parametrize(
    ("clause", "view"),
    [
        ("x | resize(h=65536, w=65536, mode=nearest) -> y;", "y: uint8[65536, 65536]"),
        ("n | onehot(4096) | onehot(4096) -> y;", "y: float32[4096, 4096]"),
        ("x | cast(int64) | onehot(4096) -> y;", "y: float32[H, W, 4096]"),
        (
            "x | "
            + " | ".join(["cast(complex128)", "pad(h=[1, 1])"] + ["pad(w=[9, 9])"] * 8)
            + " -> y;",
            "y: complex128[A, B]",
        ),
        ("x | take(h=[" + ", ".join(["0"] * 4096) + "]) -> y;", "y: uint8[4096, W]"),
    ],
)
def test_what_would_make_much_of_little_is_refused(clause: str, view: str) -> None:
    result = checked(clause, view)
    assert rules(result) & {"LN261", "LN262", "LN201"}, result.findings


def test_fills_and_defaults_of_terabytes_are_refused() -> None:
    huge = schema("org.example.a", "x: float64[1000000, 1000000]\nw?: float64[1000000, 1000000]")
    assert rules(checked("x | crop(d0=0:1, fill=0) <-> y;", "y: float64[1, 1000000]", huge)) == {
        "LN262"
    }
    assert rules(
        checked("w | unwrap(default=0.0) <-> y;", "y: float64[1000000, 1000000]", huge)
    ) == {"LN262"}


def test_an_array_of_nothing_does_not_become_large() -> None:
    """A shape of zero elements takes no bytes, whatever its other axes are."""
    lens = checked("x | pad(h=[1, 1]) -> y;", "y: uint8[A, W]").lens
    with pytest.raises(GetError, match="it would become an array of shape"):
        lens.get({"x": np.zeros((0, 10**12), np.uint8), "s": "", "n": 0, "l": []})


def test_bounds_are_known_before_any_data_is() -> None:
    lens = checked("x | cast(float64) | affine(scale=1/255) -> y;", "y: float64[H, W]").lens
    assert 8 <= lens.growth.factor <= 64
    assert lens.growth.constant < 10_000


def test_ten_thousand_clauses_are_refused_in_little_time() -> None:
    many = "".join(f"f{i} <-> g{i};\n" for i in range(10_000))
    started = time.process_time()
    found = parse(f"lens l from org.example.a to org.example.b {{\n{many}}}")
    assert [finding.rule for finding in found.findings] == ["LN260"]
    some = "".join(f"f{i} <-> g{i};\n" for i in range(MAX_CLAUSES + 1))
    found = parse(f"lens l from org.example.a to org.example.b {{\n{some}}}")
    assert [finding.rule for finding in found.findings] == ["LN260"]
    record = {"$type": f"{LENS}#drop", "path": "/s"}
    base: dict[str, Any] = {
        "$type": LENS,
        "lang": "dlens/1",
        "name": "l",
        "clauses": [record] * 10_000,
    }
    ref = {"id": "org.example.a", "cid": ANY.cid}
    result = check_record(base | {"source": ref, "view": ref}, ANY, ANY)
    assert rules(result) == {"LN260"}
    assert time.process_time() - started < 30  # not quadratic


def nested_text(depth: int) -> str:
    """Blocks inside blocks."""
    return (
        "l | each { " * depth + "a <-> a; drop l; " + "} <-> l; drop a; " * (depth - 1) + "} <-> y;"
    )


def test_deep_nesting_is_refused() -> None:
    assert rules(checked(nested_text(3), "y: list[#p]")) <= {"LN101"}
    for depth in (5, 6, 20, 5000):
        assert rules(checked(nested_text(depth), "y: list[#p]")) & {"LN263", "LN260"}
    record: dict[str, Any] = {"$type": f"{LENS}#drop", "path": "/a"}
    for _ in range(200):
        ops = [{"$type": f"{LENS}#each", "clauses": [record]}]
        record = {"$type": f"{LENS}#bind", "src": ["/l"], "dst": ["/l"], "ops": ops}
    ref = {"id": "org.example.a", "cid": ANY.cid}
    whole = {
        "$type": LENS,
        "lang": "dlens/1",
        "name": "l",
        "source": ref,
        "view": ref,
        "clauses": [record],
    }
    assert rules(check_record(whole, ANY, ANY)) == {"LN263"}
    brackets = "[" * 100_000
    assert [
        f.rule for f in parse(f"lens l from a.b.c to a.b.d {{ x | f({brackets}) <-> y; }}").findings
    ] == ["LN260"]


def test_blocks_by_name_do_not_multiply() -> None:
    """Each of four lenses uses the next one many times over."""
    parts: list[str] = []
    for level in range(4):
        uses = "".join(f"f{i} | each b{level + 1} <-> g{i}; " for i in range(100))
        parts.append(f"lens b{level} from org.example.a to org.example.b {{ {uses} }}")
    parts.append("lens b4 from org.example.a to org.example.b { x <-> y; }")
    found = parse("\n".join(parts))
    assert "LN260" in {finding.rule for finding in found.findings}


def test_types_that_hold_themselves_come_to_an_end() -> None:
    loop = schema("org.example.a", "next: org.example.a\nother: org.example.a\nx: integer")
    twin = schema("org.example.b", "next: org.example.b\nother: org.example.b\nx: integer")
    text = "lens l from org.example.a to org.example.b { auto; drop *; }"
    assert check(parse(text).lenses[0].program, loop, twin).lens.kind == "iso"
    odd = schema("org.example.b", "next: org.example.b\nother: org.example.b\nx: string")
    assert check(parse(text).lenses[0].program, loop, odd).result is None
    assert "???" in derive(loop, odd)


EVIL = [
    "__class__",
    "__init__",
    "x'''\nimport os\nos.system('touch /tmp/pwned')\n'''",
    'x"\nprint(1)\nY="',
    "$type",
    "../../etc/passwd",
    "\x1b[2J",
    "\u202e",
    "a\nb",
]


@pytest.mark.parametrize("name", EVIL)
def test_names_that_inject_are_names_or_refused(name: str) -> None:
    record = {
        "$type": LENS,
        "lang": "dlens/1",
        "name": "named",
        "source": {"id": "org.example.a", "cid": ANY.cid},
        "view": {"id": "org.example.a", "cid": ANY.cid},
        "clauses": [
            {
                "$type": f"{LENS}#bind",
                "src": ["/" + name.replace("~", "~0").replace("/", "~1")],
                "dst": ["/" + name.replace("/", "~1")],
            }
        ],
    }
    result = check_record(record, ANY, ANY)
    assert "LN105" in rules(result)
    of_lens = check_record({**record, "name": name}, ANY, ANY)
    assert ("LN006" in rules(of_lens)) is not name.isidentifier()
    for finding in (*result.findings, *of_lens.findings):
        assert str(finding).isprintable()


def test_a_path_is_looked_up_in_the_schema_and_nowhere_else() -> None:
    class Trap:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

    for path in ("__class__", "x.__class__", "s.encode"):
        assert rules(checked(f"{path} -> y;", "y: string")) & {"LN105", "LN107"}
    del Trap


def test_texts_of_schemas_do_not_reach_the_derived_lens_as_code() -> None:
    evil = "a\n}; extern x: bytes -> bytes; lens z from a.b.c to a.b.d {"
    source = schema("org.example.a", f'k: string {{"enum": ["a", {json_text(evil)}]}}')
    view = schema("org.example.b", 'k: string {"enum": ["b"]}')
    text = derive(source, view)
    found = parse(text)
    assert [lens.program.name for lens in found.lenses] == ["a_to_b"]
    assert format_text(text).count("lens ") == 1 + text.count("lens z")


def json_text(text: str) -> str:
    """A text as JSON."""
    import json

    return json.dumps(text)


def test_a_record_with_an_extern_is_not_run() -> None:
    text = "extern f: string <-> string; lens l from org.example.a to org.example.b { s | extern f <-> y; drop *; }"
    view = schema("org.example.b", "y: string")
    made = check(parse(text).lenses[0].program, ANY, view).lens
    record = to_record(made.program)
    lens = check_record(record, ANY, view).lens
    assert lens.missing == ("f",)
    with pytest.raises(LensError, match="needs the code of f"):
        lens.get({"x": np.zeros((1, 1), np.uint8), "s": "", "n": 0, "l": []})


def test_codes_of_externs_are_held_against_their_types_and_laws() -> None:
    class Liar:
        def get(self, value: str) -> Any:
            return {"int": 3, "none": None}.get(value, value)

        def put(self, value: str, source: str | None) -> str:
            return "something else"

    text = "extern f: string <-> string; lens l from org.example.a to org.example.b { s | extern f <-> y; drop *; }"
    view = schema("org.example.b", "y: string")
    lens = check(parse(text).lenses[0].program, ANY, view, externs={"f": Liar()}).lens
    row: dict[str, Any] = {"x": np.zeros((1, 1), np.uint8), "s": "a", "n": 0, "l": []}
    for wrong in ("int", "none"):
        with pytest.raises(GetError, match="string is wanted"):
            lens.get({**row, "s": wrong})
    assert lens.put({"y": "a"}, row) is row
    from atdata_schema.errors import PutError

    with pytest.raises(PutError, match="the source cannot express it"):
        lens.put({"y": "b"}, row)


def test_values_that_break_their_own_schema_are_refused_not_wrapped() -> None:
    """What was read from elsewhere may be out of the range that its schema states."""
    source = schema("org.example.a", 'n: integer {"minimum": 0, "maximum": 255}')
    lens = checked("n | cast(uint8) <-> y;", "y: uint8[]", source).lens
    with pytest.raises(GetError, match=r"n: integer\(0\.\.255\) is wanted, not int 300"):
        lens.get({"n": 300})


def test_a_changed_record_is_not_the_one_that_was_pinned() -> None:
    lens = checked("s <-> y;", "y: string").lens
    record = to_record(lens.program)
    other = copy.deepcopy(record)
    other["clauses"][0]["dst"] = ["/z"]
    view = schema("org.example.b", "z: string", p="a: integer\nl: list[#p]")
    assert rules(check_record(other, ANY, view)) == {"LN110"}


def test_neither_lark_nor_code_is_needed_to_run_a_record(source_env: dict[str, str]) -> None:
    code = (
        "import sys, builtins\n"
        "sys.path.insert(0, 'tests')\n"
        "from lens_schemas import schema\n"
        "from atdata_schema.lenses import check_record\n"
        "a, b = schema('org.example.a', 's: string'), schema('org.example.b', 'y: string')\n"
        "def refuse(*args, **kwargs): raise AssertionError('code was compiled')\n"
        "record = {'$type': 'dev.atdata.lens', 'lang': 'dlens/1', 'name': 'l',\n"
        "  'source': {'id': a.id, 'cid': a.cid}, 'view': {'id': b.id, 'cid': b.cid},\n"
        "  'clauses': [{'$type': 'dev.atdata.lens#bind', 'src': ['/s'], 'dst': ['/y'],\n"
        "    'ops': [{'$type': 'dev.atdata.lens#affix', 'prefix': 'p'}]}]}\n"
        "lens = check_record(record, a, b).lens\n"
        "builtins.exec = builtins.eval = builtins.compile = refuse\n"
        "assert lens.get({'s': 'q'}) == {'y': 'pq'}\n"
        "assert lens.put({'y': 'pz'}, {'s': 'q'}) == {'s': 'z'}\n"
        "assert 'lark' not in sys.modules, 'lark was imported'\n"
        "print('fine')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=source_env, capture_output=True, text=True, check=False
    )
    assert done.stdout == "fine\n", done.stderr


def test_a_description_is_text() -> None:
    """Half a character could be written to no file and no record."""
    for text in (
        r'lens a "\ud800" from x.y.z to x.y.w { a <-> b; }',
        r'extern e: bytes <-> bytes "\ud800"; lens a from x.y.z to x.y.w { a <-> b; }',
    ):
        assert [finding.rule for finding in parse(text).findings] == ["LN004"]
