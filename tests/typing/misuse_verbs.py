"""Wrong uses of verbs: each line marked `refused` must be an error, and no other."""

from __future__ import annotations

import atdata
from atdata_schema import v1


@atdata.packable
class Word:
    text: str


@atdata.packable
class Count:
    number: int


def count(word: Word) -> Count:
    return Count(number=len(word.text))


def use(words: atdata.Dataset[Word], counts: atdata.Dataset[Count]) -> None:
    words[None]  # refused: positions are integers, and names of splits texts
    words[1.5]  # refused: the same
    words.take("3")  # refused: a count is an integer
    words.filter(lambda word: word.txet)  # refused: no such field
    words.where(3)  # refused: a condition is a text, or made of fields
    words.where(lambda word: True)  # refused: that is for filter
    words.map(lambda word: word.number)  # refused: no such field
    counts.map(count)  # refused: it takes words
    words.interleave([words], stop="never")  # refused: one of two
    words.shuffled(batch_size="8")  # refused: a count is an integer
    taken: atdata.Dataset[Count] = words.take(3)  # refused: these are words
    for batch in words.map(count).ordered(batch_size=2):
        batch.samples()[0].text  # refused: these are counts
    assert isinstance(taken.schema, v1.Schema)
