"""The words of a text, as `search` compares them.

Upper and lower case are the same, and so are forms of one character (NFKC); a word is a run of letters,
marks and digits. Where a script is written without spaces, as Chinese and Japanese are, each character is a
word. Of a name in camel case the parts are words as well as the whole: `imageSample` is found by `image`,
by `sample` and by `imagesample`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import regex

__all__ = ["LONGEST", "encoded", "parts_of", "words_of"]

LONGEST: Final = 160
"""Characters of a word that are compared."""
_ONE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Extended_Pictographic}--\p{N}]"
_WORD: Final = rf"(?V1){_ONE}|[[\p{{L}}\p{{M}}\p{{N}}]--{_ONE}]+"
_PART: Final = r"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+"

# The same of ASCII, which most texts are: several times as fast, and without loading `regex`.
_ASCII_WORD: Final = re.compile("[a-z0-9]+")
_ASCII_PART: Final = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words_of(text: str) -> list[str]:
    """The words of a text, in order.

    >>> words_of("Straßen & Häuser, 2ﬁ")
    ['strassen', 'häuser', '2fi']
    """
    if text.isascii():
        found = _ASCII_WORD.findall(text.lower())
        if len(text) <= LONGEST:
            return found
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        found = _pattern(_WORD).findall(folded)
    return [word[:LONGEST] for word in found]


@lru_cache(maxsize=1024)
def parts_of(name: str) -> tuple[str, ...]:
    """The words of a name, and the parts of those that are written in camel case.

    >>> parts_of("org.example.imageSample")
    ('org', 'example', 'imagesample', 'image', 'sample')
    >>> parts_of("cifar10-HTTPServer")
    ('cifar10', 'httpserver', 'cifar', '10', 'http', 'server')
    """
    words = words_of(name)
    parts = (_ASCII_PART if name.isascii() else _pattern(_PART)).findall(name)
    if parts == words and name.isascii():  # nothing is in camel case, as in most names
        return tuple(dict.fromkeys(words))
    return tuple(dict.fromkeys((*words, *(word for part in parts for word in words_of(part)))))


def encoded(text: str) -> str:
    """A text in `a-z 0-9 _` alone, so that it means nothing but itself to any database.

    Other characters are the bytes of their UTF-8 as `_` and two digits; so one text begins with another
    exactly where they do so encoded.

    >>> encoded("häuser")
    'h_c3_a4user'
    """
    if _PLAIN.fullmatch(text):
        return text
    return _OTHER.sub(lambda found: f"_{ord(found[0]):02x}", text.encode("utf-8").decode("latin-1"))


_PLAIN: Final = re.compile("[a-z0-9]*")
_OTHER: Final = re.compile("[^a-z0-9]")


@lru_cache(maxsize=2)
def _pattern(text: str) -> regex.Pattern[str]:
    import regex  # late: it takes 20 ms

    return regex.compile(text)
