"""A search, made ready for a database: the one reading of `Search` that all providers share.

What is found stands in this order. The best entries are those all of whose words stand in the name; then
those whose words stand in the name or the tags; then in these, the NSID or the names of fields; then the
rest. Of equally good ones the newest is first, and of equally old ones the first by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from atdata.index.providers.checks import may_be_text
from atdata.index.providers.provider import Search
from atdata.index.providers.rows import value
from atdata.words import encoded, words_of

__all__ = ["Wanted", "wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an entry needs to be found.

    Attributes:
        words: prefixes of its words, all of them, encoded.
        tags: `value` of each tag.
        field: `value` of the name of a field.
        schema: the NSID of its schema.
        limit: at most so many.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    field: str | None
    schema: str | None
    limit: int | None


def wanted(query: Search) -> Wanted | None:
    """What a search asks for; `None` where nothing can be found.

    A text that holds signs alone has no word to be found, so it finds nothing; one of spaces asks for nothing.
    """
    words = tuple(dict.fromkeys(encoded(word) for word in words_of(_readable(query.text))))
    if (query.text.strip() and not words) or (query.limit is not None and query.limit <= 0):
        return None
    if query.schema is not None and not may_be_text(query.schema):
        return None
    values = query.tags if query.field is None else (*query.tags, query.field)
    if any(_readable(text) != text for text in values):
        return None
    return Wanted(
        words,
        tuple(sorted({value(tag) for tag in query.tags})),
        None if query.field is None else value(query.field),
        query.schema,
        query.limit,
    )


def _readable(text: str) -> str:
    """The text without halves of surrogate pairs, which no stored text holds."""
    return text.encode("utf-8", "ignore").decode("utf-8")
