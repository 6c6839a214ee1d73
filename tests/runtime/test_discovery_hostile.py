"""Relays and repositories that are broken or hostile: told, passed over, and the good ones beside them are there."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from atdata.atmosphere import Atmosphere
from atdata.atmosphere.discovery.limits import Limits
from atdata.atmosphere.records.collections import ENTRY, LABEL, LENS, SCHEMA, record_cid
from atdata.errors import SourceError
from discovery_data import ALICE, BOB, entry_record, label_record, tid, uri_of
from servers.answers import Answer, answering

LATEST = "com.atproto.sync.getLatestCommit"
REPOS = "com.atproto.sync.listReposByCollection"
RECORDS = "com.atproto.repo.listRecords"
REV = tid(1)
Listing = Callable[[dict[str, str]], Any]


def listed(did: str, rkey: str, record: dict[str, Any], **more: Any) -> dict[str, Any]:
    item = {"uri": uri_of(did, record["$type"], rkey), "cid": record_cid(record), "value": record}
    return {**item, **more}


def good(params: dict[str, str]) -> Any:
    """A repository with one dataset."""
    if params["collection"] != ENTRY:
        return {"records": []}
    return {"records": [listed(params["repo"], tid(5), entry_record("good"))]}


def answer(hostile: Listing, repos: Callable[[dict[str, str]], Any] | None = None) -> Answer:
    """Bob is good, and Alice is not."""

    def reply(nsid: str, params: dict[str, str]) -> tuple[int, Any]:
        if nsid == REPOS:
            if repos is not None:
                return 200, repos(params)
            return 200, {"repos": [{"did": ALICE}, {"did": BOB}]}
        if nsid == LATEST:
            return 200, {"cid": record_cid({}), "rev": REV}
        if nsid == RECORDS:
            found: Any = good(params) if params["repo"] == BOB else hostile(params)
            return cast("tuple[int, Any]", found) if isinstance(found, tuple) else (200, found)
        return 404, {"error": "MethodNotImplemented"}

    return reply


def refreshed(hostile: Listing, **limits: Any) -> tuple[Atmosphere, str]:
    """What a reader says whose catalogue has met both."""
    with answering(answer(hostile)) as server:
        reader = Atmosphere(settings=server.settings())
        done = reader.refresh(limits=Limits(**limits))
        text = "\n".join(map(str, done.faults))
        # The settings go on to name the server, which is asked no more.
        assert "good" in {item.name for item in reader.search("good") if item.did == BOB}
        return reader, text


@pytest.fixture(autouse=True)
def folders(user_folders: Path) -> Path:
    return user_folders


def endless(params: dict[str, str]) -> Any:
    """Records without end."""
    if params["collection"] != ENTRY:
        return {"records": []}
    start = int(params.get("cursor") or 0)
    records = [
        listed(ALICE, tid(number), entry_record(f"n{number}"))
        for number in range(start, start + 100)
    ]
    return {"records": records, "cursor": str(start + 100)}


def test_a_repository_of_a_million_records_is_read_to_the_limit() -> None:
    reader, faults = refreshed(endless, records=250)
    assert "more than 250 records" in faults
    assert 200 <= len(reader.search(by=ALICE, limit=1000)) <= 251


def test_a_repository_may_send_so_many_bytes() -> None:
    reader, faults = refreshed(endless, bytes=500_000)
    assert ALICE in faults
    assert len(reader.search(by=ALICE, limit=10_000)) < 1000


def test_pages_of_large_records_are_asked_for_in_parts() -> None:
    metadata = {
        "$bytes": base64.b64encode(b"\x81\xa1a\xda\xff\x00" + b"x" * 0xFF00).decode().rstrip("=")
    }
    records = [
        listed(ALICE, tid(number), entry_record(f"n{number}", metadata=metadata))
        for number in range(150)
    ]
    sizes: list[str] = []

    def large(params: dict[str, str]) -> Any:
        if params["collection"] != ENTRY:
            return {"records": []}
        sizes.append(params["limit"])
        start, size = int(params.get("cursor") or 0), int(params["limit"])
        return {"records": records[start : start + size], "cursor": str(start + size)}

    reader, faults = refreshed(large)
    assert faults == ""
    assert sizes == ["100", *["10"] * 16]
    assert len(reader.search(by=ALICE, limit=1000)) == 150


def test_a_repository_may_take_so_long() -> None:
    _, faults = refreshed(endless, seconds=0.2, records=10**9, bytes=1 << 40)
    assert "more than 0.2 seconds" in faults


def test_a_list_whose_cursor_repeats_comes_to_an_end() -> None:
    page = {"records": [listed(ALICE, tid(1), entry_record("a"))], "cursor": "again"}
    _, faults = refreshed(lambda params: page if params["collection"] == ENTRY else {"records": []})
    assert "repeats itself" in faults


def test_a_list_of_always_new_cursors_and_old_records_comes_to_an_end() -> None:
    numbers = itertools.count()
    item = listed(ALICE, tid(1), entry_record("a"))

    def hostile(params: dict[str, str]) -> Any:
        if params["collection"] != ENTRY:
            return {"records": []}
        return {"records": [item], "cursor": f"c{next(numbers)}"}

    _, faults = refreshed(hostile)
    assert "repeats itself" in faults


@pytest.mark.parametrize(
    "uri",
    [
        uri_of(BOB, ENTRY, tid(9)),
        uri_of(ALICE, SCHEMA, tid(9)),
        uri_of(ALICE, ENTRY, "../x"),
        uri_of(ALICE, ENTRY, "a/b"),
        f"at://{ALICE}/{ENTRY}",
        "https://example.org",
        "",
        7,
        None,
    ],
)
def test_a_record_is_filed_where_it_came_from_and_nowhere_else(uri: object) -> None:
    record = entry_record("poison")

    def hostile(params: dict[str, str]) -> Any:
        if params["collection"] != ENTRY:
            return {"records": []}
        bad = {"uri": uri, "cid": record_cid(record), "value": record}
        return {"records": [bad, listed(ALICE, tid(4), entry_record("fine"))]}

    reader, faults = refreshed(hostile)
    assert "which is no record of" in faults
    assert reader.search("poison") == []
    assert [item.did for item in reader.search("fine")] == [ALICE]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({**entry_record("a"), "name": "x" * 8192}, "name"),
        ({**entry_record("a"), "name": "a\x1b[31m"}, "name"),
        ({**entry_record("a"), "name": 7}, "name"),
        ({**entry_record("a"), "size": 0.5}, "CID|data model|float"),
        ({"$type": ENTRY}, "name|schemaRef|storage|createdAt"),
        ({**label_record("a", uri_of(ALICE, ENTRY, tid(1))), "$type": ENTRY}, "schemaRef|storage"),
        ([], "CID"),
        (None, "CID"),
        ({**entry_record("a"), "createdAt": "yesterday"}, "createdAt"),
    ],
)
def test_a_record_that_cannot_be_used_is_told_and_the_next_one_taken(
    value: Any, message: str
) -> None:
    try:
        cid = record_cid(value)
    except Exception:  # no record has a CID that is none
        cid = record_cid({})

    def hostile(params: dict[str, str]) -> Any:
        if params["collection"] != ENTRY:
            return {"records": []}
        bad = {"uri": uri_of(ALICE, ENTRY, tid(3)), "cid": cid, "value": value}
        return {"records": [bad, listed(ALICE, tid(4), entry_record("fine"))]}

    reader, faults = refreshed(hostile)
    assert uri_of(ALICE, ENTRY, tid(3)) in faults
    assert re.search(message, faults)
    assert "\x1b" not in faults
    assert [item.name for item in reader.search(by=ALICE)] == ["fine"]


def test_a_record_under_the_cid_of_another_is_refused() -> None:
    item = listed(ALICE, tid(3), entry_record("lies"), cid=record_cid(entry_record("truth")))
    reader, faults = refreshed(
        lambda params: {"records": [item]} if params["collection"] == ENTRY else {"records": []}
    )
    assert "which is not that of what it sends" in faults
    assert reader.search("lies") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"records": {}}',
        b'{"records": [[], 7, null, {"uri": []}]}',
        b"[" * 100_000,
        b'{"records": ' + b"[" * 100_000,
        (500, {"error": "InternalServerError"}),
        (400, {"error": "\x1b[31mRepo", "message": "\x1b[2J"}),
        (302, {}),
    ],
    ids=lambda body: str(body)[:20],
)
def test_an_answer_that_is_none_spoils_nothing_for_others(body: Any) -> None:
    reader, faults = refreshed(lambda params: body)
    assert "\x1b" not in faults
    assert reader.search(by=ALICE) == []


def test_the_repository_of_a_server_that_is_broken_is_read_again_the_next_time() -> None:
    broken = True

    def sometimes(params: dict[str, str]) -> Any:
        return (500, {}) if broken else good(params)

    with answering(answer(sometimes)) as server:
        reader = Atmosphere(settings=server.settings())
        assert reader.refresh().faults
        broken = False
        done = reader.refresh()
        assert (done.unchanged, done.added, done.faults) == (1, 1, [])


def test_a_server_that_goes_back_behind_what_was_seen_is_told() -> None:
    rev = tid(7)

    def reply(nsid: str, params: dict[str, str]) -> tuple[int, Any]:
        if nsid == LATEST:
            return 200, {"cid": record_cid({}), "rev": rev}
        return answer(good)(nsid, params)

    with answering(reply) as server:
        reader = Atmosphere(settings=server.settings())
        reader.refresh()
        rev = tid(2)
        done = reader.refresh([BOB])
        assert "was seen before" in str(done.faults[0])
        assert reader.search(by=BOB)


def test_accounts_that_never_were_are_looked_for_once() -> None:
    wanted = [f"did:plc:aaaaaaaaaa{tid(number)}a" for number in range(5)]
    records = [
        listed(ALICE, tid(n), entry_record(f"n{n}", uri_of(did, SCHEMA, "org.example.x:1.0.0")))
        for n, did in enumerate(wanted)
    ]

    def hostile(params: dict[str, str]) -> Any:
        return {"records": records if params["collection"] == ENTRY else []}

    def reply(nsid: str, params: dict[str, str]) -> tuple[int, Any]:
        if nsid == LATEST and params["did"] in wanted:
            return 400, {"error": "RepoNotFound"}
        return answer(hostile)(nsid, params)

    with answering(reply) as server:
        reader = Atmosphere(settings=server.settings())
        reader.refresh()
        asked = [params["did"] for nsid, params in server.asked if nsid == LATEST]
        assert set(wanted) <= set(asked)
        server.asked.clear()
        reader.refresh()
        asked = [params["did"] for nsid, params in server.asked if nsid == LATEST]
        assert sorted(asked) == sorted([ALICE, BOB])


def test_a_relay_whose_cursor_repeats_is_left(folders: Path) -> None:
    page = {"repos": [{"did": BOB}], "cursor": "x"}
    with answering(answer(good, lambda params: page)) as server:
        reader = Atmosphere(settings=server.settings())
        assert "repeats itself" in str(reader.refresh().faults[0])
        assert [item.name for item in reader.search(by=BOB)] == ["good"]
        assert server.count(REPOS) <= 12


def test_a_relay_that_goes_on_without_anything_new_is_left() -> None:
    numbers = itertools.count()
    with answering(
        answer(good, lambda params: {"repos": [{"did": BOB}], "cursor": f"c{next(numbers)}"})
    ) as server:
        reader = Atmosphere(settings=server.settings())
        assert "repeats itself" in str(reader.refresh().faults[0])
        assert [item.name for item in reader.search(by=BOB)] == ["good"]


def test_a_relay_of_a_million_repositories_is_asked_to_the_limit() -> None:
    numbers = itertools.count()

    def many(params: dict[str, str]) -> Any:
        dids = [f"did:plc:aaaaaaaaaa{tid(next(numbers))}a" for _ in range(1000)]
        return {"repos": [{"did": did} for did in dids], "cursor": dids[-1]}

    with answering(answer(good, many)) as server:
        limits = Limits(repositories=5)
        done = Atmosphere(settings=server.settings()).refresh(limits=limits)
        assert "more than 5 repositories" in str(done.faults[0])


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"repos": 7},
        {"repos": [7, None, {}, {"did": 7}, {"did": "did:plc:\x1b[2J"}, {"did": BOB}]},
    ],
)
def test_what_a_relay_says_wrongly_is_passed_over(page: Any) -> None:
    with answering(answer(good, lambda params: page)) as server:
        reader = Atmosphere(settings=server.settings())
        if page.get("repos") == 7 or not page:
            with pytest.raises(SourceError, match="has no list"):
                reader.refresh()
        else:
            reader.refresh()
            assert [item.name for item in reader.search(by=BOB)] == ["good"]


def test_an_account_at_a_private_address_is_not_reached_for_readers_of_the_network() -> None:
    with answering(answer(good)) as server:
        settings = server.settings()
        elsewhere = Atmosphere(settings=type(settings)(relays=(), dns={}))
        done = elsewhere.refresh(["did:web:localhost"])
        assert done.added == 0
        assert done.faults


def test_bodies_are_json_of_what_they_should_be() -> None:
    # The stand-in speaks as servers do: otherwise nothing here was refused for the reason that it should.
    with answering(answer(good)) as server:
        done = Atmosphere(settings=server.settings()).refresh()
        assert done.faults == []
        assert json.dumps([LENS, LABEL])
        assert done.added == 2
