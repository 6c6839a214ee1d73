"""What the `atdata` command can be asked about: folders, packed and foreign shards, addresses, lexicon files."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.cli import main
from servers.http import HttpServer, status
from shop_data import Box, Word, photographs

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    return tmp_path


def rows(capsys: Capture, *arguments: str, ends: int = 0) -> list[list[str]]:
    assert main(arguments) == ends, capsys.readouterr().err
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def words(count: int = 5) -> Iterator[Word]:
    return (Word(f"w{number}") for number in range(count))


# Files.


@pytest.mark.parametrize(
    "said",
    ["out", "out/", "out/data.tar", "out/data.dataset.json", "out/data-*.tar", "./out", "{out}"],
)
def test_every_spelling_of_a_path(said: str, here: Path, capsys: Capture) -> None:
    atdata.write_samples(words(), here / "out" / "data.tar", maxcount=2)
    found = rows(capsys, "info", said.replace("{out}", str(here / "out")))
    size = sum(path.stat().st_size for path in here.glob("out/*.tar"))
    assert ["split", "train", "5", "3", str(size)] in found
    assert rows(capsys, "head", said.replace("{out}", str(here / "out")), "-n", "1") == [
        ["000000000", "text", '"w0"']
    ]


def test_one_shard_of_several(here: Path, capsys: Capture) -> None:
    atdata.write_samples(words(), here / "out" / "data.tar", maxcount=2)
    assert ["split", "train", "2", "1", "3072"] in rows(capsys, "info", "out/data-000001.tar")
    assert [row[0] for row in rows(capsys, "head", "out/data-000001.tar")] == [
        "000000002",
        "000000003",
    ]


def test_head_reads_no_further_than_it_shows(here: Path, capsys: Capture) -> None:
    """The rest of the shard is gone, and no index is made beside it."""
    atdata.write_samples(words(500), here / "data.tar")
    (here / "bare").mkdir()
    whole = (here / "data.tar").read_bytes()
    (here / "bare" / "data.tar").write_bytes(whole[: len(whole) // 2])
    assert len(rows(capsys, "head", "bare/data.tar", "-n", "100")) == 100
    assert [path.name for path in (here / "bare").iterdir()] == ["data.tar"]
    assert main(["head", "bare/data.tar", "-n", "300"]) == 1
    assert "bare/data.tar" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "1", "64", "65", "1000"])
def test_head_shows_as_many_as_there_are(here: Path, capsys: Capture, count: str) -> None:
    atdata.write_samples(words(70), here / "data.tar")
    found = rows(capsys, "head", "data.tar", "-n", count)
    assert [row[0] for row in found] == [f"{number:09d}" for number in range(min(int(count), 70))]


def test_packed_shards(here: Path, capsys: Capture) -> None:
    atdata.write_samples(words(), here / "data.tar")
    with gzip.open(here / "packed.tar.gz", "wb") as file:
        file.write((here / "data.tar").read_bytes())
    assert [row[2] for row in rows(capsys, "head", "packed.tar.gz", "-n", "2")] == ['"w0"', '"w1"']
    (split,) = (row for row in rows(capsys, "info", "packed.tar.gz") if row[0] == "split")
    assert split[:4] == ["split", "train", "-", "1"]


def test_shards_of_other_writers(here: Path, capsys: Capture) -> None:
    with tarfile.open(here / "data.tar", "w") as tar:
        for key in ("a", "b"):
            for ending, data in (("txt", b"a \x1b word"), ("cls", b"7")):
                member = tarfile.TarInfo(f"{key}.{ending}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    found = rows(capsys, "head", "data.tar", "-n", "1")
    assert found == [["a", "txt", r'"a \x1b word"'], ["a", "cls", "7"]]
    assert ["schema", "-"] in rows(capsys, "info", "data.tar")


def test_a_dataset_that_was_never_finished(here: Path, capsys: Capture) -> None:
    atdata.write_samples(words(), here / "out" / "data.tar")
    file = here / "out" / "data.dataset.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "complete": False}))
    assert main(["info", "out"]) == 1
    assert "the dataset is incomplete" in capsys.readouterr().err


def test_keys_and_descriptions_are_not_obeyed(here: Path, capsys: Capture) -> None:
    lexicon = {
        "lexicon": 1,
        "id": "org.example.evil",
        "defs": {
            "main": {
                "type": "object",
                "description": "\x1b]0;title\x07",
                "required": ["a"],
                "properties": {"a": {"type": "string", "description": "two\nlines \u202e"}},
            }
        },
    }
    (here / "evil.json").write_text(json.dumps(lexicon))
    for extra in ([], ["--python"], ["--json"]):
        assert main(["schema", "show", "evil.json", *extra]) == 0
        shown = capsys.readouterr().out
        assert shown.replace("\n", "").isprintable()
        if "--python" not in extra:
            found = json.loads(shown)
            own = found["documents"]["org.example.evil"] if extra else found
            assert own == lexicon


# Addresses.


def test_a_dataset_on_a_web_server(http_server: HttpServer, here: Path, capsys: Capture) -> None:
    atdata.write_samples(photographs(5), here / "out" / "data.tar", maxcount=2)
    address = http_server.put_folder(here / "out") + "data.dataset.json"
    size = sum(path.stat().st_size for path in here.glob("out/*.tar"))
    assert ["split", "train", "5", "3", str(size)] in rows(capsys, "info", address)
    assert [row[0] for row in rows(capsys, "head", address, "-n", "1", "-f", "label")] == [
        "000000000"
    ]
    assert [row[0] for row in rows(capsys, "verify", address)] == ["ok", "ok", "ok"]
    http_server.always(status(404), "data-000001.tar")
    assert [row[0] for row in rows(capsys, "verify", address, ends=1)] == ["ok", "missing", "ok"]


def test_what_opens_an_address_is_not_shown(
    http_server: HttpServer, here: Path, capsys: Capture
) -> None:
    atdata.write_samples(words(), here / "out" / "data.tar")
    address = http_server.put_folder(here / "out") + "data.dataset.json?signature=s3cret"
    for command in ("info", "head", "verify"):
        for extra in ([], ["--json"]):
            assert main([command, address, *extra]) == 0
            found = capsys.readouterr()
            assert "s3cret" not in found.out + found.err
    assert all(asked.query == "signature=s3cret" for asked in http_server.asked)
    assert main(["info", address.replace("data.dataset", "nothing.dataset")]) == 1
    assert "s3cret" not in capsys.readouterr().err


# Lexicons.


def _lexicon(nsid: str, **properties: Any) -> dict[str, Any]:
    main = {"type": "object", "required": list(properties), "properties": properties}
    return {"lexicon": 1, "id": nsid, "defs": {"main": main}}


def _put(here: Path, document: dict[str, Any]) -> str:
    path = here.joinpath("lexicons", *document["id"].split(".")).with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return str(path)


def test_a_lexicon_finds_what_it_refers_to_in_its_tree(here: Path, capsys: Capture) -> None:
    dot = _lexicon("org.example.parts.dot", x={"type": "integer"})
    _put(here, dot)
    ref = {"type": "ref", "ref": "org.example.parts.dot"}
    shape = {"type": "ref", "ref": "dev.atdata.types#ndarray", "x-atdata": {"dtype": "uint8"}}
    path = _put(here, _lexicon("org.example.cat", dot=ref, image=shape))
    assert main(["schema", "show", path, "--python"]) == 0
    assert "class Dot:" in capsys.readouterr().out
    assert main(["schema", "show", path, "--json"]) == 0
    documents = json.loads(capsys.readouterr().out)["documents"]
    assert list(documents) == ["dev.atdata.types", "org.example.cat", "org.example.parts.dot"]
    shutil.rmtree(here / "lexicons" / "org" / "example" / "parts")
    assert main(["schema", "show", path]) == 1
    assert "org.example.parts.dot" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is no JSON"),
        (b"[1]", "a lexicon is a JSON object"),
        (b'{"a": 1}', "is no lexicon"),
        (b'{"lexicon": 1, "id": "org.example.x", "defs": {}}', "x.json"),
        (b"[" * 100_000, "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
    ],
    ids=["cut", "list", "other", "empty", "deep", "bytes"],
)
def test_files_that_are_no_lexicons(content: bytes, said: str, here: Path, capsys: Capture) -> None:
    (here / "x.json").write_bytes(content)
    assert main(["schema", "show", "x.json"]) == 1
    found = capsys.readouterr().err
    assert said in found
    assert "fault of atdata" not in found


def test_a_lexicon_against_the_data_that_is_there(here: Path, capsys: Capture) -> None:
    """The question before a change of a type: does what is written stay readable?"""
    atdata.write_samples([Box(x=1, y=2)], here / "boxes.tar")
    count = {"type": "integer", "minimum": 0}
    wider = _lexicon("org.example.box", x=count, y=count)
    wider["defs"]["main"]["properties"]["z"] = {"type": "integer"}
    assert rows(capsys, "schema", "diff", "boxes.tar", _put(here, wider)) == [
        ["-", ".", "description-changed", "its description was changed"],
        ["-", "z", "field-added", "integer is new"],
    ]
    narrower = _lexicon("org.example.box", x=count, y={**count, "maximum": 1})
    found = rows(capsys, "schema", "diff", "boxes.tar", _put(here, narrower), ends=1)
    assert [row[:3] for row in found if row[0] != "-"] == [["new", "y", "range-changed"]]
