"""What is looked for among the datasets of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from atdata.atmosphere.discovery.field_patterns import FieldPattern, parse_pattern
from atdata.atmosphere.discovery.record_rows import facet
from atdata.errors import QueryError
from atdata.words import encoded, words_of

__all__ = ["MOST_FOUND", "Query", "query_of"]

MOST_FOUND = 10_000
"""Datasets that one search gives at most."""

_MOST_WORDS = 32


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. What is None or empty asks for nothing.

    Attributes:
        words: words that have to be there, or what they begin with; encoded.
        facets: tags, licence and account, each as one question to the index.
        pattern: a field that the type has to have.
        nothing: whether the text has no word in it, so that nothing is found.
        versions: every version of a dataset, not its latest alone.
        limit: how many are wanted.
    """

    words: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    pattern: FieldPattern | None = None
    nothing: bool = False
    versions: bool = False
    limit: int = 20


def query_of(
    text: str | None,
    *,
    tags: Sequence[str] = (),
    license: str | None = None,
    has_field: str | None = None,
    did: str | None = None,
    versions: bool = False,
    limit: int = 20,
) -> Query:
    """Check what is looked for.

    Raises:
        QueryError: something in it cannot be understood.

    >>> query_of("cats AND dogs").words
    ('cats', 'and', 'dogs')
    """
    given: object = text
    if given is not None and not isinstance(given, str):
        raise QueryError(f"words are looked for by a text, not by a {type(given).__name__}")
    if isinstance(tags, str):
        tags = (tags,)
    if type(limit) is not int or not 0 < limit <= MOST_FOUND:
        raise QueryError(f"limit is a number from 1 to {MOST_FOUND:,}, not {limit!r:.40}")
    words = words_of(text or "")
    if len(words) > _MOST_WORDS:
        raise QueryError(
            f"{len(words)} words are more than are looked for at once; give at most {_MOST_WORDS}"
        )
    facets = [f'"{facet("tag", _text(tag, "tags"))}"' for tag in tags]
    if license is not None:
        stem = _text(license, "license")
        mark = facet("license", stem.removesuffix("*"))
        facets.append(f'"{mark}"*' if stem.endswith("*") else f'"{mark}"')
    if did is not None:
        facets.append(f'"{facet("by", did)}"')
    return Query(
        words=tuple(encoded(word) for word in dict.fromkeys(words)),
        facets=tuple(facets),
        pattern=None if has_field is None else parse_pattern(has_field),
        nothing=bool((text or "").strip()) and not words,
        versions=versions,
        limit=limit,
    )


def _text(value: object, what: str) -> str:
    if isinstance(value, str):
        return value
    raise QueryError(f"{what}: a text is wanted, not a {type(value).__name__}")
