"""`atdata-gen breaking`: against commits, folders, packages and what is published."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pytest

from lens_projects import array

Run = Callable[..., tuple[int, str, str]]

CONFIGURATION = """
[tool.atdata-gen]
lexicons = ["lexicons"]
output = "src"
package = "acme"
"""


def put(folder: Path, nsid: str, required: list[str], **properties: Any) -> Path:
    main = {"type": "object", "description": "One.", "required": required, "properties": properties}
    return put_document(folder, nsid, main=main)


def put_document(folder: Path, nsid: str, **defs: Any) -> Path:
    path = folder / "lexicons" / (nsid.replace(".", "/") + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"lexicon": 1, "id": nsid, "defs": defs}, indent=2) + "\n")
    return path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path, tag: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", tag)
    git(folder, "tag", tag)


NOTE = {"type": "string", "maxLength": 200}
LABEL = {"type": "string", "maxLength": 20, "description": "What it shows."}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one type, tagged `v1`; it is the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", "")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    folder = tmp_path / "projéct one"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(CONFIGURATION)
    put(
        folder,
        "org.example.photo",
        ["image", "label"],
        image=array("uint8", "H", "W", 3),
        label=LABEL,
    )
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "v1")
    monkeypatch.chdir(folder)
    return folder


def changed(folder: Path) -> None:
    """Another dtype, an optional field, and a shorter label."""
    put(
        folder,
        "org.example.photo",
        ["image", "label"],
        image=array("float32", "H", "W", 3),
        label={**LABEL, "maxLength": 10},
        note=NOTE,
    )


def found(gen: Run, *arguments: str) -> tuple[int, dict[str, Any]]:
    status, out, err = gen("breaking", "--format", "json", *arguments)
    assert err == ""
    return status, json.loads(out)


def rules(report: dict[str, Any], *, counts: bool = True) -> list[str]:
    return sorted(
        f"{row['rule']} {row['place']}"
        for row in report["findings"]
        if row["counts"] == counts and row["severity"] == "error"
    )


def test_an_unchanged_project_breaks_nothing(project: Path, gen: Run) -> None:
    status, out, _ = gen("breaking", "--against", "git:v1")
    sha = git(project, "rev-parse", "v1")[:12]
    assert (status, out) == (
        0,
        f"against git:v1 (commit {sha}): no lexicon changed; nothing breaks\n",
    )


def test_a_break_is_shown_where_it_stands(project: Path, gen: Run) -> None:
    changed(project)
    status, out, err = gen("breaking", "--against", "git:v1")
    assert (status, err) == (1, "")
    lines = (project / "lexicons/org/example/photo.json").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if '"maxLength": 10' in text)
    place = f"lexicons/org/example/photo.json:{line}:"
    assert f"{place}24: error[length-changed]: label: maxLength 20 is now 10; old samples" in out
    assert '"maxLength": 10,\n   |                        ^^\n' in out
    assert "= breaks new code on old data (strict)" in out
    assert "= breaks new code on old data and old code on new data (wire, strict)" in out
    assert "safe:\n  org.example.photo#main.note: string(maxLength 200) is new [field-added]" in out
    assert out.endswith(
        "1 changed; 3 breaks: new code on old data 2, old code on new data 1, "
        "code that uses the compiled package 1\n"
    )


def test_the_work_tree_and_the_index_are_not_touched(project: Path, gen: Run) -> None:
    changed(project)
    git(project, "add", "-A")
    put(project, "org.example.other", [], a=NOTE)
    before = git(project, "status", "--porcelain"), (project / ".git/index").stat().st_mtime_ns
    assert gen("breaking", "--against", "git:HEAD")[0] == 1
    assert (project / ".git/index").stat().st_mtime_ns == before[1]
    assert git(project, "status", "--porcelain") == before[0]


def test_a_lens_leads_from_the_old_type_to_the_new_one(project: Path, gen: Run) -> None:
    changed(project)
    status, report = found(gen, "--against", "git:v1")
    assert status == 1
    (lens,) = report["lenses"]
    assert (lens["source"], lens["view"]) == ("org.example.photo", "org.example.photoV2")
    assert lens["holes"] == [
        "label | ??? <-> label;  # string(maxLength 20) is not string(maxLength 10)"
    ]
    # As it says: the old type stays, the new one has a name of its own, and the lens leads from one to the other.
    text = (project / "lexicons/org/example/photo.json").read_text()
    git(project, "checkout", "-q", "v1", "--", "lexicons")
    view = project / "lexicons/org/example/photoV2.json"
    view.write_text(text.replace("org.example.photo", "org.example.photoV2"))
    place = project / "lexicons" / lens["file"]
    place.write_text(lens["text"])
    status, out, _ = gen("lens", "check")
    assert status == 1
    assert out.count("error[") == 1
    assert "???" in out
    assert gen("breaking", "--against", "git:v1", "--no-lenses")[0] == 0


def test_a_lens_without_holes_is_whole(project: Path, gen: Run) -> None:
    """What loses nothing is written down: every uint8 is a float32."""
    put(
        project,
        "org.example.photo",
        ["image", "label"],
        image=array("float32", "H", "W", 3),
        label=LABEL,
    )
    (lens,) = found(gen, "--against", "git:v1")[1]["lenses"]
    assert lens["holes"] == []
    text = (project / "lexicons/org/example/photo.json").read_text()
    git(project, "checkout", "-q", "v1", "--", "lexicons")
    view = project / "lexicons/org/example/photoV2.json"
    view.write_text(text.replace("org.example.photo", "org.example.photoV2"))
    (project / "lexicons" / lens["file"]).write_text(lens["text"])
    status, out, _ = gen("lens", "check")
    assert (status, "1 lens without errors" in out) == (0, True)


def test_a_break_in_what_others_refer_to_renames_them_too(project: Path, gen: Run) -> None:
    box = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
    put_document(project, "org.example.defs", box=box)
    ref = {"type": "ref", "ref": "org.example.defs#box"}
    put(project, "org.example.scene", ["box"], box=ref, note=NOTE)
    commit(project, "v2")
    box["properties"]["x"] = array("float32", 2)  # type: ignore[index]  # a map of maps
    put_document(project, "org.example.defs", box=box)
    put(project, "org.example.sceneV2", [], a=NOTE)
    status, report = found(gen, "--against", "git:v2", "--category", "wire")
    assert status == 1
    assert rules(report) == ["type-changed org.example.defs#box.x"]
    (lens,) = report["lenses"]
    assert (lens["source"], lens["view"]) == ("org.example.scene", "org.example.sceneV3")
    assert "???" in lens["text"]


def test_what_counts_is_chosen(project: Path, gen: Run) -> None:
    changed(project)
    every = found(gen, "--against", "git:v1")[1]
    assert rules(every) == [
        "attribute-changed org.example.photo#main.image",
        "dtype-changed org.example.photo#main.image",
        "length-changed org.example.photo#main.label",
    ]
    wire = found(gen, "--against", "git:v1", "--category", "wire")[1]
    assert rules(wire) == ["dtype-changed org.example.photo#main.image"]
    code = found(gen, "--against", "git:v1", "--category", "source")[1]
    assert rules(code) == ["attribute-changed org.example.photo#main.image"]
    assert code["lenses"] == []
    label = {**LABEL, "maxLength": 30}
    put(
        project,
        "org.example.photo",
        ["image", "label"],
        image=array("uint8", "H", "W", 3),
        label=label,
    )
    assert gen("breaking", "--against", "git:v1")[0] == 1
    assert gen("breaking", "--against", "git:v1", "--direction", "new-reads-old")[0] == 0


def configure(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(
        f"{CONFIGURATION}\n[tool.atdata-gen.breaking]\n{text}\n"
    )


def test_reasons_let_pass(project: Path, gen: Run) -> None:
    changed(project)
    configure(
        project,
        'against = "git:v1"\ncategories = ["wire", "strict"]\n'
        "[tool.atdata-gen.breaking.ignore]\n"
        '"length-changed org.example.photo#main.label" = "no label was longer"\n'
        '"dtype-changed org.example" = "nobody"\n',
    )
    status, out, _ = gen("breaking")
    assert status == 0
    assert "org.example.photo#main.label: maxLength 20 is now 10; old samples may" in out
    assert "[length-changed]; no label was longer" in out
    assert "let pass:\n  org.example.photo#main.image: dtype uint8" in out
    assert "unused-ignore" not in out
    assert "error[" not in out


def test_a_place_is_a_name_and_what_lies_in_it(project: Path, gen: Run) -> None:
    changed(project)
    for place, status in (
        ("org.example.photo", 0),
        ("org.example.photo#main", 0),
        ("org.example.photo#main.image", 0),
        ("org.example.pho", 1),
        ("org.example.photo#main.imag", 1),
    ):
        ignored = ("--ignore", f"dtype-changed {place}=it is so")
        arguments = ("--against", "git:v1", "--category", "wire")
        assert gen("breaking", *arguments, *ignored)[0] == status, place


def test_a_reason_for_nothing_is_told(project: Path, gen: Run) -> None:
    configure(project, 'ignore = { "dtype-changed" = "once", "dtype-chnaged" = "typo" }')
    status, out, _ = gen("breaking", "--against", "git:v1")
    assert "warning[unused-ignore]: nothing is let pass by 'dtype-changed'" in out
    assert "did you mean 'dtype-changed'?" in out
    assert status == 1
    assert (
        "needs a reason" in gen("breaking", "--against", "git:v1", "--ignore", "dtype-changed")[2]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('catgories = ["wire"]', "did you mean 'categories'?"),
        ('categories = ["wires"]', "'wires' is no category"),
        ("categories = []", "a list of at least one"),
        ('directions = ["back"]', "'back' is no direction"),
        ("against = 3", "`against` is a text"),
        ('ignore = ["dtype-changed"]', "a table from a change to the reason"),
        ('ignore = { "dtype-changed" = " " }', "needs a reason"),
        ('ignore = { "a b c" = "d" }', "neither a rule nor"),
        ('ignore-unstable = "yes"', "is true or false"),
    ],
)
def test_mistakes_in_the_settings(project: Path, gen: Run, text: str, said: str) -> None:
    configure(project, text)
    status, out, _ = gen("breaking", "--against", "git:v1")
    assert status == 2
    assert said in out
    assert "pyproject.toml:" in out


def test_a_change_is_no_matter_of_style(project: Path, gen: Run) -> None:
    text = 'ignore = { "dtype-changed" = "old", "empty-baseline" = "new here" }'
    (project / "pyproject.toml").write_text(f"{CONFIGURATION}{text}\n")
    status, out, _ = gen("lint")
    assert status == 1
    assert "let it pass in [tool.atdata-gen.breaking], with the reason" in out
    assert "To let it pass: [tool.atdata-gen.breaking]" in gen("explain", "dtype-changed")[1]


def test_unstable_lexicons_may_be_let_pass(project: Path, gen: Run) -> None:
    put(project, "org.example.temp.photo", ["a"], a=NOTE)
    commit(project, "v2")
    put(project, "org.example.temp.photo", ["a"], a={"type": "integer"})
    assert gen("breaking", "--against", "git:v2")[0] == 1
    configure(project, "ignore-unstable = true")
    status, out, _ = gen("breaking", "--against", "git:v2")
    assert status == 0
    assert "it is unstable" in out


def test_lexicons_that_come_and_go(project: Path, gen: Run) -> None:
    (project / "lexicons/org/example/photo.json").unlink()
    put(project, "org.example.frame", [], note=NOTE)
    status, out, _ = gen("breaking", "--against", "git:v1")
    assert status == 1
    assert (
        "v1:lexicons/org/example/photo.json:5:5: error[document-removed]: the lexicon is gone, and #main with it"
        in out
    )
    assert "error[module-removed]: the module acme.org.example.photo is gone" in out
    assert "1 new, 1 gone; 2 breaks" in out


def test_for_workflows(project: Path, gen: Run) -> None:
    changed(project)
    status, out, _ = gen("breaking", "--against", "git:v1", "--format", "github")
    assert status == 1
    assert all(
        line.startswith("::error file=lexicons/org/example/photo.json,line=")
        for line in out.splitlines()
    )
    assert "title=length-changed::label: maxLength 20 is now 10" in out


def test_errors_of_the_lexicons_are_told_and_the_others_compared(project: Path, gen: Run) -> None:
    changed(project)
    put(project, "org.example.bad", [], a={"type": "ref", "ref": "org.example.nowhere"})
    status, out, _ = gen("breaking", "--against", "git:v1")
    assert status == 1
    assert "error[unresolved-ref]" in out
    assert "error[dtype-changed]" in out
    git(project, "add", "-A")
    commit(project, "v2")
    put(project, "org.example.bad", [], a=NOTE)
    status, out, _ = gen("breaking", "--against", "git:v2")
    assert status == 0
    assert "v2:lexicons/org/example/bad.json: warning[not-compared]" in out


# What lexicons are held against.


@pytest.mark.parametrize(
    "ref", ["v9", "-x", "--help", "v1:lexicons", "", "HEAD~9", "v1^{tree}", "a\x1b[2J"]
)
def test_a_commit_that_is_not_there(project: Path, gen: Run, ref: str) -> None:
    status, out, err = gen("breaking", "--against", f"git:{ref}")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "there is no such commit here" in err
    assert "\x1b" not in err


def test_a_commit_that_is_nearly_there(project: Path, gen: Run) -> None:
    assert "did you mean git:main?" in gen("breaking", "--against", "git:mian")[2]


def test_no_repository(tmp_path: Path, gen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "org.example.photo", [], note=NOTE)
    status, out, err = gen("breaking", "--against", "git:main")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "is in no git repository that can be read" in err
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in gen("breaking", "--against", "git:main")[2]


def test_a_shallow_clone(
    project: Path, tmp_path: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(project)
    commit(project, "v2")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-tags", f"file://{project}", str(clone))
    monkeypatch.chdir(clone)
    status, _, err = gen("breaking", "--against", "git:v1")
    assert (status, err.count("\n")) == (2, 1)
    assert "this clone is shallow: `git fetch --unshallow`, or `fetch-depth: 0`" in err
    git(clone, "fetch", "-q", "--unshallow", "--tags")
    assert gen("breaking", "--against", "git:v1")[0] == 1


def test_a_clone_without_contents_fetches_nothing(
    project: Path, tmp_path: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "config", "uploadpack.allowFilter", "true")
    changed(project)
    commit(project, "v2")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{project}", str(clone))
    monkeypatch.chdir(clone)
    status, _, err = gen("breaking", "--against", "git:v1")
    assert (status, err.count("\n")) == (2, 1)
    assert "is not here: fetch the whole repository" in err


def test_a_hook_of_git_in_a_folder_of_the_repository(
    project: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text(CONFIGURATION)
    put(inner, "org.example.photo", ["note"], note=NOTE)
    commit(project, "v2")
    put(inner, "org.example.photo", ["note"], note={"type": "integer"})
    monkeypatch.chdir(inner)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    status, out, err = gen("breaking", "--against", "git:v2", "--category", "wire")
    assert (status, err) == (1, "")
    assert "lexicons/org/example/photo.json:" in out


def test_a_folder_that_was_called_otherwise(project: Path, gen: Run) -> None:
    git(project, "mv", "lexicons", "schemas")
    (project / "pyproject.toml").write_text(CONFIGURATION.replace('["lexicons"]', '["schemas"]'))
    status, report = found(gen, "--against", "git:v1")
    assert (status, report["lexicons"]["added"], report["findings"]) == (0, [], [])


def test_a_commit_without_lexicons(project: Path, gen: Run) -> None:
    git(project, "checkout", "-q", "--orphan", "empty")
    git(project, "rm", "-rq", "--cached", ".")
    git(project, "commit", "-q", "--allow-empty", "-m", "nothing")
    status, out, _ = gen("breaking", "--against", "git:empty")
    assert status == 0
    assert "warning[empty-baseline]" in out
    assert "1 new; nothing breaks" in out


def test_links_of_a_commit_are_not_followed(project: Path, gen: Run) -> None:
    (project / "lexicons/org/example/other.json").symlink_to("photo.json")
    commit(project, "v2")
    (project / "lexicons/org/example/other.json").unlink()
    status, out, _ = gen("breaking", "--against", "git:v2")
    assert status == 0
    assert "v2:lexicons/org/example/other.json: warning[unreadable-file]" in out


def test_a_folder_or_a_project(project: Path, tmp_path: Path, gen: Run) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(project, "archive", "-o", str(tmp_path / "v1.tar"), "v1")
    subprocess.run(["tar", "xf", str(tmp_path / "v1.tar")], cwd=other, check=True)
    changed(project)
    for against in (str(other), str(other / "lexicons")):
        status, report = found(gen, "--against", against)
        assert (status, report["lexicons"]["changed"]) == (1, ["org.example.photo"])
    (other / "pyproject.toml").write_text("[tool.atdata-gen]\nlexicons = 3\n")
    assert gen("breaking", "--against", str(other))[0] == 2
    status, out, err = gen("breaking", "--against", "no-such-folder")
    assert (status, out) == (2, "")
    assert "neither a folder nor one of git:REF, DIR, package:NAME or published" in err
    assert "--against is not given" in gen("breaking")[2]


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a package with entry points; nothing else is installed."""
    real = metadata.entry_points

    def brought(**wanted: str) -> metadata.EntryPoints:
        points = cast("Iterable[metadata.EntryPoint]", real(**wanted))
        return metadata.EntryPoints(point for point in points if "brought" in point.value)

    monkeypatch.setattr(metadata, "entry_points", brought)

    def call(name: str, group: str, point: str, module: str) -> None:
        site = tmp_path / f"site_{name}"
        about = site / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{group}]\n{point}\n")
        (site / f"brought_{name}.py").write_text(module)
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    return call


