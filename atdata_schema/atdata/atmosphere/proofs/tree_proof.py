"""Whether a record is in a tree, from the nodes on the way to where it would be."""

from __future__ import annotations

from bisect import bisect_left

from atdata.atmosphere.proofs.car import Blocks
from atdata.atmosphere.proofs.tree_keys import record_key
from atdata.atmosphere.proofs.tree_node import Node, read_child, read_root

__all__ = ["find_key", "find_record"]


def find_record(blocks: Blocks, root: str, path: str) -> str | None:
    """The CID of the record at a path, or None: then the tree is proved not to have it.

    Only the nodes on the way are looked at, and all that stands in them is checked. Each is one layer below the
    one before, so the way has an end.

    Args:
        blocks: where nodes are found; more than needed does no harm.
        root: the CID of the tree.
        path: `collection/rkey`.

    Raises:
        ProofError: a node is missing or breaks a rule of the layout, or the path is none.
    """
    return find_key(blocks, root, record_key(path))


def find_key(blocks: Blocks, root: str, key: bytes) -> str | None:
    """The same for a key in bytes, whatever its form.

    Raises:
        ProofError: a node is missing or breaks a rule of the layout.
    """
    node: Node | None = read_root(blocks, root)
    while node is not None:
        at = bisect_left(node.keys, key)
        if at < len(node.keys) and node.keys[at] == key:
            return node.values[at]
        node = read_child(blocks, node, at)
    return None
