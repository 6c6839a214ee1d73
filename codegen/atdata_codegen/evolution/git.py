"""Lexicons of a commit, read from the objects of the repository; the work tree and the index are not touched."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.evolution.baseline import Baseline, BaselineError
from atdata_codegen.excerpt import printable
from atdata_codegen.project import Project
from atdata_codegen.source.discover import Discovery, LexiconFile, nsid_of

__all__ = ["read_commit"]

_LINK: Final = "120000"
_QUIET: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # git before 2.44 does not know the line above
    "LC_ALL": "C",
}
"""Nothing is asked for, locked, or fetched: what is not here is said."""

_OF_HOOKS: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git tells its hooks, relative to where it runs them; the repository is the one that the project lies in."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a commit, by its path from the root of the repository."""

    mode: str
    object: str
    path: str


@dataclass(frozen=True, slots=True)
class _Repository:
    """A repository, and how its objects are asked for."""

    folder: Path

    def ask(self, *arguments: str, given: bytes = b"") -> bytes | None:
        """What `git` answers; `None` where it refuses."""
        done = self._run(arguments, given)
        return done.stdout if done.returncode == 0 else None

    def need(self, *arguments: str, given: bytes = b"") -> bytes:
        """What `git` answers.

        Raises:
            BaselineError: it refuses.
        """
        done = self._run(arguments, given)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
            raise BaselineError(f"git refuses in {self.folder}: {said[0].removeprefix('fatal: ')}")
        return done.stdout

    def _run(self, arguments: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "--no-pager", "--literal-pathspecs", *arguments]
        kept = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
        environment = {**kept, **_QUIET}
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                input=given,
                capture_output=True,
                env=environment,
                check=False,
            )
        except FileNotFoundError:
            raise BaselineError("git is not installed, and git:REF needs it") from None
        except OSError as error:
            raise BaselineError(f"git cannot be run: {error.strerror or error}") from None


def read_commit(project: Project, ref: str, name: str) -> Baseline:
    """The lexicons of the project as a commit has them.

    Where its pyproject.toml names other folders of lexicons, those are read.

    Args:
        project: whose folders are read.
        ref: a commit: a branch, a tag, `HEAD~1`.
        name: as it was asked for.

    Raises:
        BaselineError: there is no repository, no such commit, or not all of it is here.
    """
    repository = _Repository(project.root)
    found = repository.ask("rev-parse", "--show-toplevel")
    if found is None:
        # Of a repository that belongs to somebody else, git says more than that there is none.
        said = _why(repository)
        raise BaselineError(
            f"{name}: {project.root} is in no git repository that can be read{said}"
        )
    top = Path(os.path.realpath(found.decode("utf-8", "surrogateescape").rstrip("\n")))
    commit = _commit(repository, ref, name)
    files: list[LexiconFile] = []
    problems: list[Diagnostic] = []
    for folder in _folders(repository, commit, project, top):
        entries = _lexicons(repository, commit, folder)
        for entry in entries:
            if entry.mode == _LINK:
                problems.append(_link(f"{ref}:{entry.path}"))
        plain = [entry for entry in entries if entry.mode != _LINK]
        for entry, data in zip(plain, _contents(repository, plain, name), strict=True):
            inside = entry.path.removeprefix(f"{folder}/" if folder else "")
            nsid = nsid_of(inside.replace("/", os.sep))
            files.append(LexiconFile(f"{ref}:{entry.path}", nsid, data))
    about = f"commit {commit[:12]}"
    return Baseline(name, about, Discovery(tuple(files), tuple(problems)))


def _why(repository: _Repository) -> str:
    try:
        repository.need("rev-parse", "--show-toplevel")
    except BaselineError as error:
        reason = str(error).partition(": ")[2]
        return "" if "not a git repository" in reason else f": {reason}"
    return ""


def _commit(repository: _Repository, ref: str, name: str) -> str:
    usable = bool(ref.strip()) and "\0" not in ref
    wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    found = repository.ask(*wanted) if usable else None
    if found is not None:
        return found.decode().strip()
    if (repository.ask("rev-parse", "--is-shallow-repository") or b"").strip() == b"true":
        remedy = "this clone is shallow: `git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout"
        raise BaselineError(f"{name}: there is no such commit here; {remedy}")
    raise BaselineError(f"{name}: there is no such commit here{_hint(repository, ref)}")


