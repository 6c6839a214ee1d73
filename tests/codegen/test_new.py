"""`atdata-gen new` and `from-python`: lexicons that lint clean, and nothing overwritten."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from atdata_codegen.cli import main

FAKE = """
class Schema:
    id = "local.packable.photo"
    documents = {
        "local.packable.box": {
            "lexicon": 1, "id": "local.packable.box",
            "defs": {"main": {"type": "object", "description": "local.packable.photo", "properties": {}}},
        },
        "local.packable.photo": {
            "lexicon": 1, "id": "local.packable.photo",
            "defs": {"main": {"type": "object", "properties": {
                "box": {"type": "ref", "ref": "local.packable.box"},
                "image": {"type": "ref", "ref": "dev.atdata.types#ndarray"},
            }}},
        },
        "dev.atdata.types": {"lexicon": 1, "id": "dev.atdata.types", "defs": {}},
    }

class Photo:
    SCHEMA = Schema()

class Plain:
    pass
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project; it is the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", "")
    (tmp_path / "pyproject.toml").write_text('[tool.atdata-gen]\nlexicons = ["lex"]\n')
    (tmp_path / "lex").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


@pytest.mark.parametrize("kind", ["object", "record"])
def test_a_new_lexicon_lints_clean_and_is_formatted(
    project: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", kind, "org.example.photo"]) == 0
    assert capsys.readouterr().out == "lex/org/example/photo.json\n"
    assert main(["lint", "--strict"]) == 0
    assert capsys.readouterr().out == "1 lexicon\n"
    assert main(["fmt", "--check"]) == 0
    document = json.loads((project / "lex/org/example/photo.json").read_text())
    assert document["defs"]["main"]["type"] == kind


def test_nothing_is_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", "object", "org.example.photo"])
    before = (project / "lex/org/example/photo.json").read_bytes()
    assert main(["new", "record", "org.example.photo"]) == 1
    assert "is there already" in capsys.readouterr().err
    assert (project / "lex/org/example/photo.json").read_bytes() == before


def test_a_class_becomes_lexicons_under_the_name_that_is_given(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "fake_photo.py").write_text(FAKE)
    assert main(["from-python", "fake_photo:Photo"]) == 2
    assert "give it one with --nsid" in capsys.readouterr().err
    command = ["from-python", "fake_photo:Photo", "--nsid", "org.example.picture"]
    assert main(command) == 0
    assert sorted(capsys.readouterr().out.split()) == [
        "lex/org/example/box.json",
        "lex/org/example/picture.json",
    ]
    document = json.loads((project / "lex/org/example/picture.json").read_text())
    assert document["id"] == "org.example.picture"
    assert document["defs"]["main"]["properties"]["box"]["ref"] == "org.example.box"
    box = json.loads((project / "lex/org/example/box.json").read_text())
    assert box["defs"]["main"]["description"] == "local.packable.photo"
    assert main(command) == 0


def test_a_lexicon_that_differs_is_not_replaced(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "fake_other.py").write_text(FAKE)
    (project / "lex/org/example").mkdir(parents=True)
    (project / "lex/org/example/picture.json").write_text("{}")
    command = ["from-python", "fake_other:Photo", "--nsid", "org.example.picture"]
    assert main(command) == 1
    assert "--force replaces it" in capsys.readouterr().err
    assert (project / "lex/org/example/picture.json").read_text() == "{}"
    assert main([*command, "--force"]) == 0


@pytest.mark.parametrize(
    ("target", "source", "part"),
    [
        (
            "bad_raises:X",
            "x = 1\nraise RuntimeError('no\\x1b[2J')\n",
            "bad_raises.py:2: importing bad_raises",
        ),
        ("bad_syntax:X", "def (:\n", "SyntaxError"),
        ("bad_exits:X", "import sys\nsys.exit(3)\n", "SystemExit"),
        ("bad_missing:X", None, "ModuleNotFoundError"),
        ("bad_plain:Plain", FAKE, "is no class that @packable has decorated"),
        ("bad_none:Nothing", FAKE, "is no class that @packable has decorated"),
    ],
)
def test_a_module_that_fails_is_no_traceback(
    project: Path, target: str, source: str | None, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if source is not None:
        (project / f"{target.partition(':')[0]}.py").write_text(source)
    assert main(["from-python", target]) == 1
    err = capsys.readouterr().err
    assert part in err
    assert "Traceback" not in err
    assert "\x1b" not in err
