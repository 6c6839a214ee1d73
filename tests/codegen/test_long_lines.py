"""Lines that are broken before black sees them: as black would, or black does it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.emit import compile_documents
from atdata_codegen.emit.formatting import format_text
from atdata_codegen.emit.layout import templates_of
from atdata_codegen.emit.long_lines import broken
from atdata_schema.lexicon import Catalog

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
CASES = sorted(path.name for path in GOLDEN.glob("good_*") if (path / "lexicons").is_dir())


def _unbroken(line: str, indent: int) -> str:
    del indent
    return line


@pytest.mark.parametrize("case", CASES)
def test_compiled_code_is_that_of_black_alone(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog.read(GOLDEN / case / "lexicons")
    made = compile_documents(catalog, list(catalog), "package").files
    templates: Any = templates_of("atdata_codegen.emit")
    monkeypatch.setitem(templates.filters, "broken", _unbroken)
    assert compile_documents(catalog, list(catalog), "package").files == made


@pytest.mark.parametrize(
    "line",
    [
        '"source": v1.Opt(v1.OneOf[object](lambda: {"org.example.a#box": A, "org.example.b#box": B})),',
        f'source: v1.Column[list[{"A" * 40} | v1.Unknown | None]] = v1.Column("source")',
        f'image = v1.Column[NDArray[np.uint8] | {"A" * 40}]("image")',
        f'"values": v1.Map(v1.Text(known=("{"a" * 40}", "{"b" * 40}"), max_length=64)),',
    ],
)
def test_black_leaves_a_broken_line_alone(line: str) -> None:
    begin, indent, end = (
        ("class C:\n    FIELDS = v1.Fields(\n        {\n            ", 12, "\n        }\n    )\n")
        if line.endswith(",")
        else ("class C:\n    ", 4, "\n")
    )
    text = f"{begin}{broken(line, indent)}{end}"
    assert broken(line, indent) != line
    assert format_text(text) == text


EXPRESSIONS: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(("abc", '"a, (b"', '"[\\""', "v1.Unknown", '"' + "x" * 40 + '"', "()", "[]")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"f({', '.join(items)})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: f"T[{', '.join(items)}]"),
        inner.map(lambda item: f"({item},)"),
        inner.map(lambda item: f"f(lambda: {{{item}: {item}}})"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} | {pair[1]}"),
    ),
    max_leaves=12,
)


@given(expression=EXPRESSIONS)
def test_a_broken_line_says_the_same(expression: str) -> None:
    def tree(text: str) -> Any:
        return ast.dump(ast.parse(text))

    assert tree("x = " + broken(expression, 4)) == tree("x = " + expression)
