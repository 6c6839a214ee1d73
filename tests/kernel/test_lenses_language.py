"""The language dlens/1: what it takes, where it says that something is wrong, and its one written form."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any

import lark
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark.parsers import lalr_analysis

from atdata_schema.lenses import Program, format_text, parse, program_text
from atdata_schema.lenses.findings import Span
from atdata_schema.lenses.language.formatting import Unformattable
from atdata_schema.lenses.language.lowering import Lowered
from atdata_schema.lenses.ops.nesting import Each
from atdata_schema.lenses.program.clauses import Auto, Bind, Const, Drop, DropRest
from atdata_schema.lenses.program.paths import name_of, name_text, pointer_of, pointer_text
from lens_programs import programs

HEAD = "lens l from org.example.a to org.example.b"

EXAMPLE = """
extern rle: bytes <-> uint8[H, W] "COCO run-length codec";

lens frame_to_train "camera frame -> training sample"
from org.example.frame@1.2.0
to org.lab.train
{
  frame_id <-> id;  # rename
  meta.site.name <-> site;
  image | rearrange[h w c -> c h w] | cast(float32)
        | affine(scale=[1/255, 1/255, 1/255], axis=0, on_put=round) <-> pixels;
  depth | crop(h=16:240, w=0:320) | cast(float32, lossy) <-> depth;
  mask | extern rle(height=240, width=320) <-> mask;
  label | map { "cat" <-> 0, "dog" <-> 1, "puppy" -> 1, else -> 2, } <-> target;
  gain | affine(scale=1/10, offset=-1.5e-3) <-> gain_db;
  (first, last) | join(" ") <-> annotator;
  path | split("/", parts=2) <-> (fold, shard);
  boxes | each { x0 <-> xmin; drop score default 0.0; } <-> boxes;
  boxes | length -> n_boxes;
  const -inf: float32 -> lowest;
  drop meta.operator default "unknown";
  drop `class`;
  drop *;
  auto except notes;
}
"""


def only(text: str) -> Lowered:
    """The one lens of a text without findings."""
    found = parse(text)
    assert found.findings == ()
    (lens,) = found.lenses
    return lens


def body(clauses: str) -> tuple[Any, ...]:
    """The clauses of a lens."""
    return only(f"{HEAD} {{ {clauses} }}").program.clauses


def test_the_grammar_has_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Built strictly: any shift that could be a reduction is an error."""
    analysis = lalr_analysis.LALR_Analyzer.__init__

    def strict(self: Any, conf: Any, debug: bool = False, strict: bool = False) -> None:
        analysis(self, conf, debug, True)

    monkeypatch.setattr(lalr_analysis.LALR_Analyzer, "__init__", strict)
    grammar = files("atdata_schema.lenses.language").joinpath("dlens.lark").read_text("utf-8")
    parser: Any = lark.Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=True)
    assert parser.parse(EXAMPLE).children
    with pytest.raises(lark.GrammarError):
        lark.Lark('start: "a" start | "a" start "b" | "a"\n  | start start', parser="lalr")


def test_the_example_of_the_documentation_is_read() -> None:
    lens = only(EXAMPLE)
    assert lens.program.name == "frame_to_train"
    assert lens.program.source.id == "org.example.frame"
    assert lens.program.source.version == "1.2.0"
    assert len(lens.program.clauses) == 16
    assert [item.name for item in lens.program.externs] == ["rle"]


@pytest.mark.parametrize(
    "name",
    [
        "from",
        "to",
        "map",
        "each",
        "with",
        "default",
        "list",
        "extern",
        "lens",
        "true",
        "nan",
        "else",
    ],
)
def test_words_of_the_language_are_names_of_fields_too(name: str) -> None:
    assert body(f"{name} <-> {name}.{name};") == (Bind(((name,),), (), ((name, name),)),)


def test_words_that_begin_a_clause_stand_in_backticks() -> None:
    assert body("`drop` <-> a; a.drop <-> `auto`.const;")[0].src == (("drop",),)
    assert "backticks" in str(parse(f"{HEAD} {{ drop <-> a; }}").findings[0])


def test_names_in_backticks_can_be_anything() -> None:
    assert body(r"`x-ray`.`a\`b\n` <-> b;")[0].src == (("x-ray", "a`b\n"),)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_name_is_written_and_read(name: str) -> None:
    assert name_of(name_text(name)) == name


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_every_path_has_a_pointer(names: list[str]) -> None:
    assert pointer_of(pointer_text(tuple(names))) == tuple(names)


