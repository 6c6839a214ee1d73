"""A node of a repository's tree, read by all the rules of the layout.

A tree has one form for the records in it, so a node that breaks a rule is damaged or hostile: the form of its map, keys in
order and each once, prefixes as long as they can be, every key at the layer that its hash says, children exactly one layer
below with keys between those beside them, no empty node but the one of an empty tree and those that bridge a layer.

Source: the repository page of the AT Protocol specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from atdata.atmosphere.proofs.car import Blocks
from atdata.atmosphere.proofs.tree_keys import common_prefix, is_key, layer_of
from atdata.errors import ProofError
from atdata_schema.data import Link, Value, from_cbor
from atdata_schema.errors import DataError
from atdata_schema.syntax.quoting import quoted

__all__ = ["Node", "Place", "read_child", "read_root"]

_NODE: Final = {"e", "l"}
_ENTRY: Final = {"k", "p", "t", "v"}
_USUAL: Final = "bafyrei"  # how CIDs of version 1, dag-cbor and sha2-256 start


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands in the tree.

    Attributes:
        layer: its layer, 0 for the leaves.
        after: the key that all its keys are after, where there is one.
        before: the key that all its keys are before, where there is one.
    """

    layer: int
    after: bytes | None = None
    before: bytes | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A node.

    Attributes:
        place: where it stands.
        keys: the keys of its entries.
        values: the CIDs of the records of these keys.
        children: the CIDs of the nodes before, between and behind the entries: one more than keys.
    """

    place: Place
    keys: tuple[bytes, ...]
    values: tuple[str, ...]
    children: tuple[str | None, ...]

    def child_place(self, index: int) -> Place:
        """Where the child of an index stands."""
        place = self.place
        after = self.keys[index - 1] if index else place.after
        before = self.keys[index] if index < len(self.keys) else place.before
        return Place(place.layer - 1, after, before)


def read_root(blocks: Blocks, cid: str) -> Node:
    """The node at the top of a tree.

    Raises:
        ProofError: it is not at hand, or breaks a rule of the layout.
    """
    keys, values, children = _parsed(blocks, cid)
    if not keys and children[0] is not None:
        raise _broken(cid, "the top of a tree has entries, and this node has none")
    return _checked(cid, Node(Place(layer_of(keys[0]) if keys else 0), keys, values, children))


def read_child(blocks: Blocks, parent: Node, index: int) -> Node | None:
    """A node below another one; None where there is none.

    Args:
        blocks: where nodes are found.
        parent: the node above.
        index: which of its children.

    Raises:
        ProofError: it is not at hand, or breaks a rule of the layout.
    """
    cid = parent.children[index]
    if cid is None:
        return None
    keys, values, children = _parsed(blocks, cid)
    if not keys and children[0] is None:
        raise _broken(cid, "it is empty, and only the tree of no records has an empty node")
    return _checked(cid, Node(parent.child_place(index), keys, values, children))


def _broken(cid: str, reason: str) -> ProofError:
    return ProofError(f"node {cid}: {reason}")


def _parsed(
    blocks: Blocks, cid: str
) -> tuple[tuple[bytes, ...], tuple[str, ...], tuple[str | None, ...]]:
    block = blocks.get(cid)
    if block is None:
        raise _broken(cid, "its block is missing, so the proof is incomplete")
    try:
        value = from_cbor(block)
    except DataError as error:
        raise _broken(cid, f"it is no DAG-CBOR: {error}") from None
    if not isinstance(value, dict) or value.keys() != _NODE:
        raise _broken(cid, "it is no map of 'l' and 'e', as a node of a tree is")
    entries = value["e"]
    if not isinstance(entries, list):
        raise _broken(cid, "its 'e' is no list")
    keys: list[bytes] = []
    values: list[str] = []
    children = [_child(cid, value["l"], "l")]
    for index, entry in enumerate(entries):
        where = f"e[{index}]"
        if not isinstance(entry, dict) or entry.keys() != _ENTRY:
            raise _broken(cid, f"{where} is no map of 'p', 'k', 'v' and 't'")
        keys.append(_key(cid, entry, keys[-1] if keys else b"", where))
        values.append(_link(cid, entry["v"], f"{where}.v"))
        children.append(_child(cid, entry["t"], f"{where}.t"))
    return tuple(keys), tuple(values), tuple(children)


def _key(cid: str, entry: dict[str, Value], previous: bytes, where: str) -> bytes:
    kept, rest = entry["p"], entry["k"]
    if type(kept) is not int or not isinstance(rest, bytes):
        raise _broken(cid, f"{where}: 'p' is an integer and 'k' are bytes")
    if not 0 <= kept <= len(previous):
        raise _broken(cid, f"{where}: 'p' is {kept}, and the key before has {len(previous)} bytes")
    key = previous[:kept] + rest
    if not is_key(key):
        shown = quoted(key.decode("ascii", "backslashreplace"))
        raise _broken(cid, f"{where}: {shown} is no key of a record")
    if key <= previous:
        raise _broken(cid, f"{where}: the key {key.decode()} is not after the one before")
    if common_prefix(previous, key) != kept:
        raise _broken(
            cid, f"{where}: the key {key.decode()} has more in common with the one before"
        )
    return key


def _link(cid: str, value: Value, where: str) -> str:
    if not isinstance(value, Link) or not value.text.startswith(_USUAL) or len(value.text) != 59:
        raise _broken(cid, f"{where} is no link to DAG-CBOR by sha2-256")
    return value.text


def _child(cid: str, value: Value, where: str) -> str | None:
    return None if value is None else _link(cid, value, where)


def _checked(cid: str, node: Node) -> Node:
    """The node, if what is in it belongs where it stands."""
    place, keys = node.place, node.keys
    for key in keys:
        if layer_of(key) != place.layer:
            raise _broken(
                cid,
                f"the key {key.decode()} is of layer {layer_of(key)}, and stands in {place.layer}",
            )
    if keys and place.after is not None and keys[0] <= place.after:
        raise _broken(
            cid, f"the key {keys[0].decode()} is not after {place.after.decode()} above it"
        )
    if keys and place.before is not None and keys[-1] >= place.before:
        raise _broken(
            cid, f"the key {keys[-1].decode()} is not before {place.before.decode()} above it"
        )
    if place.layer == 0 and any(child is not None for child in node.children):
        raise _broken(cid, "there is a node below the lowest layer")
    return node