def test_an_installed_package(project: Path, gen: Run, bring: Callable[..., None]) -> None:
    document = json.loads((project / "lexicons/org/example/photo.json").read_text())
    module = (
        "from types import SimpleNamespace\n"
        f"LEXICON = SimpleNamespace(document={document!r})\n"
        "LEXICONS = {'org.example.photo': __name__}\n"
    )
    bring("lab_lexicons", "atdata.lexicons", "lab = brought_lab_lexicons", module)
    changed(project)
    for name in ("lab-lexicons", "brought_lab_lexicons"):
        status, report = found(gen, "--against", f"package:{name}")
        assert (status, report["about"]) == (1, "lab_lexicons 1.0")
        assert "dtype-changed org.example.photo#main.image" in rules(report)
    status, _, err = gen("breaking", "--against", "package:nobody")
    assert (status, err.count("\n")) == (2, 1)
    assert "installed are: lab_lexicons" in err
    bring("broken", "atdata.lexicons", "lab = brought_broken", "1 / 0")
    assert (
        "brought_broken cannot be used: ZeroDivisionError"
        in gen("breaking", "--against", "package:broken")[2]
    )


PUBLISHED = """
import json
from atdata_schema.errors import AtdataError

def published(nsids):
    assert nsids == ["org.example.photo"]
    return json.loads({text!r})

def refused(nsids):
    raise AtdataError("the server is away")

def wrong(nsids):
    return 3
"""


