"""Files of lenses as text: one form for each, comments and empty lines kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from atdata_schema.lenses.findings import Finding, Span
from atdata_schema.lenses.language.reading import Read, read
from atdata_schema.lenses.language.tree import ExternNode, LensNode
from atdata_schema.lenses.program.clauses import Program, SchemaRef
from atdata_schema.lenses.program.printing import clause_lines
from atdata_schema.lenses.program.quoting import quoted

__all__ = ["Unformattable", "format_text", "program_text"]

_SEGMENTS = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+")


class Unformattable(ValueError):
    """A text that is not understood, so it is left as it is.

    Attributes:
        findings: what is wrong with it.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


def program_text(program: Program) -> str:
    """A lens as text, with the externs that it uses."""
    lines = [
        f"extern {item.name}: {item.source} {'<->' if item.two_way else '->'} {item.view}"
        f"{_quoted(item.description)};"
        for item in program.externs
    ]
    if lines:
        lines.append("")
    lines += _head(program.name, program.description, program.source, program.view)
    for clause in program.clauses:
        lines += clause_lines(clause)
    return "\n".join([*lines, "}"]) + "\n"


def _head(name: str, description: str | None, source: SchemaRef, view: SchemaRef) -> list[str]:
    return [f"lens {name}{_quoted(description)}", f"from {_ref(source)}", f"to {_ref(view)}", "{"]


def _quoted(text: str | None) -> str:
    return "" if text is None else f" {quoted(text)}"


def _ref(ref: SchemaRef) -> str:
    name = ref.id or ref.uri or ""
    if not _SEGMENTS.fullmatch(name):
        return quoted(name)
    return f"{name}@{ref.version}" if ref.version else name


def format_text(text: str) -> str:
    r"""The text in its one form.

    Raises:
        Unformattable: it is not understood.

    >>> print(format_text("lens a from x.y.z to x.y.w{a<->b;# why\n}"), end="")
    lens a
    from x.y.z
    to x.y.w
    {
      a <-> b;  # why
    }
    """
    found = read(text)
    if found.tree is None or any(finding.severity == "error" for finding in found.findings):
        raise Unformattable(found.findings)
    return _Formatting(found).run()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines that stand for a stretch of the text."""

    span: Span
    lines: list[str]


class _Formatting:
    """The pieces of a file in order, each with the comments before it and behind it."""

    def __init__(self, found: Read) -> None:
        assert found.tree is not None  # looked at before
        self._text = found.text
        self._items = found.tree.items
        self._programs = {lens.program.name: lens.program for lens in found.lenses}
        self._comments = list(found.tree.comments)
        self._last = 0
        self._out: list[str] = []

    def run(self) -> str:
        for piece in self._pieces():
            self._before(piece.span)
            self._out += piece.lines
            self._last = piece.span.end
            self._behind(piece)
        self._before(Span(0, 0, 0, 0, len(self._text), len(self._text)))
        text = "\n".join(self._out).strip("\n")
        return text + "\n" if text else ""

    def _pieces(self) -> Iterator[_Piece]:
        for item in self._items:
            if isinstance(item, ExternNode):
                arrow = "<->" if item.two_way else "->"
                said = f"extern {item.name}: {item.source} {arrow} {item.view}{_quoted(item.description)};"
                yield _Piece(item.span, [said])
            else:
                yield from self._lens(item)

    def _lens(self, item: LensNode) -> Iterator[_Piece]:
        program = self._programs[item.name]
        brace = self._text.index("{", item.view.span.end)
        head = _head(program.name, program.description, program.source, program.view)
        yield _Piece(_stretch(item.span, item.span.start, brace + 1), head)
        for node, clause in zip(item.clauses, program.clauses, strict=True):
            yield _Piece(node.span, clause_lines(clause))
        yield _Piece(_stretch(item.span, item.span.end - 1, item.span.end), ["}"])

    def _before(self, span: Span) -> None:
        """Comments between the last piece and this one, and an empty line where there was one."""
        while self._comments and self._comments[0][0].start < span.start:
            comment, words = self._comments.pop(0)
            self._gap(comment.start)
            self._out.append(f"{self._margin(comment.start)}{words}")
            self._last = comment.end
        if self._text[span.start : span.start + 1] != "}":
            self._gap(span.start)

    def _gap(self, start: int) -> None:
        between = self._text[self._last : start]
        if between.count("\n") > 1 and self._out and self._out[-1][:1] not in ("", "{"):
            self._out.append("")

    def _behind(self, piece: _Piece) -> None:
        """Comments inside the piece, or behind it on its line, go to the end of its last line."""
        while self._comments:
            comment, words = self._comments[0]
            line_end = self._text.find("\n", piece.span.end)
            same_line = comment.start < (len(self._text) if line_end < 0 else line_end)
            if comment.start >= piece.span.end and not same_line:
                return
            if (
                comment.start >= piece.span.end
                and self._text[piece.span.end : comment.start].strip()
            ):
                return
            self._comments.pop(0)
            self._out[-1] += f"  {words}"
            self._last = max(self._last, comment.end)

    def _margin(self, start: int) -> str:
        inside = any(
            isinstance(item, LensNode) and item.view.span.end < start < item.span.end
            for item in self._items
        )
        return "  " if inside else ""


def _stretch(span: Span, start: int, end: int) -> Span:
    return Span(span.line, span.column, span.end_line, span.end_column, start, end)
