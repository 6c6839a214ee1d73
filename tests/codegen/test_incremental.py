"""A build that keeps what has not changed is the build that begins anew: finding for finding, byte for byte."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from atdata_codegen.cli import main
from atdata_codegen.incremental import cache_files, opened
from atdata_codegen.incremental.cache_files import read_body, write_body
from atdata_codegen.incremental.compiler import compiler_digest
from atdata_codegen.incremental.kept import Kept
from atdata_codegen.incremental.reading import read_files
from atdata_codegen.incremental.surroundings import Asking, Surroundings, Trace
from atdata_codegen.project import Options, load_project
from atdata_codegen.source.discover import discover
from atdata_schema.lexicon import Catalog, Document, Finding
from atdata_schema.lexicon import parse as parse_document
from edited_lexicons import LABEL, Edit, edits, path_of, put_text, start

KEPT, NEW = "out1", "out2"
"""The folders that a build with the cache, and one without, write into."""

Answer = tuple[int, str, dict[str, bytes]]
"""The exit status, what was printed, and the files of the package."""


@contextmanager
def project() -> Generator[Path]:
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
            return body[:-1] + bytes(byte ^ 1 for byte in body[-1:])
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
        untouched: Sequence[Edit] = ()
        for group in (untouched, *changes):
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


@settings(max_examples=8)
@given(changes=st.lists(st.lists(ANYTHING, min_size=1, max_size=2), min_size=1, max_size=4))
def test_any_edits(changes: list[list[Edit]]) -> None:
    check_edits(changes)


@pytest.mark.long
@settings(max_examples=150)
@given(changes=st.lists(st.lists(ANYTHING, min_size=1, max_size=3), min_size=1, max_size=8))
def test_very_many_edits(changes: list[list[Edit]]) -> None:
    check_edits(changes)


@pytest.fixture
def root() -> Iterator[Path]:
    """A project that was built."""
    with project() as made:
        assert run(made, "build", KEPT, cache=True)[0] == 0
        yield made


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed from here on, in order."""
    names: list[str] = []

    def noted(value: object, label: str | None = None) -> tuple[Document | None, list[Finding]]:
        names.append(Path(label or "").name)
        return parse_document(value, label)

    monkeypatch.setattr(opened, "parse", noted)
    return names


def describe(root: Path, nsid: str, about: str) -> None:
    """Change the description of a type."""
    path = path_of(root / "lexicons", nsid)
    document = json.loads(path.read_text("utf-8"))
    document["defs"]["main"]["description"] = about
    put_text(path, json.dumps(document))


def test_what_cannot_have_changed_is_not_parsed(root: Path, parsed: list[str]) -> None:
    describe(root, "org.example.photo", "Another.")
    assert run(root, "build", KEPT, cache=True)[0] == 0
    assert sorted(parsed) == ["label.json", "photo.json"]  # itself, and what it refers to


def test_what_refers_to_a_changed_lexicon_is_judged_again(root: Path, parsed: list[str]) -> None:
    describe(root, LABEL, "Another.")
    assert run(root, "build", KEPT, cache=True)[0] == 0
    assert sorted(parsed) == ["detail.json", "label.json", "photo.json"]


def test_commands_share_what_is_kept(root: Path, parsed: list[str]) -> None:
    assert run(root, "lint", KEPT, cache=True)[0] == 0
    assert parsed == []


def kept_file(root: Path) -> Path:
    """The file that holds what is known of the project's lexicons."""
    (found,) = (root.parent / "cache" / "atdata-gen" / "projects").iterdir()
    return found


def known_paths(root: Path) -> list[str]:
    """The files of which the cache knows something."""
    return sorted(Path(path).name for path in Kept.of(load_project(root, Options())).known)


def test_what_is_kept_of_a_project(root: Path) -> None:
    assert known_paths(root) == ["detail.json", "label.json", "photo.json"]
    path_of(root / "lexicons", "org.example.photo.detail").unlink()
    run(root, "lint", KEPT, cache=True)
    assert known_paths(root) == ["label.json", "photo.json"]


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_cache_is_none(root: Path, how: str) -> None:
    path = kept_file(root)
    path.write_bytes(damaged(how, path.read_bytes()))
    assert known_paths(root) == []
    assert run(root, "build", KEPT, cache=True)[0] == 0


