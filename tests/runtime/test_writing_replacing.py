"""Writing where something stands: what is replaced, what is kept, what is never touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import atdata


@atdata.packable
class Note:
    text: str


def notes(count: int, text: str = "old") -> list[Note]:
    return [Note(text=f"{text} {number}") for number in range(count)]


def names(folder: Path) -> list[str]:
    """The files of a folder, without the index that stands beside each shard."""
    found = {path.name for path in folder.iterdir()}
    return sorted(name for name in found if name.removesuffix(".idx") not in found - {name})


def mark_incomplete(description: Path) -> None:
    content = json.loads(description.read_text("utf-8"))
    description.write_text(json.dumps(content | {"complete": False}), "utf-8")


def test_a_complete_dataset_is_not_written_over_by_itself(tmp_path: Path) -> None:
    atdata.write_samples(notes(2), tmp_path / "d.tar")
    taken: list[int] = []

    def produce() -> Iterator[Note]:
        taken.append(1)
        yield Note(text="new")

    with pytest.raises(atdata.DatasetExists, match="overwrite=True"):
        atdata.write_samples(produce(), tmp_path / "d.tar")
    assert taken == []
    assert list(atdata.load_dataset(tmp_path / "d.tar", Note)) == notes(2)


def test_overwrite_replaces_and_removes_what_the_old_one_owned(tmp_path: Path) -> None:
    atdata.write_samples(notes(9), tmp_path / "d.tar", maxcount=2)
    assert len(names(tmp_path)) == 6
    ds = atdata.write_samples(notes(3, "new"), tmp_path / "d.tar", maxcount=2, overwrite=True)
    assert names(tmp_path) == ["d-000000.tar", "d-000001.tar", "d.dataset.json"]
    assert list(ds) == notes(3, "new")
    atdata.write_samples(notes(1, "newer"), tmp_path / "d.tar", overwrite=True)
    assert names(tmp_path) == ["d.dataset.json", "d.tar"]


def test_the_old_dataset_is_read_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """The new samples are made of the old ones, and another reader looks in meanwhile."""
    atdata.write_samples(notes(4), tmp_path / "d.tar", maxcount=2)

    def produce() -> Iterator[Note]:
        for sample in atdata.load_dataset(tmp_path / "d.tar", Note):
            assert list(atdata.load_dataset(tmp_path, Note)) == notes(4)
            yield Note(text=sample.text.replace("old", "new"))

    ds = atdata.write_samples(produce(), tmp_path / "d.tar", maxcount=1, overwrite=True)
    assert list(ds) == notes(4, "new")


def test_overwriting_that_fails_keeps_the_old_dataset(tmp_path: Path) -> None:
    atdata.write_samples(notes(4), tmp_path / "d.tar", maxcount=2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def produce() -> Iterator[Note]:
        yield from notes(3, "new")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        atdata.write_samples(produce(), tmp_path / "d.tar", maxcount=1, overwrite=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_incomplete_dataset_is_replaced_without_being_asked(tmp_path: Path) -> None:
    atdata.write_samples(notes(4), tmp_path / "d.tar", maxcount=1)
    mark_incomplete(tmp_path / "d.dataset.json")
    ds = atdata.write_samples(notes(1, "new"), tmp_path / "d.tar")
    assert names(tmp_path) == ["d.dataset.json", "d.tar"]
    assert list(ds) == notes(1, "new")


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    for name in (".d-000000.tar.part", ".d-000001.tar.part", ".d.dataset.json.part", ".d.lock"):
        (tmp_path / name).write_bytes(b"torn")
    other = [".dd-000000.tar.part", ".d-x.tar.part"]
    for name in other:
        (tmp_path / name).write_bytes(b"somebody else's")
    atdata.write_samples(notes(1), tmp_path / "d.tar")
    assert names(tmp_path) == sorted([*other, "d.dataset.json", "d.tar"])


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_of_nobody_in_the_way_is_an_error_and_stays(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "d.tar").write_bytes(b"mine")
    with pytest.raises(atdata.DatasetExists, match=r"d\.tar: stands in the way"):
        atdata.write_samples(notes(1), tmp_path / "d.tar", overwrite=overwrite)
    assert names(tmp_path) == ["d.tar"]
    assert (tmp_path / "d.tar").read_bytes() == b"mine"


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_a_later_shard_in_the_way_is_an_error_and_nothing_else_appears(
    tmp_path: Path, kind: str
) -> None:
    place = tmp_path / "d-000002.tar"
    if kind == "file":
        place.write_bytes(b"mine")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    with pytest.raises(atdata.DatasetExists, match=r"d-000002\.tar"):
        atdata.write_samples(notes(9), tmp_path / "d.tar", maxcount=1)
    assert names(tmp_path) == ["d-000002.tar"]


def test_files_that_are_not_listed_are_never_touched(tmp_path: Path) -> None:
    atdata.write_samples(notes(4), tmp_path / "d.tar", maxcount=2)
    (tmp_path / "d-000007.tar").write_bytes(b"mine")
    (tmp_path / "notes.txt").write_bytes(b"mine")
    atdata.write_samples(notes(1), tmp_path / "d.tar", overwrite=True)
    assert names(tmp_path) == ["d-000007.tar", "d.dataset.json", "d.tar", "notes.txt"]


def test_a_description_that_lies_outside_its_folder_removes_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "victim.tar").write_bytes(b"mine")
    folder = tmp_path / "out"
    atdata.write_samples(notes(1), folder / "d.tar")
    description = folder / "d.dataset.json"
    content = json.loads(description.read_text("utf-8"))
    content["splits"]["train"][0]["file"] = "../victim.tar"
    description.write_text(json.dumps(content), "utf-8")
    with pytest.raises(atdata.DescriptionError, match="same folder"):
        atdata.write_samples(notes(1), folder / "d.tar", overwrite=True)
    assert (tmp_path / "victim.tar").read_bytes() == b"mine"


def test_a_description_that_cannot_be_read_stops_the_writer(tmp_path: Path) -> None:
    (tmp_path / "d.dataset.json").write_text("{", "utf-8")
    with pytest.raises(atdata.DescriptionError, match="is no JSON"):
        atdata.write_samples(notes(1), tmp_path / "d.tar", overwrite=True)
    assert names(tmp_path) == ["d.dataset.json"]


def test_two_writers_at_one_place_do_not_mix(tmp_path: Path) -> None:
    def produce() -> Iterator[Note]:
        yield Note(text="outer 0")
        with pytest.raises(atdata.WriteError, match="another writer"):
            atdata.write_samples(notes(1, "inner"), tmp_path / "d.tar")
        atdata.write_samples(notes(1, "beside"), tmp_path / "e.tar")
        yield Note(text="outer 1")

    ds = atdata.write_samples(produce(), tmp_path / "d.tar")
    assert list(ds) == notes(2, "outer")
    assert names(tmp_path) == ["d.dataset.json", "d.tar", "e.dataset.json", "e.tar"]


def test_a_file_where_a_folder_should_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(atdata.DatasetExists, match="is no folder"):
        atdata.write_samples(notes(1), tmp_path / "out" / "d.tar")


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own limit on a file's size stands for a full disk."""
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            atdata.write_samples((Note(text="x" * 50_000) for _ in range(9)), tmp_path / "d.tar")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert names(tmp_path) == []
