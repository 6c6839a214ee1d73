"""The command line: what each command does to the disk, what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atdata_codegen.cli import COMMANDS, main
from waiting import wait_until

CONFIGURATION = """
[tool.atdata-gen]
lexicons = ["lexicons"]
output = "src"
package = "acme"
"""

Run = Callable[..., tuple[int, str, str]]


def sample(nsid: str, **properties: Any) -> dict[str, Any]:
    """A sample type."""
    main = {"type": "object", "description": "One.", "properties": properties}
    return {"lexicon": 1, "id": nsid, "defs": {"main": main}}


def put(folder: Path, document: dict[str, Any]) -> Path:
    """Write a lexicon where its NSID says."""
    path = folder / "lexicons" / (str(document["id"]).replace(".", "/") + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one sample type; it is the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(CONFIGURATION)
    put(folder, sample("org.example.photo", size={"type": "integer"}))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; the exit status and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as stopped:  # argparse
            status = int(str(stopped.code))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, with its time of change."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_build_then_check_then_build_again(project: Path, run: Run) -> None:
    assert run("check")[0] == 1
    assert not (project / "src").exists()
    status, out, _ = run("build")
    assert (status, out) == (
        0,
        f"{len(_owned(project))} files: {len(_owned(project))} written, 0 up to date\n",
    )
    before = tree(project)
    assert run("build") == (
        0,
        f"{len(_owned(project))} files: {len(_owned(project))} up to date\n",
        "",
    )
    assert run("check") == (0, f"{len(_owned(project))} files up to date\n", "")
    assert tree(project) == before


def _owned(project: Path) -> dict[str, str]:
    files: dict[str, str] = json.loads((project / "src/acme/.atdata-gen.json").read_bytes())[
        "files"
    ]
    return files


def test_a_build_is_the_same_with_and_without_the_cache(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(project, sample("org.example.other", name={"type": "string"}))
    run("build")
    for command in ("build", "check", "lint"):
        run(command)
        cached = run(command)
        monkeypatch.setenv("ATDATA_CACHE", "")
        assert run(command) == cached
        monkeypatch.setenv("ATDATA_CACHE", str(project.parent / "cache"))
    assert "unlimited-string" in cached[1]


def test_an_unchanged_build_imports_neither_kernel_nor_black(project: Path, run: Run) -> None:
    run("build")
    code = (
        "import sys; from atdata_codegen.cli import main; main(['build']);"
        "print([m for m in ('lark', 'black', 'jinja2', 'regex', 'numpy', 'atdata_schema.lexicon',"
        " 'atdata', 'atdata_lexicons') if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_env())
    assert made.stdout.splitlines()[-1] == "[]"


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def test_a_cache_that_is_broken_or_cannot_be_written_is_no_error(project: Path, run: Run) -> None:
    first = run("lint")
    for entry in (project.parent / "cache").rglob("*.json"):
        entry.write_text('{"diagnostics": 3}')
    assert run("lint") == first
    os.environ["ATDATA_CACHE"] = str(project / "pyproject.toml")
    assert run("lint") == first


def test_check_prints_the_diff_and_names_edits_apart(project: Path, run: Run) -> None:
    run("build")
    put(project, sample("org.example.photo", width={"type": "integer"}))
    edited = project / "src/acme/__init__.py"
    edited.write_text("# mine\n")
    status, out, _ = run("check")
    assert status == 1
    assert "src/acme/org/example/photo.py: error[stale-output]" in out
    assert "src/acme/__init__.py: error[edited-output]" in out
    assert "--- src/acme/org/example/photo.py" in out
    assert edited.read_text() == "# mine\n"
    rows = json.loads(run("check", "--format", "json")[1])
    assert {row["rule"] for row in rows} == {"stale-output", "edited-output"}


def test_build_refuses_to_discard_an_edit_without_force(project: Path, run: Run) -> None:
    run("build")
    edited = project / "src/acme/org/example/photo.py"
    edited.write_text("# mine\n")
    assert run("build")[0] == 1
    assert edited.read_text() == "# mine\n"
    assert run("build", "--force")[0] == 0
    assert run("check")[0] == 0


def test_a_lexicon_that_goes_takes_its_module_with_it(project: Path, run: Run) -> None:
    other = put(project, sample("org.other.thing", size={"type": "integer"}))
    run("build")
    assert (project / "src/acme/org/other/thing.py").exists()
    other.unlink()
    assert " removed, " in run("build")[1]
    assert not (project / "src/acme/org/other").exists()


def test_a_foreign_file_is_left_and_reported(project: Path, run: Run) -> None:
    mine = project / "src/acme/org/example/photo.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine = 1\n")
    status, out, _ = run("build", "--force")
    assert (status, "error[foreign-file]" in out) == (1, True)
    assert mine.read_text() == "mine = 1\n"
    assert not (project / "src/acme/__init__.py").exists()


def test_one_bad_document_hides_nothing_and_nothing_is_written(project: Path, run: Run) -> None:
    (project / "lexicons/org/example/broken.json").write_text("{")
    put(project, sample("org.example.worse", x={"type": "ref", "ref": "org.example.nowhere"}))
    put(project, sample("org.example.doubtful", text={"type": "string"}))
    status, out, _ = run("build")
    assert status == 1
    for part in (
        "lexicons/org/example/broken.json:1:2: error[json-syntax]",
        "lexicons/org/example/worse.json:",
        "error[unresolved-ref]",
        "lexicons/org/example/doubtful.json:",
        "warning[unlimited-string]",
    ):
        assert part in out
    assert not (project / "src").exists()


def test_warnings_fail_only_when_strict(project: Path, run: Run) -> None:
    put(project, sample("org.example.photo", text={"type": "string"}))
    assert run("lint")[0] == 0
    assert run("lint", "--strict")[0] == 1
    ignored = run("lint", "--strict", "--ignore", "unlimited-string=texts are short here")
    assert ignored[0] == 0
    assert ignored[1] == "1 lexicon\n"


@pytest.mark.parametrize(
    ("ignore", "message"),
    [
        ("unresolved-ref=because", "it is an error of the language"),
        ("unlimited-strin=because", "did you mean 'unlimited-string'?"),
    ],
)
def test_what_cannot_be_ignored_is_said(project: Path, run: Run, ignore: str, message: str) -> None:
    status, out, _ = run("lint", "--ignore", ignore)
    assert status == 1
    assert message in out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((), "usage: atdata-gen COMMAND"),
        (("biuld",), "did you mean 'build'?"),
        (("\x1b[2J",), "'\\x1b[2J'"),
        (("build", "--colour"), "unrecognized arguments"),
        (("lint", "--format", "xml"), "invalid choice"),
        (("lint", "--ignore", "closed-enum"), "needs a reason"),
        (("explain", "unlimited-sting"), "did you mean unlimited-string"),
        (("new", "object", "photo"), "is no NSID"),
        (("new", "query", "org.example.photo"), "invalid choice"),
        (("from-python", "module"), "is not module:Class"),
        (("build", "--package", "a b"), "no import name"),
    ],
)
@pytest.mark.usefixtures("project")
def test_wrong_usage_ends_with_2(run: Run, arguments: tuple[str, ...], part: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert part in err


def no_entry_points(**_: str) -> list[object]:
    return []


def test_a_command_of_the_runtime_is_named_with_what_it_needs(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", no_entry_points)
    status, out, err = run("publish")
    assert (status, out) == (2, "")
    assert "pip install 'atdata[atmosphere]'" in err


def test_a_wrong_configuration_ends_with_2_and_has_its_place(project: Path, run: Run) -> None:
    (project / "pyproject.toml").write_text('[tool.atdata-gen]\nlexicon = ["lexicons"]\n')
    for command in ("build", "check", "lint", "fmt"):
        status, out, err = run(command)
        assert status == 2
        assert "pyproject.toml:2:1: error[configuration]: unknown key 'lexicon'" in out
        assert "is wrong" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(run: Run, command: str) -> None:
    status, out, _ = run(command, "--help")
    assert status == 0
    assert f"atdata-gen {command}" in out
    assert command in run("--help")[1]


def test_version_is_that_of_the_distribution(run: Run) -> None:
    assert run("--version")[1].startswith("atdata-gen 1.")


def test_explain_prints_the_paragraph_of_any_rule(run: Run) -> None:
    status, out, _ = run("explain", "layout-not-constant")
    assert status == 0
    assert out.startswith(
        "note[layout-not-constant]: An optional number or a text stands before an array.\n"
    )
    assert "[tool.atdata-gen] ignore" in out
    assert "It cannot be ignored." in run("explain", "unresolved-ref")[1]
    listed = run("explain")[1]
    assert "name-clash" in listed
    assert "unresolved-ref" in listed
    assert json.loads(run("explain", "closed-enum", "--format", "json")[1])["ignorable"] is True


def test_github_form_names_file_and_line(project: Path, run: Run) -> None:
    put(project, sample("org.example.photo", text={"type": "string"}))
    out = run("lint", "--format", "github")[1]
    assert out.startswith("::warning file=lexicons/org/example/photo.json,line=")
    assert out.count("\n") == 1


def test_the_model_can_be_printed(project: Path, run: Run) -> None:
    status, out, _ = run("build", "--emit", "model")
    assert status == 0
    assert json.loads(out)["org.example.photo"]["fields"][0]["type"] == {"kind": "integer"}
    assert not (project / "src").exists()


def test_a_lexicon_at_the_wrong_path_is_found(project: Path, run: Run) -> None:
    document = sample("org.example.cat", size={"type": "integer"})
    (project / "lexicons/org/example/dog.json").write_text(json.dumps(document))
    status, out, _ = run("lint")
    assert status == 1
    assert "dog.json:1:22: error[nsid-path-mismatch]" in out
    assert "move the file to org/example/cat.json" in out


def test_one_nsid_in_two_folders_is_an_error_only_if_they_differ(project: Path, run: Run) -> None:
    copy = project / "more/org/example/photo.json"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((project / "lexicons/org/example/photo.json").read_bytes())
    folders = ("--lexicons", "lexicons", "--lexicons", "more")
    assert run("lint", *folders)[0] == 0
    copy.write_text(json.dumps(sample("org.example.photo", other={"type": "integer"})))
    status, out, _ = run("lint", *folders)
    assert status == 1
    assert "more/org/example/photo.json:1:22: error[duplicate-nsid]" in out


def test_an_installed_lexicon_is_imported_and_not_compiled_again(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that the environment holds compiled is found by its entry point."""
    site = _install(
        project.parent / "site", sample("org.installed.thing", size={"type": "integer"})
    )
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    put(project, sample("org.example.photo", thing={"type": "ref", "ref": "org.installed.thing"}))
    status, out, _ = run("build")
    assert (status, out.count("error")) == (0, 0)
    text = (project / "src/acme/org/example/photo.py").read_text()
    assert "installed_thing" in text
    assert not (project / "src/acme/org/installed").exists()
    assert run("check")[0] == 0


