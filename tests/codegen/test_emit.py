"""Printers: whatever a text holds, it stays a text."""

from __future__ import annotations

import ast
import doctest
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.emit.docstrings import docstring
from atdata_codegen.emit.formatting import format_all, format_text
from atdata_codegen.emit.memo import Memo
from atdata_codegen.incremental.cache_files import cache_folder
from atdata_codegen.plan.literals import HIDDEN, document_text, text_literal

PIECES = (
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u202e",
    "\u2028",
    ">>>",
    " ",
    "{{",
    "%}",
)
HOSTILE = st.text(max_size=30) | st.lists(
    st.sampled_from((*PIECES, "a", "é", "`")), max_size=12
).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=12,
)


def hidden(source: str) -> list[str]:
    return [found for found in HIDDEN.findall(source) if found != "\n"]


@given(HOSTILE | st.text(alphabet=st.characters(), max_size=5))
def test_a_literal_is_the_text_and_shows_all_of_it(text: str) -> None:
    literal = text_literal(text)
    assert ast.literal_eval(literal) == text
    assert "\n" not in literal
    assert not hidden(literal)


@given(HOSTILE)
def test_a_literal_is_as_black_has_it(text: str) -> None:
    line = f"x = {text_literal(text)}\n"
    assert format_text(line) == line


@given(st.dictionaries(HOSTILE, JSON, max_size=4))
def test_a_document_survives_its_raw_string(document: dict[str, object]) -> None:
    source = f'r"""\n{document_text(document)}\n"""'
    assert json.loads(ast.literal_eval(source)) == document
    assert not hidden(source)


@given(st.dictionaries(HOSTILE, JSON, max_size=4))
def test_a_document_keeps_the_order_of_its_keys(document: dict[str, object]) -> None:
    assert list(json.loads(document_text(document))) == list(document)


@given(HOSTILE, st.sampled_from([0, 4]))
def test_a_docstring_is_one_string_and_nothing_else(text: str, indent: int) -> None:
    source = docstring(text, indent)
    body = f"class A:\n    {source}\n" if indent else f"{source}\n"
    tree = ast.parse(body)
    node = tree.body[0]
    inside = node.body if isinstance(node, ast.ClassDef) else [node]
    assert len(tree.body) == 1
    assert len(inside) == 1
    assert isinstance(inside[0], ast.Expr)
    assert isinstance(inside[0].value, ast.Constant)
    assert not hidden(source)


@given(HOSTILE)
def test_a_docstring_is_as_black_has_it(text: str) -> None:
    source = f"class A:\n    {docstring(text, 4)}\n"
    assert format_text(source) == source


@given(HOSTILE)
def test_a_docstring_keeps_every_word(text: str) -> None:
    value = ast.literal_eval(docstring(text))
    assert "".join(text.split()).replace(">", "") in "".join(value.split()).replace(">", "")


@given(st.lists(st.sampled_from([">>> 1/0", "x", "\n", "  ", ">>>> f()", "... 2"]), max_size=8))
def test_a_docstring_holds_no_example_to_run(pieces: list[str]) -> None:
    value = ast.literal_eval(docstring(" ".join(pieces)))
    assert not doctest.DocTestParser().get_examples(value)


def test_lines_are_wrapped_and_short_code_stays_whole() -> None:
    source = docstring("word " * 15 + "the type `string(maxLength 64)` and so on", 4)
    assert all(
        len(line) + 4 * bool(number == 0) <= 88 for number, line in enumerate(source.split("\n"))
    )
    assert "`string(maxLength 64)`" in source


def test_a_very_long_text_is_cut_in_docstrings() -> None:
    assert len(docstring("spam " * 1_000_000)) < 6_000


def test_formatting_is_the_same_with_a_second_process_and_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = {f"m{number}.py": f"x = [{number},\n 2]\n" for number in range(40)}
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("atdata_codegen.emit.formatting._SMALL", 0)
    two = format_all(texts, {}, Memo())
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    one = format_all(texts, {}, Memo())
    assert two == one
    assert list(two) == list(texts)


def test_formatting_goes_on_alone_where_no_second_process_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = {f"m{number}.py": "x=1" for number in range(40)}
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("atdata_codegen.emit.formatting._SMALL", 0)
    for executable in ("/nowhere/python", "/bin/false"):
        monkeypatch.setattr("sys.executable", executable)
        assert set(format_all(texts, {}, Memo()).values()) == {b"x = 1\n"}


def test_a_module_is_formatted_in_pieces_to_the_same_text() -> None:
    classes = "".join(
        f'\n\n\n@final\nclass A{n}(B):\n    """It\'s\n\n    one."""\n    x=[{n},\n 2]'
        for n in range(9)
    )
    text = f"import x\n__all__=[]{classes}\n\n\n\nX=1\n"
    assert format_all({"m.py": text}, {}, Memo()) == {"m.py": format_text(text).encode()}


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        format_text("x = (")


def test_the_memo_gives_back_only_what_it_noted(tmp_path: Path) -> None:
    memo = Memo()
    memo.note("source", b"made")
    memo.write(tmp_path)
    again = Memo.read(tmp_path)
    assert again.recall("source", b"made") == b"made"
    assert again.recall("source", b"edited") is None
    assert again.recall("source", None) is None
    assert again.recall("other", b"made") is None


def test_builds_at_the_same_time_keep_each_others_notes(tmp_path: Path) -> None:
    first, second = Memo.read(tmp_path), Memo.read(tmp_path)
    first.note("a", b"1")
    second.note("b", b"2")
    first.write(tmp_path)
    second.write(tmp_path)
    assert Memo.read(tmp_path).recall("a", b"1") == b"1"
    assert Memo.read(tmp_path).recall("b", b"2") == b"2"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"a": 1}', b"\xff", b"[" * 100_000]
)
def test_a_broken_memo_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "modules.json").write_bytes(content)
    memo = Memo.read(tmp_path)
    assert memo.recall("a", b"1") is None
    memo.note("a", b"1")
    memo.write(tmp_path)
    assert Memo.read(tmp_path).recall("a", b"1") == b"1"


def test_a_memo_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    memo = Memo.read(blocked / "below")
    memo.note("a", b"1")
    memo.write(blocked / "below")
    assert blocked.read_text() == "in the way"


def test_the_memo_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atdata_codegen.emit.memo._MOST", 3)
    memo = Memo()
    for number in range(5):
        memo.note(str(number), b"")
    memo.write(tmp_path)
    kept = Memo.read(tmp_path)
    assert [kept.recall(str(number), b"") for number in range(5)] == [None, None, b"", b"", b""]


def test_the_place_of_the_memo_can_be_chosen_or_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATDATA_CACHE", "/chosen")
    assert cache_folder() == Path("/chosen/atdata-gen")
    monkeypatch.setenv("ATDATA_CACHE", "")
    assert cache_folder() is None
