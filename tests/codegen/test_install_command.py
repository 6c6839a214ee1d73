"""`atdata-gen install`: lexicons of folders, git and installed packages, pinned by their CIDs and all written or none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atdata_codegen.cli import main
from atdata_schema.schema import document_cid
from building_projects import put, sample
from compiled_sites import install as install_package
from dying import status_of_child
from unprivileged import as_nobody, open_folder

Run = Callable[..., tuple[int, str, str]]

BOX = sample("org.lab.box", x={"type": "integer"})
SCAN = sample("org.lab.scan", box={"type": "ref", "ref": "org.lab.box"})
OTHER_BOX = sample("org.lab.box", x={"type": "integer"}, y={"type": "integer"})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project beside a folder `shared` with two lexicons; it is the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    for document in (BOX, SCAN):
        put(tmp_path / "shared", document)
    return start(tmp_path / "project", monkeypatch)


def start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project that becomes the current folder."""
    folder.mkdir()
    table = '[tool.atdata-gen]\nlexicons = ["lexicons"]\noutput = "src"\npackage = "mine"\n'
    (folder / "pyproject.toml").write_text(table, "utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def gen(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; the exit status and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as stopped:  # argparse
            status = int(str(stopped.code))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def lock(folder: Path) -> dict[str, Any]:
    """What `lexicons.json` says."""
    value: dict[str, Any] = json.loads((folder / "lexicons.json").read_text("utf-8"))
    return value


def pinning(uri: str) -> str:
    """A `lexicons.json` that pins a lexicon to an address."""
    resolutions = {"org.lab.box": {"uri": uri, "cid": "bafyreia"}}
    return json.dumps({"version": 1, "lexicons": ["org.lab.box"], "resolutions": resolutions})


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(here: Path) -> Path:
    """A repository beside the project, whose folder `lexicons` has two versions of one lexicon."""
    folder = here.parent / "lab types"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for document in (BOX, SCAN):
        put(folder / "lexicons", document)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    git(folder, "tag", "v1")
    put(folder / "lexicons", OTHER_BOX)
    git(folder, "commit", "--quiet", "-am", "two")
    return folder


def test_a_folder_is_copied_and_pinned(here: Path, gen: Run) -> None:
    status, out, err = gen("install", "../shared")
    assert (status, err) == (0, "")
    assert [line.split("  ")[:2] for line in out.splitlines()] == [
        ["pinned", "org.lab.box"],
        ["pinned", "org.lab.scan"],
    ]
    assert lock(here) == {
        "version": 1,
        "lexicons": ["org.lab.box", "org.lab.scan"],
        "resolutions": {
            document["id"]: {
                "uri": f"file:../shared/{document['id'].replace('.', '/')}.json",
                "cid": document_cid(document),
            }
            for document in (BOX, SCAN)
        },
    }
    copied = json.loads((here / "lexicons/org/lab/box.json").read_text("utf-8"))
    assert copied == {"$type": "com.atproto.lexicon.schema", **BOX}
    before = tree(here)
    assert gen("install") == (0, "2 there already\n", "")
    assert gen("install", "--locked")[0] == 0
    assert tree(here) == before
    assert gen("build")[0] == 0


def test_a_copy_that_is_gone_comes_back(here: Path, gen: Run) -> None:
    gen("install", "../shared")
    before = tree(here)
    (here / "lexicons/org/lab/box.json").unlink()
    status, out, _ = gen("install", "--locked")
    assert (status, out.partition("  ")[0]) == (0, "restored")
    assert tree(here) == before


def test_a_document_with_another_cid_is_refused(here: Path, gen: Run) -> None:
    """In the source, and in the project."""
    gen("install", "../shared")
    before = tree(here)
    put(here.parent / "shared", OTHER_BOX)
    for options in (("../shared",), ("--locked",)):
        if options == ("--locked",):
            (here / "lexicons/org/lab/box.json").unlink()
        status, out, err = gen("install", *options)
        assert (status, out) == (1, "")
        assert f"org.lab.box is pinned to the CID {document_cid(BOX)}" in err
        assert document_cid(OTHER_BOX) in err
    assert not (here / "lexicons/org/lab/box.json").exists()
    put(here / "lexicons", OTHER_BOX)
    status, _, err = gen("install", "--locked")
    assert status == 1
    assert "files that were fetched are not edited" in err
    assert gen("install", "--update")[0] == 0
    assert lock(here)["resolutions"]["org.lab.box"]["cid"] == document_cid(OTHER_BOX)
    assert tree(here) != before


def test_what_nothing_refers_to_any_more_goes(here: Path, gen: Run) -> None:
    gen("install", "../shared")
    manifest = lock(here)
    manifest["lexicons"] = ["org.lab.scan"]
    (here / "lexicons.json").write_text(json.dumps(manifest), "utf-8")
    put(here.parent / "shared", sample("org.lab.scan", n={"type": "integer"}))
    status, out, _ = gen("install", "--update")
    assert (status, "dropped  org.lab.box: nothing refers to it any more" in out) == (0, True)
    assert list(tree(here / "lexicons")) == ["org/lab/scan.json"]
    assert gen("install", "--locked")[0] == 0


def test_locked_adds_nothing(here: Path, gen: Run) -> None:
    status, _, err = gen("install", "--locked")
    assert (status, "there is no lexicons.json" in err) == (1, True)
    gen("install", "../shared")
    manifest = lock(here)
    del manifest["resolutions"]["org.lab.box"]
    manifest["lexicons"] = ["org.lab.scan"]
    (here / "lexicons.json").write_text(json.dumps(manifest), "utf-8")
    (here / "lexicons/org/lab/box.json").unlink()
    before = tree(here)
    status, _, err = gen("install", "--locked")
    assert status == 1
    assert "org.lab.box" in err
    assert tree(here) == before
    assert gen("install", "--locked", "../shared")[0] == 2


def test_a_lexicon_of_the_project_is_not_replaced(here: Path, gen: Run) -> None:
    put(here / "lexicons", OTHER_BOX)
    status, _, err = gen("install", "../shared")
    assert status == 1
    assert "org.lab.box is a lexicon of this project" in err
    assert not (here / "lexicons.json").exists()


def test_git_is_pinned_to_a_commit(here: Path, repository: Path, gen: Run) -> None:
    first, second = git(repository, "rev-parse", "v1"), git(repository, "rev-parse", "main")
    assert gen("install", "git+file:../lab types@v1#lexicons")[0] == 0
    pinned = lock(here)["resolutions"]["org.lab.box"]
    assert pinned == {
        "uri": f"git+file:../lab types@{first}#lexicons/org/lab/box.json",
        "cid": document_cid(BOX),
    }
    (here / "lexicons/org/lab/box.json").unlink()
    assert gen("install", "--locked")[0] == 0
    assert (here / "lexicons/org/lab/box.json").exists()
    status, _, err = gen("install", "git+file:../lab types#lexicons")
    assert (status, "is pinned to the CID" in err) == (1, True)
    assert gen("install", "git+file:../lab types#lexicons", "--update")[0] == 0
    pinned = lock(here)["resolutions"]["org.lab.box"]
    assert second in pinned["uri"]
    assert pinned["cid"] == document_cid(OTHER_BOX)


def test_git_is_read_from_any_folder_of_the_project(
    here: Path, repository: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed is relative to where it is typed, what is pinned to the project."""
    (here / "deep").mkdir()
    monkeypatch.chdir(here / "deep")
    assert gen("install", "git+file:../../lab types#lexicons")[0] == 0
    assert lock(here)["resolutions"]["org.lab.box"]["uri"].startswith("git+file:../lab types@")


def test_a_hook_of_git_is_no_hindrance(
    here: Path, repository: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells programs of its own repository, which is another one."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(here / "nowhere"))
    assert gen("install", "git+file:../lab types#lexicons")[0] == 0
    assert list(tree(here / "lexicons")) != []


def test_nothing_of_a_repository_is_run_or_followed(here: Path, repository: Path, gen: Run) -> None:
    """Hooks, filters and links: the files are read from git's objects."""
    secret = here.parent / "secret.json"
    secret.write_text(json.dumps(sample("org.lab.secret", x={"type": "integer"})), "utf-8")
    (repository / "lexicons/org/lab/secret.json").symlink_to(secret)
    mark = here.parent / "ran"
    (repository / ".gitattributes").write_text("*.json filter=evil\n", "utf-8")
    git(repository, "config", "filter.evil.smudge", f"touch {mark}")
    for name in ("post-checkout", "post-merge", "reference-transaction"):
        hook = repository / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {mark}\n", "utf-8")
        hook.chmod(0o755)
    git(repository, "-c", "core.hooksPath=/dev/null", "add", ".")
    git(repository, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", "evil")
    mark.unlink(missing_ok=True)
    assert gen("install", "git+file:../lab types#lexicons")[0] == 0
    assert sorted(lock(here)["resolutions"]) == ["org.lab.box", "org.lab.scan"]
    assert not mark.exists()


def test_an_installed_package_is_pinned_and_not_copied(
    here: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = here.parent / "site"
    install_package(site, "lab_pinned", "1.2", BOX)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    assert gen("install", "package:lab-pinned")[0] == 0
    pin = {"uri": "pkg:pypi/lab-pinned@1.2", "cid": document_cid(BOX)}
    assert lock(here)["resolutions"] == {"org.lab.box": pin}
    assert not (here / "lexicons").exists()
    (site / "lab_pinned-1.2.dist-info").rename(site / "lab_pinned-1.3.dist-info")
    text = (site / "lab_pinned-1.3.dist-info/METADATA").read_text("utf-8")
    (site / "lab_pinned-1.3.dist-info/METADATA").write_text(text.replace("1.2", "1.3"), "utf-8")
    assert gen("install", "--locked")[0] == 0  # another version, and the same document
    module = site / "lab_pinned/org/lab/box.py"
    source = module.read_text("utf-8")
    module.write_text(source.replace("What org.lab.box is", "Something else"), "utf-8")
    status, _, err = gen("install", "--locked")
    assert (status, "is pinned to the CID" in err) == (1, True)
    status, _, err = gen("install", "../shared")
    assert (status, "org.lab.box" in err) == (1, True)


def test_what_a_package_has_compiled_is_not_copied(
    here: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = here.parent / "site"
    install_package(site, "lab_compiled", "1.2", BOX)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    status, _, err = gen("install", "../shared")
    assert status == 1
    assert "org.lab.box is compiled by lab_compiled 1.2 (lab_compiled)" in err
    assert list(tree(here)) == ["pyproject.toml"]


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("../nowhere", "there is no such folder"),
        ("../empty", "there are no lexicons in ../empty"),
        ("../broken", "../broken/org/lab/box.json"),
        ("../moved", "where org.lab.moved is expected"),
        ("package:nothing", "no package 'nothing' with lexicons is installed"),
        ("git+ftp://example.org/x", "allowed are git+https:"),
        ("git+ext::sh -c touch% x", "allowed are git+https:"),
        ("git+https://a:b@example.org/x", "a password in an address"),
        ("git+file:../nowhere", "git failed"),
        ("git+file:../lab types@nothing#lexicons", "git failed"),
        ("git+file:../lab types@--upload-pack=x#lexicons", "is no address"),
        ("git+file:../lab types#nothing", "there are no lexicons"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_a_source_that_cannot_be_read_is_said(here: Path, gen: Run, source: str, part: str) -> None:
    (here.parent / "empty").mkdir()
    put(here.parent / "broken", BOX).write_text('{"lexicon": 1,', "utf-8")
    put(here.parent / "moved", BOX).rename(here.parent / "moved/org/lab/moved.json")
    status, out, err = gen("install", source)
    assert (status, out) == (1, "")
    assert part in err
    assert list(tree(here)) == ["pyproject.toml"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "lexicons.json"),
        ('{"version": 2, "lexicons": [], "resolutions": {}}', "version 2 is not read"),
        ('{"version": 1, "lexicons": [], "resolutions": {"org.lab.box": {"uri": 1}}}', "uri"),
        (
            pinning("file:../../etc/passwd"),
            "is no address of org.lab.box",
        ),
        (
            pinning("git+file:../lab@main#org/lab/box.json"),
            "pins no commit",
        ),
        (
            pinning("ext::sh"),
            "lexicons.json",
        ),
    ],
)
def test_a_lock_that_is_none_is_said_and_stays(here: Path, gen: Run, text: str, part: str) -> None:
    (here / "lexicons.json").write_text(text, "utf-8")
    before = tree(here)
    status, out, err = gen("install")
    assert (status, out) == (1, "")
    assert part in err
    assert tree(here) == before


def test_a_dry_run_writes_nothing(here: Path, gen: Run) -> None:
    status, out, _ = gen("install", "../shared", "--dry-run", "--json")
    assert (status, json.loads(out)["installed"]) == (0, ["org.lab.box", "org.lab.scan"])
    assert list(tree(here)) == ["pyproject.toml"]


def no_entry_points(**_: str) -> list[object]:
    return []


def test_names_on_the_network_need_the_runtime(
    here: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", no_entry_points)
    status, _, err = gen("install", "org.lab.far")
    assert (status, "pip install 'atdata[atmosphere]'" in err) == (1, True)


@pytest.mark.parametrize("steps", range(12))
def test_killed_anywhere_the_lock_never_says_more_than_is_there(
    here: Path, gen: Run, steps: int
) -> None:
    status = status_of_child(lambda: main(["install", "../shared"]), steps)
    assert status in (-9, 0)
    if (here / "lexicons.json").exists():
        assert gen("install", "--locked")[0] == 0
    assert gen("install", "../shared")[0] == 0
    assert sorted(lock(here)["resolutions"]) == ["org.lab.box", "org.lab.scan"]
    assert gen("install", "--locked")[0] == 0


def test_a_place_that_cannot_be_written_leaves_all_as_it_was() -> None:
    with open_folder() as folder:
        put(folder / "shared", BOX)
        (folder / "project/lexicons").mkdir(parents=True)
        table = '[tool.atdata-gen]\nlexicons = ["lexicons"]\n'
        (folder / "project/pyproject.toml").write_text(table, "utf-8")
        (folder / "project").chmod(0o555)
        (folder / "project/lexicons").chmod(0o777)

        def act() -> tuple[int, list[str]]:
            os.chdir(folder / "project")
            sys.stderr = (folder / "said").open("w", encoding="utf-8", buffering=1)
            return main(["install", "../shared"]), sorted(tree(folder / "project"))

        assert as_nobody(act) == (1, ["pyproject.toml"])
        (folder / "project").chmod(0o777)
        assert "cannot be written: Permission denied" in (folder / "said").read_text("utf-8")
