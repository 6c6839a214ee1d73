"""All records of a tree, in their order, holding no more than the nodes above the one at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from atdata.atmosphere.proofs.car import Blocks
from atdata.atmosphere.proofs.tree_node import Node, read_child, read_root
from atdata.errors import ProofError

__all__ = ["MOST_RECORDS", "walk_tree"]

MOST_RECORDS: Final = 10_000_000
"""How many records of one repository are gone through before it is given up."""


def walk_tree(blocks: Blocks, root: str, *, most: int = MOST_RECORDS) -> Iterator[tuple[str, str]]:
    """The path and the CID of each record, in the order of paths.

    Every node is checked before anything in it is given. To prove that a repository has these records and no
    others, go through to the end: what is wrong further on is met there.

    Args:
        blocks: where nodes are found.
        root: the CID of the tree.
        most: how many records are given before the tree is refused.

    Raises:
        ProofError: a node is missing or breaks a rule of the layout, or there are too many records.
    """
    count = 0
    way = [_steps(blocks, read_root(blocks, root))]
    while way:
        step = next(way[-1], None)
        if step is None:
            way.pop()
        elif isinstance(step, Node):
            way.append(_steps(blocks, step))
        elif count == most:
            raise ProofError(f"tree {root}: there are more than {most} records")
        else:
            count += 1
            yield step


def _steps(blocks: Blocks, node: Node) -> Iterator[Node | tuple[str, str]]:
    """The children and the records of a node, in their order."""
    for index in range(len(node.children)):
        child = read_child(blocks, node, index)
        if child is not None:
            yield child
        if index < len(node.keys):
            yield node.keys[index].decode(), node.values[index]
