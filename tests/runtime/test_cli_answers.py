"""What the `atdata` command answers, to people and to programs, against what is kept in tests/golden/cli.

Accept a change with `pytest --update-golden`, and read the difference: it is what users will see.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shop_data import HOSTILE, filled_shop
from terminal import Done, Shop, settled

pytestmark = pytest.mark.xdist_group("cli")

QUESTIONS = {
    "help": "--help",
    "ls": "ls",
    "ls-versions": "ls photographs --versions",
    "ls-search": "ls --search dogs --tag pets",
    "info": "info photographs",
    "info-version": "info photographs@baseline",
    "info-folder": "info out",
    "info-bare": "info ./bare",
    "head": "head photographs -n 2",
    "head-fields": "head photographs@best --fields label,note --split train[6:8]",
    "head-folder": "head out/test.tar",
    "verify": "verify photographs",
    "verify-bare": "verify bare/data.tar",
    "schema-ls": "schema ls",
    "schema-show": "schema show org.example.word",
    "schema-show-python": "schema show photographs --python",
    "schema-diff": "schema diff words photographs",
    "schema-same": "schema diff org.example.word@1.0.0 words",
    "rm-dry": "rm photographs@1.0.0 words --dry-run",
    "gc-dry": "gc --dry-run",
    "cache-ls": "cache ls",
}
"""By the name of the file in which the answer is kept."""

JSON = (
    "ls",
    "info",
    "info-folder",
    "head",
    "verify-bare",
    "schema-ls",
    "schema-show",
    "schema-diff",
    "gc-dry",
)
PEOPLE = (
    "ls",
    "info",
    "info-folder",
    "head",
    "verify",
    "verify-bare",
    "schema-diff",
    "schema-same",
    "rm-dry",
)
PIPED = ("help", "ls", "info", "head", "verify-bare", "schema-diff", "rm-dry")
"""Asked of processes of their own, as all that is asked in a terminal."""

NARROW = ("ls", "info", "schema-diff")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with filled_shop() as found:
        yield found


def _compared(name: str, question: str, done: Done, shop: Shop, update: bool, root: Path) -> None:
    places = {str(shop.folder): "/work"}
    out, err = settled(done.out, places), settled(done.err, places)
    kept = root / "tests" / "golden" / "cli" / f"{name}.txt"
    parts = [f"$ atdata {question}\n", out, *([f"--- said beside it\n{err}"] if err else [])]
    text = "".join([*parts, f"--- ended with {done.status}\n"])
    if update:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, "utf-8")
    expected = kept.read_text("utf-8")
    changes = difflib.unified_diff(
        expected.splitlines(), text.splitlines(), "kept", "now", lineterm=""
    )
    assert text == expected, "\n".join(changes)


@pytest.mark.parametrize("name", QUESTIONS)
def test_answers_to_programs(name: str, shop: Shop, update_golden: bool, root: Path) -> None:
    done = (shop.run if name in PIPED else shop.call)(*QUESTIONS[name].split())
    assert "\x1b" not in done.out + done.err
    assert not set("╭╮╰╯│─┃━┏┓┗┛") & set(done.out), "boxes are for nobody"
    _compared(name, QUESTIONS[name], done, shop, update_golden, root)


@pytest.mark.parametrize("name", JSON)
def test_answers_in_json(name: str, shop: Shop, update_golden: bool, root: Path) -> None:
    question = f"{QUESTIONS[name]} --json"
    done = shop.call(*question.split())
    _compared(f"{name}.json", question, done, shop, update_golden, root)


def test_json_is_the_same_on_a_terminal(shop: Shop) -> None:
    question = ("info", "photographs", "--json")
    assert shop.show(*question).out == shop.run(*question).out


@pytest.mark.parametrize("name", PEOPLE)
def test_answers_to_people(name: str, shop: Shop, update_golden: bool, root: Path) -> None:
    done = shop.show(*QUESTIONS[name].split())
    _compared(f"{name}.tty", QUESTIONS[name], done, shop, update_golden, root)


@pytest.mark.long
@pytest.mark.parametrize("name", PEOPLE)
def test_new_interpreters_answer_the_same(
    name: str, shop: Shop, update_golden: bool, root: Path
) -> None:
    new, question = replace(shop, is_new=True), QUESTIONS[name]
    seen, read = new.show(*question.split()), new.run(*question.split())
    _compared(f"{name}.tty", question, seen, shop, update_golden, root)
    _compared(name, question, read, shop, update_golden, root)


@pytest.mark.parametrize("name", NARROW)
def test_answers_in_a_narrow_terminal(
    name: str, shop: Shop, update_golden: bool, root: Path
) -> None:
    done = shop.show(*QUESTIONS[name].split(), columns=60)
    _compared(f"{name}.narrow", QUESTIONS[name], done, shop, update_golden, root)


def test_nothing_of_a_sample_is_obeyed_by_a_terminal(shop: Shop) -> None:
    plain = shop.show("head", "photographs", "-n", "1", NO_COLOR="1").out
    assert "\\x1b[31mred\\x07\\r\\x9b2J\\u202e" in plain
    for question in ("head photographs -n 1", "head photographs -n 1 --json", "info photographs"):
        for done in (shop.call(*question.split()), shop.show(*question.split(), NO_COLOR="1")):
            found = {char for char in HOSTILE if not char.isprintable()} & set(done.out + done.err)
            # Styles that are no colours are left where NO_COLOR is set.
            assert not found - {"\x1b", "\r"}, question
            assert "\x1b[31m" not in done.out


def test_no_color_is_heeded(shop: Shop) -> None:
    coloured = shop.show("info", "photographs").out
    plain = shop.show("info", "photographs", NO_COLOR="1").out
    assert "\x1b[36m" in coloured
    assert not any(f"\x1b[{code}m" in plain for code in range(30, 50))


def test_a_dumb_terminal_gets_no_escapes(shop: Shop) -> None:
    assert "\x1b" not in shop.show("info", "photographs", TERM="dumb").out


def test_bars_are_shown_to_people_who_do_not_forbid_them(shop: Shop) -> None:
    question = ("verify", "photographs")
    assert "━" in shop.show(*question, ATDATA_NO_PROGRESS="").out
    assert "━" not in shop.show(*question).out
    assert shop.run(*question, ATDATA_NO_PROGRESS="").err == ""
