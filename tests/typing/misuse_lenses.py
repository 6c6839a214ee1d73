"""Wrong uses of lenses: each line marked `refused` must be an error, and no other."""

from __future__ import annotations

import atdata


@atdata.packable
class Word:
    text: str


@atdata.packable
class Count:
    number: int


@atdata.packable
class Sign:
    positive: bool


@atdata.lens
def count(word: Word) -> Count:
    return Count(number=len(word.text))


@atdata.lens
def sign(source: Count) -> Sign:
    return Sign(positive=source.number > 0)


def use(words: atdata.Dataset[Word], counts: atdata.Dataset[Count]) -> None:
    count.get(Count(number=3))  # refused: it reads words
    count.put(Word(text="a"), Word(text="a"))  # refused: the view is a count
    sign | count  # refused: a sign is no word
    sign @ sign  # refused: the same
    count | 3  # refused: no lens
    seen: atdata.Dataset[Sign] = words.view(count)  # refused: these are counts
    words.view(3)  # refused: no lens
    counts.put_back(words.view(count), count)  # refused: it reads words
    words.put_back(words.view(count | sign), count)  # refused: these are signs
    words.view(count)[0].text  # refused: a count has none
    atdata.identity(3)  # refused: no class
    assert seen
