"""Lexicons of a git repository: `git+URL@COMMIT#PATH`, the form of SPDX.

Files are read from git's objects. Nothing is checked out, so no hook, filter, link or submodule of the repository
has a say.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from atdata_codegen.installing.origin import Origin, fetched, sound
from atdata_codegen.source.discover import nsid_of, path_of
from atdata_codegen.source.reader import read
from atdata_schema.errors import ManifestError
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted
from atdata_schema.vendored.pulling import FetchedLexicon

__all__ = ["GitAddress", "from_git", "git_origin", "parse_git"]

_PREFIX: Final = "git+"
_SCHEMES: Final = ("https", "ssh", "file")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_MOST: Final = 10_000
_LARGEST: Final = 1 << 26
_PATIENCE: Final = 300
_REGULAR: Final = ("100644", "100755")
_ELSEWHERE: Final = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
    }
    | {"GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_WORK_TREE"}
)
"""What a hook of git, in which this may run, sets about its own repository."""


@dataclass(frozen=True, slots=True)
class GitAddress:
    """A place in a repository.

    Attributes:
        url: of the repository, or `file:` and a path, which may be relative to the project.
        revision: a commit, a tag or a branch; empty for the branch that the repository shows.
        path: a folder or a file in it, with `/`; empty for all of it.
    """

    url: str
    revision: str = ""
    path: str = ""

    def __str__(self) -> str:
        at = f"@{self.revision}" if self.revision else ""
        return f"{_PREFIX}{self.url}{at}" + (f"#{quote(self.path)}" if self.path else "")


def parse_git(text: str) -> GitAddress:
    """An address as it is typed.

    Raises:
        ManifestError: it is none, or holds a password.

    >>> parse_git("git+https://example.org/lab/types@v1.2#lexicons")
    GitAddress(url='https://example.org/lab/types', revision='v1.2', path='lexicons')
    >>> parse_git("git+ssh://git@example.org/types").revision
    ''
    """
    whole, _, path = text.removeprefix(_PREFIX).partition("#")
    scheme, colon, rest = whole.partition(":")
    if not colon or scheme not in _SCHEMES:
        allowed = ", ".join(f"git+{each}:" for each in _SCHEMES)
        raise ManifestError(f"{quoted(text)} is no repository that is read; allowed are {allowed}")
    slashes = "//" if rest.startswith("//") else ""
    host, slash, below = rest.removeprefix("//").partition("/") if slashes else ("", "", rest)
    below, at, revision = below.rpartition("@") if "@" in below else (below, "", "")
    url = f"{scheme}:{slashes}{host}{slash}{below}"
    if urlsplit(url).password is not None:
        raise ManifestError(
            "a password in an address would be written to lexicons.json; use git's credentials"
        )
    if (at and not revision) or revision.startswith("-") or not below:
        raise ManifestError(f"{quoted(text)} is no address git+URL[@REVISION][#FOLDER]")
    return GitAddress(url, revision, unquote(path).strip("/"))


def git_origin(address: GitAddress, root: Path) -> Origin:
    """The lexicons of a folder of a repository, pinned to the commit that the revision means now.

    Args:
        address: where.
        root: the folder of the project, which a relative path is counted from.

    Raises:
        ManifestError: git fails, a file is no lexicon of its path, or there is none.
    """
    with tempfile.TemporaryDirectory(prefix="atdata-gen-") as folder:
        repository = _Repository(Path(folder), address, root)
        commit = repository.commit
        prefix = f"{address.path}/" if address.path else ""
        contents = repository.files(prefix)
    pinned = GitAddress(address.url, commit)
    documents: dict[str, Mapping[str, Any]] = {}
    uris: dict[str, str] = {}
    for path, data in contents.items():
        nsid = nsid_of(path.removeprefix(prefix).replace("/", os.sep))
        documents[nsid] = _document(data, nsid, f"{address}: {path}")
        uris[nsid] = str(GitAddress(pinned.url, commit, path))
    if not documents:
        raise ManifestError(f"{address}: there are no lexicons; a folder is named by #FOLDER")
    return Origin(str(address), documents, uris)


def from_git(nsid: str, uri: str, root: Path) -> FetchedLexicon:
    """The lexicon at a pinned address.

    Raises:
        ManifestError: the address pins no commit, git fails, or there is no such lexicon.
    """
    address = parse_git(uri)
    if not _COMMIT.fullmatch(address.revision):
        raise ManifestError(f"{quoted(uri)} pins no commit")
    if not f"/{address.path}".endswith(f"/{path_of(nsid)}"):
        raise ManifestError(
            f"{quoted(uri)} is no address of {nsid}, which ends with {path_of(nsid)}"
        )
    with tempfile.TemporaryDirectory(prefix="atdata-gen-") as folder:
        found = _Repository(Path(folder), address, root).files(address.path)
    data = found.get(address.path)
    if data is None:
        raise ManifestError(f"{address}: there is no such file in that commit")
    return fetched(uri, _document(data, nsid, str(address)))


def _document(data: bytes, nsid: str, where: str) -> Mapping[str, Any]:
    source = read(where, data)
    for problem in source.diagnostics:
        raise ManifestError(f"{where}:{problem.line}: {problem.message}")
    return sound(source.value, nsid, where)


class _Repository:
    """The objects of one commit, in a folder of our own.

    Attributes:
        commit: the name of the commit.
    """

    def __init__(self, folder: Path, address: GitAddress, root: Path) -> None:
        self._folder = folder
        self._shown = str(address)
        url = address.url
        if url.startswith("file:") and not url.startswith("file://"):
            url = os.path.normpath(root / url.removeprefix("file:"))
        self._git("init", "--quiet", "--bare", ".")
        wanted = address.revision or "HEAD"
        fetching = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--depth", "1")
        try:
            self._git(*fetching, "--", url, wanted)
        except ManifestError:
            if not _COMMIT.fullmatch(wanted):
                raise
            # A server may give commits away by their branches alone.
            self._git("fetch", "--quiet", "--no-recurse-submodules", "--", url, "+refs/*:refs/*")
        name = wanted if _COMMIT.fullmatch(wanted) else "FETCH_HEAD"
        self.commit = self._git("rev-parse", "--verify", f"{name}^{{commit}}").decode().strip()

    def files(self, prefix: str) -> dict[str, bytes]:
        """The regular files of JSON whose paths begin so, with their contents."""
        listed = self._git("ls-tree", "-r", "-z", "--long", "--full-tree", self.commit)
        chosen: dict[str, str] = {}
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            about, _, path = line.partition("\t")
            mode, *rest = about.split() or [""]
            nsid = nsid_of(path.removeprefix(prefix).replace("/", os.sep))
            named = path == prefix or is_valid("nsid", nsid)
            if mode in _REGULAR and path.startswith(prefix) and path.endswith(".json") and named:
                if int(rest[2]) > _LARGEST:
                    raise ManifestError(f"{self._shown}: {quoted(path)} is too large for a lexicon")
                chosen[path] = rest[1]
        if len(chosen) > _MOST:
            raise ManifestError(f"{self._shown} has more than {_MOST} lexicons")
        return {path: self._git("cat-file", "blob", name) for path, name in chosen.items()}

    def _git(self, *arguments: str) -> bytes:
        command = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
        env = {key: value for key, value in os.environ.items() if key not in _ELSEWHERE}
        env |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:ssh:file", "LC_ALL": "C"}
        return _output(command, self._folder, env, self._shown)


def _output(command: Sequence[str], folder: Path, env: Mapping[str, str], shown: str) -> bytes:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise ManifestError(f"{shown}: git is not installed") from None
    except subprocess.TimeoutExpired:
        raise ManifestError(f"{shown}: git did not end within {_PATIENCE} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it did not say why"]
        raise ManifestError(f"{shown}: git failed: {quoted(said[-1])}")
    return done.stdout
