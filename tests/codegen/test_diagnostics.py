"""Findings are shown with their place, in three forms, and never obey what a document says."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.diagnostics import (
    Diagnostic,
    diagnose,
    exit_code,
    in_order,
    render,
    summary,
)
from atdata_codegen.excerpt import excerpt_of, printable
from atdata_codegen.source.span import Span

TEXT = '{\n  "größe": "日本",\n\t"x": 1\n}\n'


def about(
    text: str, span: Span | None, message: str = "wrong", hint: str | None = None
) -> Diagnostic:
    """A finding about a stretch of a text."""
    return diagnose(
        "/home/ada/a.json", span, text, severity="error", rule="a-rule", message=message, hint=hint
    )


def test_text_form_has_place_excerpt_caret_and_hint() -> None:
    found = about(TEXT, Span(2, 12, 2, 16), hint="mend it")
    assert render([found], "text", base="/home/ada") == (
        "a.json:2:12: error[a-rule]: wrong\n"
        "  |\n"
        '2 |   "größe": "日本",\n'
        "  |            ^^^^^^\n"
        "  = hint: mend it\n"
    )


def test_a_finding_about_a_whole_file_has_no_line() -> None:
    assert render([about(TEXT, None)], "text", base="/home") == "ada/a.json: error[a-rule]: wrong\n"


def test_tabs_and_lines_that_go_on_are_shown_in_one_line() -> None:
    shown = excerpt_of(TEXT, Span(3, 2, 4, 1))
    assert (shown.line, shown.caret, shown.width) == (' "x": 1', 1, 6)


def test_a_long_line_is_cut_around_the_column() -> None:
    line = "a" * 5_000_000 + "HERE" + "b" * 100
    shown = excerpt_of(line, Span(1, 5_000_001, 1, 5_000_005))
    assert len(shown.line) < 110
    assert shown.line[shown.caret : shown.caret + shown.width] == "HERE"
    assert shown.line.startswith("...")
    assert shown.line.endswith("...")


@given(st.text(), st.text())
def test_nothing_of_a_document_reaches_the_terminal_raw(text: str, message: str) -> None:
    found = about(text, Span(1, 1, 1, 2), message, message)
    for form in ("text", "json", "github"):
        for line in render([found], form).rstrip("\n").split("\n"):
            assert line.isprintable()


@given(st.text())
def test_escaping_keeps_what_is_printable(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    if text.isprintable():
        assert shown == text


def test_json_form_is_one_array() -> None:
    rows = json.loads(
        render([about(TEXT, Span(2, 3, 2, 10)), about(TEXT, None)], "json", base="/home/ada")
    )
    assert rows[0] == {
        "path": "a.json",
        "severity": "error",
        "rule": "a-rule",
        "message": "wrong",
        "hint": None,
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 10,
        "excerpt": '  "größe": "日本",',
    }
    assert rows[1]["line"] == 0
    assert render([], "json") == "[]\n"


def test_github_form_escapes_what_would_end_the_command() -> None:
    found = Diagnostic(
        path="/r/a,b:c.json", severity="note", rule="r", message="50 %\n::x", hint="h", line=3
    )
    assert render([found], "github", base="/r") == (
        "::notice file=a%2Cb%3Ac.json,line=3,endLine=0,col=0,endColumn=0,title=r::50 %25\\n::x%0Ahint: h\n"
    )


def test_order_is_by_path_line_and_column_and_each_stands_once() -> None:
    rows = [
        Diagnostic(path=path, line=line, column=column, severity="note", rule="r", message="m")
        for path in "ba"
        for line in (10, 9)
        for column in (2, 1)
    ]
    ordered = in_order([*rows, *rows])
    assert [(d.path, d.line, d.column) for d in ordered] == [
        (path, line, column) for path in "ab" for line in (9, 10) for column in (1, 2)
    ]


def test_exit_code_and_summary_follow_the_severities() -> None:
    note, warning, error = (
        Diagnostic(path="p", severity=severity, rule="r", message="m")
        for severity in ("note", "warning", "error")
    )
    assert [exit_code([one], strict=False) for one in (note, warning, error)] == [0, 0, 1]
    assert [exit_code([one], strict=True) for one in (note, warning, error)] == [0, 1, 1]
    assert summary([note, warning, warning, error]) == "1 error, 2 warnings, 1 note"
