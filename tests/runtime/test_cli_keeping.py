"""The commands that change something: `rm`, `gc`, `cache rm`; and `verify` and `doctor`, which find out what changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atdata.cli import main
from atdata.index.index import Index
from shop_data import filled_shop
from terminal import Shop

pytestmark = pytest.mark.xdist_group("cli")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop of its own for each test."""
    with filled_shop() as shop:
        monkeypatch.chdir(shop.folder)
        monkeypatch.setenv("ATDATA_HOME", str(shop.folder / "home"))
        monkeypatch.setenv("ATDATA_CACHE", str(shop.folder / "cache"))
        yield shop


def _json(capsys: Capture, *arguments: str, status: int = 0) -> Any:
    assert main([*arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def _names(shop: Shop) -> list[str]:
    done = [line.split("\t")[:2] for line in shop.call("ls", "--versions").out.splitlines()]
    return ["@".join(parts) for parts in done]


# rm.


def test_rm_asks_and_takes_no_for_an_answer(here: Shop) -> None:
    done = here.show("rm", "words", given="n\n")
    assert (done.status, "nothing was removed" in done.out) == (1, True)
    assert "Remove 1 version?" in done.out
    assert "words@1.0.0" in _names(here)


def test_rm_takes_yes_for_an_answer(here: Shop) -> None:
    done = here.show("rm", "words", given="y\n")
    assert done.status == 0
    assert done.out.splitlines()[-1] == "words@1.0.0"
    assert _names(here) == ["photographs@1.1.0", "photographs@1.0.0"]


def test_rm_is_left_with_ctrl_c(here: Shop) -> None:
    done = here.show("rm", "words", given="\x03")
    assert done.status == 130
    assert "Traceback" not in done.out
    assert "words@1.0.0" in _names(here)


@pytest.mark.parametrize(
    "said", ["photographs@1.0.0", "photographs@baseline", "@local/photographs@1.0.0"]
)
def test_rm_of_one_version(here: Shop, said: str, capsys: Capture) -> None:
    assert main(["rm", said, "--yes"]) == 0
    found = capsys.readouterr()
    assert found.out == "photographs@1.0.0\n"
    assert "and the label baseline" in found.err
    assert _names(here) == ["photographs@1.1.0", "words@1.0.0"]


def test_rm_of_several_of_which_one_is_in_another(here: Shop, capsys: Capture) -> None:
    assert main(["rm", "photographs", "photographs@1.0.0", "words", "--yes"]) == 0
    assert capsys.readouterr().out == "photographs@1.1.0\nphotographs@1.0.0\nwords@1.0.0\n"
    assert _names(here) == []


def test_rm_of_one_that_is_not_there_removes_none(here: Shop, capsys: Capture) -> None:
    assert main(["rm", "words", "wrods", "--yes"]) == 1
    assert "did you mean words?" in capsys.readouterr().err
    assert "words@1.0.0" in _names(here)


def test_rm_in_json(here: Shop, capsys: Capture) -> None:
    assert _json(capsys, "rm", "words", "--dry-run") == {"would_remove": ["words@1.0.0"]}
    assert _json(capsys, "rm", "words", "--yes") == {"removed": ["words@1.0.0"]}


# gc.


def test_gc_frees_what_was_removed(here: Shop, capsys: Capture) -> None:
    shards = here.folder / "home" / "data" / "shards"
    before = set(shards.iterdir())
    main(["rm", "words", "--yes"])
    capsys.readouterr()
    planned = _json(capsys, "gc", "--dry-run")
    assert (planned["shards"], planned["dry_run"], set(shards.iterdir())) == (1, True, before)
    assert _json(capsys, "gc", "--older-than", "1h")["shards"] == 0
    assert _json(capsys, "gc")["shards"] == 1
    assert len(before) - len(set(shards.iterdir())) == planned["files"]
    assert main(["verify", "photographs"]) == 0


# verify.


def test_verify_lists_the_shards_that_differ(here: Shop, capsys: Capture) -> None:
    first, second = sorted(path for path in here.folder.glob("out/train-*.tar"))[:2]
    with first.open("r+b") as file:
        file.seek(700)
        file.write(b"!!!")
    second.unlink()
    assert main(["verify", "out"]) == 1
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == ["changed", "missing", "ok", "ok"]
    assert "differ, the first from byte 0 on" in rows[0][3]
    found = _json(capsys, "verify", "out", status=1)
    assert (found["ok"], [item["state"] for item in found["shards"]]) == (
        False,
        [row[0] for row in rows],
    )


def test_verify_of_a_dataset_of_the_index(here: Shop, capsys: Capture) -> None:
    found = _json(capsys, "verify", "photographs@1.0.0")
    assert found["ok"]
    assert len(found["shards"]) == 3
    Path(found["shards"][0]["shard"]).chmod(0o644)
    Path(found["shards"][0]["shard"]).write_bytes(b"x")
    assert main(["verify", "photographs@1.0.0"]) == 1
    assert "it has 1 bytes, not" in capsys.readouterr().out


def test_info_tells_of_shards_that_are_not_there(here: Shop, capsys: Capture) -> None:
    (here.folder / "out" / "test.tar").unlink()
    assert _json(capsys, "info", "out")["faults"] == [f"{here.folder}/out/test.tar: is not there"]


# cache.


def _cached(shop: Shop, name: str, size: int, age: float = 0.0) -> Path:
    path = shop.folder / "cache" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    when = time.time() - age
    os.utime(path, (when, when))
    return path


def test_the_cache_is_listed_and_emptied(here: Shop, capsys: Capture) -> None:
    old = _cached(here, "index/a.idx", 100, age=90_000)
    new = _cached(here, "index/b.idx", 10)
    big = _cached(here, "unpacked/ab/c.tar", 1000)
    lock = _cached(here, "unpacked/room.lock", 0)
    kinds = {kind["kind"]: kind for kind in _json(capsys, "cache", "ls")["kinds"]}
    assert {name: (kind["files"], kind["bytes"]) for name, kind in kinds.items()} == {
        "index": (2, 110),
        "unpacked": (1, 1000),
    }
    assert _json(capsys, "cache", "rm", "--older-than", "1d", "--yes") == {"files": 1, "bytes": 100}
    assert (old.exists(), new.exists()) == (False, True)
    assert _json(capsys, "cache", "rm", "unpacked", "--yes") == {"files": 1, "bytes": 1000}
    assert (big.exists(), new.exists(), lock.exists()) == (False, True, True)
    assert main(["cache", "rm"]) == 2, "nobody can be asked"
    assert main(["cache", "rm", "--yes"]) == 0
    assert not new.exists()


def test_shards_of_which_some_blocks_are_there(here: Shop, capsys: Capture) -> None:
    """They take what their blocks take; a shard goes with what says which ones these are, by its last use."""
    for name, age in (("old", 200_000.0), ("used", 10.0)):
        plain = _cached(here, f"blocks/{name}.tar", 4096, age=200_000)
        os.truncate(plain, 50 << 20)
        os.utime(plain, (plain.stat().st_atime, time.time() - 200_000))
        _cached(here, f"blocks/{name}.have", 2, age=age)
    (kind,) = _json(capsys, "cache", "ls")["kinds"]
    assert (kind["kind"], kind["files"]) == ("blocks", 4)
    assert 8192 <= kind["bytes"] < 100_000
    removed = _json(capsys, "cache", "rm", "blocks", "--older-than", "1d", "--yes")
    assert removed["files"] == 2
    left = sorted(path.name for path in (here.folder / "cache" / "blocks").iterdir())
    assert left == ["used.have", "used.tar"]


def test_links_in_the_cache_lead_nowhere(here: Shop, capsys: Capture) -> None:
    kept = here.folder / "mine" / "precious"
    kept.parent.mkdir()
    kept.write_text("x")
    _cached(here, "index/a.idx", 1)
    (here.folder / "cache" / "index" / "link").symlink_to(kept.parent)
    (here.folder / "cache" / "other").symlink_to(kept.parent)
    assert main(["cache", "rm", "--yes"]) == 0
    assert kept.read_text() == "x"


def test_a_cache_that_is_turned_off(
    here: Shop, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("ATDATA_CACHE", "")
    assert _json(capsys, "cache", "ls") == {"folder": None, "kinds": []}
    assert _json(capsys, "cache", "rm") == {"files": 0, "bytes": 0}


# doctor.


def _checks(capsys: Capture, *arguments: str, status: int = 0) -> dict[str, dict[str, str]]:
    found = _json(capsys, "doctor", *arguments, status=status)
    assert {item["state"] for item in found} <= {"ok", "warn", "fail"}
    return {item["name"]: item for item in found}


def test_doctor_is_content(here: Shop, capsys: Capture) -> None:
    found = _checks(capsys)
    names = ["atdata", "python", "numpy", "extras", "environment", "encoding", "home", "cache"]
    assert list(found) == [*names, "temporary files", "index", "store"]
    assert "3 versions of datasets" in found["index"]["found"]
    assert "pillow" in found["extras"]["found"]
    lines = here.call("doctor").out.splitlines()
    assert {line.split("\t")[0] for line in lines} <= {"ok", "warn"}
    assert len(lines) == len(found)


def test_doctor_makes_nothing(
    here: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "new"))
    assert "is made with the first write" in _checks(capsys)["index"]["found"]
    assert list(tmp_path.iterdir()) == []


def test_doctor_finds_what_does_not_work(
    here: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setenv("ATDATA_INDX", "lab")
    garbage = tmp_path / "index.db"
    garbage.write_bytes(b"garbage" * 1000)
    found = _checks(capsys, "--index", str(garbage), status=1)
    assert (found["cache"]["state"], "is no folder" in found["cache"]["found"]) == ("fail", True)
    assert found["environment"]["remedy"] == "did you mean ATDATA_INDEX?"
    assert found["index"]["state"] == "fail"
    assert found["index"]["remedy"]


def test_doctor_asks_the_servers_that_it_is_told_of(here: Shop, capsys: Capture) -> None:
    (here.folder / "home" / "config.toml").write_text(
        '[index]\nlab = "redis://user:secret@127.0.0.1:1/0"\n'
    )
    found = _checks(capsys, status=1)
    assert found["index @lab"]["state"] == "fail"
    assert "secret" not in json.dumps(found)
    (here.folder / "home" / "config.toml").write_text("[index\n")
    assert _checks(capsys, status=1)["config.toml"]["state"] == "fail"


# Completion.


def test_shells_are_offered_the_names_of_the_index(here: Shop) -> None:
    def offered(line: str) -> list[str]:
        more = {
            "_ATDATA_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(line.count(" ")),
        }
        return here.run(**more).out.split()

    assert offered("atdata info ") == ["photographs", "words"]
    assert offered("atdata info photographs@") == [
        "photographs@1.1.0",
        "photographs@1.0.0",
        "photographs@baseline",
        "photographs@best",
    ]
    assert "org.example.word@1.0.0" in offered("atdata schema show org.")
    assert {"ls", "info", "head"} <= set(offered("atdata "))


def test_completion_says_nothing_when_it_cannot(here: Shop) -> None:
    more = {"_ATDATA_COMPLETE": "complete_bash", "COMP_WORDS": "atdata info ", "COMP_CWORD": "2"}
    done = here.run(**more, ATDATA_INDEX="nothing://x")
    assert (done.out.strip(), done.err) == ("", "")


def test_another_index_is_chosen_by_option_environment_or_alias(
    here: Shop, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    other = here.folder / "other.db"
    with_data = Index(f"sqlite:///{other}", here.folder / "others")
    with_data.add(here.folder / "out" / "test.tar", name="elsewhere")
    with_data.close()
    (here.folder / "home" / "config.toml").write_text(f'[index]\nlab = "sqlite:///{other}"\n')
    for arguments, variable in (
        (["--index", f"sqlite:///{other}"], None),
        (["--index", str(other)], None),
        (["--index", "@lab"], None),
        ([], str(other)),
    ):
        if variable is not None:
            monkeypatch.setenv("ATDATA_INDEX", variable)
        assert [item["name"] for item in _json(capsys, "ls", *arguments)] == ["elsewhere"]
    monkeypatch.delenv("ATDATA_INDEX")
    assert _json(capsys, "info", "@lab/elsewhere")["samples"] == 2
    assert _json(capsys, "head", "@lab/elsewhere@1.0.0", "-n", "1")[0]["key"] == "000000000"
