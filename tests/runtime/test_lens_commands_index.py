"""`atdata-gen lens path --index` and `lens store`: commands of the compiler that the runtime brings."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import atdata
from lens_projects import LENS, put_lens, put_type, start

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> Path:
    """A project with a lens; the entry points of this repository are installed, whatever else is."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]["entry-points"]
    about = tmp_path / "site" / "atdata_of_tests-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Name: atdata-of-tests\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in declared["atdata_gen.commands"].items()]
    (about / "entry_points.txt").write_text("\n".join(["[atdata_gen.commands]", *lines]) + "\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    folder = start(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


FILE = "lexicons/org/example/photoToTrain.lens"


def test_lenses_are_stored_and_ways_are_found(project: Path, gen: Run) -> None:
    status, out, err = gen("lens", "store", FILE, "--index", "index.db")
    assert (status, err) == (0, "")
    assert out.startswith("photo_to_train  bafyrei")
    assert atdata.Index("index.db").lens("photo_to_train").kind == "approx"
    ends = ("org.example.photo", "org.example.train")
    found = gen("lens", "path", *ends, "--index", "index.db")
    assert found == (0, "get  photo_to_train  org.example.train\n", "")
    made = json.loads(gen("lens", "path", *reversed(ends), "--index=index.db", "--json")[1])
    assert made["hops"][0]["direction"] == "create"
    assert (
        "lost: note: dropped" in gen("lens", "path", *ends, "--index", "index.db", "--explain")[1]
    )
    assert gen("lens", "store", FILE, "--index", "index.db")[0] == 0  # the same: nothing new


def test_types_that_the_index_has_need_no_lexicon(
    project: Path, gen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gen("lens", "store", FILE, "--index", "index.db")
    (project / "lexicons/org/example/train.json").unlink()
    status, _, err = gen("lens", "store", FILE, "--index", "other.db")
    assert status == 1
    assert "there is no lexicon org.example.train in the folders, and no type of that name" in err
    monkeypatch.setenv("ATDATA_INDEX", str(project / "index.db"))
    assert gen("lens", "path", "org.example.photo", "org.example.train", "--index", "")[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lens x", "atdata-gen lens store: "),
        (LENS.replace("affine", "exec"), "error[LN002]"),
        (
            LENS.replace("org.example.train", "org.example.gone"),
            "there is no lexicon org.example.gone",
        ),
        ("\x1b[2J", "atdata-gen lens store: "),
    ],
)
def test_what_is_wrong_is_not_stored(project: Path, gen: Run, text: str, said: str) -> None:
    put_lens(project, text)
    status, out, err = gen("lens", "store", FILE, "--index", "index.db")
    assert (status, out) == (1, "")
    assert said in err
    assert "Traceback" not in err
    assert "\x1b" not in err
    assert atdata.Index("index.db").lenses() == []


def test_a_file_that_is_no_text(project: Path, gen: Run) -> None:
    put_lens(project, "").write_bytes(b"\xff\xfe")
    assert "is no UTF-8 text" in gen("lens", "store", FILE, "--index", "index.db")[2]
    assert "cannot be read" in gen("lens", "store", "nowhere.lens", "--index", "index.db")[2]


def test_no_way_and_types_that_are_not_known(project: Path, gen: Run) -> None:
    gen("lens", "store", FILE, "--index", "index.db")
    status, _, err = gen(
        "lens", "path", "org.example.x", "org.example.train", "--index", "index.db"
    )
    assert (status, "has no type org.example.x, and no lens from or to it" in err) == (1, True)
    cid = "bafyreigkern67k6ihxklwzbhlfkvw2rjwfck7emezpqskvjtljwc3h6sh4"
    status, _, err = gen("lens", "path", cid, "org.example.train", "--index", "index.db")
    assert (status, "no lenses lead from" in err) == (1, True)


def test_two_versions_of_a_type_are_told_apart(project: Path, gen: Run) -> None:
    gen("lens", "store", FILE, "--index", "index.db")
    put_type(project, "org.example.train", {"target": {"type": "integer"}})
    put_lens(
        project,
        "lens other from org.example.photo to org.example.train { const 1 -> target; drop *; }",
    )
    assert gen("lens", "store", FILE, "--index", "index.db")[0] == 0
    status, _, err = gen(
        "lens", "path", "org.example.photo", "org.example.train", "--index", "index.db"
    )
    assert status == 1
    assert "lenses are of 2 versions of org.example.train: give one of the CIDs bafyrei" in err
