"""Texts, choices and instants."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field
from atdata_schema.fields.instants import Datetime, format_instant, parse_instant
from atdata_schema.fields.text import Choice, Text, count_graphemes
from atdata_schema.wire.npy import Buffer

FAMILY = "👩‍👩‍👧"  # five code points, eighteen bytes, one grapheme


def packed(field: Field[Any], value: object) -> bytes:
    out: list[Buffer] = []
    field.pack(value, out)
    return b"".join(out)


class Colour(str, enum.Enum):  # noqa: UP042  # the older spelling, which is no StrEnum
    RED = "red"


@pytest.mark.parametrize("value", ["red", np.str_("red"), Colour.RED])
@pytest.mark.parametrize("field", [Text(), Choice[Any](("red",))])
def test_texts_of_every_make_are_taken_and_are_plain_afterwards(
    field: Field[Any], value: object
) -> None:
    assert packed(field, value) == b"\xa3red"
    assert type(field.to_record(value)) is str
    assert field.to_record(value) == "red"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Text(), 5, "expected string, got int 5"),
        (Text(), b"x", "expected string, got bytes b'x'"),
        (Text(), None, "expected string, got NoneType None"),
        (Text(), "a\ud800", "lone surrogate"),
        (Text(max_length=9), "\udfff", "lone surrogate"),
        (Text(max_length=3), "été", r"string\(maxLength 3\), got 5 bytes: str 'été'"),
        (Text(min_length=3), "é", r"string\(minLength 3\), got 2 bytes"),
        (Text(max_graphemes=1), FAMILY * 2, r"string\(maxGraphemes 1\), got 2 graphemes"),
        (Text(min_graphemes=2), FAMILY, r"string\(minGraphemes 2\), got 1 graphemes"),
        (Text(const="a"), "b", r"string\(const a\), got str 'b'"),
        (Text(format="did"), "nope", "no DID"),
        (Text(format="nsid"), "nope", "no NSID"),
        (Text(max_length=5), "x" * 1_000_000, "got 1000000 bytes: str 'xxx"),
        (Choice[Any](("cat", "dog")), "cow", r"string\(enum \[cat, dog\]\), got str 'cow'"),
        (Choice[Any](("cat",)), ["cat"], r"got list \['cat'\]"),
        (Choice[Any](("cat",), Text(max_length=2)), "cat", "got 3 bytes"),
    ],
)
def test_what_a_field_does_not_allow_is_refused(
    field: Field[Any], value: object, message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        packed(field, value)
    assert len(str(caught.value)) < 400
    with pytest.raises(ValidationError, match=message):
        field.to_record(value)


def test_lengths_at_their_bounds_are_allowed() -> None:
    assert packed(Text(min_length=5, max_length=5), "été")
    assert packed(Text(min_graphemes=1, max_graphemes=1), FAMILY)
    assert packed(Text(max_length=0), "") == b"\xa0"


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("abc", 3), ("\r\n", 1), ("e\u0301", 1), (FAMILY, 1), ("🇩🇪🇫🇷", 2), ("각", 1)],
)
def test_graphemes_are_extended_clusters(text: str, count: int) -> None:
    assert count_graphemes(text) == count


@pytest.mark.parametrize("value", [1, b"cat", None, ["cat"]])
@pytest.mark.parametrize("field", [Text(), Choice[Any](("cat",)), Datetime()])
def test_a_form_of_another_kind_is_refused_on_reading(field: Field[Any], value: object) -> None:
    for read in (field.unpack, field.from_record):
        with pytest.raises(DecodeError, match=r"expected (string|datetime)"):
            read(value)


def test_a_choice_outside_the_set_is_refused_on_reading() -> None:
    field = Choice[Literal["cat", "dog"]](("cat", "dog"))
    assert field.unpack("dog") == "dog"
    with pytest.raises(DecodeError, match=r"enum \[cat, dog\]"):
        field.unpack("cow")


def test_fields_say_what_they_are() -> None:
    assert str(Text("did", max_length=9)) == "did(maxLength 9)"
    assert str(Choice[Any](("a", "b"), Text(max_length=9))) == "string(maxLength 9, enum [a, b])"
    assert str(Datetime(32)) == "datetime(maxLength 32)"


# Instants.

zones = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda n: timezone(timedelta(minutes=n)))


def _placed(moment: datetime, zone: timezone) -> datetime:
    return moment.replace(tzinfo=zone)


instants = st.builds(_placed, st.datetimes(), zones)


@given(instants)
def test_every_instant_survives_with_its_offset(moment: datetime) -> None:
    """From the first year to the last, at any offset of whole minutes."""
    for back in (
        parse_instant(format_instant(moment)),
        Datetime().from_record(Datetime().to_record(moment)),
    ):
        assert back.replace(tzinfo=None) == moment.replace(tzinfo=None)
        assert back.utcoffset() == moment.utcoffset()


@given(instants)
def test_the_text_of_an_instant_is_a_datetime_of_the_lexicon(moment: datetime) -> None:
    assert Text(format="datetime").to_record(format_instant(moment))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006Z"),
        (
            datetime(2026, 7, 2, 3, 4, tzinfo=ZoneInfo("Europe/Berlin")),
            "2026-07-02T03:04:00+02:00",
        ),
        (datetime(2026, 1, 2, tzinfo=ZoneInfo("Europe/London")), "2026-01-02T00:00:00Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_instants_by_hand(moment: datetime, text: str) -> None:
    assert format_instant(moment) == text
    assert packed(Datetime(), moment)[-len(text) :] == text.encode()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (datetime(2026, 1, 1), "no time zone; give one"),  # naive on purpose
        (datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=1, seconds=1))), "has seconds"),
        ("2026-01-01T00:00:00Z", "expected datetime, got str"),
        (1767225600, "expected datetime, got int"),
        (None, "expected datetime, got NoneType None"),
        (np.datetime64("2026-01-01"), "expected datetime, got datetime64"),
    ],
)
def test_what_is_no_instant_is_refused(value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        packed(Datetime(), value)


def test_a_text_longer_than_the_field_allows_is_refused() -> None:
    moment = datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    with pytest.raises(ValidationError, match=r"maxLength 20\), got 27 bytes"):
        packed(Datetime(20), moment)


@pytest.mark.parametrize(
    ("text", "micros"), [(".5Z", 500_000), (".123456000Z", 123_456), (".000001Z", 1), ("Z", 0)]
)
def test_fractions_are_read_exactly(text: str, micros: int) -> None:
    assert parse_instant("2026-01-01T00:00:00" + text).microsecond == micros


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0000-01-01T00:00:00Z", "finer or earlier than a Python datetime; keep it as text"),
        ("2026-01-01T00:00:00.1234567Z", 'keep it as text with "x-atdata"'),
        ("2026-01-01T00:00:00", "no datetime such as"),
        ("2026-01-01 00:00:00Z", "no datetime such as"),
        ("2026-13-01T00:00:00Z", "no datetime such as"),
        ("2026-01-01T00:00:00-00:00", "no datetime such as"),
        ("", "no datetime such as"),
        ("9" * 1_000_000, "no datetime such as"),
    ],
)
def test_texts_that_no_python_datetime_holds_are_refused(text: str, message: str) -> None:
    with pytest.raises(DecodeError, match=message) as caught:
        Datetime().unpack(text)
    assert len(str(caught.value)) < 300


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,12}Z"))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    try:
        moment = parse_instant(text)
    except DecodeError:
        return
    assert moment.utcoffset() is not None
