"""CARs: what is written is read, and everything else is refused by a message that names the block."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.proofs.car import read_car
from atdata.atmosphere.proofs.car_frames import Frames
from atdata.atmosphere.proofs.limits import PROOF, CarLimits
from atdata.errors import CarError
from atdata_schema.data import Link, cid_of_block, cid_of_bytes, to_cbor
from proof_data import car, number, section

BLOCKS = {cid_of_block(block): block for block in (to_cbor({"n": n}) for n in range(5))}
ROOT = next(iter(BLOCKS))
GOOD = car(ROOT, BLOCKS)
HEADER = len(car(ROOT, {}))


def test_it_has_its_root_and_its_blocks() -> None:
    found = read_car(GOOD)
    assert found.root == ROOT
    assert dict(found.blocks) == BLOCKS


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20), st.data())
def test_what_is_written_is_read(contents: list[bytes], data: st.DataObject) -> None:
    blocks = {cid_of_block(block): block for block in contents}
    root = data.draw(st.sampled_from([*blocks, ROOT]))
    written = car(root, blocks)
    assert read_car(written).root == root
    assert dict(read_car(written).blocks) == blocks
    assert read_car(memoryview(written)).root == root


def test_a_block_that_occurs_twice_is_kept_once() -> None:
    again = section(Link(ROOT).binary, BLOCKS[ROOT])
    assert dict(read_car(GOOD + again).blocks) == BLOCKS


def test_every_flipped_bit_is_refused_or_changes_nothing() -> None:
    for at in range(8 * len(GOOD)):
        bent = bytearray(GOOD)
        bent[at // 8] ^= 1 << at % 8
        try:
            found = read_car(bent)
        except CarError:
            continue
        # The digest of the root may change here: whoever reads the block of the root finds none.
        assert dict(found.blocks) == BLOCKS
        assert found.root not in BLOCKS


def test_every_cut_is_refused_or_leaves_whole_blocks() -> None:
    whole = 0
    for end in range(len(GOOD)):
        try:
            found = read_car(GOOD[:end])
        except CarError:
            continue
        assert found.blocks.items() <= BLOCKS.items()
        whole += 1
    assert whole == len(BLOCKS)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_car_or_refused(data: bytes) -> None:
    for given_bytes in (data, GOOD[:HEADER] + data):
        with suppress(CarError):
            read_car(given_bytes)


def header(value: Any) -> bytes:
    """A CAR of nothing but a header."""
    raw = to_cbor(value)
    return number(len(raw)) + raw


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the header: the CAR ends within a length"),
        (b"\x00", "its header would have 0 bytes"),
        (number(2000) + bytes(2000), "its header would have 2000 bytes"),
        (b"\x01\xff", "its header is no DAG-CBOR"),
        (header([1]), "its header is no map"),
        (header({"version": 1}), "its header is no map of 'roots' and 'version'"),
        (header({"version": 2, "roots": [Link(ROOT)]}), "not of version 1"),
        (header({"version": True, "roots": [Link(ROOT)]}), "not of version 1"),
        (header({"version": 1, "roots": []}), "does not name one root"),
        (header({"version": 1, "roots": [Link(ROOT)] * 2}), "does not name one root"),
        (header({"version": 1, "roots": [ROOT]}), "does not name one root"),
        (header({"version": 1, "roots": [Link(ROOT)], "x": 1}), "its header is no map"),
        (b"\xba\x00" + GOOD[1:], "the header: its length is written with more bytes than it needs"),
        (GOOD + b"\x00", f"block 5, at byte {len(GOOD)}: its section of 0 bytes has no room"),
        (GOOD + number(36) + Link(ROOT).binary, "its section of 36 bytes has no room"),
        (GOOD + number(2**20 + 37), "a block has at most 1048576 bytes, not 1048577"),
        (GOOD + b"\xff" * 6, "block 5: its length has more than 5 bytes"),
        (GOOD + b"\x80\x00", "block 5: its length is written with more bytes than it needs"),
        (GOOD + section(Link(cid_of_bytes(b"x")).binary, b"x"), "its CID starts with 01551220"),
        (GOOD + section(b"\x12\x20" + bytes(34), b"x"), "its CID starts with 12200000"),
        (GOOD + section(Link(ROOT).binary, b"x"), f"are not those of its CID {ROOT}"),
        (GOOD[:-1], "block 4, at byte "),
    ],
)
def test_what_is_no_car_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(CarError, match=message.replace("(", r"\(")):
        read_car(data)


def test_what_is_no_bytes_is_refused() -> None:
    text: Any = "text"
    with pytest.raises(CarError, match="a CAR is bytes, not a str"):
        read_car(text)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (CarLimits(len(GOOD) - 1, 10), "at most"),
        (CarLimits(len(GOOD), 4), "more than 4 blocks"),
        (CarLimits(len(GOOD), 5, 3), "a block has at most 3 bytes, not 4"),
    ],
)
def test_limits_are_kept(limits: CarLimits, message: str) -> None:
    with pytest.raises(CarError, match=message):
        read_car(GOOD, limits=limits)


class Endless(io.RawIOBase):
    """A CAR that has the same block for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.start = GOOD[:HEADER]
        self.loop = section(Link(ROOT).binary, BLOCKS[ROOT])
        self.at = 0

    def read(self, size: int = -1) -> bytes:
        want, out = size, b""
        while len(out) < want:
            if self.at < HEADER:
                out += self.start[self.at : self.at + 1]
            else:
                index = (self.at - HEADER) % len(self.loop)
                out += self.loop[index : index + 1]
            self.at += 1
        return out


def test_a_stream_without_end_is_refused() -> None:
    stream: Any = Endless()
    with pytest.raises(CarError, match="more than 4096 blocks"):
        for _ in Frames(stream, PROOF):
            pass
    stream = Endless()
    with pytest.raises(CarError, match="more than 1000 bytes"):
        for _ in Frames(stream, CarLimits(1000, 4096)):
            pass


def test_a_declared_length_reserves_nothing() -> None:
    """Four gigabytes are declared, in six bytes."""
    with pytest.raises(CarError, match="a block has at most"):
        read_car(GOOD + number(2**32))