def _hint(repository: _Repository, ref: str) -> str:
    import difflib

    listed = repository.ask("for-each-ref", "--format=%(refname:short)") or b""
    names = listed.decode("utf-8", "replace").split()
    near = difflib.get_close_matches(ref, names, 1)
    if near:
        return f": did you mean git:{near[0]}?"
    return "; a branch of another clone has to be fetched first: `git fetch`"


def _folders(repository: _Repository, commit: str, project: Project, top: Path) -> Iterator[str]:
    """The folders of lexicons, by their paths from the root of the repository, with `/`."""
    for folder in _named_there(repository, commit, project, top) or project.lexicons:
        real = Path(os.path.realpath(folder))
        if not real.is_relative_to(top):
            raise BaselineError(f"{folder} lies outside of the repository {top}")
        inside = real.relative_to(top).as_posix()
        yield "" if inside == "." else inside


def _named_there(repository: _Repository, commit: str, project: Project, top: Path) -> list[Path]:
    """What pyproject.toml named at that commit; nothing where it names none that can be read."""
    if project.pyproject is None or not _is_configured(project):
        return []
    path = Path(os.path.realpath(project.pyproject))
    if not path.is_relative_to(top):
        return []
    data = repository.ask("cat-file", "blob", f"{commit}:{path.relative_to(top).as_posix()}")
    try:
        table = tomllib.loads((data or b"").decode("utf-8"))["tool"]["atdata-gen"]["lexicons"]
    except (ValueError, KeyError, TypeError):
        return []
    named = table if isinstance(table, list) else []
    return [path.parent / folder for folder in named if isinstance(folder, str)]


def _is_configured(project: Project) -> bool:
    """Whether the folders are those of pyproject.toml, and not of the command line."""
    assert project.pyproject is not None
    try:
        table = tomllib.loads(project.pyproject.read_text("utf-8"))["tool"]["atdata-gen"][
            "lexicons"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    here = project.pyproject.parent
    return tuple(Path(os.path.normpath(here / folder)) for folder in table) == project.lexicons


def _lexicons(repository: _Repository, commit: str, folder: str) -> list[_Entry]:
    """The files `*.json` below a folder; hidden ones are left out, as they are of a folder on disk."""
    below = ("--", f"{folder}/") if folder else ()
    listed = repository.need("ls-tree", "-r", "-z", "--full-tree", commit, *below)
    found: list[_Entry] = []
    for line in listed.split(b"\0"):
        about, _, raw = line.partition(b"\t")
        path = raw.decode("utf-8", "replace")
        inside = path.removeprefix(f"{folder}/" if folder else "")
        hidden = any(part.startswith(".") for part in inside.split("/"))
        if not path.endswith(".json") or hidden:
            continue
        mode, kind, name = about.decode("ascii").split(" ")
        if kind == "blob":
            found.append(_Entry(mode, name, path))
    return found


def _contents(repository: _Repository, entries: Sequence[_Entry], name: str) -> Iterator[bytes]:
    """What files hold, all by one process."""
    if not entries:
        return
    asked = "".join(f"{entry.object}\n" for entry in entries).encode()
    answer = repository.ask("cat-file", "--batch", given=asked)
    if answer is None:
        raise _not_here(name, entries[0])
    at = 0
    for entry in entries:
        end = answer.find(b"\n", at)
        _, _, *size = answer[at : max(end, at)].split(b" ")
        if not size:  # `missing`, or the answer breaks off
            raise _not_here(name, entry)
        at = end + 1 + int(size[0])
        yield answer[end + 1 : at]
        at += 1


def _not_here(name: str, entry: _Entry) -> BaselineError:
    remedy = "fetch the whole repository, with `git fetch --refetch --no-filter`"
    shown = printable(entry.path)
    return BaselineError(f"{name}: the content of {shown}, or of others, is not here: {remedy}")


def _link(path: str) -> Diagnostic:
    message = "cannot be read: it is a link, which is not followed in a commit"
    return Diagnostic(path=path, severity="warning", rule="unreadable-file", message=message)
