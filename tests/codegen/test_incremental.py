"""A build that keeps what has not changed is the build that begins anew: finding for finding, byte for byte."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from atdata_codegen.cli import main
from atdata_codegen.incremental.compiler import compiler_digest
from edited_lexicons import Edit, edits, start

KEPT, NEW = "out1", "out2"
"""The folders that a build with the cache, and one without, write into."""

Answer = tuple[int, str, dict[str, bytes]]
"""The exit status, what was printed, and the files of the package."""


@contextmanager
def project() -> Iterator[Path]:
    """A project in a folder of its own, which is the current one meanwhile."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        root = Path(name, "project").resolve()
        root.mkdir()
        start(root)
        patch.chdir(root)
        patch.setenv("ATDATA_CACHE", str(root.parent / "cache"))
        yield root


def run(root: Path, command: str, output: str, *, cache: bool) -> Answer:
    """Run a command, with the cache or without one; each writes into a folder of its own."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        if not cache:
            patch.setenv("ATDATA_CACHE", "")
        output_option = [] if command == "lint" else ["--output", output]
        status = main([command, "--format", "json", *output_option])
    # What is said of compiled files names them, and they lie in two folders.
    said = printed.getvalue().replace(f"{output}/", "out/")
    return status, said, files_below(root / output)


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def damaged(how: str, body: bytes) -> bytes:
    """What a file of the cache may hold that cannot be believed."""
    match how:
        case "cut":
            return body[: len(body) // 2]
        case "flipped":
            return body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]
        case "other version":
            return body.replace(compiler_digest().encode(), b"0" * 64)
        case "empty":
            return b""
        case _:
            return b"\x80\x04N."  # a pickle


DAMAGES = ("cut", "flipped", "other version", "empty", "pickle")


def damage(how: str) -> Edit:
    """Damages every file of the cache."""

    def act(root: Path) -> None:
        for path in (root.parent / "cache").rglob("*.json*"):
            path.write_bytes(damaged(how, path.read_bytes()))

    return act


ANYTHING = st.one_of(edits, edits, edits, edits, st.sampled_from(DAMAGES).map(damage))


def check_edits(changes: Sequence[Sequence[Edit]]) -> None:
    """After each group of changes, every command says and makes with the cache what it does without."""
    with project() as root:
        for group in ([], *changes):
            for change in group:
                change(root)
            stale = [run(root, "check", output, cache=output == KEPT) for output in (KEPT, NEW)]
            assert stale[0] == stale[1]
            linted = run(root, "lint", KEPT, cache=True), run(root, "lint", KEPT, cache=False)
            assert linted[0] == linted[1]
            kept = run(root, "build", KEPT, cache=True)
            new = run(root, "build", NEW, cache=False)
            assert kept == new
            event("compiled" if kept[0] == 0 else "refused")


@settings(max_examples=12)
@given(changes=st.lists(st.lists(ANYTHING, min_size=1, max_size=2), min_size=1, max_size=4))
def test_any_edits(changes: list[list[Edit]]) -> None:
    check_edits(changes)


@pytest.mark.long
@settings(max_examples=400)
@given(changes=st.lists(st.lists(ANYTHING, min_size=1, max_size=3), min_size=1, max_size=8))
def test_very_many_edits(changes: list[list[Edit]]) -> None:
    check_edits(changes)