def test_a_broken_installed_package_is_a_finding(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _install(project.parent / "site2", sample("org.gone.thing"), name="gone_package")
    (site / "gone_package/__init__.py").write_text("raise RuntimeError('no\\x1b[2J')\n")
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    put(project, sample("org.example.photo", thing={"type": "ref", "ref": "org.gone.thing"}))
    status, out, _ = run("lint")
    assert status == 1
    assert "<gone_package>: error[installed-package]" in out
    assert "RuntimeError: no\\x1b[2J" in out


@pytest.mark.usefixtures("project")
def test_a_command_that_no_package_brings_says_what_does(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(**_: str) -> tuple[()]:
        return ()

    monkeypatch.setattr("importlib.metadata.entry_points", nothing)
    status, out, err = run("publish")
    assert (status, out) == (2, "")
    assert "pip install 'atdata[atmosphere]'" in err


def _install(site: Path, document: dict[str, Any], name: str = "installed_package") -> Path:
    package = site / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        f"LEXICONS = {{{document['id']!r}: '{name}.installed_thing'}}\n"
    )
    text = f"class LEXICON:\n    document = {document!r}\n"
    (package / "installed_thing.py").write_text(text)
    about = site / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[atdata.lexicons]\nx = {name}\n")
    return site


def test_a_command_of_another_package_is_found_and_runs(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = project.parent / "extra"
    about = site / "extra-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Name: extra\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[atdata_gen.commands]\nadorn = extra_command:run\n")
    (site / "extra_command.py").write_text(
        "def run(arguments):\n    print(arguments)\n    return 7\n"
    )
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    assert run("adorn", "--now") == (7, "['--now']\n", "")


def test_a_hostile_document_is_shown_escaped(project: Path, run: Run) -> None:
    put(project, sample("org.example.photo", **{"x\x1b[2J\u202e": {"type": "intger\x1b"}}))
    out = run("lint")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_watch_builds_again_after_a_change_and_ends_with_0(project: Path) -> None:
    command = [sys.executable, "-u", "-m", "atdata_codegen", "build", "--watch"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_env(), cwd=project)
    module = project / "src/acme/org/example/photo.py"
    try:
        wait_until(lambda: module.exists() and (project / "src/acme/.atdata-gen.json").exists())
        put(project, sample("org.example.photo", added={"type": "integer"}))
        wait_until(lambda: "added" in module.read_text())
        (project / "lexicons/org/example/photo.json").write_text("{")
        assert process.stdout is not None
        while "json-syntax" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
