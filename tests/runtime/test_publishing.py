"""Datasets published to a real PDS of both generations, and looked at there by none of our own code."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere import Atmosphere
from atdata.atmosphere.publishing import state, writing
from atdata.atmosphere.publishing.journal import Journal
from atdata.atmosphere.publishing.plan import Plan
from atdata.errors import (
    AuthenticationError,
    ConfirmationNeeded,
    EntryNotFound,
    NameRefused,
    PublishError,
)
from atdata.index.index import Index
from publishing_data import (
    ENTRY,
    LABEL,
    SCHEMA,
    Digit,
    blob_of,
    commits,
    digits,
    index_of,
    listed,
    members,
    record_at,
)
from servers.pds import Account, AtmosphereOf, PdsServer


@pytest.fixture
def alice(any_pds: PdsServer) -> Account:
    return any_pds.account("alice")


@pytest.fixture
def session(alice: Account, atmosphere_of: AtmosphereOf) -> Atmosphere:
    return atmosphere_of(alice)


@pytest.fixture
def index(session: Atmosphere, tmp_path: Path) -> Index:
    return index_of(tmp_path, session)


def storage(record: dict[str, Any]) -> list[dict[str, Any]]:
    assert record["storage"]["$type"] == "science.alt.dataset.storageBlobs"
    found: list[dict[str, Any]] = record["storage"]["blobs"]
    return found


def told(record: dict[str, Any], split: str = "train") -> list[dict[str, Any]]:
    """What the entry says of each shard of a split."""
    found: list[dict[str, Any]] = next(
        s["shards"] for s in record["atdata"]["splits"] if s["name"] == split
    )
    return found


# What is published.


def test_an_entry_with_its_type_and_its_label_in_one_commit(
    any_pds: PdsServer, alice: Account, index: Index
) -> None:
    entry = index.write(
        digits(40),
        name="digits",
        maxcount=16,
        description="Digits",
        license="CC-BY-4.0",
        tags=["hand", "written"],
        metadata={"ratio": 0.25, "who": ["me"]},
    )
    uri = index.promote_entry("digits")
    assert uri.startswith(f"at://{alice.did}/{ENTRY}/")
    record = record_at(any_pds, uri)
    assert {key: record[key] for key in ("name", "description", "license", "tags")} == {
        "name": "digits",
        "description": "Digits",
        "license": "CC-BY-4.0",
        "tags": ["hand", "written"],
    }
    assert record["size"] == {"samples": 40, "shards": 3, "bytes": entry.bytes}
    assert record["atdata"]["version"] == "1.0.0"
    ((schema_uri, schema),) = listed(any_pds, alice, SCHEMA).items()
    assert schema_uri == f"at://{alice.did}/{SCHEMA}/org.example.publishing.digit:1.0.0"
    assert record["schemaRef"] == record["atdata"]["schema"]["uri"] == schema_uri
    assert schema["lexicon"]["cid"] == entry.schema.cid
    assert schema["description"] == "A digit that somebody wrote."
    (label,) = listed(any_pds, alice, LABEL).values()
    assert (label["name"], label["version"], label["datasetUri"]) == ("digits", "1.0.0", uri)
    created = {record["createdAt"], schema["createdAt"], label["createdAt"]}
    assert len(created) == 1


def test_everything_that_checks_a_shard_is_in_the_record(
    any_pds: PdsServer, alice: Account, index: Index
) -> None:
    entry = index.write(digits(40), name="digits", maxcount=16)
    record = record_at(any_pds, index.promote_entry("digits"))
    for shard, blob, said in zip(entry.splits["train"], storage(record), told(record), strict=True):
        data = blob_of(any_pds, alice, blob["blob"])
        assert hashlib.sha256(data).hexdigest() == shard.sha256 == blob["checksum"]["digest"]
        assert blob["blob"]["mimeType"] == "application/x-tar"
        assert (said["samples"], said["bytes"]) == (shard.samples, len(data))
        beside = blob_of(any_pds, alice, said["index"]["blob"])
        assert hashlib.sha256(beside).hexdigest() == shard.index == said["index"]["digest"]


def test_splits_keep_their_order(any_pds: PdsServer, index: Index) -> None:
    index.write(digits(10), name="digits", split="validation")
    index.write(digits(20, first=10), name="digits", split="train", maxcount=10)
    record = record_at(any_pds, index.promote_entry("digits"))
    splits = [
        (s["name"], [shard["samples"] for shard in s["shards"]]) for s in record["atdata"]["splits"]
    ]
    assert splits == [("validation", [10]), ("train", [10, 10])]
    assert len(storage(record)) == 3


def test_the_same_again_is_nothing_new(any_pds: PdsServer, alice: Account, index: Index) -> None:
    index.write(digits(10), name="digits")
    uri = index.promote_entry("digits")
    before = commits(any_pds, alice)
    assert index.promote_entry("digits") == uri
    assert index.promote_entry("digits", "1.0.0") == uri
    assert index.promote_entry("digits@1.0.0") == uri
    assert commits(any_pds, alice) == before


def test_the_same_again_without_notes(any_pds: PdsServer, alice: Account, index: Index) -> None:
    """On another machine: found by the label, and compared."""
    index.write(digits(10), name="digits")
    uri = index.promote_entry("digits")
    before = commits(any_pds, alice)
    Journal().path.unlink()
    assert index.promote_entry("digits") == uri
    assert commits(any_pds, alice) == before


def test_the_same_again_of_shards_that_were_cut(
    any_pds: PdsServer, alice: Account, index: Index
) -> None:
    index.write(digits(20, 600_000), name="large", maxsize="100MB")
    uri = index.promote_entry("large")
    before = commits(any_pds, alice)
    with sqlite3.connect(Journal().path) as db:
        db.execute("DELETE FROM publications")
        db.execute("DELETE FROM blobs")
        db.execute("DELETE FROM parts")
    assert index.promote_entry("large") == uri
    assert commits(any_pds, alice) == before


def test_other_words_about_it_are_other_contents(
    any_pds: PdsServer, session: Atmosphere, index: Index, tmp_path: Path
) -> None:
    index.write(digits(10), name="digits", description="one")
    index.promote_entry("digits")
    others: list[tuple[str, str | None, list[str], dict[str, int]]] = [
        ("two", None, [], {}),
        ("one", "MIT", [], {}),
        ("one", None, ["a"], {}),
        ("one", None, [], {"a": 1}),
    ]
    for number, (description, license, tags, metadata) in enumerate(others):
        other = index_of(tmp_path / f"other{number}", session)
        other.write(
            digits(10),
            name="digits",
            description=description,
            license=license,
            tags=tags,
            metadata=metadata,
        )
        with pytest.raises(PublishError, match="published already with other contents"):
            other.promote_entry("digits")


def test_a_version_does_not_change(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index, tmp_path: Path
) -> None:
    index.write(digits(10), name="digits")
    uri = index.promote_entry("digits")
    before = commits(any_pds, alice)
    other = index_of(tmp_path / "other", session)
    other.write(digits(11), name="digits")
    with pytest.raises(PublishError, match=f"published already with other contents, as {uri}"):
        other.promote_entry("digits")
    assert commits(any_pds, alice) == before


def test_the_next_version_carries_over_what_stays(
    any_pds: PdsServer, alice: Account, index: Index
) -> None:
    index.write(digits(10), name="digits")
    first = index.promote_entry("digits")
    index.write(digits(5, first=90), name="digits", split="test")
    second = index.promote_entry("digits")
    assert first != second
    labels = {
        label["version"]: label["datasetUri"] for label in listed(any_pds, alice, LABEL).values()
    }
    assert labels == {"1.0.0": first, "1.1.0": second}
    assert len(listed(any_pds, alice, SCHEMA)) == 1
    assert storage(record_at(any_pds, first))[0] in storage(record_at(any_pds, second))


def test_another_type_under_a_published_version_is_refused(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index, tmp_path: Path
) -> None:
    index.write(digits(3), name="digits")
    index.promote_entry("digits")

    @atdata.packable(nsid="org.example.publishing.digit")
    class Other:
        text: str

    other = index_of(tmp_path / "other", session)
    other.write([Other(text="a")], name="texts")
    before = commits(any_pds, alice)
    with pytest.raises(PublishError, match="another type than org.example.publishing.digit@1.0.0"):
        other.promote_entry("texts")
    assert commits(any_pds, alice) == before


def test_what_it_was_made_from(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index
) -> None:
    index.write(digits(10), name="digits")
    source = index.promote_entry("digits")
    index.write(digits(4), name="few")
    by_handle = source.replace(alice.did, alice.handle)
    record = record_at(any_pds, index.promote_entry("few", derived_from=[source, by_handle]))
    did, collection, rkey = source.removeprefix("at://").split("/")
    found = any_pds.get("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey)
    assert record["atdata"]["derivedFrom"] == [{"uri": source, "cid": found["cid"]}]


@pytest.mark.parametrize(
    "wrong", ["digits", "at://did:plc:z72i7hdynmk6r22z27h6tvur", "https://example.org"]
)
def test_a_source_that_is_no_record(index: Index, wrong: str) -> None:
    index.write(digits(3), name="digits")
    with pytest.raises(PublishError, match="names no record"):
        index.promote_entry("digits", derived_from=wrong)


def test_a_source_that_is_not_there(alice: Account, index: Index) -> None:
    index.write(digits(3), name="digits")
    with pytest.raises(PublishError, match="cannot be pinned"):
        index.promote_entry("digits", derived_from=f"at://{alice.did}/{ENTRY}/3jzfcijpj2z2a")


# Shards that are larger than a blob may be.


def test_a_large_shard_is_cut_between_samples(
    any_pds: PdsServer, alice: Account, index: Index
) -> None:
    entry = index.write(digits(30, 600_000), name="large", maxsize="100MB")
    (shard,) = entry.splits["train"]
    assert shard.bytes > 3 * any_pds.blob_limit
    record = record_at(any_pds, index.promote_entry("large"))
    blobs = [blob_of(any_pds, alice, item["blob"]) for item in storage(record)]
    # A server that does not say what it takes was tried with larger ones.
    assert len(blobs) in (4, 5)
    assert all(len(blob) <= any_pds.blob_limit for blob in blobs)
    path = Path(shard.url.removeprefix("file://"))
    assert [m for blob in blobs for m in members(blob)] == members(path.read_bytes())
    assert record["size"] == {"samples": 30, "shards": len(blobs), "bytes": sum(map(len, blobs))}
    assert sum(said["samples"] for said in told(record)) == 30
    again = commits(any_pds, alice)
    assert index.promote_entry("large").endswith(record_key(any_pds, alice))
    assert commits(any_pds, alice) == again


def record_key(pds: PdsServer, account: Account) -> str:
    (uri,) = listed(pds, account, ENTRY)
    return uri.rpartition("/")[2]


def test_a_sample_that_is_larger_than_a_blob_is_named_before_anything_is_sent(
    any_pds: PdsServer, alice: Account, index: Index
) -> None:
    index.write(digits(1, 6 << 20), name="huge")
    before = commits(any_pds, alice)
    with pytest.raises(PublishError, match="key '000000000': the sample takes"):
        index.promote_entry("huge")
    assert commits(any_pds, alice) == before


def test_packed_shards_go_up_unpacked(
    any_pds: PdsServer, alice: Account, index: Index, tmp_path: Path
) -> None:
    import gzip

    atdata.write_samples(digits(12), tmp_path / "plain.tar")
    plain = (tmp_path / "plain.tar").read_bytes()
    (tmp_path / "packed").mkdir()
    packed = tmp_path / "packed" / "data.tar.gz"
    packed.write_bytes(gzip.compress(plain))
    index.add(atdata.load_dataset(str(packed), Digit, split="train"), name="packed")
    record = record_at(any_pds, index.promote_entry("packed"))
    assert blob_of(any_pds, alice, storage(record)[0]["blob"]) == plain


def test_a_shard_that_was_changed_is_not_published(
    any_pds: PdsServer, alice: Account, index: Index, tmp_path: Path
) -> None:
    atdata.write_samples(digits(12), tmp_path / "mine" / "data.tar")
    index.add(tmp_path / "mine", name="mine")
    data = bytearray((tmp_path / "mine" / "data.tar").read_bytes())
    data[700] ^= 1
    (tmp_path / "mine" / "data.tar").write_bytes(data)
    before = commits(any_pds, alice)
    with pytest.raises(
        PublishError, match=r"arrived as another one|is not the file that the Index knows"
    ):
        index.promote_entry("mine")
    assert commits(any_pds, alice) == before


# Asking first.


def test_a_dry_run_shows_all_and_does_nothing(
    any_pds: PdsServer, alice: Account, index: Index
) -> None:
    index.write(digits(10), name="digits", description="Digits of somebody")
    before = commits(any_pds, alice)
    plan = index.promote_entry("digits", dry_run=True)
    assert isinstance(plan, Plan)
    assert commits(any_pds, alice) == before
    assert any_pds.get("com.atproto.sync.listBlobs", did=alice.did)["cids"] == []
    text = str(plan)
    for uri, value in plan.records.items():
        assert f"create {uri}" in text
        assert json.dumps(value, indent=2, ensure_ascii=False) in text
    assert [uri.split("/")[3] for uri in plan.records] == [SCHEMA, ENTRY, LABEL]
    assert "1 shard of" in text
    assert "goes up as blobs of the account" in text
    # But for keys and times it is what is published then.
    uri = index.promote_entry("digits")
    shown, done = plan.records[plan.uri], record_at(any_pds, uri)
    leave = {"createdAt", "atdata"}
    assert {k: v for k, v in shown.items() if k not in leave} == {
        k: v for k, v in done.items() if k not in leave
    }
    assert shown["atdata"]["splits"] == done["atdata"]["splits"]


def test_a_dry_run_of_what_is_published(index: Index) -> None:
    index.write(digits(10), name="digits")
    uri = index.promote_entry("digits")
    plan = index.promote_entry("digits", dry_run=True)
    assert (plan.uri, plan.writes) == (uri, ())
    assert f"is published already: {uri}" in str(plan)


def test_what_is_large_is_asked_for(
    any_pds: PdsServer, alice: Account, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.atmosphere.publishing.plan.ASKED_ABOVE", 10_000)
    index.write(digits(30, 1000), name="digits", maxcount=10)
    before = commits(any_pds, alice)
    with pytest.raises(ConfirmationNeeded) as needed:
        index.promote_entry("digits")
    for word in ("3 shards of", "yes=True", "data_store=", "index.add"):
        assert word in str(needed.value)
    assert commits(any_pds, alice) == before
    assert any_pds.get("com.atproto.sync.listBlobs", did=alice.did)["cids"] == []
    assert index.promote_entry("digits", yes=True)


def test_who_is_asked_says_what_happens(any_pds: PdsServer, alice: Account, index: Index) -> None:
    index.write(digits(10), name="digits")
    seen: list[Plan] = []

    def no(plan: Plan) -> bool:
        seen.append(plan)
        return False

    with pytest.raises(ConfirmationNeeded, match="was not published"):
        index.promote_entry("digits", confirm=no)
    assert listed(any_pds, alice, ENTRY) == {}
    assert index.promote_entry("digits", confirm=lambda plan: True) in listed(any_pds, alice, ENTRY)
    assert seen[0].uploads[0].why == "it is a file of this machine"


# Others at the same time.


def test_two_that_publish_the_same_get_the_same(
    any_pds: PdsServer, alice: Account, session: Atmosphere, tmp_path: Path
) -> None:
    index = index_of(tmp_path, session)
    index.write(digits(10), name="digits")
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(index_of(tmp_path, session).promote_entry("digits"))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert set(found) == set(listed(any_pds, alice, ENTRY))
    assert len(listed(any_pds, alice, LABEL)) == 1


def test_others_write_between_the_look_and_the_commit(
    any_pds: PdsServer,
    alice: Account,
    session: Atmosphere,
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index.write(digits(10), name="digits")
    interfere_after_looking(monkeypatch, session, times=2)
    uri = index.promote_entry("digits")
    assert list(listed(any_pds, alice, ENTRY)) == [uri]


def test_who_is_always_overtaken_gives_up(
    any_pds: PdsServer,
    alice: Account,
    session: Atmosphere,
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index.write(digits(10), name="digits")
    interfere_after_looking(monkeypatch, session, times=99)
    with pytest.raises(PublishError, match="was not published at 5 tries.*nothing is half done"):
        index.promote_entry("digits")
    assert listed(any_pds, alice, ENTRY) == {}
    monkeypatch.undo()


def interfere_after_looking(
    monkeypatch: pytest.MonkeyPatch, session: Atmosphere, times: int
) -> None:
    """Another program of the account writes a record whenever ours has looked."""
    look: Callable[..., Any] = state.look
    left = [times]

    def looked(*given: Any) -> Any:
        found = look(*given)
        if left[0]:
            left[0] -= 1
            record = {"$type": "com.example.note", "n": left[0]}
            body = {"repo": session.did, "collection": "com.example.note", "record": record}
            session.own().call("com.atproto.repo.createRecord", body)
        return found

    monkeypatch.setattr(writing, "look", looked)


# Datasets without an Index, types, labels.


def test_a_dataset_without_an_index(
    any_pds: PdsServer, alice: Account, session: Atmosphere, tmp_path: Path
) -> None:
    ds = atdata.write_samples(digits(12), tmp_path / "data.tar", maxcount=5)
    uri = session.promote_dataset(ds, name="bare", description="No Index", tags=["a"])
    record = record_at(any_pds, uri)
    assert (record["name"], record["description"], record["size"]["samples"]) == (
        "bare",
        "No Index",
        12,
    )
    before = commits(any_pds, alice)
    assert session.promote_dataset(tmp_path, name="bare", description="No Index", tags=["a"]) == uri
    assert commits(any_pds, alice) == before


def test_splits_without_an_index(any_pds: PdsServer, session: Atmosphere, tmp_path: Path) -> None:
    train = atdata.write_samples(digits(6), tmp_path / "train.tar")
    test = atdata.write_samples(digits(3, first=50), tmp_path / "test.tar", split="test")
    uri = session.promote_dataset({"train": train, "test": test}, name="both", version="0.2.0")
    record = record_at(any_pds, uri)
    assert [split["name"] for split in record["atdata"]["splits"]] == ["train", "test"]
    assert record["atdata"]["version"] == "0.2.0"


def test_a_view_has_to_be_written_first(session: Atmosphere, tmp_path: Path) -> None:
    ds = atdata.write_samples(digits(6), tmp_path / "train.tar")
    with pytest.raises(PublishError, match="is a view.*write_samples"):
        session.promote_dataset(ds[1:], name="view")


def test_a_type_on_its_own(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index
) -> None:
    uri = session.publish_schema(Digit)
    assert list(listed(any_pds, alice, SCHEMA)) == [uri]
    before = commits(any_pds, alice)
    assert session.publish_schema(Digit) == uri
    assert commits(any_pds, alice) == before
    index.write(digits(3), name="digits")
    assert record_at(any_pds, index.promote_entry("digits"))["schemaRef"] == uri


def test_labels_move(any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index) -> None:
    index.write(digits(3), name="digits")
    first = index.promote_entry("digits")
    index.write(digits(4, first=7), name="digits", split="test")
    second = index.promote_entry("digits")
    label = session.label("best", "digits@1.0.0")
    assert record_at(any_pds, label)["datasetUri"] == first
    assert "version" not in record_at(any_pds, label)
    assert session.label("best", "digits") == label
    assert record_at(any_pds, label)["datasetUri"] == second
    before = commits(any_pds, alice)
    assert session.label("best", second) == label
    assert commits(any_pds, alice) == before
    with pytest.raises(
        PublishError, match=r"has published no 'digits@3.0.0'; there is 1.0.0, 1.1.0"
    ):
        session.label("best", "digits@3.0.0")
    with pytest.raises(NameRefused):
        session.label("1.0.0", first)


# Taking away.


def test_a_version_goes_with_all_that_names_it(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index
) -> None:
    index.write(digits(3), name="digits")
    first = index.promote_entry("digits")
    index.write(digits(4, first=7), name="digits", split="test")
    second = index.promote_entry("digits")
    session.label("best", "digits@1.0.0")
    going = session.unpublish("digits@1.0.0", dry_run=True)
    assert len(going.removed) == 3
    assert going.removed[-1] == first
    assert first in listed(any_pds, alice, ENTRY)
    assert session.unpublish("digits@1.0.0") == going
    assert list(listed(any_pds, alice, ENTRY)) == [second]
    assert [label["version"] for label in listed(any_pds, alice, LABEL).values()] == ["1.1.0"]
    assert any("type stays published" in sentence for sentence in going.stays)


def test_all_of_a_dataset_goes(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index
) -> None:
    index.write(digits(3), name="digits")
    index.promote_entry("digits")
    index.write(digits(4, first=7), name="digits", split="test")
    index.promote_entry("digits")
    index.write(digits(2, first=20), name="others")
    kept = index.promote_entry("others")
    # A name of ours that stands for another dataset takes nothing else with it.
    session.label("fine", "others")
    session.unpublish("digits")
    session.unpublish("fine")
    assert list(listed(any_pds, alice, ENTRY)) == [kept]
    assert [label["name"] for label in listed(any_pds, alice, LABEL).values()] == ["others"]
    with pytest.raises(PublishError, match="has published no 'digits'"):
        session.unpublish("digits")


def test_what_was_taken_away_can_be_published_again(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index
) -> None:
    """The server has dropped the blobs with the entry, so they go up again."""
    index.write(digits(3), name="digits")
    first = index.promote_entry("digits")
    session.unpublish(first)
    second = index.promote_entry("digits")
    assert second != first
    record = record_at(any_pds, second)
    assert blob_of(any_pds, alice, storage(record)[0]["blob"])


def test_a_type_in_use_stays(session: Atmosphere, index: Index) -> None:
    index.write(digits(3), name="digits")
    uri = index.promote_entry("digits")
    schema = session.publish_schema(Digit)
    with pytest.raises(PublishError, match=f"is the type of {uri}"):
        session.unpublish(schema)
    session.unpublish("digits")
    assert session.unpublish(schema).removed == (schema,)


def test_a_label_that_was_lost_is_made_again(
    any_pds: PdsServer, alice: Account, session: Atmosphere, index: Index
) -> None:
    index.write(digits(3), name="digits")
    uri = index.promote_entry("digits")
    (label,) = listed(any_pds, alice, LABEL)
    session.unpublish(label)
    assert listed(any_pds, alice, LABEL) == {}
    plan = index.promote_entry("digits", dry_run=True)
    assert [found.split("/")[3] for found in plan.records] == [LABEL]
    assert index.promote_entry("digits") == uri
    (again,) = listed(any_pds, alice, LABEL).values()
    assert again["datasetUri"] == uri


def test_the_record_of_another_is_not_ours_to_take(
    any_pds: PdsServer, session: Atmosphere, atmosphere_of: AtmosphereOf, tmp_path: Path
) -> None:
    bob = any_pds.account("bob")
    index = index_of(tmp_path, atmosphere_of(bob))
    index.write(digits(3), name="digits")
    uri = index.promote_entry("digits")
    with pytest.raises(PublishError, match="is no dataset, label, type or lens of"):
        session.unpublish(uri)
    assert uri in listed(any_pds, bob, ENTRY)


# Without an account.


def test_publishing_needs_an_account(tmp_path: Path, user_folders: Path) -> None:
    index = index_of(tmp_path)
    index.write(digits(3), name="digits")
    with pytest.raises(AuthenticationError, match="publishing needs an account"):
        index.promote_entry("digits")


def test_what_is_not_in_the_index(index: Index) -> None:
    with pytest.raises(EntryNotFound):
        index.promote_entry("nothing")
