"""Where a dataset lies: the names of its shards and of its description.

>>> target = Target.of("out/digits.tar", sharded=True)
>>> target.shard(1).name, target.description.name
('digits-000001.tar', 'digits.dataset.json')
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from atdata.errors import WriteError
from atdata.shards.description import SUFFIX
from atdata.shards.files import part_of

__all__ = ["SPLIT_STEMS", "Target", "check_split", "stems_of"]

SPLIT_STEMS = ("train", "validation", "test")
"""Stems that name a split by themselves."""

_NUMBERED = re.compile(r"(.+)-[0-9]{6,}")
_SPLIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a dataset is written.

    Attributes:
        folder: the folder of all its files.
        stem: what their names begin with.
        sharded: whether there may be several shards, which are then numbered.
    """

    folder: Path
    stem: str
    sharded: bool

    @classmethod
    def of(cls, path: str | Path, *, sharded: bool) -> Target:
        """The target of a path such as `out/data.tar`.

        Raises:
            WriteError: the path does not end in `.tar`.
        """
        given = Path(path).expanduser()
        if given.suffix != ".tar":
            raise WriteError(
                f"{given}: a dataset is written to a path that ends in .tar, such as "
                f"{_suggestion(given)} (packed shards are read, not written)"
            )
        return cls(given.parent.absolute(), given.stem, sharded)

    @property
    def path(self) -> Path:
        """The path as it was asked for."""
        return self.folder / f"{self.stem}.tar"

    @property
    def description(self) -> Path:
        """Where the description stands."""
        return self.folder / f"{self.stem}{SUFFIX}"

    def shard(self, number: int) -> Path:
        """Where a shard stands."""
        return self.folder / f"{self.stem}-{number:06d}.tar" if self.sharded else self.path

    def leftovers(self) -> Iterator[Path]:
        """Unfinished files of an earlier writer that was killed."""
        stem = rf"\.{re.escape(self.stem)}(-[0-9]{{6,}})?"
        ours = re.compile(rf"{stem}(\.tar(\.idx|\.cols)?|\.manifest\.(json|parquet))\.part")
        yield part_of(self.description)
        for path in self.folder.iterdir():
            if ours.fullmatch(path.name):
                yield path

    def split(self, given: str | None) -> str:
        """The split that is written: the one given, else what the stem says, else `train`."""
        if given is not None:
            return check_split(given)
        return self.stem if self.stem in SPLIT_STEMS else "train"


def check_split(name: str) -> str:
    """The name of a split, if it may be one.

    Raises:
        WriteError: it is empty, too long or holds other characters than letters, digits, `_`, `.`, `-`.
    """
    if _SPLIT.fullmatch(name) is None:
        raise WriteError(
            f"the split {name!r} is not allowed: splits are named with A-Z a-z 0-9 _ . -, such as 'train'"
        )
    return name


def stems_of(shard: Path) -> tuple[str, ...]:
    """The stems whose dataset may own a shard, by its name.

    >>> stems_of(Path("out/data-000001.tar"))
    ('data-000001', 'data')
    """
    stem = shard.name.partition(".tar")[0]
    numbered = _NUMBERED.fullmatch(stem)
    return (stem,) if numbered is None else (stem, numbered[1])


def _suggestion(given: Path) -> str:
    plain = given.name.partition(".")[0] or "data"
    return str(given / "data.tar") if not given.suffix else str(given.with_name(f"{plain}.tar"))
