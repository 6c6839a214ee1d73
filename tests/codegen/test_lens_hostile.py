"""Files of lenses by strangers: refused with a message, never a traceback, and nothing half-written."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lens_projects import LENS, array, put_lens, put_type, tree

Run = Callable[..., tuple[int, str, str]]


def lens(body: str) -> str:
    return f"lens photo_to_train from org.example.photo to org.example.train {{ {body} }}"


def nested(depth: int) -> str:
    return lens("image | with { " * depth + "a <-> b;" + " } <-> pixels;" * depth)


HOSTILE = {
    "an unknown operator": (LENS.replace("cast(", "exec("), "LN002"),
    "an unknown argument": (LENS.replace("scale=1/255", "scale=1/255, shell=1"), "LN003"),
    "ten thousand clauses": (lens("kind -> a;" * 10_000), "LN260"),
    "more clauses than a lens may have": (
        lens("".join(f"kind -> a{i};" for i in range(600))),
        "LN260",
    ),
    "more operators than a clause may have": (
        lens("kind" + " | some" * 40 + " <-> target;"),
        "LN260",
    ),
    "deep nesting": (nested(6), "LN263"),
    "very deep nesting": (nested(5000), "LN260"),
    "deep lists": (lens("image | take(" + "[" * 3000 + "]" * 3000 + ") <-> pixels;"), "LN260"),
    "terabytes of axes": (
        LENS.replace(
            "rearrange[h w c -> c h w]",
            "resize(h=65000, w=65000, mode=nearest) | rearrange[h w c -> c h w]",
        ),
        "LN2",
    ),
    "a border without end": (
        LENS.replace("rearrange[h w c -> c h w]", "pad(h=[999999999999, 0])"),
        "LN003",
    ),
    "a vector without end": (
        lens("kind | map { else -> 1 } | onehot(99999999999) -> pixels;"),
        "LN003",
    ),
    "a number without end": (lens(f"const {'9' * 100_000} -> target;"), "LN0"),
    "an exponent without end": (lens("const 1e999999999 -> target;"), "LN0"),
    "a text without end": (lens(f'const "{"a" * 100_000}" -> target;'), "LN0"),
    "no end of a text": (lens('const "a -> target;'), "LN001"),
    "a name that is code": (LENS.replace("photo_to_train", "__import__('os')"), "LN001"),
    "a name in backticks that is code": (
        LENS.replace("<-> target", '<-> `target");import os;("`'),
        "LN105",
    ),
    "a path to what is Python's": (LENS.replace("kind |", "__class__.__mro__ |"), "LN105"),
    "a key that the data model keeps": (LENS.replace("kind |", "`$type` |"), "LN105"),
    "a block that stands in itself": (
        """
        lens a from org.example.photo to org.example.train { image | with b <-> pixels; }
        lens b from org.example.photo to org.example.train { image | with a <-> pixels; }
        """,
        "LN007",
    ),
    "a type that is a path": (LENS.replace("org.example.train", '"../../../etc/passwd"'), "LN112"),
    "a type that is an address": (
        LENS.replace("org.example.train", '"at://evil.example/x/y"'),
        "LN112",
    ),
    "escapes for the terminal": (
        LENS.replace("photographs", "\\u001b[2J").replace("kind |", "`\x1b[2J` |"),
        "LN001",
    ),
    "half a character": (LENS.replace("photographs", "\\ud800"), "LN004"),
    "a hole": (LENS.replace("cast(float32)", "???"), "LN009"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_is_refused(lens_project: Path, gen: Run, name: str) -> None:
    text, rule = HOSTILE[name]
    put_lens(lens_project, "").write_bytes(text.encode("utf-8", "surrogatepass"))
    for command in (
        ("lint",),
        ("build",),
        ("lens", "check"),
        ("lens", "show", "org.example.photoToTrain"),
    ):
        status, out, err = gen(*command)
        assert status == 1, (command, out)
        assert f"error[{rule}" in out
        assert "Traceback" not in out + err
        assert "\x1b" not in out + err
    assert not (lens_project / "src").exists()
    assert not (lens_project / "lenses.lock").exists()


def test_a_bad_lens_leaves_a_good_build_as_it_was(lens_project: Path, gen: Run) -> None:
    assert gen("build")[0] == 0
    before = tree(lens_project / "src"), (lens_project / "lenses.lock").read_bytes()
    for text, _ in HOSTILE.values():
        put_lens(lens_project, "").write_bytes(text.encode("utf-8", "surrogatepass"))
        assert gen("build")[0] == 1
    assert (tree(lens_project / "src"), (lens_project / "lenses.lock").read_bytes()) == before


def test_texts_of_a_lens_become_no_code(lens_project: Path, gen: Run) -> None:
    """Whatever stands in descriptions, literals and comments, the module holds what ours would."""
    evil = "'''\\\"\\\"\\\"); import os; os.system('x') #\\\\"
    text = LENS.replace("photographs -> training samples", evil).replace(
        'default ""', f'default "{evil[:18]}"'
    )
    put_lens(lens_project, f'# """ {evil}\n{text}')
    status, out, _ = gen("build")
    assert status == 0, out
    for path in (lens_project / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                assert "os" not in names, path


def test_fields_of_odd_names(lens_project: Path, gen: Run) -> None:
    odd = ["class", "x-ray", "__init__", "a b", "größe", "self", "None", "get", "v1", "np", "0"]
    properties: dict[str, Any] = {name: {"type": "integer"} for name in odd}
    put_type(lens_project, "org.odd.source", properties)
    put_type(lens_project, "org.odd.view", {"all": {"type": "integer"}, **properties})
    clauses = "".join(f"`{name}` <-> `{name}`;" for name in odd[1:])
    body = f"`class` <-> `class`; `class` -> all; {clauses}"
    put_lens(
        lens_project, f"lens odd from org.odd.source to org.odd.view {{ {body} }}", "org.odd.odd"
    )
    status, out, _ = gen("build")
    assert status == 0, out
    for path in (lens_project / "src").rglob("*.py"):
        compile(path.read_bytes(), str(path), "exec")


def test_graphs_with_circles_have_ends(lens_project: Path, gen: Run) -> None:
    """Twelve types, each a lens from every other: ways are bounded, and the best is found."""
    names = [f"t{number}" for number in range(12)]
    for name in names:
        put_type(
            lens_project, f"org.round.{name}", {"x": array("uint8", "H"), "n": {"type": "integer"}}
        )
    for a in names:
        for b in names:
            if a != b:
                text = f"lens {a}_to_{b} from org.round.{a} to org.round.{b} {{ auto; }}"
                put_lens(lens_project, text, f"org.round.{a}To{b.upper()}")
    status, out, err = gen("lens", "path", "org.round.t0", "org.round.t11")
    assert (status, err) == (0, "")
    assert out.count("\n") == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_findings(lens_project: Path, gen: Run, data: bytes) -> None:
    put_lens(lens_project, "").write_bytes(data)
    status, out, err = gen("lint")
    assert (status, err) == (1, "")
    assert "photoToTrain.lens" in out


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.integers(0, len(LENS) - 1),
    piece=st.sampled_from(
        [
            "",
            ";",
            "}",
            "{",
            "|",
            "<->",
            "->",
            '"',
            "`",
            "0",
            "\x00",
            "\ud7ff",
            "???",
            "auto;",
            "lens",
        ]
    ),
    width=st.integers(0, 12),
)
def test_a_text_that_is_almost_right(
    lens_project: Path, gen: Run, place: int, piece: str, width: int
) -> None:
    put_lens(lens_project, LENS[:place] + piece + LENS[place + width :])
    status, out, err = gen("lint")
    assert err == ""
    assert status == (1 if "error[" in out else 0)
