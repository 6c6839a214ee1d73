"""`lenses.lock`: what a build writes, when it stops, and what it says then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.lenses.lock import Lock, Locked, moved, read_lock, render_lock
from lens_projects import LENS, PHOTO, put_lens, put_type, tree

Run = Callable[..., tuple[int, str, str]]


def lock_of(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "lenses.lock").read_bytes())
    return found


def test_a_build_writes_what_lenses_were_checked_against(lens_project: Path, gen: Run) -> None:
    assert gen("check")[0] == 1
    assert not (lens_project / "lenses.lock").exists()
    assert gen("build")[0] == 0
    row = lock_of(lens_project)["lenses"]["org.example.photoToTrain"]
    assert row["class"] == "approx"
    assert row["source"]["id"] == "org.example.photo"
    assert (
        row["cid"]
        == json.loads(gen("lens", "show", "org.example.photoToTrain", "--json")[1])[0]["cid"]
    )
    before = tree(lens_project)
    assert gen("build")[0] == 0
    assert gen("check")[0] == 0
    assert tree(lens_project) == before


def test_a_lens_that_changes_goes_into_the_lock_by_a_build(lens_project: Path, gen: Run) -> None:
    gen("build")
    before = lock_of(lens_project)
    put_lens(lens_project, LENS.replace('default ""', 'default "none"'))
    status, out, _ = gen("check")
    assert status == 1
    assert "lenses.lock: error[stale-output]: this file is not what a build would make it" in out
    assert '-      "cid": "' in out
    assert gen("build")[0] == 0
    after = lock_of(lens_project)
    assert after != before
    ends = [made["lenses"]["org.example.photoToTrain"]["source"] for made in (before, after)]
    assert ends[0] == ends[1]


def test_a_type_that_changes_stops_the_build(lens_project: Path, gen: Run) -> None:
    gen("build")
    before = tree(lens_project / "src"), lock_of(lens_project)
    more = {**PHOTO, "note": {"type": "string", "maxLength": 10}}
    put_type(lens_project, "org.example.photo", more)
    for command in ("build", "check", "build"):
        status, out, _ = gen(command)
        assert status == 1
        assert (
            "photoToTrain.lens:3:6: error[lens-types-changed]: the type org.example.photo has changed since "
            "org.example.photoToTrain was checked against it: it was bafy"
        ) in out
        assert "  = note: maxLength 20 is now 10; old samples may hold a length" in out
        assert "[length-changed, breaks new code on old data]" in out
        assert "`atdata-gen build --update-lenses`" in out
    assert (tree(lens_project / "src"), lock_of(lens_project)) == before
    assert gen("build", "--update-lenses")[0] == 0
    assert lock_of(lens_project) != before[1]
    assert gen("check")[0] == 0


def test_a_change_back_needs_nothing(lens_project: Path, gen: Run) -> None:
    gen("build")
    put_type(lens_project, "org.example.photo", {**PHOTO, "note": {"type": "string"}})
    assert gen("build")[0] == 1
    put_type(lens_project, "org.example.photo", PHOTO)
    assert gen("build")[0] == 0


def test_what_a_type_was_is_not_known_without_the_package(lens_project: Path, gen: Run) -> None:
    gen("build")
    (lens_project / "src/acme/org/example/photo.py").write_text("LEXICON = {}\n")
    put_type(lens_project, "org.example.photo", {**PHOTO, "note": {"type": "string"}})
    assert "what it was is not known here" in gen("build")[1]


def test_the_old_type_is_read_and_never_run(lens_project: Path, gen: Run) -> None:
    gen("build")
    module = lens_project / "src/acme/org/example/photo.py"
    witness = lens_project / "ran"
    module.write_text(f"open({str(witness)!r}, 'w')\n" + module.read_text())
    put_type(lens_project, "org.example.photo", {**PHOTO, "note": {"type": "string"}})
    assert "error[lens-types-changed]" in gen("build")[1]
    assert not witness.exists()


def test_a_lens_that_names_another_type_was_looked_at(lens_project: Path, gen: Run) -> None:
    gen("build")
    put_type(lens_project, "org.example.other", PHOTO)
    put_lens(lens_project, LENS.replace("org.example.photo\n", "org.example.other\n"))
    assert gen("build")[0] == 0
    assert (
        lock_of(lens_project)["lenses"]["org.example.photoToTrain"]["source"]["id"]
        == "org.example.other"
    )


def test_lenses_that_go_leave_the_lock(lens_project: Path, gen: Run) -> None:
    other = put_lens(lens_project, LENS, "org.example.second")
    gen("build")
    assert len(lock_of(lens_project)["lenses"]) == 2
    other.unlink()
    gen("build")
    assert set(lock_of(lens_project)["lenses"]) == {"org.example.photoToTrain"}
    assert not (lens_project / "src/acme/org/example/second.py").exists()
    (lens_project / "lexicons/org/example/photoToTrain.lens").unlink()
    assert "lenses.lock: error[stale-output]" in gen("check")[1]
    assert " removed, " in gen("build")[1]
    assert not (lens_project / "lenses.lock").exists()
    assert gen("check")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "[" * 100_000, '{"version": 2, "lenses": {}}', '{"version": 1}'),
        *('{"version": 1, "lenses": {"a": {}}}', '{"version": 1, "lenses": {"a": [1]}}'),
    ],
)
def test_a_lock_that_is_none(lens_project: Path, gen: Run, text: str) -> None:
    (lens_project / "lenses.lock").write_text(text)
    status, out, _ = gen("build")
    assert status == 1
    assert "lenses.lock: error[bad-lock]" in out
    assert (lens_project / "lenses.lock").read_text() == text
    assert gen("build", "--update-lenses")[0] == 0
    assert gen("check")[0] == 0


NAMES = st.text(st.sampled_from('abc.#ü"\n'), max_size=8)
LOCKED = st.builds(Locked, NAMES, NAMES, st.tuples(NAMES, NAMES), st.tuples(NAMES, NAMES))


@given(st.dictionaries(NAMES, LOCKED, max_size=4))
def test_what_is_written_is_read(lenses: dict[str, Locked]) -> None:
    data = render_lock(lenses)
    assert read_lock(data) == Lock(lenses)
    assert render_lock(dict(reversed(lenses.items()))) == data
    assert list(moved(Lock(lenses), lenses)) == []


@given(st.binary(max_size=200))
def test_nothing_on_disk_is_a_traceback(data: bytes) -> None:
    assert read_lock(data).lenses == {}