def test_sugar_is_kept_until_types_are_known() -> None:
    assert body("drop *; auto except a.b, c; drop d;") == (
        DropRest(),
        Auto((("a", "b"), ("c",))),
        Drop(("d",)),
    )


def test_numbers_are_exact() -> None:
    (const,) = body("const 1/255 -> a;")
    assert isinstance(const, Const)
    assert str(const.value) == "1/255"
    assert [str(c.value) for c in body("const 0.10 -> a; const 1e3 -> b; const 3 -> c;")] == [
        "0.1",
        "1000.0",
        "3",
    ]


def test_every_part_has_its_place() -> None:
    text = f"{HEAD} {{\n  a | cast(float32) <-> b;\n}}"
    places = only(text).places

    def at(*pointer: str | int) -> str:
        span = places[pointer]
        return text[span.start : span.end]

    assert at("clauses", 0) == "a | cast(float32) <-> b;"
    assert at("clauses", 0, "ops", 0) == "cast(float32)"
    assert at("clauses", 0, "src", 0) == "a"
    assert at("clauses", 0, "dst", 0) == "b"
    assert places["clauses", 0, "dst", 0] == Span(
        2, 25, 2, 26, text.index("b;"), text.index("b;") + 1
    )
    assert at("source") == "org.example.a"


def test_a_named_block_is_the_lens_of_that_name() -> None:
    inner = 'lens box from "org.example.a#p" to "org.example.b#q" { x <-> y; }'
    found = parse(f"{HEAD} {{ boxes | each box <-> boxes; }} {inner}")
    (clause,) = found.lenses[0].program.clauses
    assert isinstance(clause, Bind)
    (op,) = clause.ops
    assert isinstance(op, Each)
    assert op.block.source is not None
    assert op.block.clauses == (Bind((("x",),), (), (("y",),)),)
    assert op.block.source.id == "org.example.a#p"


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("a <-> b\n", "1:53: error[LN001]: ';' is missing here"),
        ("a <-> b # why\n", "';' is missing here"),
        ("a => b;", "'=>' is no arrow of the language"),
        ("a = b;", "write `<->` or `->`"),
        ("a | cast('float32') <-> b;", "a text in single quotes"),
        ("// a\na <-> b;", "comments begin with '#'"),
        ("a <- b;", "'<' alone"),
        ('const "a -> b;', "a text without an end"),
        ("a | map { 1 <-> } <-> b;", "where"),
        ("drop;", "; where a name"),
        ("a | rearrange <-> b;", "where '[' is expected"),
        ("a | map(1) <-> b;", "where '{' is expected"),
        ("a | ? <-> b;", "`???` is a hole"),
        ("a | crop(h=1:2 <-> b;", "where ':' or ',' or ')' is expected"),
    ],
)
def test_the_commonest_slips_are_explained(clause: str, said: str) -> None:
    found = parse(f"{HEAD} {{ {clause} }}")
    assert found.lenses == ()
    assert said in str(found.findings[0])


def test_the_first_slip_of_each_clause_is_told() -> None:
    text = (
        f"{HEAD} {{\n a => b;\n c <-> d;\n e = f;\n g | cast('x') <-> h;\n i <-> j\n k <-> l;\n}}"
    )
    lines = [finding.span.line for finding in parse(text).findings if finding.span]
    assert lines == [2, 4, 5, 6]


