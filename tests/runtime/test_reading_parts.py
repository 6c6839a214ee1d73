"""The parts of reading by themselves: references, what is kept, vouched bytes, locks."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.atmosphere.reading.lock_file import Pin, read_pin, shard_digests, write_pin
from atdata.atmosphere.reading.references import NamedDataset, is_published, parse_reference
from atdata.atmosphere.reading.seen_states import SeenStates
from atdata.errors import CarError, IdentityError, LoadError, ShardError, SignatureRefused
from atdata.shards.columnar.rows import Located, rechunked
from atdata.shards.fetched.vouched import Vouched
from atdata.shards.index.file import decode_index, encode_index
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.index.keys import keys_of
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sources.hosted_blob import HostedBlob, blob_digest
from atdata.shards.sources.source import Source
from published_data import ForgedDesk, Large, blob_cid, blob_shards, large, local, publish
from remote_data import no_wait
from servers.forged_pds import ForgedPds

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"


@pytest.fixture
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.chdir(user_folders)
    return user_folders


# References.

_NAMES = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="@"
    ),
    min_size=1,
    max_size=40,
).filter(lambda text: not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


@given(
    st.sampled_from(["alice.example.org", DID, "did:web:lab.example.org"]),
    _NAMES,
    st.none() | _NAMES,
)
def test_a_reference_is_what_it_spells(authority: str, name: str, version: str | None) -> None:
    reference = NamedDataset(authority, name, version)
    assert parse_reference(str(reference)) == reference
    assert is_published(str(reference))


@pytest.mark.parametrize(
    "text",
    [
        "@alice.example.org",
        "@alice.example.org/",
        "@alice.example.org/cells@",
        "@/cells",
        "@al ice.example.org/cells",
        "@did:plc/cells",
        "at://",
        "at://alice.example.org",
        "at://alice.example.org/science.alt.dataset.entry",
        "at://alice.example.org/science.alt.dataset.entry/a/b",
        "@alice.example.org/" + "a" * 201,
        "@alice.example.org/a\x1b[2J",
        "@alice.example.org/a@" + "1" * 51,
    ],
)
def test_what_names_nothing_is_refused_without_a_terminal_escape(text: str) -> None:
    with pytest.raises(LoadError) as found:
        parse_reference(text)
    assert "\x1b" not in str(found.value)


# Locks.

_CIDS = st.binary(min_size=32, max_size=32).map(lambda data: blob_cid(data))  # any CID serves
_DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(
    _CIDS,
    st.none() | st.sampled_from(["alice.example.org", "b.test"]),
    st.dictionaries(_NAMES, st.lists(st.none() | _DIGESTS, max_size=70), max_size=3),
)
def test_a_lock_gives_back_what_was_pinned(
    tmp_path_factory: pytest.TempPathFactory,
    cid: str,
    handle: str | None,
    splits: dict[str, list[str | None]],
) -> None:
    path = tmp_path_factory.mktemp("lock") / "atdata.lock"
    uri = f"at://{DID}/science.alt.dataset.entry/3jzfcijpj2z2a"
    pin = Pin(uri, cid, "3jzfcijpj2z2a", DID, handle, uri, cid, shard_digests(splits))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATDATA_HOME", str(path.parent / "home"))
        assert write_pin(path, "@a.test/b", pin) is None
        assert read_pin(path, "@a.test/b") == pin
        assert read_pin(path, "@a.test/c") is None
        before = path.read_bytes()
        assert write_pin(path, "@a.test/b", pin) is None
        assert path.read_bytes() == before


# Vouched bytes.

CONTENT = np.random.default_rng(0).integers(0, 256, 3 * BLOCK_BYTES + 12_345, np.uint8).tobytes()
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Pieces(Source):
    """Bytes in pieces of some size."""

    def __init__(self, content: bytes, piece: int) -> None:
        self.url = "https://example.org/a.tar"
        self._content, self._piece = content, piece

    def size(self) -> int:
        return len(self._content)

    def version(self) -> str:
        return ""

    def read(self, offset: int, size: int) -> bytes:
        return self._content[offset : offset + size]

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = len(self._content) if stop is None else stop
        for at in range(start, end, self._piece):
            yield self._content[at : min(at + self._piece, end)]


def vouched(content: bytes, piece: int, *, blocks: bool) -> Vouched:
    index: ShardIndex | None = None
    if blocks:
        digests = [
            hashlib.sha256(CONTENT[at : at + BLOCK_BYTES]).digest()
            for at in range(0, len(CONTENT), BLOCK_BYTES)
        ]
        one = np.array([512], np.int64)
        made = encode_index(
            offsets=one,
            sizes=one,
            keys=keys_of(["a"]),
            shard_bytes=len(CONTENT),
            blocks=np.frombuffer(b"".join(digests), np.uint8),
        )
        file = decode_index(made, "a.tar")
        index = ShardIndex(["a"], one, one, len(CONTENT), "", file)
    shard = ShardFile(Path("a.tar"), digest=DIGEST)
    return Vouched(Pieces(content, piece), shard, DIGEST, lambda: index)


@given(
    st.integers(10_000, 3_000_000),
    st.integers(0, len(CONTENT)),
    st.none() | st.integers(0, len(CONTENT)),
    st.booleans(),
)
def test_vouched_bytes_are_those_that_were_asked_for(
    piece: int, start: int, stop: int | None, blocks: bool
) -> None:
    found = b"".join(vouched(CONTENT, piece, blocks=blocks).chunks(start, stop))
    assert found == CONTENT[start:stop]


@given(st.integers(10_000, 3_000_000), st.integers(0, len(CONTENT) - 1), st.booleans())
def test_no_byte_of_what_was_altered_is_given_out(piece: int, at: int, blocks: bool) -> None:
    altered = bytearray(CONTENT)
    altered[at] ^= 1
    came: list[bytes] = []
    chunks = vouched(bytes(altered), piece, blocks=blocks).chunks()
    with pytest.raises(ShardError, match="vouches for"):
        came.extend(_noted(chunks, came))
    assert CONTENT.startswith(b"".join(came))
    assert len(b"".join(came)) == (at // BLOCK_BYTES * BLOCK_BYTES if blocks else 0)


def _noted(chunks: Iterator[bytes], came: list[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        came.append(chunk)
    yield from ()


@given(st.integers(10_000, 3_000_000), st.integers(1, 100_000), st.booleans())
def test_more_or_less_than_is_vouched_for(piece: int, count: int, blocks: bool) -> None:
    for content in (CONTENT[:-count], CONTENT + bytes(count)):
        with pytest.raises(ShardError):
            list(vouched(content, piece, blocks=blocks).chunks())


@given(
    st.lists(st.integers(0, 50), max_size=8), st.integers(1, 9), st.integers(1, 5), st.booleans()
)
def test_stretches_of_rows_grow_and_lose_none(
    parts: list[int], batch: int, times: int, grows: bool
) -> None:
    ends = np.cumsum([0, *parts])
    rows = [
        Located(numbers.astype(np.int32), numbers, numbers, numbers)
        for n in range(len(parts))
        for numbers in [np.arange(ends[n], ends[n + 1], dtype=np.int64)]
    ]
    size = batch * times
    found = [len(one) for one in rechunked(rows, size, batch if grows else None)]
    assert sum(found) == sum(parts)
    first = batch if grows else size
    wanted = [min(first * 2**number, size) for number in range(len(found))]
    assert found[:-1] == wanted[:-1]
    assert not found or found[-1] <= wanted[-1]


def test_blobs_are_named_for_their_bytes() -> None:
    cid = blob_cid(b"")
    assert blob_digest(cid) == hashlib.sha256(b"").hexdigest()
    record = f"at://{DID}/science.alt.dataset.entry/a"
    blob = HostedBlob.of("https://pds.example.org", DID, cid, 3, record=record)
    assert str(blob) == f"{blob.address} (of {record})"
    assert blob.address.startswith(
        "https://pds.example.org/xrpc/com.atproto.sync.getBlob?did=did:plc:"
    )
    assert blob.name == f"{blob_digest(cid)}.tar"
    with pytest.raises(atdata.DatasetNotFound, match="lies beside a blob"):
        blob.with_name("other.manifest.json")
    for wrong in ("bafyreia4z7jgsxvxvsubt3jo63cnoc34zb6dd7otzczunrxfvtlssqolwu", "Qm", "", "../x"):
        with pytest.raises(LoadError, match="is no CID of a blob"):
            blob_digest(wrong)


# What is kept.


@pytest.fixture
def cells(forged: ForgedPds, here: Path) -> ForgedPds:
    data = local(large(here / "out"))
    desk = ForgedDesk(forged)
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data)})
    return forged


def load(forged: ForgedPds, **options: Any) -> Any:
    cls: Any = Large
    return atdata.load_dataset(
        "@alice.test/cells", cls, split="train", atmosphere=forged.reader(), **options
    )


def test_what_is_kept_is_proved_again(cells: ForgedPds, here: Path) -> None:
    assert load(cells)[0].number == 0
    for path in (here / "cache" / "records").rglob("*.car"):
        path.write_bytes(path.read_bytes().replace(b"cells", b"calls"))
    with pytest.raises(CarError, match=rf"^at://{cells.did}/"):
        load(cells, offline=True)
    assert load(cells)[0].number == 0
    cells.secret = 8
    cells.sign()
    assert load(cells, trust="unverified")[0].number == 0, "which keeps a proof by another key"
    with pytest.raises(SignatureRefused, match=rf"^at://{cells.did}/"):
        load(cells, offline=True)


def test_a_blob_that_is_kept_is_read_where_it_is_mapped(cells: ForgedPds, here: Path) -> None:
    ds = load(cells)
    assert ds[0].number == 0
    contents = ds._plan.shards.contents
    held = [
        contents.hold(contents.shard(place)) for place in range(len(ds.locations)) for _ in "ab"
    ]
    assert held[1].flat is held[-1].flat
    assert not contents.are_fetched
    assert sorted(one.number for one in load(cells, offline=True).shuffled()) == list(range(40))
    assert not (here / "cache" / "blocks").exists()


@pytest.mark.parametrize("way", ["by position", "shuffled", "in order", "streamed"])
def test_a_blob_that_is_damaged_where_it_is_kept_is_fetched_again(
    cells: ForgedPds, here: Path, way: str
) -> None:
    assert load(cells)[0].number == 0
    assert len(list(load(cells).shuffled())) == 40
    for path in (here / "cache" / "blobs").glob("*.tar"):
        damaged = bytearray(path.read_bytes())
        damaged[700:-1024] = bytes(len(damaged) - 1724)
        path.write_bytes(damaged)
    ds = load(cells, streaming=way == "streamed")
    numbers = {
        "by position": lambda: [ds[number].number for number in range(40)],
        "shuffled": lambda: sorted(one.number for one in ds.shuffled()),
        "in order": lambda: [one.number for one in ds.ordered()],
        "streamed": lambda: [one.number for one in ds],
    }
    assert numbers[way]() == list(range(40))
    for path in (here / "cache" / "blobs").glob("*.tar"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem, "nothing damaged is left"


def test_without_a_cache_folder(
    cells: ForgedPds, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_CACHE", "")
    assert [one.number for one in load(cells, streaming=True)] == list(range(40))
    assert [one.number for one in load(cells)] == list(range(40))
    with pytest.raises(LoadError, match=r"ATDATA_CACHE is empty: .* streaming=True"):
        load(cells)[0]
    with pytest.raises(LoadError, match="offline"):
        load(cells, offline=True)


def test_a_home_that_takes_no_files(tmp_path: Path) -> None:
    """What would be noticed next time is not, and a warning says so."""
    (tmp_path / "home").write_text("a file")
    seen = SeenStates(tmp_path / "home" / "atmosphere" / "seen.db")
    with pytest.warns(UserWarning, match=r"cannot be written, .*ATDATA_HOME"):
        seen.check_handle("alice.test", DID)
    there = SeenStates(tmp_path / "other" / "seen.db")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        there.check_handle("alice.test", DID)
        there.check_handle("Alice.test", DID)
    with pytest.raises(IdentityError, match=r"name the account by its DID: @did:plc:z72"):
        there.check_handle("alice.test", "did:plc:ewvi7nxzyoun6zhxrhs64oiz")