FACTS = '[null,"",[],{},[],[]]'
FORGED = (
    b"null",
    b'["/a.json","k"]',
    b'[1,"k",[],null]',
    b'["/a.json","k",{},null]',
    b'["/a.json","k",[null,1,[],{},[],[]],null]',
    b'["/a.json","k",[null,"",[1],{},[],[]],null]',
    b'["/a.json","k",[null,"",[],{"x":[[["a"],["b"]]]},[],[]],null]',
    b'["/a.json","k",[null,"",[],{"x":[[[null],["b"],false]]},[],[]],null]',
    f'["/a.json","k",{FACTS},[{{}},{{}},{{"x":1}},"",[]]]'.encode(),
    f'["/a.json","k",{FACTS},[{{}},{{}},{{}},"",[["r","fatal","m",null,0,0,0,0,null,0,1,[]]]]]'.encode(),
    f'["/a.json","k",{FACTS},[{{}},{{}},{{}},"",[["r","note","m",null,"1",0,0,0,null,0,1,[]]]]]'.encode(),
    f'["/a.json","k",{FACTS},[{{}},{{}},{{}},"",[["r","note","m",null,0,0,0,0,null,0,1,[2]]]]]'.encode(),
    b"[" * 100_000,
    b"\xff\xfe",
)


@pytest.mark.parametrize("body", FORGED)
def test_a_cache_of_another_form_is_none(root: Path, body: bytes) -> None:
    write_body(kept_file(root), compiler_digest(), body)
    assert known_paths(root) == []
    assert run(root, "lint", KEPT, cache=True) == run(root, "lint", KEPT, cache=False)


EMPTY_BUILD = '"outside": null, "tests": {}, "targets": []'
NO_BUILDS = (
    "null",
    "[]",
    "{}",
    f'{{"outputs": {{}}, "diagnostics": [], "lock": 1, {EMPTY_BUILD}}}',
    f'{{"outputs": [], "diagnostics": [], "lock": "", {EMPTY_BUILD}}}',
    f'{{"outputs": {{}}, "diagnostics": [["/a", []]], "lock": "", {EMPTY_BUILD}}}',
)


@pytest.mark.parametrize("value", NO_BUILDS)
def test_a_build_of_another_form_is_none(root: Path, value: str) -> None:
    for path in (root.parent / "cache" / "atdata-gen" / "builds").iterdir():
        write_body(path, compiler_digest(), value.encode())
    assert run(root, "build", KEPT, cache=True) == run(root, "build", NEW, cache=False)


def test_a_file_of_the_cache_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept_file(root)
    before = path.read_bytes()
    monkeypatch.setattr(cache_files, "_MOST_BYTES", len(before) - 1)
    assert read_body(path, compiler_digest()) is None
    write_body(path, compiler_digest(), before)
    assert path.read_bytes() == before


def test_two_builds_at_once_leave_what_one_of_them_knew(root: Path) -> None:
    first, second = (Kept.of(load_project(root, Options())) for _ in range(2))
    bodies: list[bytes] = []
    for number, kept in enumerate((first, second)):
        describe(root, LABEL, f"Of build {number}.")
        found = discover(load_project(root, Options()).lexicons)
        read_files(found, root, kept)
        kept.write()
        bodies.append(kept_file(root).read_bytes())
    assert bodies[0] != bodies[1]
    assert known_paths(root) == ["detail.json", "label.json", "photo.json"]
    assert run(root, "build", KEPT, cache=True) == run(root, "build", NEW, cache=False)


def surroundings(*nsids: str, about: str = "") -> Surroundings:
    """Documents that say no more than their names."""
    catalog = Catalog()
    nothing: dict[str, object] = {}
    defs = {"main": {"type": "object", "description": about, "properties": nothing}}
    for nsid in nsids:
        catalog.add({"lexicon": 1, "id": nsid, "defs": defs})
    return Surroundings.of(catalog, nsids, {nsid: f"{nsid} {about}" for nsid in nsids})


ASKED: tuple[tuple[Callable[[Asking], object], bool], ...] = (
    (lambda asking: asking.get("org.example.a"), True),
    (lambda asking: asking.lexicons.get("org.example.a"), True),
    (lambda asking: asking.lexicons.resolve("org.example.a#x", "org.example.b"), True),
    (lambda asking: asking.get("org.example.c"), False),
    (lambda asking: asking.lexicons.is_linted("org.example.c"), False),
    (lambda asking: asking.lexicons.inside("org.example.c"), False),
    (lambda asking: list(asking), False),
)


@pytest.mark.parametrize(("ask", "changes"), ASKED)
def test_a_judgement_holds_as_long_as_the_answers(
    ask: Callable[[Asking], object], changes: bool
) -> None:
    asking = Asking(surroundings("org.example.a", "org.example.b"))
    ask(asking)
    assert surroundings("org.example.a", "org.example.b").agree(asking.trace)
    other = surroundings("org.example.a", "org.example.b", about="Another.")
    assert other.agree(asking.trace) is not changes
    more = surroundings("org.example.a", "org.example.b", "org.example.c", "org.example.c.d")
    assert more.agree(asking.trace) is changes
    assert more.agree(Trace())
