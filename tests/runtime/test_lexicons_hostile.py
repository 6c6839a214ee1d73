"""Servers that misbehave when a lexicon is fetched: nothing that is not proved is taken, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from atdata.atmosphere.lexicons.fetching import MOST, Network
from atdata.errors import LoadError
from atdata_schema.schema import document_cid
from atdata_schema.vendored.manifest import Manifest
from atdata_schema.vendored.pulling import Wanted, pull
from lexicon_servers import note
from servers.forged_pds import Answer, Asked, ForgedPds

GROUP = "test.alice"
NSID = f"{GROUP}.note"
COLLECTION = "com.atproto.lexicon.schema"
RECORD = "com.atproto.sync.getRecord"

Break = Callable[[ForgedPds], None]


@pytest.fixture
def server(forged: ForgedPds) -> ForgedPds:
    """A server with a lexicon, whose account `alice.test` names."""
    forged.dns[f"_lexicon.{GROUP.partition('.')[2]}.test"] = (f"did={forged.did}",)
    put(forged, NSID, note(NSID))
    return forged


def put(server: ForgedPds, rkey: str, value: dict[str, Any], kind: str = COLLECTION) -> None:
    server.put(f"{COLLECTION}/{rkey}", {**value, "$type": kind})


def fetched(server: ForgedPds, *names: str) -> dict[str, str]:
    """What a pull gives: the CID of each."""
    wanted = [Wanted(name) for name in names or (NSID,)]
    found = pull(Network(server.reader()), wanted, Manifest(), {})
    return {nsid: item.cid for nsid, item in found.manifest.resolutions.items()}


def another_key(server: ForgedPds) -> None:
    server.secret = 9
    server.sign()


def another_record(server: ForgedPds) -> None:
    """The proof of another record of the same repository, with a good signature."""
    path = f"{COLLECTION}/{GROUP}.other"
    put(server, f"{GROUP}.other", note(f"{GROUP}.other"))

    def answer(asked: Asked, made: Answer) -> None:
        made.body = server.repository.proof(path)

    server.then[RECORD] = answer


def tampered(server: ForgedPds) -> None:
    def answer(asked: Asked, made: Answer) -> None:
        assert isinstance(made.body, bytes)
        assert b"string" in made.body
        made.body = made.body.replace(b"string", b"strinG")

    server.then[RECORD] = answer


def endless(server: ForgedPds) -> None:
    def answer(asked: Asked, made: Answer) -> None:
        made.headers["Content-Length"] = str(1 << 40)

    server.then[RECORD] = answer


def another_type(server: ForgedPds) -> None:
    put(server, NSID, note(NSID), "org.evil.lexicon")


def another_name(server: ForgedPds) -> None:
    put(server, NSID, note("org.evil.note"))


def gone(server: ForgedPds) -> None:
    server.put(f"{COLLECTION}/{NSID}", None)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (another_key, "sign"),
        (another_record, NSID),
        (tampered, "CID"),
        (endless, "broke off"),
        (another_type, "$type"),
        (another_name, "id: 'org.evil.note'"),
        (gone, "no such lexicon"),
    ],
)
def test_what_is_not_proved_is_not_taken(server: ForgedPds, spoil: Break, said: str) -> None:
    assert fetched(server) == {NSID: document_cid(note(NSID))}
    spoil(server)
    with pytest.raises(LoadError) as caught:
        fetched(server)
    assert said in str(caught.value)
    assert NSID in str(caught.value)


def test_an_earlier_state_is_noticed(server: ForgedPds) -> None:
    before = server.repository
    put(server, NSID, note(NSID, more={"type": "integer"}))
    assert fetched(server)[NSID] == document_cid(note(NSID, more={"type": "integer"}))
    server.repository = before
    with pytest.raises(LoadError, match="earlier"):
        fetched(server)


def test_a_list_names_what_is_not_there(server: ForgedPds) -> None:
    """The server's word for what a group holds is held against proofs."""
    network = Network(server.reader())
    assert network.published_in(GROUP, server.did) == [NSID]
    put(server, f"{GROUP}.ghost", note(f"{GROUP}.ghost"))
    names = Network(server.reader()).published_in(GROUP, server.did)
    server.put(f"{COLLECTION}/{GROUP}.ghost", None)
    with pytest.raises(LoadError, match="ghost: there is no such lexicon"):
        fetched(server, *names)


def test_a_repository_of_a_million_lexicons_is_not_listed(server: ForgedPds) -> None:
    def answer(asked: Asked, made: Answer) -> None:
        first = int(asked.params.get("cursor", "0"))
        records: list[dict[str, Any]] = [
            {
                "uri": f"at://{server.did}/{COLLECTION}/org.evil.n{number}",
                "cid": "bafyreia",
                "value": {},
            }
            for number in range(first, first + 100)
        ]
        made.body = json.dumps({"records": records, "cursor": str(first + 100)}).encode()

    server.then["com.atproto.repo.listRecords"] = answer
    with pytest.raises(LoadError, match=f"more than {MOST:,} records"):
        Network(server.reader()).published_in(GROUP, server.did)
    assert server.count("com.atproto.repo.listRecords") <= MOST // 100 + 2
