"""Files that are no UTF-8."""

from __future__ import annotations

from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.source.span import Span

__all__ = ["not_utf8"]


def not_utf8(path: str, data: bytes, error: UnicodeDecodeError, rule: str) -> Diagnostic:
    """What is wrong with a file that cannot be decoded, and where.

    Args:
        path: the file.
        data: what it holds.
        error: how decoding failed.
        rule: the rule of files of its kind.
    """
    before = data[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
    return diagnose(
        path,
        Span(line, column, line, column + 1),
        data.decode("utf-8", "replace"),
        severity="error",
        rule=rule,
        message=f"the byte 0x{data[error.start]:02x} is not UTF-8",
        hint="save the file as UTF-8",
    )
