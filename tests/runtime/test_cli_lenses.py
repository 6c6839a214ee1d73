"""`atdata lens`: what is listed and shown of the lenses of an Index, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import atdata
from atdata.cli import main
from lens_data import seen_by_notation

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> atdata.Index:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ATDATA_INDEX", raising=False)
    made = atdata.Index()
    made.store_lens(seen_by_notation())
    return made


def rows(capsys: Capture, *words: str) -> list[list[str]]:
    assert main(["lens", *words]) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_lenses_are_listed(capsys: Capture, index: atdata.Index) -> None:
    (stored,) = index.lenses()
    expected = ["seen", "org.example.frame", "org.example.seen", stored.created, stored.cid]
    assert rows(capsys, "ls") == [expected]
    assert rows(capsys, "ls", "--from", "org.example.frame") == [expected]
    assert rows(capsys, "ls", "--to", str(stored.view["cid"])) == [expected]
    assert rows(capsys, "ls", "--from", "org.example.seen") == []


def test_lenses_are_listed_in_json(capsys: Capture, index: atdata.Index) -> None:
    assert main(["lens", "ls", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["name"] == "seen"
    assert found["view"]["id"] == "org.example.seen"


def test_a_lens_is_shown_by_name_and_by_cid(capsys: Capture, index: atdata.Index) -> None:
    for reference in ("seen", seen_by_notation().cid):
        assert main(["lens", "show", reference]) == 0
        out = capsys.readouterr().out
        assert "rearrange" in out
        assert "number" in out
    assert main(["lens", "show", "seen", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["$type"] == "dev.atdata.lens"


def test_what_is_not_there_and_what_does_not_hold_is_no_traceback(
    capsys: Capture, index: atdata.Index
) -> None:
    assert main(["lens", "show", "sean"]) == 1
    assert "there is no lens 'sean'" in capsys.readouterr().err
    (stored,) = index.lenses()
    record = {**stored.record, "lang": "dlens/2"}
    index.provider.add_lens(dataclasses.replace(stored, name="worse", record=record))
    for extra in ([], ["--json"]):
        assert main(["lens", "show", "worse", *extra]) == 1
        told = capsys.readouterr()
        assert "dlens/2" in told.err
        assert told.out == ""
        assert "Traceback" not in told.err


def test_names_are_not_obeyed_by_a_terminal(capsys: Capture, index: atdata.Index) -> None:
    (stored,) = index.lenses()
    index.provider.add_lens(dataclasses.replace(stored, name="\x1b[2J\tb"))
    first, _ = sorted(rows(capsys, "ls"))
    assert first[0] == r"\x1b[2J\tb"
