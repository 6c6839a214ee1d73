"""Patterns in paths: braces, which name shards that must be there, and wildcards, which find them.

>>> list(expand_braces("data-{000008..000010}.tar"))
['data-000008.tar', 'data-000009.tar', 'data-000010.tar']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from glob import glob

from atdata.errors import DatasetNotFound, LoadError

__all__ = ["expand", "expand_braces", "has_pattern", "has_wildcard"]

MOST = 100_000
"""Paths that one pattern may name."""

_RANGE = re.compile(r"([0-9]{1,18})\.\.([0-9]{1,18})")
_WILD = re.compile(r"[*?\[]")


def has_pattern(path: str) -> bool:
    """Whether a path names others: with braces or wildcards.

    >>> has_pattern("data-*.tar"), has_pattern("data.tar")
    (True, False)
    """
    return "{" in path or has_wildcard(path)


def has_wildcard(path: str) -> bool:
    """Whether a path finds others."""
    return _WILD.search(path) is not None


def expand(pattern: str) -> list[str]:
    """The paths that a pattern names; those that wildcards find are sorted.

    Raises:
        DatasetNotFound: a wildcard finds nothing.
        LoadError: the braces are wrong, or name more than a hundred thousand paths.
    """
    found: list[str] = []
    for path in expand_braces(pattern):
        if not has_wildcard(path):
            found.append(path)
            continue
        # `Path.glob` takes no absolute pattern.
        hits = sorted(glob(path, recursive=True))  # noqa: PTH207  # for the reason above
        if not hits:
            raise DatasetNotFound(f"no file matches {path!r}")
        found.extend(hits)
    return found


def expand_braces(pattern: str) -> Iterator[str]:
    """The texts that a pattern with braces stands for: `{a,b}` and `{000..012}`, as the shell has them.

    Raises:
        LoadError: a brace is not closed or says nothing, or there are more than a hundred thousand texts.
    """
    for count, text in enumerate(_expanded(pattern, pattern)):
        if count == MOST:
            raise LoadError(f"{pattern!r} names more than {MOST:,} paths")
        yield text


def _expanded(text: str, pattern: str) -> Iterator[str]:
    start = text.find("{")
    if start < 0:
        yield text
        return
    stop = text.find("}", start)
    inside = text[start + 1 : stop]
    if stop < 0 or "{" in inside:
        raise LoadError(f"{pattern!r}: braces are written {{a,b}} or {{000..012}}, not nested")
    for choice in _choices(inside, pattern):
        for rest in _expanded(text[stop + 1 :], pattern):
            yield text[:start] + choice + rest


def _choices(inside: str, pattern: str) -> Iterator[str]:
    span = _RANGE.fullmatch(inside)
    if span is None:
        choices = inside.split(",")
        if len(choices) < 2:
            raise LoadError(
                f"{pattern!r}: braces are written {{a,b}} or {{000..012}}, not {{{inside}}}"
            )
        yield from choices
        return
    first, last = int(span[1]), int(span[2])
    # Leading zeros in either bound fix the width, as in the shell.
    padded = any(len(bound) > 1 and bound[0] == "0" for bound in span.groups())
    width = max(map(len, span.groups())) if padded else 0
    for number in range(first, last + 1) if first <= last else range(first, last - 1, -1):
        yield f"{number:0{width}d}"
