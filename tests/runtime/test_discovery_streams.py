"""Streams: frames, proofs of commits, events of both versions; followed on real servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.event_filing import file_message
from atdata.atmosphere.discovery.events import Event, Message, RecordEvent
from atdata.atmosphere.discovery.firehose import Documents, read_message
from atdata.atmosphere.discovery.frames import LARGEST_FRAME, StreamRefused, read_frame
from atdata.atmosphere.discovery.jetstream import read_event
from atdata.atmosphere.discovery.limits import Fault
from atdata.atmosphere.discovery.record_rows import COLLECTIONS
from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA, record_cid
from atdata.errors import SourceError
from atdata_schema.data import Link, as_value, cid_of_block, to_cbor
from atdata_schema.errors import AtdataError, DataError
from discovery_data import BOB, entry_record, label_record, tid, uri_of
from proof_data import DID, Repository
from servers.authors import Author
from servers.pds import AtmosphereOf, PdsServer
from servers.relay import Relay

REV = "3mfyzzzzzzz2a"
NAME = f"{ENTRY}/{tid(1)}"


def frame(kind: str, body: dict[str, Any]) -> bytes:
    return to_cbor({"op": 1, "t": kind}) + to_cbor(body)


def commit(
    repository: Repository, ops: Sequence[dict[str, Any]], car: bytes | None = None, **more: Any
) -> bytes:
    blocks = repository.whole() if car is None else car
    body: dict[str, Any] = {
        "seq": 7,
        "repo": DID,
        "rev": repository.rev,
        "since": None,
        "commit": Link(repository.root),
        "blocks": blocks,
        "ops": list(ops),
        "time": "2026-03-01T12:00:00.000Z",
        "tooBig": False,
        **more,
    }
    return frame("#commit", body)


@pytest.fixture
def repository() -> Repository:
    value = as_value(entry_record("scans"))
    assert isinstance(value, dict)
    return Repository({NAME: value, "app.bsky.feed.post/x": {"text": "hi"}}, rev=REV)


def created(repository: Repository, path: str = NAME) -> dict[str, Any]:
    return {"action": "create", "path": path, "cid": Link(repository.cids[path])}


def documents(repository: Repository) -> Documents:
    def look_up(did: str, fresh: bool) -> DidDocument:
        del did, fresh
        return repository.document

    return look_up


# Frames.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xa2",
        b"\xff" * 20,
        b"\xbb" + b"\xff" * 8,
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff" + b"\x00" * 100,
        to_cbor({"op": 1, "t": "#commit"}),
        to_cbor({"op": 1, "t": "#commit"}) + to_cbor([1]),
        to_cbor([1]) + to_cbor({}),
        to_cbor({"op": 2, "t": "#commit"}) + to_cbor({}),
        to_cbor({"op": 1}) + to_cbor({}),
        to_cbor({"op": 1, "t": "x" * 5000}) + to_cbor({}),
        to_cbor({"op": 1, "t": "#a"}) + b"\x5b\x00\x00\x00\x00\xff\xff\xff\xff",
        b"\x81" * 5000,
        bytes(LARGEST_FRAME + 1),
    ],
    ids=lambda data: data[:12].hex(),
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        read_frame(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    try:
        kind, body = read_frame(data)
    except (DataError, StreamRefused):
        return
    assert isinstance(kind, str)
    assert isinstance(body, dict)


@given(st.dictionaries(st.text(max_size=5), st.integers(-5, 5), max_size=4))
def test_a_frame_is_read_as_it_was_written(body: dict[str, Any]) -> None:
    assert read_frame(frame("#info", body)) == ("#info", body)


def test_an_error_frame_says_why() -> None:
    data = to_cbor({"op": -1}) + to_cbor({"error": "FutureCursor", "message": "\x1b[2Jno"})
    with pytest.raises(StreamRefused, match="FutureCursor") as caught:
        read_frame(data)
    assert caught.value.name == "FutureCursor"
    assert "\x1b" not in str(caught.value)


# Commits of a firehose.


def test_a_commit_is_proved_by_its_own_blocks(repository: Repository) -> None:
    message = read_message(
        commit(repository, [created(repository)]), COLLECTIONS, documents(repository)
    )
    (event,) = message.events
    assert isinstance(event, RecordEvent)
    assert (event.level, event.rev, event.happening) == (Level.SIGNED, REV, "create")
    assert event.uri == uri_of(DID, ENTRY, tid(1))
    assert event.cid == record_cid(entry_record("scans"))
    assert message.faults == ()
    unproved = read_message(commit(repository, [created(repository)]), COLLECTIONS)
    assert [item.level for item in unproved.events if isinstance(item, RecordEvent)] == [
        Level.UNVERIFIED
    ]


def test_what_nobody_asked_for_is_passed_over_unread(repository: Repository) -> None:
    op = {"action": "create", "path": "app.bsky.feed.post/x", "cid": Link(repository.cids[NAME])}
    message = read_message(commit(repository, [op], car=b"no archive"), COLLECTIONS)
    assert (message.events, message.faults) == ((), ())


def test_a_deletion_is_proved_where_the_tree_has_no_such_record(repository: Repository) -> None:
    op = {"action": "delete", "path": f"{ENTRY}/{tid(5)}", "cid": None}
    (event,) = read_message(commit(repository, [op]), COLLECTIONS, documents(repository)).events
    assert isinstance(event, RecordEvent)
    assert (event.happening, event.level, event.cid) == ("delete", Level.SIGNED, None)
    there = {"action": "delete", "path": NAME, "cid": None}
    message = read_message(commit(repository, [there]), COLLECTIONS, documents(repository))
    assert message.events == ()
    assert "the stream says that it is deleted" in message.faults[0]


def test_a_commit_by_another_key_is_refused(repository: Repository) -> None:
    forged = Repository({"a.b.c/x": {}}, secret=99).document
    asked: list[bool] = []

    def looked_up(did: str, fresh: bool) -> DidDocument:
        asked.append(fresh)
        return forged

    message = read_message(commit(repository, [created(repository)]), COLLECTIONS, looked_up)
    assert asked == [False, True]
    assert "signature" in message.faults[0]
    assert [item.happening for item in message.events] == ["sync"]


@pytest.mark.parametrize(
    "change",
    [
        {"repo": BOB},
        {"rev": "3mfyzzzzzzz2b"},
        {"blocks": b""},
        {"blocks": b"\x00" * 100},
        {"blocks": 7},
        {"commit": None},
    ],
    ids=str,
)
def test_a_commit_that_says_what_its_blocks_do_not_is_no_event(
    repository: Repository, change: dict[str, Any]
) -> None:
    data = commit(repository, [created(repository)], **change)
    message = read_message(data, COLLECTIONS, documents(repository))
    assert not [item for item in message.events if isinstance(item, RecordEvent)]
    assert message.faults


@pytest.mark.parametrize(
    "op",
    [
        {"action": "create", "path": NAME, "cid": Link(cid_of_block(to_cbor({"other": 1})))},
        {"action": "create", "path": f"{ENTRY}/a b", "cid": Link(cid_of_block(to_cbor({})))},
        {"action": "create", "path": f"{ENTRY}/", "cid": Link(cid_of_block(to_cbor({})))},
    ],
    ids=str,
)
def test_an_operation_that_the_blocks_do_not_have_is_told(
    repository: Repository, op: dict[str, Any]
) -> None:
    message = read_message(commit(repository, [op]), COLLECTIONS, documents(repository))
    assert message.events == ()
    assert len(message.faults) == 1


@pytest.mark.parametrize(
    "op",
    [
        7,
        {},
        {"action": "explode", "path": NAME, "cid": None},
        {"action": "create", "path": NAME, "cid": None},
    ],
    ids=str,
)
def test_an_operation_that_is_none_is_passed_over(repository: Repository, op: Any) -> None:
    assert read_message(commit(repository, [op]), COLLECTIONS).events == ()


def test_what_is_too_big_or_out_of_step_is_read_anew(repository: Repository) -> None:
    for data in (
        commit(repository, [], tooBig=True),
        frame("#sync", {"seq": 8, "did": DID, "rev": REV, "blocks": b"", "time": "x"}),
    ):
        assert [item.happening for item in read_message(data, COLLECTIONS).events] == ["sync"]
    gone = frame("#account", {"seq": 9, "did": DID, "active": False, "status": "deleted"})
    assert [item.happening for item in read_message(gone, COLLECTIONS).events] == ["inactive"]
    back = frame("#account", {"seq": 9, "did": DID, "active": True})
    assert read_message(back, COLLECTIONS).events == ()
    assert read_message(frame("#wibble", {"seq": 3}), COLLECTIONS) == Message(3)


# Events of a Jetstream.


def event(version: int, **more: Any) -> str:
    record = entry_record("scans")
    common = {
        "rev": REV,
        "operation": "create",
        "collection": ENTRY,
        "rkey": tid(1),
        "record": record,
        "cid": record_cid(record),
        **more,
    }
    if version == 1:
        return json.dumps(
            {"did": DID, "time_us": 1_700_000_000_000_000, "kind": "commit", "commit": common}
        )
    payload = {
        "$type": "network.bsky.jetstream.subscribeEvents#commit",
        "did": DID,
        "seq": 7,
        **common,
    }
    return json.dumps({"$type": "message", "payload": payload})


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_events_say_the_same(version: int) -> None:
    message = read_event(event(version), COLLECTIONS)
    (found,) = message.events
    assert isinstance(found, RecordEvent)
    assert (found.uri, found.level, found.rev) == (
        uri_of(DID, ENTRY, tid(1)),
        Level.UNVERIFIED,
        REV,
    )
    assert message.cursor == (7 if version == 2 else 1_700_000_000_000_000)
    deleted = read_event(event(version, operation="delete"), COLLECTIONS).events
    assert [item.happening for item in deleted] == ["delete"]
    assert read_event(event(version, collection="app.bsky.feed.post"), COLLECTIONS).events == ()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "wrong",
    [
        {"cid": record_cid({})},
        {"record": None},
        {"record": {"a": 0.5}},
        {"rkey": "../x"},
        {"rev": "now"},
        {"operation": "explode"},
    ],
    ids=str,
)
def test_an_event_that_is_wrong_is_told(version: int, wrong: dict[str, Any]) -> None:
    message = read_event(event(version, **wrong), COLLECTIONS)
    assert message.events == ()
    assert len(message.faults) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_event_is_refused(text: str | bytes) -> None:
    with pytest.raises(DataError):
        read_event(text, COLLECTIONS)


def test_an_error_of_a_jetstream_says_why() -> None:
    with pytest.raises(StreamRefused, match="CursorTooOld"):
        read_event(json.dumps({"$type": "error", "error": "CursorTooOld"}), COLLECTIONS)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["did", "kind", "commit", "payload", "seq", "time_us", "$type"]),
            inner,
            max_size=4,
        ),
        max_leaves=8,
    )
)
def test_any_json_is_a_message_or_refused(value: Any) -> None:
    with suppress(AtdataError):
        assert isinstance(read_event(json.dumps(value), COLLECTIONS), Message)


# What is filed of them.


@pytest.fixture
def catalogue(user_folders: Path) -> Catalogue:
    return Catalogue()


def told(
    happening: Any = "create",
    rev: str = REV,
    record: dict[str, Any] | None = None,
    level: Level = Level.SIGNED,
) -> RecordEvent:
    value = entry_record("scans") if record is None else record
    gone = happening == "delete"
    return RecordEvent(
        DID,
        ENTRY,
        tid(1),
        happening,
        rev,
        None if gone else record_cid(value),
        None if gone else value,
        level,
    )


def filed(
    catalogue: Catalogue, *events: RecordEvent | Event, since: str | None = None
) -> list[Fault]:
    revs = [item.rev for item in events if isinstance(item, RecordEvent)]
    message = Message(1, DID, revs[0] if revs else None, since, events)
    return catalogue.change(lambda db: file_message(db, message, "test", None))


def state(catalogue: Catalogue) -> tuple[list[Any], Any]:
    def ask(db: Any) -> tuple[list[Any], Any]:
        names = [name for (name,) in db.execute("SELECT name FROM entries ORDER BY name")]
        row = db.execute("SELECT rev FROM repositories WHERE did = ?", (DID,)).fetchone()
        return names, None if row is None else row[0]

    return catalogue.ask(ask)


def seen(catalogue: Catalogue, rev: str) -> None:
    catalogue.change(
        lambda db: db.execute(
            "INSERT OR REPLACE INTO repositories VALUES (?, NULL, ?, 0)", (DID, rev)
        )
    )


def test_a_proved_commit_that_follows_what_was_seen_moves_the_revision(
    catalogue: Catalogue,
) -> None:
    seen(catalogue, "3mfyzzzzzzy2a")
    filed(catalogue, told(), since="3mfyzzzzzzy2a")
    assert state(catalogue) == (["scans"], REV)


@pytest.mark.parametrize(
    ("level", "since"),
    [(Level.SIGNED, "3mfyzzzzzzx2a"), (Level.SIGNED, None), (Level.UNVERIFIED, "3mfyzzzzzzy2a")],
)
def test_what_is_not_proved_or_leaves_something_out_is_read_anew(
    catalogue: Catalogue, level: Level, since: str | None
) -> None:
    seen(catalogue, "3mfyzzzzzzy2a")
    filed(catalogue, told(level=level), since=since)
    assert state(catalogue) == (["scans"], None)


def test_an_event_of_before_what_was_read_changes_nothing(catalogue: Catalogue) -> None:
    seen(catalogue, "3mfyzzzzzzz2b")
    filed(catalogue, told())
    assert state(catalogue) == ([], "3mfyzzzzzzz2b")


def test_events_in_another_order_end_in_the_same(catalogue: Catalogue) -> None:
    filed(catalogue, told(rev="3mfyzzzzzzz2c", record=entry_record("newer")))
    filed(catalogue, told(rev="3mfyzzzzzzz2b", record=entry_record("older")))
    assert state(catalogue)[0] == ["newer"]
    filed(catalogue, told("delete", rev="3mfyzzzzzzz2d"))
    assert state(catalogue)[0] == []


def test_a_record_that_becomes_unusable_is_not_what_it_was(catalogue: Catalogue) -> None:
    filed(catalogue, told())
    bad = {**entry_record("scans"), "name": "x" * 8192}
    (fault,) = filed(catalogue, told("update", "3mfyzzzzzzz2b", bad))
    assert "name" in str(fault)
    assert state(catalogue)[0] == []


def test_an_event_of_the_future_is_refused(catalogue: Catalogue) -> None:
    (fault,) = filed(catalogue, told(rev="jzzzzzzzzzzzz"))
    assert "in the future" in str(fault)
    assert state(catalogue)[0] == []


def test_an_account_that_is_gone_is_forgotten(catalogue: Catalogue) -> None:
    filed(catalogue, told())
    filed(catalogue, Event(DID, "identity"))
    assert state(catalogue)[0] == ["scans"]
    filed(catalogue, Event(DID, "inactive"))
    assert state(catalogue) == ([], None)


# Followed on real servers.


def streams(relay: Relay, kind: str) -> dict[str, str]:
    if kind == "firehose":
        return {"firehose": relay.url}
    return {"jetstream": relay.web_socket + ("/subscribe" if kind == "v1" else "")}


class Watched:
    """A stream that is followed, and for a minute at most."""

    def __init__(self, reader: Atmosphere, **more: Any) -> None:
        self.faults: list[Fault] = []
        self._stop = threading.Event()
        self._timer = threading.Timer(60, self._stop.set)
        self._events = reader.watch(stop=self._stop, faults=self.faults.append, **more)

    def __enter__(self) -> Watched:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with closing(self._events):  # type: ignore[type-var]  # a generator, which has it
            pass

    def until(self, uri: str) -> list[RecordEvent]:
        """What happened, up to and with a record."""
        found: list[RecordEvent] = []
        for item in self._events:
            if isinstance(item, RecordEvent):
                found.append(item)
                if item.uri == uri:
                    return found
        raise AssertionError(f"the stream ended: {[*map(str, self.faults)]}, {found}")


@pytest.mark.parametrize("kind", ["firehose", "v1", "v2"])
def test_what_is_published_is_found_while_it_is_followed(
    alice: Author, bob: Author, relay: Relay, kind: str
) -> None:
    reader = Atmosphere(settings=relay.settings())
    first = alice.publish("first")
    with Watched(reader, **streams(relay, kind), cursor=0) as watched:
        found = watched.until(first)
    assert found[-1].level == (Level.SIGNED if kind == "firehose" else Level.UNVERIFIED)
    assert [item.name for item in reader.search("first", by=alice.did)] == ["first"]
    # It goes on where it was left: what is published meanwhile is not missed, and nothing comes again.
    second = bob.publish("second")
    alice.delete(first)
    relay.caught_up()
    label, _ = bob.write(LABEL, label_record("best", second, "1.0.0"))
    with Watched(reader, **streams(relay, kind)) as watched:
        found = watched.until(label)
    assert first in [item.uri for item in found if item.happening == "delete"]
    assert [item.uri for item in found if item.happening == "create" and item.uri == first] == []
    assert [item.name for item in reader.search("second", by=bob.did)] == ["second"]
    assert reader.search("first", by=alice.did) == []


@pytest.mark.parametrize("kind", ["firehose", "v1", "v2"])
def test_a_connection_that_breaks_is_made_again(alice: Author, relay: Relay, kind: str) -> None:
    reader = Atmosphere(settings=relay.settings())
    first = alice.publish("first")
    with Watched(reader, **streams(relay, kind), cursor=0) as watched:
        watched.until(first)
        relay.cut()
        second = alice.publish("second")
        found = watched.until(second)
    assert [item.uri for item in found].count(second) == 1
    assert any("the stream ended" in str(fault) for fault in watched.faults)


def test_the_firehose_of_one_server_is_followed_itself(alice: Author, pds: PdsServer) -> None:
    reader = Atmosphere(settings=pds.settings())
    uri = alice.publish("direct")
    with Watched(reader, firehose=pds.url, cursor=0) as watched:
        found = watched.until(uri)
    assert {item.level for item in found if item.did == alice.did} == {Level.SIGNED}


def test_what_a_firehose_proved_is_not_read_again(alice: Author, pds: PdsServer) -> None:
    alice.publish("first")
    reader = Atmosphere(settings=pds.settings())
    reader.refresh([alice.did])
    with Watched(reader, firehose=pds.url, cursor=0) as watched:
        alice.write("org.example.other", {"$type": "org.example.other"})
        watched.until(alice.publish("second"))
    done = reader.refresh([alice.did])
    assert (done.unchanged, done.added) == (1, 0)
    assert {item.name: item.level for item in reader.by(alice.did)} == {
        "first": "unverified",
        "second": "signed",
    }


def test_a_cursor_that_the_server_does_not_have_begins_anew(alice: Author, pds: PdsServer) -> None:
    reader = Atmosphere(settings=pds.settings())
    ended = threading.Event()

    def publish() -> None:
        while not ended.wait(0.3):
            alice.publish("later")

    uri = uri_of(alice.did, SCHEMA, "org.example.scan:1.0.0")
    thread = threading.Thread(target=publish)
    thread.start()
    try:
        with Watched(reader, firehose=pds.url, cursor=10**12) as watched:
            watched.until(uri)
    finally:
        ended.set()
        thread.join()
    assert any("is not there any more" in str(fault) for fault in watched.faults)


def test_following_ends_when_it_is_told_to(relay: Relay, user_folders: Path) -> None:
    reader = Atmosphere(settings=relay.settings())
    relay.caught_up()
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    assert list(reader.watch(firehose=relay.url, stop=stop, keep=False)) == []


@pytest.mark.parametrize(
    "stream",
    [
        "ftp://x",
        "wss://",
        "wss://a.example.org/other",
        "wss://u@a.example.org",
        "wss://a.example.org?x=1",
    ],
)
def test_what_is_no_stream_is_refused(relay: Relay, user_folders: Path, stream: str) -> None:
    with pytest.raises(SourceError, match="is no stream"):
        Atmosphere(settings=relay.settings()).watch(jetstream=stream)


@contextmanager
def saying(*messages: bytes | str) -> Generator[str]:
    """A server that says some things to everybody, and then nothing; its host and port."""

    def say(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            for message in messages:
                connection.send(message)
            connection.recv()

    with serve(say, "localhost", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"localhost:{server.socket.getsockname()[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    "odd",
    [bytes(6 << 20), b"", b"\x5b" + b"\xff" * 8, "text", b"\x00" * 3],
    ids=lambda odd: str(len(odd)),
)
def test_a_message_that_is_none_is_passed_over_and_the_next_one_taken(
    repository: Repository, user_folders: Path, odd: bytes | str
) -> None:
    reader = Atmosphere(settings=Settings(directory="http://localhost:1", local=True))
    with (
        saying(odd, commit(repository, [created(repository)])) as host,
        Watched(reader, firehose=f"http://{host}") as watched,
    ):
        (event,) = watched.until(uri_of(DID, ENTRY, tid(1)))
    assert event.level is Level.UNVERIFIED  # its account cannot be looked up
    assert [item.name for item in reader.search("scans")] == ["scans"]
    assert any("is passed over" in str(fault) for fault in watched.faults)


@pytest.mark.parametrize("odd", ["[" * (9 << 20), "{", "7", b"\xff"], ids=lambda odd: str(len(odd)))
def test_an_event_that_is_none_is_passed_over_and_the_next_one_taken(
    user_folders: Path, odd: bytes | str
) -> None:
    reader = Atmosphere(settings=Settings(directory="http://localhost:1", local=True))
    with (
        saying(odd, event(1)) as host,
        Watched(reader, jetstream=f"ws://{host}/subscribe") as watched,
    ):
        watched.until(uri_of(DID, ENTRY, tid(1)))
    assert any("is passed over" in str(fault) for fault in watched.faults)


def test_the_firehose_of_an_earlier_generation_is_followed(
    older_pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
    account = older_pds.account("olga")
    author = Author(account, atmosphere_of(account))
    reader = Atmosphere(settings=older_pds.settings())
    first = author.publish("first")
    with Watched(reader, firehose=older_pds.url, cursor=0) as watched:
        watched.until(first)
        author.delete(first)
        found = watched.until(author.publish("second"))
    assert [item.happening for item in found if item.uri == first] == ["delete"]
    assert [item.name for item in reader.by(account.did)] == ["second"]
    assert reader.refresh([account.did]).faults == []


def test_a_stream_at_a_private_address_is_not_reached(user_folders: Path) -> None:
    stop = threading.Event()
    faults: list[Fault] = []

    def note(fault: Fault) -> None:
        faults.append(fault)
        stop.set()

    reader = Atmosphere(settings=Settings())
    assert list(reader.watch(jetstream="wss://localhost:9", stop=stop, faults=note)) == []
    assert "private network" in str(faults[0])
    with pytest.raises(SourceError, match="without encryption"):
        reader.watch(jetstream="ws://jetstream.example.org")
