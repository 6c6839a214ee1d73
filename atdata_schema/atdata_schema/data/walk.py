"""One walk over untrusted objects: checked all through, and copied."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from atdata_schema.data.faults import Fault
from atdata_schema.data.limits import MAX_DEPTH, MAX_INTEGER, MAX_VALUES, MIN_INTEGER
from atdata_schema.data.links import Link, link_of_text
from atdata_schema.data.maps import check_entries, check_key, check_map
from atdata_schema.data.values import Value
from atdata_schema.errors import IntegerTooLarge
from atdata_schema.syntax.quoting import quoted

__all__ = ["Refused", "Walk"]

_BASE64 = re.compile(r"[A-Za-z0-9+/]*")


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands in decoded JSON where the text was wrong, so that the walk can say where."""

    reason: str


class Walk:
    """A walk, to be used once."""

    __slots__ = ("greatest", "least", "left", "native", "sample", "spelled")

    def __init__(
        self,
        *,
        spelled: bool,
        native: bool,
        sample: bool = False,
        least: int = MIN_INTEGER,
        greatest: int = MAX_INTEGER,
    ) -> None:
        """Set out.

        Args:
            spelled: whether `{"$bytes": ...}` and `{"$link": ...}` are read as what they spell.
            native: whether bytes and links themselves are taken.
            sample: whether it is the sample form of a type that nobody here knows: floats are taken, and keys
                that the data model reserves are keys of a map, where they do not spell a link.
            least: the least integer taken.
            greatest: the greatest integer taken.
        """
        self.spelled = spelled
        self.native = native
        self.sample = sample
        self.least = least
        self.greatest = greatest
        self.left = MAX_VALUES  # values that may still come: aliases cannot multiply for ever

    def value(self, given: object, depth: int = 0) -> Value:
        """The value that an object is or spells; a `Fault` if none."""
        if isinstance(given, str):
            return _text(given)
        if given is None or isinstance(given, bool):
            return given
        if isinstance(given, int):
            return self._integer(int(given))
        if isinstance(given, dict):
            return self._map(given, depth)
        if isinstance(given, list):
            return self._list(given, depth)
        return self._other(given)

    def _other(self, given: object) -> Value:
        if self.native and isinstance(given, bytes | Link):
            return given
        if isinstance(given, Refused):
            raise Fault(given.reason)
        if isinstance(given, float):
            kept: Any = given if self.sample else self._float(given)
            return cast("Value", kept)
        where = "the data model" if self.native else "JSON"
        raise Fault(f"a {type(given).__name__} has no place in {where}")

    def _integer(self, number: int) -> int:
        if self.least <= number <= self.greatest:
            return number
        bits = number.bit_length()
        given = number if bits <= 128 else f"an integer of {bits} bits"
        raise Fault(
            f"{given} is too large; integers here go from {self.least} to {self.greatest}",
            IntegerTooLarge,
        )

    def _float(self, number: float) -> int:
        if self.spelled and number.is_integer():  # 5.0 is a spelling of 5 in JSON only
            return self._integer(int(number))
        raise Fault(f"{number!r} is a float; the data model has integers; use a text instead")

    def _enter(self, count: int, depth: int) -> None:
        check_entries(count)
        if depth >= MAX_DEPTH:
            raise Fault(f"lists and maps are nested more than {MAX_DEPTH} levels deep")
        self.left -= count
        if self.left < 0:
            raise Fault(f"there are more than {MAX_VALUES} values in all")

    def _list(self, given: Sequence[object], depth: int) -> list[Value]:
        self._enter(len(given), depth)
        values: list[Value] = []
        try:
            for item in given:
                values.append(self.value(item, depth + 1))
        except Fault as fault:
            fault.inside(len(values))
            raise
        return values

    def _map(self, given: Mapping[object, object], depth: int) -> Value:
        self._enter(len(given), depth)
        if self.spelled and not self.sample and ("$link" in given or "$bytes" in given):
            return _spelled(given)
        if self.sample and given.keys() == {"$link"}:
            with suppress(Fault):
                return _spelled(given)
        values: dict[str, Value] = {}
        for key, item in given.items():
            name = check_key(key)
            try:
                values[name] = self.value(item, depth + 1)
            except Fault as fault:
                fault.inside(name)
                raise
        if not self.sample:
            check_map(values)
        return values


def _text(text: str) -> str:
    """The text itself, as a plain `str` where it is the member of an enumeration."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Fault(f"the text {quoted(text)} holds half of a surrogate pair") from None
    return text if type(text) is str else str.__str__(text)


def _spelled(given: Mapping[object, object]) -> bytes | Link:
    if len(given) > 1:
        raise Fault("an object with the key '$bytes' or '$link' has no other keys")
    ((key, content),) = given.items()
    if not isinstance(content, str):
        raise Fault(f"{key!r} holds a text, not a {type(content).__name__}")
    if key == "$bytes":
        return _base64(content)
    return link_of_text(content)


def _base64(text: str) -> bytes:
    """Bytes in base64, read as other implementations do: padding is optional, spare bits are ignored."""
    digits = text.rstrip("=")
    padding = len(text) - len(digits)
    if not _BASE64.fullmatch(digits):
        raise Fault("'$bytes' holds base64: letters, digits, '+' and '/', '=' only at the end")
    if len(digits) % 4 == 1 or (padding and (padding > 2 or len(text) % 4)):
        raise Fault(f"'$bytes' holds base64 of an impossible length: {len(text)} characters")
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))
