"""Trees of records: the public vectors, laws against a writer of trees, and nodes that break a rule of the layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata.atmosphere.proofs.tree_keys import common_prefix, layer_of, record_key
from atdata.atmosphere.proofs.tree_node import read_root
from atdata.atmosphere.proofs.tree_proof import find_key, find_record
from atdata.atmosphere.proofs.tree_walk import walk_tree
from atdata.errors import ProofError
from atdata_schema.data import Link, cid_of_block, cid_of_bytes, from_cbor, to_cbor
from atdata_schema.data.links import link_of_bytes
from proof_data import layer, tree, way

VECTORS = Path(__file__).parent.parent / "data" / "atproto"
VALUE = cid_of_block(b"value")
NOTE = "com.example.note"


def vectors(name: str) -> Any:
    """A file of vectors."""
    return json.loads((VECTORS / name).read_text("utf-8"))


@pytest.mark.parametrize("case", vectors("key_heights.json"))
def test_layers_of_keys(case: dict[str, Any]) -> None:
    assert layer_of(case["key"].encode()) == case["height"]


def test_the_example_keys_are_of_the_layers_in_their_names() -> None:
    keys = (VECTORS / "example_keys.txt").read_text("utf-8").split()
    assert len(keys) == 156
    for key in keys:
        assert layer_of(key.encode()) == int(key[1])


@pytest.mark.parametrize("case", vectors("common_prefix.json"))
def test_common_prefixes(case: dict[str, Any]) -> None:
    assert common_prefix(case["left"].encode(), case["right"].encode()) == case["len"]


@pytest.mark.parametrize("case", vectors("commit-proof-fixtures.json"), ids=lambda c: c["comment"])
def test_commit_proofs(case: dict[str, Any]) -> None:
    leaf: str = case["leafValue"]
    assert tree(dict.fromkeys(case["keys"], leaf))[0] == case["rootBeforeCommit"]
    after = (set(case["keys"]) | set(case["adds"])) - set(case["dels"])
    root, blocks = tree(dict.fromkeys(after, leaf))
    assert root == case["rootAfterCommit"]
    assert list(walk_tree(blocks, root)) == [(key, leaf) for key in sorted(after)]
    assert set(case["blocksInProof"]) <= blocks.keys()


@pytest.mark.parametrize("case", vectors("commit-proof-fixtures.json"), ids=lambda c: c["comment"])
def test_the_blocks_of_a_commit_prove_what_it_did(case: dict[str, Any]) -> None:
    keys = (set(case["keys"]) | set(case["adds"])) - set(case["dels"])
    leaf: str = case["leafValue"]
    root, blocks = tree(dict.fromkeys(keys, leaf))
    shown = {cid: blocks[cid] for cid in case["blocksInProof"]}
    for key in case["adds"]:
        assert find_key(shown, root, key.encode()) == leaf
    for key in case["dels"]:
        assert find_key(shown, root, key.encode()) is None


rkeys = st.text("abcdefgh234567-_.:~", min_size=1, max_size=8).filter(
    lambda key: key not in (".", "..")
)
paths = st.builds("{}/{}".format, st.sampled_from([NOTE, "com.example.notes", "org.a.b"]), rkeys)
values = st.integers(0, 3).map(lambda n: cid_of_block(bytes((n,))))
records = st.dictionaries(paths, values, max_size=60)


@given(records, st.lists(paths, max_size=10))
@settings(max_examples=60)
def test_every_record_is_found_and_nothing_else(
    given_records: dict[str, str], others: list[str]
) -> None:
    root, blocks = tree(given_records)
    assert dict(walk_tree(blocks, root)) == given_records
    assert [path for path, _ in walk_tree(blocks, root)] == sorted(given_records)
    for path in [*given_records, *others]:
        shown = {cid: blocks[cid] for cid in way(blocks, root, path)}
        assert find_record(shown, root, path) == given_records.get(path)


@given(records.filter(bool), st.data())
@settings(max_examples=60)
def test_each_node_on_the_way_is_needed(given_records: dict[str, str], data: st.DataObject) -> None:
    root, blocks = tree(given_records)
    path = data.draw(st.sampled_from(sorted(given_records)))
    cids = list(way(blocks, root, path))
    missing = data.draw(st.sampled_from(cids))
    shown = {cid: blocks[cid] for cid in cids if cid != missing}
    with pytest.raises(ProofError, match=f"node {missing}: its block is missing"):
        find_record(shown, root, path)
    with pytest.raises(ProofError, match="its block is missing"):
        list(walk_tree(shown, root))


def key_at(wanted: int, after: str = "") -> str:
    """The first key of a layer that comes after another one."""
    for index in range(10**6):
        key = f"{NOTE}/{index:06d}"
        if key > after and layer(key) == wanted:
            return key
    raise AssertionError


LOW = key_at(0)
LOW_TOO = key_at(0, LOW)
MIDDLE = key_at(1, LOW_TOO)
HIGH = key_at(2, MIDDLE)


def entry(key: str, kept: int = 0, below: str | None = None, **change: Any) -> dict[str, Any]:
    """An entry of a node."""
    link = None if below is None else Link(below)
    return {"p": kept, "k": key.encode()[kept:], "v": Link(VALUE), "t": link} | change


def node(*entries: Any, left: str | None = None, **change: Any) -> tuple[str, bytes]:
    """A node and its CID."""
    link = None if left is None else Link(left)
    block = to_cbor({"l": link, "e": list(entries)} | change)
    return cid_of_block(block), block


EMPTY = node()
LEAF = node(entry(LOW))
BRIDGE = node(left=LEAF[0])
KEPT = common_prefix(LOW.encode(), LOW_TOO.encode())
DEEP = node(entry(MIDDLE))
RAW = cid_of_bytes(b"x")
SHORT = link_of_bytes(b"\x01\x71\x00\x01x")  # of a hash that is the byte itself


def test_trees_of_few_nodes() -> None:
    assert list(walk_tree(dict([EMPTY]), EMPTY[0])) == []
    assert find_record(dict([EMPTY]), EMPTY[0], LOW) is None
    top = node(entry(HIGH), left=BRIDGE[0])
    blocks = dict([LEAF, BRIDGE, top])
    assert dict(walk_tree(blocks, top[0])) == {LOW: VALUE, HIGH: VALUE}
    assert find_record(blocks, top[0], LOW) == VALUE
    both = node(entry(LOW), entry(LOW_TOO, KEPT))
    assert dict(walk_tree(dict([both]), both[0])) == {LOW: VALUE, LOW_TOO: VALUE}


BROKEN: list[tuple[str, list[tuple[str, bytes]], str]] = [
    ("no map", [(cid_of_block(b"\x80"), b"\x80")], "it is no map of 'l' and 'e'"),
    ("no CBOR", [(cid_of_block(b"\xff"), b"\xff")], "it is no DAG-CBOR"),
    ("long head", [(cid_of_block(b"\xb8\x00"), b"\xb8\x00")], "it is no DAG-CBOR"),
    ("more keys", [node(entry(LOW), x=1)], "it is no map of 'l' and 'e'"),
    ("no list", [node(e={})], "its 'e' is no list"),
    ("no entry", [node(7)], r"e\[0\] is no map of 'p', 'k', 'v' and 't'"),
    ("entry with more", [node(entry(LOW, x=1))], r"e\[0\] is no map of"),
    ("text for a key", [node(entry(LOW, k=LOW))], "'k' are bytes"),
    ("p is true", [node(entry(LOW), entry(LOW_TOO, p=True))], "'p' is an integer"),
    ("p beyond", [node(entry(LOW, p=1))], "'p' is 1, and the key before has 0 bytes"),
    ("p below", [node(entry(LOW), entry(LOW_TOO, p=-1))], "'p' is -1"),
    ("p too short", [node(entry(LOW), entry(LOW_TOO, KEPT - 1))], "has more in common"),
    ("twice", [node(entry(LOW), entry(LOW, len(LOW)))], "is not after the one before"),
    ("out of order", [node(entry(LOW_TOO), entry(LOW, KEPT))], "is not after the one before"),
    ("no slash", [node(entry("note"))], "'note' is no key of a record"),
    ("two slashes", [node(entry("a.b.c/d/e"))], "is no key of a record"),
    ("escapes", [node(entry("a/\x1b[2J"))], r"'a/\\x1b\[2J' is no key of a record"),
    ("long key", [node(entry("a/" + "b" * 1023))], "is no key of a record"),
    ("value raw", [node(entry(LOW, v=Link(RAW)))], r"e\[0\].v is no link to DAG-CBOR"),
    ("value null", [node(entry(LOW, v=None))], r"e\[0\].v is no link"),
    ("value short", [node(entry(LOW, v=SHORT))], r"e\[0\].v is no link"),
    ("child raw", [node(entry(MIDDLE, t=Link(RAW)))], r"e\[0\].t is no link"),
    ("left raw", [node(left=RAW)], "l is no link"),
    ("layers mixed", [node(entry(LOW), entry(MIDDLE, 17))], "has more in common|is of layer 1"),
    ("below the leaves", [LEAF, node(entry(LOW_TOO), left=LEAF[0])], "below the lowest layer"),
    ("two layers down", [LEAF, node(entry(HIGH), left=LEAF[0])], "is of layer 0, and stands in 1"),
    ("same layer", [DEEP, node(entry(MIDDLE), left=DEEP[0])], "is of layer 1, and stands in 0"),
    ("empty child", [EMPTY, node(entry(MIDDLE), left=EMPTY[0])], "it is empty"),
    ("bridge on top", [LEAF, BRIDGE], "the top of a tree has entries"),
    ("not before", [LEAF, node(entry(MIDDLE, below=LEAF[0]))], "is not after com.example.note"),
]


@pytest.mark.parametrize(
    ("nodes", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_node_that_breaks_a_rule_is_refused(nodes: list[tuple[str, bytes]], message: str) -> None:
    with pytest.raises(ProofError, match=message):
        list(walk_tree(dict(nodes), nodes[-1][0]))


def test_a_key_that_belongs_elsewhere_is_refused() -> None:
    late = node(entry(key_at(0, MIDDLE)))
    top = node(entry(MIDDLE), left=late[0])
    with pytest.raises(ProofError, match=f"is not before {MIDDLE} above it"):
        find_record(dict([late, top]), top[0], LOW)
    late = node(entry(key_at(0, HIGH)))
    bridge = node(left=late[0])
    top = node(entry(HIGH), left=bridge[0])
    with pytest.raises(ProofError, match=f"is not before {HIGH} above it"):
        find_record(dict([late, bridge, top]), top[0], LOW)


def test_every_change_of_one_part_of_a_tree_is_refused_or_another_tree() -> None:
    """A tree has one form: no two roots hold the same records."""
    given_records = {f"{NOTE}/{index:03d}": VALUE for index in range(40)}
    root, blocks = tree(given_records)
    for cid, block in blocks.items():
        for at in range(0, 8 * len(block), 7):
            bent = bytearray(block)
            bent[at // 8] ^= 1 << at % 8
            if (found := walked({**blocks, cid: bytes(bent)}, root)) is not None:
                assert found != given_records


def walked(blocks: Mapping[str, bytes], root: str) -> dict[str, str] | None:
    """The records of a tree, None where it is refused."""
    try:
        return dict(walk_tree(blocks, root))
    except ProofError:
        return None


def test_a_loop_has_an_end() -> None:
    """No hash has one; blocks that nobody compared could."""
    top = to_cbor({"l": Link(VALUE), "e": [entry(HIGH)]})
    loop = to_cbor({"l": Link(VALUE), "e": []})
    with pytest.raises(ProofError, match="below the lowest layer"):
        find_record({"top": top, VALUE: loop}, "top", LOW)
    with pytest.raises(ProofError, match="below the lowest layer"):
        list(walk_tree({"top": top, VALUE: loop}, "top"))


def test_a_deep_tree_of_bridges_is_one_and_found_through() -> None:
    """Keys of a high layer make long ways; the highest that can be mined here is 8."""
    high = next(key for key in (f"{NOTE}/{index}" for index in range(10**6)) if layer(key) >= 8)
    low = next(key for key in (f"{NOTE}/{index}" for index in range(10**6)) if layer(key) == 0)
    root, blocks = tree({high: VALUE, low: VALUE})
    assert len(blocks) == layer(high) + 1
    assert dict(walk_tree(blocks, root)) == {high: VALUE, low: VALUE}


def test_a_node_of_too_many_entries_is_refused() -> None:
    head = b"\xa2\x61e\x9a\x00\x0f\x42\x40"  # a list of a million
    block = head + b"\xa0" * 10**6 + b"\x61l\xf6"
    with pytest.raises(ProofError, match="1000000 entries are too many"):
        read_root({"top": block}, "top")


def test_more_records_than_wanted_are_refused() -> None:
    root, blocks = tree({f"{NOTE}/{index:03d}": VALUE for index in range(11)})
    assert len(list(walk_tree(blocks, root, most=11))) == 11
    with pytest.raises(ProofError, match="more than 10 records"):
        list(walk_tree(blocks, root, most=10))


def test_a_walk_holds_only_the_way_to_where_it_is() -> None:
    root, blocks = tree({f"{NOTE}/{index:05d}": VALUE for index in range(2000)})
    asked: list[str] = []

    class Asked:
        def get(self, cid: str, /) -> bytes | None:
            asked.append(cid)
            return blocks.get(cid)

    walk = walk_tree(Asked(), root)
    next(walk)
    assert len(asked) <= 12
    assert sum(1 for _ in walk) == 1999
    assert sorted(asked) == sorted(blocks), "each node is asked for once"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (NOTE, "a record is at 'collection/rkey'"),
        (f"{NOTE}/", "is no record key"),
        (f"{NOTE}/a/b", "is no record key"),
        (f"{NOTE}/..", "is no record key"),
        ("note/a", "is no NSID"),
    ],
)
def test_what_is_no_path_is_refused(path: str, message: str) -> None:
    with pytest.raises(ProofError, match=message):
        record_key(path)
    root, blocks = tree({LOW: VALUE})
    with pytest.raises(ProofError, match=message):
        find_record(blocks, root, path)


def test_the_writer_of_the_tests_counts_layers_as_the_protocol_does() -> None:
    for index in range(200):
        digest = hashlib.sha256(str(index).encode()).hexdigest()
        zeros = 256 - len(f"{int(digest, 16):b}")
        assert layer(str(index)) == zeros // 2
    assert from_cbor(LEAF[1])
