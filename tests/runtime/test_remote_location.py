"""From an address to shards: the rules of local paths, over https."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.errors import LoadError
from atdata.shards.sources.file import FileSource
from atdata.shards.sources.place import RemotePlace
from remote_data import COUNT, Large, large, no_wait
from servers.http import HttpServer, status


@atdata.packable
class Other:
    name: str


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache folder, and no waits."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))


LOCATIONS: dict[str, Callable[[str], Any]] = {
    "a description": lambda at: f"{at}data.dataset.json",
    "what it was written to": lambda at: f"{at}data.tar",
    "braces": lambda at: f"{at}data-{{000000..000002}}.tar",
    "a list": lambda at: [f"{at}data-00000{n}.tar" for n in range(3)],
    "a signature": lambda at: f"{at}data.dataset.json?sig=SECRET",
    "braces and a signature": lambda at: f"{at}data-{{000000..000002}}.tar?sig=SECRET",
    "a user": lambda at: f"{at}data.dataset.json".replace("://", "://me:SECRET@"),
}


@pytest.mark.parametrize("form", LOCATIONS)
def test_every_form_of_address_finds_the_same(
    http_server: HttpServer, tmp_path: Path, form: str
) -> None:
    large(tmp_path / "out", maxcount=15)
    at = http_server.put_folder(tmp_path / "out", "some/where/")
    ds = atdata.load_dataset(LOCATIONS[form](at), Large)
    assert ds.locations == tuple(f"{at}data-00000{n}.tar" for n in range(3))
    assert len(ds) == COUNT
    assert ds.schema.id == "local.packable.large"
    assert ds.split == "train"
    if "signature" in form:
        assert {one.query for one in http_server.asked} == {"sig=SECRET"}
    assert ds[39].number == 39


def test_https(https_server: HttpServer, tmp_path: Path) -> None:
    large(tmp_path / "out")
    address = https_server.put_folder(tmp_path / "out") + "data.dataset.json"
    assert address.startswith("https://")
    assert atdata.load_dataset(address, Large)[5].number == 5


def test_a_file_address_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "ou t"
    large(folder, count=2)
    uri = (folder / "data.tar").as_uri()
    assert "%20" in uri
    assert len(atdata.load_dataset(uri, Large)) == 2
    assert FileSource(folder / "data.tar").url == uri
    with pytest.raises(LoadError, match="names a file of another machine"):
        atdata.load_dataset("file://server/share/data.tar", Large)


def test_many_shards_ask_for_the_description_of_their_dataset_once(
    http_server: HttpServer, tmp_path: Path
) -> None:
    large(tmp_path / "out", maxcount=4)
    at = http_server.put_folder(tmp_path / "out")
    assert len(atdata.load_dataset(f"{at}data-{{000000..000009}}.tar", Large)) == COUNT
    assert [one.path for one in http_server.asked] == ["/data.dataset.json"]


def test_one_shard_without_a_description(http_server: HttpServer, tmp_path: Path) -> None:
    large(tmp_path / "out", count=3)
    for name in ("data.tar", "data.tar.idx"):
        http_server.put(name, (tmp_path / "out" / name).read_bytes())
    ds = atdata.load_dataset(f"{http_server.url}/data.tar", Large)
    assert len(ds) == 3
    with pytest.raises(atdata.LoadError, match="has no schema"):
        _ = atdata.load_dataset(f"{http_server.url}/data.tar").schema
    http_server.always(status(403), "data.dataset.json")
    assert (
        len(atdata.load_dataset(f"{http_server.url}/data.tar", Large)) == 3
    ), "so says many a bucket"


def test_it_is_said_which_of_two_is_not_clear(http_server: HttpServer, tmp_path: Path) -> None:
    large(tmp_path / "out", maxcount=15)
    at = http_server.put_folder(tmp_path / "out")
    http_server.put("data.tar", http_server.files["data-000000.tar"])
    with pytest.raises(atdata.LoadError, match=r"data\.dataset\.json beside it does not list it"):
        atdata.load_dataset(f"{at}data.tar", Large)


def test_incomplete_and_broken_descriptions_are_refused(
    http_server: HttpServer, tmp_path: Path
) -> None:
    large(tmp_path / "out")
    address = http_server.put_folder(tmp_path / "out") + "data.dataset.json"
    found = json.loads(http_server.files["data.dataset.json"])
    http_server.files["data.dataset.json"] = json.dumps({**found, "complete": False}).encode()
    with pytest.raises(atdata.DatasetIncomplete, match=address):
        atdata.load_dataset(address, Large)
    for content in (b"", b"{", b"[]", b'{"format": 9}', b"[" * 100_000, b"\xff\xfe"):
        http_server.files["data.dataset.json"] = content
        with pytest.raises(atdata.DescriptionError, match=address):
            atdata.load_dataset(address, Large)


def test_what_names_nothing_is_an_error(http_server: HttpServer) -> None:
    at = http_server.url
    wrong: dict[str, tuple[type[Exception], str]] = {
        f"{at}/none.tar": (atdata.DatasetNotFound, r"none\.tar: there is no such file"),
        f"{at}/none.dataset.json": (atdata.DatasetNotFound, "there is no such file"),
        f"{at}/folder/": (atdata.LoadError, "a web server cannot be asked what a folder holds"),
        f"{at}/data.zip": (atdata.LoadError, "shards are named"),
        f"{at}/*.tar": (atdata.LoadError, "name them with braces"),
        f"{at}/{{a.tar?sig=SECRET": (atdata.LoadError, "braces are written"),
        f"{at}/{{0..9}}{{00000..99999}}.tar?SECRET": (atdata.LoadError, "more than 100,000 paths"),
        "https://": (atdata.LoadError, "not of the form https://host/path"),
        "https://me:SECRET@/x.tar": (atdata.LoadError, "not of the form"),
        "https://[::1/x.tar": (atdata.LoadError, "not of the form"),
        "https://host:port/x.tar": (atdata.LoadError, "not of the form"),
        "https://host/a b.tar": (atdata.LoadError, "not of the form"),
        "https://host/\x1b[2J.tar": (atdata.LoadError, "not of the form"),
        "https://host/%1b[2J.tar": (atdata.LoadError, "not of the form"),
        "https://host/" + "a" * 10_000: (atdata.LoadError, "more than 8192 characters"),
        "ftp://host/x.tar": (atdata.LoadError, "is no kind of address that is read"),
        "pipe:curl x": (atdata.LoadError, "no file"),
        "hf://datasets/x": (atdata.LoadError, "is no kind of address that is read"),
    }
    for address, (error, text) in wrong.items():
        with pytest.raises(error, match=text) as caught:
            atdata.load_dataset(address, Large)
        assert "SECRET" not in str(caught.value)
        assert "\x1b" not in str(caught.value)


def test_a_split_that_is_not_there_shows_no_signature(
    http_server: HttpServer, tmp_path: Path
) -> None:
    large(tmp_path / "out")
    address = http_server.put_folder(tmp_path / "out") + "data.dataset.json?sig=SECRET"
    with pytest.raises(atdata.SplitError) as caught:
        atdata.load_dataset(address, Large, split="none")
    assert "SECRET" not in str(caught.value)


def test_no_message_of_a_signed_dataset_shows_its_signature(
    http_server: HttpServer, tmp_path: Path
) -> None:
    large(tmp_path / "out")
    address = http_server.put_folder(tmp_path / "out") + "data.dataset.json?sig=SECRET"
    ds = atdata.load_dataset(address, Large)
    texts = [repr(ds), *ds.locations]
    content = bytearray(http_server.files["data.tar"])
    content[5000] ^= 1
    for change in (bytes(content), bytes(content[:700]), bytes(content) + b"more", None):
        http_server.files.pop("data.tar")
        if change is not None:
            http_server.files["data.tar"] = change
        bad = atdata.load_dataset(address, Large)
        with pytest.raises(atdata.AtdataError) as caught:
            bad[0]
        texts += [str(caught.value), repr(caught.value)]
        http_server.files["data.tar"] = bytes(content)
    shard = bad._plan.files()[0]  # pyright: ignore[reportPrivateUsage]  # read as another class
    with pytest.raises(atdata.DecodeError) as unread:
        _ = atdata.Dataset((shard,), Other, verify="never")[0]
    texts.append(str(unread.value))
    assert f"of {http_server.url}/data.tar" in texts[-1]
    assert all("SECRET" not in text for text in texts)


def test_places_are_equal_by_what_they_are_and_hide_what_is_secret() -> None:
    place = RemotePlace("https://u:p@example.org:8443/a/x.tar?t=SECRET#f")
    assert place == RemotePlace(place.address)
    assert len({place, RemotePlace(place.address)}) == 1
    assert str(place) == "https://example.org:8443/a/x.tar"
    assert repr(place) == "RemotePlace('https://example.org:8443/a/x.tar')"
    beside = place.with_name("x.tar.idx")
    assert beside.address == "https://u:p@example.org:8443/a/x.tar.idx?t=SECRET"
    assert RemotePlace("https://example.org/a%20b.tar").name == "a b.tar"
    assert RemotePlace("s3://bucket/a%20b?c#d.tar").name == "a%20b?c#d.tar"
