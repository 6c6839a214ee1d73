"""What a shell offers when Tab is pressed: the names of the Index. Whatever goes wrong, it offers nothing."""

from __future__ import annotations

import os

__all__ = ["dataset_names", "schema_names"]


def dataset_names(incomplete: str) -> list[str]:
    """The datasets whose names begin so; behind an `@` the versions and labels of one."""
    try:
        from atdata.cli.catalogue import index_of

        index = index_of(os.environ.get("ATDATA_INDEX"))
        name, at, rest = incomplete.partition("@")
        if not at:
            return [found for found in index.datasets() if found.startswith(name)]
        endings = [entry.version for entry in index.history(name)]
        endings += [label.label for label in index.labels(name)]
        return [f"{name}@{ending}" for ending in endings if ending.startswith(rest)]
    except Exception:  # a shell in the middle of a line is no place for messages
        return []


def schema_names(incomplete: str) -> list[str]:
    """The types whose names begin so, and datasets."""
    try:
        from atdata.cli.catalogue import index_of

        index = index_of(os.environ.get("ATDATA_INDEX"))
        keys = [item.key for item in index.schemas()]
    except Exception:  # as above
        return []
    names = dict.fromkeys(name for key in keys for name in (key.id, f"{key.id}@{key.version}"))
    return [name for name in names if name.startswith(incomplete)] or dataset_names(incomplete)
