"""black, with one fixed style: in this process and, for a big build, in a second one beside it."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import islice
from typing import cast

from atdata_codegen.emit.memo import Memo
from atdata_codegen.emit.style import LINE_LENGTH

__all__ = ["format_all", "format_text"]

_SMALL = 60_000


def format_text(text: str) -> str:
    r"""A text in the fixed style.

    A text that is not Python is a fault of the compiler, whatever the lexicon says.

    Raises:
        SyntaxError: it is not Python.

    >>> format_text("x=1")
    'x = 1\n'
    """
    ast.parse(text)
    from black import format_str
    from black.mode import Mode, TargetVersion

    return format_str(
        text, mode=Mode(line_length=LINE_LENGTH, target_versions={TargetVersion.PY311})
    )


def format_all(
    texts: Mapping[str, str], existing: Mapping[str, bytes], memo: Memo
) -> dict[str, bytes]:
    """Texts in the fixed style, by path.

    Args:
        texts: path to text.
        existing: path to what is on disk; a file that black made of the same text before is taken as it is.
        memo: what was made before; what is made now is noted in it.
    """
    style = f"black {version('black')} {LINE_LENGTH} py311\n"
    made = {path: memo.recall(style + text, existing.get(path)) for path, text in texts.items()}
    missing = {path: _pieces(texts[path]) for path, data in made.items() if data is None}
    pieces = iter(_format_many([piece for path in missing for piece in missing[path]]))
    for path, parts in missing.items():
        made[path] = "\n\n".join(islice(pieces, len(parts))).encode()
        memo.note(style + texts[path], made[path] or b"")
    return {path: data for path, data in made.items() if data is not None}


def _pieces(text: str) -> list[str]:
    """The parts of a text between top-level classes, which black sees one by one.

    Black goes once over what is in its style already, and twice over the rest: so one long line costs a class, not
    a module. Nothing but a class follows two empty lines with a decorator: docstrings and the document have one at
    most.
    """
    tidy = re.sub(r"\n{4,}", "\n\n\n", text)
    return [f"{piece.rstrip()}\n" for piece in re.split(r"\n\n\n(?=@)", tidy)]


def _format_many(texts: Sequence[str]) -> list[str]:
    """Texts in the fixed style, half of them made by a second process where that pays."""
    if sum(map(len, texts)) < _SMALL or len(texts) < 2 or (os.cpu_count() or 1) < 2:
        return [format_text(text) for text in texts]
    there, here = _halves(texts)
    helper = _started([texts[index] for index in there])
    made = {index: format_text(texts[index]) for index in here}
    answers = _answers(helper, len(there))
    for position, index in enumerate(there):
        made[index] = format_text(texts[index]) if answers is None else answers[position]
    return [made[index] for index in range(len(texts))]


def _halves(texts: Sequence[str]) -> tuple[list[int], list[int]]:
    """The indices of texts in two groups of about one size."""
    groups: tuple[list[int], list[int]] = ([], [])
    sizes = [0, 0]
    for index in sorted(range(len(texts)), key=lambda index: -len(texts[index])):
        smaller = 0 if sizes[0] <= sizes[1] else 1
        groups[smaller].append(index)
        sizes[smaller] += len(texts[index])
    return groups


def _started(texts: list[str]) -> subprocess.Popen[bytes] | None:
    """A second Python at work on some texts; none where there is no Python to start.

    It is a process of its own, not a fork: the caller may have threads, or be a script without a main guard.
    `-P` keeps the working directory out of its path.
    """
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-P", "-m", "atdata_codegen.emit.worker"]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        assert process.stdin is not None  # asked for above
        process.stdin.write(json.dumps(texts).encode())
        process.stdin.close()
    except (OSError, ValueError):
        return None
    return process


def _answers(process: subprocess.Popen[bytes] | None, count: int) -> list[str] | None:
    """What a second process made, `None` where it failed."""
    if process is None or process.stdout is None:
        return None
    try:
        with process.stdout as stream:
            answers = cast("list[str]", json.loads(stream.read()))
    except ValueError:
        answers = []
    failed = process.wait() != 0 or len(answers) != count
    return None if failed else answers