@pytest.mark.parametrize(
    ("clause", "rule", "said"),
    [
        ("a | corp(h=1:2) <-> b;", "LN002", "did you mean crop?"),
        ("a | crop(h=3) <-> b;", "LN003", "a stretch such as 16:240"),
        ("a | crop(h=1:2, h=2:3) <-> b;", "LN003", "the axis h is named twice"),
        ("a | affine(scle=2) <-> b;", "LN003", "did you mean scale?"),
        ("a | cast <-> b;", "LN003", "cast needs dtype"),
        ("a | cast(float31) <-> b;", "LN003", "float31 is none of bool"),
        ("a | cast(float32, float64) <-> b;", "LN003", "give its arguments by name"),
        ("a | cast(float32, dtype=float64) <-> b;", "LN003", "is given dtype twice"),
        ("a | cast(float32, lossy, lossy) <-> b;", "LN003", "is given lossy twice"),
        ("a | affine(scale=[[1]]) <-> b;", "LN003", "a number is wanted"),
        ("a | affine(scale=[[[1]]]) <-> b;", "LN260", "lists of lists"),
        ("a | affine(scale=1/0) <-> b;", "LN004", "divides by 0"),
        ("const 1e999 -> b;", "LN004", "an exponent beyond 400"),
        ("const 99999999999999999999 -> b;", "LN004", "beyond 64 bits"),
        ('const "\\ud800" -> b;', "LN004", "lone surrogate"),
        ("a | rearrange[h w -> h] <-> b;", "LN206", "w stands on the left only"),
        ("a | rearrange[h h -> h h] <-> b;", "LN206", "h stands twice"),
        ("a | rearrange[2 -> 2] <-> b;", "LN206", "no pattern of axes"),
        ("a | rearrange[h w -> w h](d=3) <-> b;", "LN003", "the pattern has h, w"),
        ("a | map { 1 <-> 2, else -> 1, else -> 2 } <-> b;", "LN222", "else twice"),
        ("a | each box <-> b;", "LN007", "no lens box"),
        ("a | each l <-> b;", "LN007", "stands inside itself"),
        ("const 1 <-> b;", "LN241", "read-only"),
        ("const 1 | cast(uint8) -> b;", "LN241", "no operators"),
        ("const 1 -> (a, b);", "LN108", "one field"),
        ("a | extern f(1) <-> b;", "LN003", "literals by name"),
    ],
)
def test_what_is_written_wrongly_is_told_with_its_place(clause: str, rule: str, said: str) -> None:
    text = f"{HEAD} {{ {clause} }}"
    (finding,) = parse(text).findings
    assert (finding.rule, said in str(finding)) == (rule, True), str(finding)
    assert finding.span is not None
    assert text[finding.span.start : finding.span.end] in clause


def test_names_are_declared_once() -> None:
    found = parse(f"{HEAD} {{ a <-> b; }} {HEAD} {{ a <-> b; }}")
    assert [finding.rule for finding in found.findings] == ["LN005"]
    twice = parse(f"extern f: bytes -> string; extern f: bytes -> string; {HEAD} {{ }}")
    assert [finding.rule for finding in twice.findings] == ["LN005"]


@given(programs())
def test_the_written_form_is_read_as_it_was(program: Program) -> None:
    text = program_text(program)
    found = parse(text)
    assert found.findings == (), found.findings
    again = replace(found.lenses[0].program, source=program.source, view=program.view)
    assert again == program  # CIDs are no part of the text
    assert format_text(text) == text


def test_formatting_keeps_comments_and_empty_lines() -> None:
    text = (
        "# first\n\n\nlens  a from x.y.z   to x.y.w{ # open\n\n  # above\n a<->b;# behind\n\n\n"
        " c |cast( float32 )  # inside\n <-> d;\n # last\n}\n# end"
    )
    assert format_text(text) == (
        "# first\n\nlens a\nfrom x.y.z\nto x.y.w\n{  # open\n  # above\n  a <-> b;  # behind\n\n"
        "  c | cast(float32) <-> d;  # inside\n  # last\n}\n# end\n"
    )


@given(programs(), st.lists(st.sampled_from(["# x", "", "# ; }"]), min_size=1))
def test_formatting_keeps_every_comment(program: Program, remarks: list[str]) -> None:
    lines = program_text(program).split("\n")
    marked = "\n".join(f"{line} {remarks[i % len(remarks)]}" for i, line in enumerate(lines))
    once = format_text(marked)
    assert once.count("# ; }") >= sum(
        remarks[i % len(remarks)] == "# ; }" for i in range(len(lines))
    )
    assert format_text(once) == once
    assert parse(once).lenses[0].program == parse(marked).lenses[0].program


def test_what_is_not_understood_is_not_formatted() -> None:
    with pytest.raises(Unformattable, match="LN001"):
        format_text("lens a from x.y.z to x.y.w { a => b; }")
    assert format_text("") == ""


@given(
    st.text(
        st.sampled_from('ab<->|;{}()[]"`#\\ \n\t.,:=?*012/-µ\x00') | st.characters(), max_size=60
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    for source in (text, f"{HEAD} {{ {text} }}"):
        found = parse(source)
        for finding in found.findings:
            assert str(finding).isprintable()
