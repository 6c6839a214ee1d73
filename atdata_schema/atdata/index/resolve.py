"""From a name such as `@local/training-v1@1.2.0` to the shards to open, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atdata.index.entry import Entry
from atdata.index.providers.provider import StoredSchema
from atdata.shards.reader import ShardFile

if TYPE_CHECKING:
    from atdata.index.index import Index

__all__ = ["Resolved", "is_reference", "resolve"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A dataset that was found by its name.

    Attributes:
        entry: the version of the dataset.
        schema: what its samples are.
        splits: the shards of each split, in order, to be opened.
    """

    entry: Entry
    schema: StoredSchema
    splits: Mapping[str, tuple[ShardFile, ...]]


def is_reference(text: str) -> bool:
    """Whether a text names a dataset in an Index, or a record of the network, rather than files.

    >>> is_reference("@local/training-v1"), is_reference("out/data.tar")
    (True, False)
    """
    return text.startswith(("@", "at://"))


def resolve(reference: str, index: Index | None = None) -> Resolved:
    """Find a dataset by its name.

    Args:
        reference: `@local/name`, `@local/name@1.2.0`, `@local/name@label`, or the same with an alias in the
            place of `local`: a line of `ATDATA_HOME/config.toml`, `[index] lab = "postgresql://..."`.
        index: the Index that `@local` means; without it the one in `ATDATA_HOME`.

    Raises:
        EntryNotFound: there is no such dataset, version or label.
        NameRefused: the text cannot name one.
        LoadError: there is no such alias, or the text names a dataset of the network.
        ProviderError: the Index cannot be read.
    """
    raise NotImplementedError
