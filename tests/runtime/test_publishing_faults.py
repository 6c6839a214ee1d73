"""A server that refuses, loses, stalls and lies, in front of a real one: nothing is half published, and the same call goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from atdata.atmosphere import Atmosphere
from atdata.atmosphere.publishing.journal import Journal
from atdata.atmosphere.xrpc import trying
from atdata.errors import AtdataError, PublishError, XrpcError
from atdata.index.index import Index
from publishing_data import (
    ENTRY,
    LABEL,
    blob_of,
    commits,
    digits,
    index_of,
    listed,
    members,
    record_at,
)
from servers.faulty_proxy import (
    Answer,
    Corrupt,
    Drop,
    Fault,
    FaultyProxy,
    Lose,
    Shorten,
    faulty_proxy,
    xrpc_method,
)
from servers.pds import Account, PdsServer

UPLOAD = "com.atproto.repo.uploadBlob"
APPLY = "com.atproto.repo.applyWrites"


def error(status: int, name: str, message: str = "no") -> Answer:
    """An error of the protocol's form."""
    return Answer(status, name, json.dumps({"error": name, "message": message}))


@pytest.fixture
def alice(any_pds: PdsServer) -> Account:
    return any_pds.account("alice")


@pytest.fixture
def proxy(any_pds: PdsServer) -> Iterator[FaultyProxy]:
    with faulty_proxy(any_pds.url, xrpc_method) as proxy:
        yield proxy


@pytest.fixture
def session(
    any_pds: PdsServer, alice: Account, proxy: FaultyProxy, user_folders: Path
) -> Atmosphere:
    session = Atmosphere.login(
        alice.handle,
        alice.password,
        service=proxy.endpoint,
        settings=any_pds.settings(),
        keep=False,
    )
    proxy.heal()
    return session