def test_what_is_published(project: Path, gen: Run, bring: Callable[..., None]) -> None:
    status, _, err = gen("breaking", "--against", "published")
    assert (status, err) == (
        2,
        "atdata-gen: --against published needs an optional part of atdata: pip install 'atdata[atmosphere]'\n",
    )
    document = json.loads((project / "lexicons/org/example/photo.json").read_text())
    text = json.dumps({"org.example.photo": document})
    module = PUBLISHED.format(text=text)
    changed(project)
    bring("net", "atdata_gen.baselines", "published = brought_net:published", module)
    status, report = found(gen, "--against", "published")
    assert (status, report["about"]) == (1, "1 published")
    bring("nets", "atdata_gen.baselines", "published = brought_nets:published", module)
    assert "claimed by several packages" in gen("breaking", "--against", "published")[2]


@pytest.mark.parametrize(
    ("name", "said"), [("refused", "the server is away"), ("wrong", "TypeError")]
)
def test_what_cannot_be_asked_for(
    project: Path, gen: Run, bring: Callable[..., None], name: str, said: str
) -> None:
    sys.modules.pop("brought_away", None)
    point = f"published = brought_away:{name}"
    bring("away", "atdata_gen.baselines", point, PUBLISHED.format(text="{}"))
    status, out, err = gen("breaking", "--against", "published")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
