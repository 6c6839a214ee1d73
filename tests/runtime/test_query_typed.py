"""Conditions out of operators of Python, and both forms held against the type before anything is read."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.manifest.query.reading import read_condition
from query_data import stored_rich

DS: Any = stored_rich(40, 7, manifest=True)
F: Any = DS.f

SAME: dict[str, Callable[[], Any]] = {
    "ratio > 0.9": lambda: F.ratio > 0.9,
    "0.9 < ratio": lambda: 0.9 < F.ratio,
    "ratio > 0.9 and label == 'cat'": lambda: (F.ratio > 0.9) & (F.label == "cat"),
    "ratio > 0.9 or not flag == true": lambda: (F.ratio > 0.9) | ~(F.flag == True),  # noqa: E712
    "label in ['cat', 'dog']": lambda: F.label.isin(["cat", "dog"]),
    "label not in ['b', 'a']": lambda: None,
    "number in [1, 2, 3]": lambda: F.number.isin(np.arange(1, 4)),
    "label in ['a', 'b']": lambda: F.label.isin({"b", "a"}),
    "number >= 1 and number <= 5": lambda: F.number.between(1, 5),
    "camera.iso != 3": lambda: F.camera.iso != 3,
    "camera.model == 'a'": lambda: F["camera"]["model"] == "a",
    "startswith(label, 'c')": lambda: F.label.startswith("c"),
    "endswith(label, 't')": lambda: F.label.endswith("t"),
    "contains(label, 'a')": lambda: F.label.contains("a"),
    "'a' in tags": lambda: F.tags.has("a"),
    "'b' in tags": lambda: F.tags.contains("b"),
    "note is null": lambda: F.note.is_null(),
    "note is not null": lambda: None,
    "loss is nan": lambda: F.loss.is_nan(),
    "taken > '2026-01-01T00:00:00Z'": lambda: F.taken > datetime(2026, 1, 1, tzinfo=UTC),
    "number == 3": lambda: F.number == np.int16(3),
    "width > 0.5": lambda: F.width > np.float32(0.5),
    "number < -inf": lambda: F.number < float("-inf"),
}


@pytest.mark.parametrize("text", SAME)
def test_both_forms_are_one(text: str) -> None:
    condition = SAME[text]()
    if condition is not None:
        assert condition == read_condition(text)
        assert hash(condition) == hash(read_condition(text))
        assert pickle.loads(pickle.dumps(condition)) == condition
        assert DS.where(condition).keys() == DS.where(text).keys() == DS.filter(condition).keys()


@pytest.mark.parametrize(
    ("misuse", "remedy"),
    [
        (lambda: bool(F.number > 1), "write & for and"),
        (lambda: F.number > 1 and F.number < 3, "write & for and"),
        (lambda: 1 < F.number < 3, "between"),
        (lambda: not F.flag, "f.flag == True"),
        (lambda: "a" in F.tags, r"f.tags.has\(value\)"),
        (lambda: list(F.tags), "its values"),
        (lambda: F.number == None, "is_null"),  # noqa: E711
        (lambda: F.ratio == float("nan"), "is_nan"),
        (lambda: F.number == F.count, "two fields"),
        (lambda: F.label == b"cat", "got a bytes"),
        (lambda: F.label == ["cat"], "got a list"),
        (lambda: F.label.isin("cat"), "put it in brackets"),
        (lambda: F.label.isin(3), "isin takes a list"),
        (lambda: F.label.isin([None]), "is_null"),
        (lambda: F.label.startswith(3), "a text is looked for"),
        (lambda: F.label == "\ud800", "lone surrogate"),
        (lambda: F.number == 10**400, "an integer of"),
        (lambda: F.taken > datetime(2026, 1, 1), "time zone"),
        (lambda: F[3], "named by a text"),
        (lambda: DS.where(), "takes a condition"),
        (lambda: DS.where(len), "a function is for ds.filter"),
        (lambda: DS.where(True), "got a bool"),
    ],
)
def test_misuse_is_refused_with_the_remedy(misuse: Callable[[], Any], remedy: str) -> None:
    with pytest.raises(atdata.QueryError, match=remedy):
        misuse()


WRONG = {
    "confidense > 1": "there is no field confidense; there are image, number, ratio",
    "ration > 1": "did you mean ratio?",
    "camera.modl == 'a'": "there is no field modl in camera; there are model, iso, frames; did you mean model?",
    "label.length > 3": "label is string, and has no fields inside",
    "label == 3": "label is text, and 3 is a number: compare it with a text in quotes",
    "label": "label is text, and true is a boolean",
    "number == 'a'": "number is integer, and 'a' is a text: compare it with a number",
    "number in [1, 'a']": "number is integer, and 'a' is a text",
    "flag > false": "it has no order",
    "flag == 1": "flag is boolean, and 1 is a number: compare it with true or false",
    "number is nan": "only a float can be NaN",
    "startswith(number, 'a')": "startswith looks into a text",
    "tags == 'a'": "tags is list[string]: ask for a value in it: 'a' in tags",
    "3 in tags": "tags holds text, and 3 is a number",
    "'a' in label": "`in` finds a value in a field of lists",
    "camera == 'a'": "ask for a field inside: camera.name",
    "image == 3": "only `image is null` can be asked of it",
    "taken > 'yesterday'": "taken is a datetime",
    "taken > 3": "compare it with a datetime in quotes",
    "number > 1 and \n `\x1b[31m` == 3": "there is no field `\\x1b[31m`",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_condition_is_held_against_the_type_at_once(text: str) -> None:
    with pytest.raises(atdata.QueryError) as caught:
        DS.where(text)
    message = str(caught.value)
    assert WRONG[text] in message
    *_, line, mark = message.split("\n")
    begin = mark.index("^")
    width = len(mark) - begin
    meant = text.split("\n")[-1].strip() if "\n" in text else text
    assert line[begin : begin + width].strip()[:3] in meant.replace(
        "\x1b", "\N{REPLACEMENT CHARACTER}"
    )


def test_unknown_fields_are_known_at_once_in_python_too() -> None:
    with pytest.raises(atdata.QueryError, match="did you mean ratio"):
        F.ratoi
    with pytest.raises(AttributeError):
        F.camera.nothing
    assert not hasattr(F, "nothing")
    assert "ratio" in dir(F)
    assert repr(F.camera.iso) == "<field camera.iso: integer>"
    assert repr(F).startswith("<fields: image: uint8[...], number: integer, ratio: float64")


@atdata.packable
class Odd:
    class_: int
    _x: int
    isin: int
    f: int
    keys_: int


def test_odd_names_can_be_asked_for(tmp_path: Any) -> None:
    """Python's keywords, leading underscores, and the names of the language and of its own methods."""
    samples = [Odd(class_=n, _x=n, isin=n, f=n, keys_=n) for n in range(5)]
    ds: Any = atdata.write_samples(samples, tmp_path / "d.tar", manifest=True)
    names = list(ds.sample_type.FIELDS)
    f = ds.f
    refs = [f.class_, f._x, f.isin, f.f, f.keys_, *(f[name] for name in names)]
    for ref in refs:
        assert ds.where(ref > 2).keys() == ["000000003", "000000004"]
    for name in names:
        assert len(ds.where(f"{name} > 2")) == 2


def test_a_field_is_named_for_its_view() -> None:
    view: Any = DS.rename_column("number", "n")
    assert view.where(view.f.n == 8).keys() == ["000000008"]
    with pytest.raises(atdata.QueryError):
        view.f.number