@pytest.fixture
def index(session: Atmosphere, tmp_path: Path) -> Index:
    index = index_of(tmp_path, session)
    index.write(digits(40), name="digits", maxcount=10)
    return index


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are counted elsewhere; here they only take time."""

    def no_sleep(seconds: float) -> None:
        assert seconds >= 0

    monkeypatch.setattr(trying, "sleep", no_sleep)
    monkeypatch.setattr("atdata.atmosphere.publishing.blobs.sleep", no_sleep)


def check_whole(pds: PdsServer, account: Account, uri: str, index: Index) -> None:
    """One entry and one label, and every blob is what the Index has."""
    assert list(listed(pds, account, ENTRY)) == [uri]
    (label,) = listed(pds, account, LABEL).values()
    assert label["datasetUri"] == uri
    sent = [blob_of(pds, account, item["blob"]) for item in record_at(pds, uri)["storage"]["blobs"]]
    shards = index.entry("digits").splits["train"]
    files = [Path(shard.url.removeprefix("file://")).read_bytes() for shard in shards]
    assert [m for data in sent for m in members(data)] == [
        m for data in files for m in members(data)
    ]


@pytest.mark.parametrize(
    "fault",
    [
        Drop(),
        Drop(500),
        Lose(),
        Shorten(),
        error(500, "InternalServerError"),
        error(429, "RateLimitExceeded"),
        error(503, "ServiceUnavailable"),
    ],
)
@pytest.mark.parametrize(
    "operation",
    [
        UPLOAD,
        APPLY,
        "com.atproto.server.describeServer",
        "com.atproto.sync.getLatestCommit",
        "com.atproto.repo.listRecords",
    ],
)
def test_faults_that_pass(
    any_pds: PdsServer,
    alice: Account,
    index: Index,
    proxy: FaultyProxy,
    fault: Fault,
    operation: str,
) -> None:
    proxy.fail(fault, operation, times=2)
    uri = index.promote_entry("digits")
    # What was done, and whose answer was lost, is found to be done.
    done = operation == APPLY and isinstance(fault, Lose | Shorten)
    assert proxy.count(operation) == 1 if done else proxy.count(operation) >= 3
    proxy.heal()
    check_whole(any_pds, alice, uri, index)
    assert index.promote_entry("digits") == uri


def test_a_lost_answer_is_settled_by_looking(
    any_pds: PdsServer, alice: Account, index: Index, proxy: FaultyProxy
) -> None:
    proxy.fail(Lose(), APPLY)
    uri = index.promote_entry("digits")
    # It was there already: nothing was written again.
    assert proxy.count(APPLY) == 1
    check_whole(any_pds, alice, uri, index)


def test_what_was_sent_is_not_sent_again(
    any_pds: PdsServer, alice: Account, index: Index, proxy: FaultyProxy
) -> None:
    proxy.fail(error(400, "InvalidRequest"), APPLY)
    with pytest.raises(PublishError, match="digits@1.0.0 was not published: .*InvalidRequest"):
        index.promote_entry("digits")
    assert listed(any_pds, alice, ENTRY) == {}
    assert proxy.count(UPLOAD) == 8
    proxy.heal()
    uri = index.promote_entry("digits")
    assert proxy.count(UPLOAD) == 0
    check_whole(any_pds, alice, uri, index)


def test_an_upload_that_breaks_goes_on_where_it_stopped(
    any_pds: PdsServer, alice: Account, index: Index, proxy: FaultyProxy
) -> None:
    proxy.fail(error(401, "AuthenticationRequired"), UPLOAD, after=5, times=99)
    with pytest.raises(AtdataError):
        index.promote_entry("digits")
    assert listed(any_pds, alice, ENTRY) == {}
    done = proxy.passed(UPLOAD)
    assert 0 < done < 8
    proxy.heal()
    uri = index.promote_entry("digits")
    assert proxy.passed(UPLOAD) == 8 - done
    check_whole(any_pds, alice, uri, index)


def test_blobs_that_the_server_has_lost_are_sent_again(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index, proxy: FaultyProxy
) -> None:
    """They vanish when no record names them for a while; here, by a journal that claims too much."""
    journal = Journal()
    for shard in index.entry("digits").splits["train"][:2]:
        journal.note_blob(alice.did, str(shard.sha256), "application/x-tar")
    uri = index.promote_entry("digits")
    assert proxy.count(APPLY) >= 2
    check_whole(any_pds, alice, uri, index)


@pytest.mark.parametrize("limit", [None, 20_000])
def test_a_server_that_takes_less_than_it_says(
    any_pds: PdsServer,
    alice: Account,
    session: Atmosphere,
    proxy: FaultyProxy,
    tmp_path: Path,
    limit: int | None,
) -> None:
    """Without a limit said, 50 MB are assumed; each refusal halves it, and it is known the next time."""
    index = index_of(tmp_path, session)
    index.write(digits(40, 20_000), name="digits", maxcount=20)
    said = {} if limit is None else {"blobUploadLimit": 4_000_000}
    text = json.dumps({"did": "did:web:localhost", "availableUserDomains": [".test"], **said})
    describe = "com.atproto.server.describeServer"
    proxy.fail(Answer(200, "", text, "application/json"), describe, times=99)
    proxy.fail(
        error(413, "PayloadTooLarge"),
        UPLOAD,
        times=999,
        when=lambda request: request.bytes > 150_000,
    )
    uri = index.promote_entry("digits")
    check_whole(any_pds, alice, uri, index)
    assert len(record_at(any_pds, uri)["storage"]["blobs"]) >= 6
    learnt = Journal().limit(proxy.endpoint)
    assert learnt is not None
    assert learnt <= 420_000
    index.write(digits(20, 20_000, first=70), name="more")
    refused = proxy.count(UPLOAD) - proxy.passed(UPLOAD)
    index.promote_entry("more")
    assert proxy.count(UPLOAD) - proxy.passed(UPLOAD) <= refused + 4


def test_a_server_that_takes_next_to_nothing(
    any_pds: PdsServer, alice: Account, session: Atmosphere, proxy: FaultyProxy, tmp_path: Path
) -> None:
    index = index_of(tmp_path, session)
    index.write(digits(400, 1000), name="digits")
    proxy.fail(error(413, "PayloadTooLarge"), UPLOAD, times=9999)
    with pytest.raises(PublishError, match=r"takes no blob of|the sample takes"):
        index.promote_entry("digits")
    assert listed(any_pds, alice, ENTRY) == {}


def test_what_arrives_damaged_is_noticed(
    any_pds: PdsServer, alice: Account, index: Index, proxy: FaultyProxy
) -> None:
    proxy.fail(Corrupt(), UPLOAD)
    with pytest.raises(PublishError, match="arrived as another one"):
        index.promote_entry("digits")
    assert listed(any_pds, alice, ENTRY) == {}
    proxy.heal()
    check_whole(any_pds, alice, index.promote_entry("digits"), index)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"blob": null}',
        '{"blob": {"ref": {"$link": 7}, "size": 1}}',
        '{"blob": {"$type": "blob", "ref": "x", "mimeType": "a/b", "size": -1}}',
        "[]",
        "<html>",
    ],
)
def test_answers_that_are_none(
    any_pds: PdsServer, alice: Account, index: Index, proxy: FaultyProxy, text: str
) -> None:
    proxy.fail(Answer(200, "", text, "application/json"), UPLOAD, times=99)
    with pytest.raises((PublishError, XrpcError)):
        index.promote_entry("digits")
    assert listed(any_pds, alice, ENTRY) == {}


def test_a_commit_that_is_refused_says_why(
    any_pds: PdsServer, alice: Account, index: Index, proxy: FaultyProxy
) -> None:
    proxy.fail(error(413, "PayloadTooLarge", "request entity too large"), APPLY, times=99)
    before = commits(any_pds, alice)
    with pytest.raises(PublishError, match="its records are larger than the server takes"):
        index.promote_entry("digits")
    assert commits(any_pds, alice) == before


def test_a_type_with_long_documents_comes_first_where_one_call_is_too_much(
    any_pds: PdsServer, alice: Account, index: Index, proxy: FaultyProxy
) -> None:
    proxy.fail(error(413, "PayloadTooLarge", "request entity too large"), APPLY)
    uri = index.promote_entry("digits")
    assert proxy.passed(APPLY) == 2
    check_whole(any_pds, alice, uri, index)


def test_no_password_and_no_token_is_noted_or_said(
    alice: Account, session: Atmosphere, index: Index, proxy: FaultyProxy, tmp_path: Path
) -> None:
    proxy.fail(error(400, "InvalidRequest", alice.password), APPLY)
    with pytest.raises(PublishError):
        index.promote_entry("digits")
    tokens = [
        part
        for part in json.loads(session.session()).values()
        if isinstance(part, str) and part.count(".") == 2 and len(part) > 60
    ]
    assert tokens
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    for secret in (alice.password, *tokens):
        assert secret.encode() not in kept
