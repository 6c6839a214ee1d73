"""`atdata info`, `preview`, `pull` and `cite` of datasets of the network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.cli import main
from atdata.cli.commands.cite import bibtex
from atdata.errors import ShardError
from atdata.index.index import Index
from published_data import (
    ForgedDesk,
    Large,
    blob_cid,
    blob_shards,
    http_shards,
    large,
    local,
    publish,
)
from remote_data import no_wait
from servers.forged_pds import ForgedPds
from servers.http import HttpServer

Capture = pytest.CaptureFixture[str]
NAME = "@alice.test/cells"


@pytest.fixture(autouse=True)
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setenv("ATDATA_NO_PROGRESS", "1")
    monkeypatch.chdir(user_folders)
    return user_folders


@pytest.fixture
def cells(forged: ForgedPds, here: Path) -> ForgedPds:
    """A dataset `cells` of two splits, and a configuration by which its server is found."""
    (here / "home").mkdir(exist_ok=True)
    (here / "home" / "config.toml").write_text(
        f'[atmosphere]\ndirectory = "{forged.url}"\nlocal = true\n[atmosphere.dns]\n'
        f'"_atproto.alice.test" = "did={forged.did}"\n'
    )
    desk = ForgedDesk(forged)
    train, test = local(large(here / "a", maxcount=15)), local(large(here / "b", count=3))
    publish(
        desk,
        "cells",
        train.schema,
        {"train": blob_shards(desk, train), "test": blob_shards(desk, test)},
        version="1.2.0",
        description="Cells, from above\x1b[2J",
        license="CC-BY-4.0",
        tags=("microscopy",),
        metadata={"lens": "x40"},
    )
    return forged


def run(capsys: Capture, *arguments: str, ends: int = 0) -> str:
    assert main(arguments) == ends, capsys.readouterr()
    return capsys.readouterr().out


def rows(text: str) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        key, *cells = line.split("\t")
        found.setdefault(key, []).append(cells)
    return found


def test_info_says_who_what_and_how_much_is_proved(cells: ForgedPds, capsys: Capture) -> None:
    found = rows(run(capsys, "info", NAME))
    assert found["account"] == [["alice.test", cells.did]]
    assert found["version"] == [["1.2.0"]]
    assert found["place"] == [[f"{cells.url} (blobs)"]]
    assert found["license"] == [["CC-BY-4.0"]]
    assert found["description"] == [[r"Cells, from above\x1b[2J"]]
    assert found["proved"][0] == ["signed", "the record is the account's, by its signature"]
    assert found["proved"][1][0] == "type signed"
    assert found["proved"][2] == [
        "data by sha-256",
        "each shard is held against the digest in the record",
    ]
    assert [row[:3] for row in found["split"]] == [["train", "40", "3"], ["test", "3", "1"]]
    assert not [one for one in cells.asked if one.what == "com.atproto.sync.getBlob"]
    said = json.loads(run(capsys, "info", NAME, "--json"))
    assert said["network"]["level"] == "signed"
    assert said["network"]["type"]["pinned"] is True
    assert said["network"]["unverified_shards"] == 0
    assert (said["samples"], said["shards"]) == (43, 4)
    Path("atdata.lock").write_text('{"version": 1, "datasets": {}}')
    for command in ("info", "preview", "cite"):
        run(capsys, command, NAME)
    assert json.loads(Path("atdata.lock").read_text())["datasets"] == {}, "who looks pins nothing"
    found = rows(run(capsys, "info", NAME, "--trust", "unverified"))
    assert found["proved"][0][0] == "unverified"


def test_info_says_what_is_not_proved(
    cells: ForgedPds, capsys: Capture, http_server: HttpServer, here: Path
) -> None:
    """As the earlier writer has it: a bare reference, and no checksum."""
    (path,) = [path for path in cells.records if ".entry/" in path]
    record = {
        key: value for key, value in cells.records[path].items() if key not in ("atdata", "size")
    }
    url = http_server.put("a.tar", (here / "b" / "data.tar").read_bytes())
    storage = {
        "$type": "science.alt.dataset.storageHttp",
        "shards": [{"url": url, "checksum": {"algorithm": "none", "digest": ""}}],
    }
    bare = "science.alt.dataset.entry/3jzfcijpj2z2a"
    cells.put(bare, {**record, "name": "bare", "storage": storage})
    found = rows(run(capsys, "info", f"at://{cells.did}/{bare}"))
    assert found["proved"][0][0] == "signed"
    assert found["proved"][1][1].endswith("the record does not pin it, so it may change")
    assert found["proved"][2][0] == "data unverified"
    ds: Any = atdata.load_dataset(f"at://{cells.did}/{bare}", Large, atmosphere=cells.reader())
    assert [one.number for one in ds] == [0, 1, 2]


def test_preview_shows_a_few_samples(cells: ForgedPds, capsys: Capture) -> None:
    said = json.loads(run(capsys, "preview", NAME, "-n", "2", "--json"))
    assert [item["key"] for item in said] == ["000000000", "000000001"]
    assert [item["fields"]["number"] for item in said] == [0, 1]
    text = run(capsys, "preview", NAME, "-n", "1", "--split", "test", "--fields", "number")
    assert rows(text) == {"000000000": [["number", "0"]]}


def test_pull_into_a_folder(cells: ForgedPds, capsys: Capture, here: Path) -> None:
    out = run(capsys, "pull", NAME, "--to", "got")
    assert out.split("\t")[0] == NAME
    names = sorted(path.name for path in (here / "got").glob("*.tar"))
    assert names == [f"data-{number:06d}.tar" for number in range(4)]
    splits: Any = atdata.load_dataset(here / "got", Large)
    assert [one.number for one in splits["train"]] == list(range(40))
    assert [one.number for one in splits["test"]] == [0, 1, 2]
    said = json.loads((here / "got" / "records" / "entry.json").read_text())
    assert said["value"]["name"] == "cells"
    assert said["level"] == "signed"
    assert (here / "got" / "records" / "entry.car").is_file()
    assert NAME in json.loads((here / "atdata.lock").read_text())["datasets"]
    cells.asked.clear()
    run(capsys, "pull", NAME, "--to", "got", "--locked")
    assert not [
        one for one in cells.asked if one.what == "com.atproto.sync.getBlob"
    ], "all is there"
    (here / "other").mkdir()
    (here / "other" / "mine.txt").write_text("mine")
    assert "holds other files" in _err(capsys, "pull", NAME, "--to", "other")


def _err(capsys: Capture, *arguments: str) -> str:
    assert main(arguments) == 1
    return capsys.readouterr().err


def test_pull_goes_on_where_it_broke_off(
    cells: ForgedPds, capsys: Capture, here: Path, http_server: HttpServer
) -> None:
    data = local(large(here / "c"))
    address = http_server.put_folder(data.folder, "d/")
    publish(ForgedDesk(cells), "web", data.schema, {"train": http_shards(data, address)})
    content = http_server.files["d/data.tar"]
    folder = here / "got"
    folder.mkdir()
    (folder / "records").mkdir()
    damaged = bytearray(content)
    damaged[3_000_000] ^= 1
    http_server.put("d/data.tar", bytes(damaged))
    assert "its sha-256 is" in _err(capsys, "pull", "@alice.test/web", "--to", "fresh")
    assert not list((here / "fresh").glob("*.tar"))
    with pytest.raises(atdata.DatasetIncomplete):
        atdata.load_dataset(here / "fresh")
    http_server.put("d/data.tar", content)
    (here / "fresh" / ".data-000000.tar.part").write_bytes(content[:2_000_000])
    http_server.forget()
    run(capsys, "pull", "@alice.test/web", "--to", "fresh")
    assert [span for span in http_server.spans("d/data.tar") if span] == [(2_000_000, len(content))]
    ds: Any = atdata.load_dataset(here / "fresh", Large)
    assert ds[39].number == 39
    (here / "fresh" / "data-000000.tar").unlink()
    (here / "fresh" / ".data-000000.tar.part").write_bytes(bytes(damaged[:3_500_000]))
    run(capsys, "pull", "@alice.test/web", "--to", "fresh")
    assert (here / "fresh" / "data-000000.tar").read_bytes() == content, "from the beginning then"


def test_pull_into_the_index(cells: ForgedPds, capsys: Capture, here: Path) -> None:
    run(capsys, "pull", NAME)
    index = Index()
    ds: Any = atdata.load_dataset("@local/cells@1.2.0", Large, split="train")
    assert [one.number for one in ds] == list(range(40))
    (entry,) = index.history("cells")
    assert (entry.license, entry.tags) == ("CC-BY-4.0", ("microscopy",))
    assert entry.metadata["source"]["did"] == cells.did
    assert entry.metadata["lens"] == "x40"
    assert not list((here / "home" / "atmosphere" / "pulls").glob("*"))
    run(capsys, "pull", NAME)
    assert len(index.history("cells")) == 1


def test_pull_of_an_exchanged_shard(cells: ForgedPds, capsys: Capture, here: Path) -> None:
    cid = blob_cid((here / "b" / "data.tar").read_bytes())
    cells.blobs[cid] = bytes(len(cells.blobs[cid]))
    assert f"of at://{cells.did}/" in _err(capsys, "pull", NAME, "--to", "got")
    assert Index().datasets() == []
    with pytest.raises(ShardError):
        atdata.load_dataset(NAME, Large, split="test", atmosphere=cells.reader())[0]


def test_cite(cells: ForgedPds, capsys: Capture) -> None:
    (path,) = [path for path in cells.records if ".entry/" in path]
    uri, cid = f"at://{cells.did}/{path}", cells.cid(path)
    text, _, entry = run(capsys, "cite", NAME).partition("\n\n")
    assert text == (
        f"alice.test (2026). cells (version 1.2.0) [Data set]. AT Protocol. {uri} (CID {cid}, 2026-01-31)."
    )
    assert entry.startswith("@misc{alice_test_cells_2026,\n")
    for part in (uri, cid, "{1.2.0}", "{2026}", "2026-01-31"):
        assert part in entry
    said = json.loads(run(capsys, "cite", NAME, "--json"))
    assert (said["uri"], said["cid"], said["date"]) == (uri, cid, "2026-01-31")
    assert run(capsys, "cite", NAME, "--format", "text").strip() == text
    assert main(["cite", "cells.tar"]) != 0


def test_titles_of_strangers_end_no_field() -> None:
    from atdata.cli.commands.cite import Citation

    evil = "50% {\\input{/etc/passwd}} & $x_1$ ~^#\x1b[2J\n}"
    text = bibtex(Citation("bob", evil, None, "2026-01-31", "at://x", "bafy"))
    assert "\x1b" not in text
    unescaped = re.sub(r"\\(?:[{}&%$#_]|text\w+\{\})", "", text)
    assert unescaped.count("{") == unescaped.count("}")
    assert "\\" not in unescaped.replace("\\x1b", "").replace("\\n", "")


HOSTILE = "evil\x1b]0;owned\x07\u202e"


def test_names_of_strangers_are_shown_and_not_obeyed(
    cells: ForgedPds, capsys: Capture, here: Path
) -> None:
    (path,) = [path for path in cells.records if ".entry/" in path]
    bad = "science.alt.dataset.entry/3jzfcijpj2z2a"
    cells.put(bad, {**cells.records[path], "name": HOSTILE, "license": HOSTILE, "tags": [HOSTILE]})
    uri = f"at://{cells.did}/{bad}"
    for command in ("info", "preview", "cite"):
        for more in ([], ["--json"]):
            status = main([command, uri, *more])
            shown = capsys.readouterr()
            text = shown.out + shown.err
            assert status in (0, 1)
            assert text
            assert not {"\x1b", "\x07", "\u202e"} & set(text)
    main(["info", f"@alice.test/{HOSTILE}"])
    assert "\x1b" not in capsys.readouterr().err


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Nothing of the commands' settings stays behind."""
    import warnings

    with warnings.catch_warnings():
        yield
