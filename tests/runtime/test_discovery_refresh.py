"""The catalogue brought up to date from two real servers and a relay over them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from atdata.atmosphere import Atmosphere
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA
from atdata.errors import SourceError
from atdata.shards.sources.network import Network
from discovery_data import entry_record, label_record, schema_record
from servers.authors import SCAN, Author
from servers.pds import AtmosphereOf, PdsServer
from servers.relay import Relay


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each method was asked of any server."""
    counts: Counter[str] = Counter()
    ask = Network.request

    def counted(self: Network, method: str, url: str, *rest: Any, **more: Any) -> Any:
        counts[url.partition("?")[0].rpartition("/")[2]] += 1
        return ask(self, method, url, *rest, **more)

    monkeypatch.setattr(Network, "request", counted)
    return counts


def test_datasets_on_two_servers_are_found_by_a_relay(
    alice: Author, bob: Author, relay: Relay
) -> None:
    alice.publish("brain scans", tags=["mri"])
    bob.publish("heart scans")
    relay.page = 1
    reader = Atmosphere(settings=relay.settings())
    done = reader.refresh()
    assert done.added >= 4
    assert done.faults == []
    (found,) = [item for item in reader.search("brain") if item.did == alice.did]
    assert (found.handle, found.schema, found.tags) == (alice.account.handle, SCAN.id, ("mri",))
    (other,) = [
        item for item in reader.search(has_field="volume: int16[*, *, *]") if item.did == bob.did
    ]
    assert (other.name, other.handle) == ("heart scans", bob.account.handle)
    assert [item.name for item in reader.by(f"@{bob.account.handle}")] == ["heart scans"]
    assert {item.did for item in reader.who_uses(SCAN)} >= {alice.did, bob.did}


def test_what_has_not_changed_costs_one_request(
    alice: Author, bob: Author, relay: Relay, requests: Counter[str]
) -> None:
    for number in range(3):
        alice.publish(f"a{number}")
    bob.publish("b")
    reader = Atmosphere(settings=relay.settings())
    both = [alice.did, bob.did]
    assert reader.refresh(both).added == 6
    requests.clear()
    done = reader.refresh(both)
    assert (done.unchanged, done.added, done.changed, done.removed) == (2, 0, 0, 0)
    assert requests == {"com.atproto.sync.getLatestCommit": 2}
    bob.publish("more")
    requests.clear()
    done = reader.refresh(both)
    assert (done.unchanged, done.added) == (1, 1)
    # Four collections; of the two that have records a server says only on a page of its own that there are no more.
    assert requests == {"com.atproto.sync.getLatestCommit": 2, "com.atproto.repo.listRecords": 6}


def test_what_is_deleted_or_changed_is_noticed(alice: Author, relay: Relay) -> None:
    gone = alice.publish("gone")
    kept = alice.publish("kept")
    label, _ = alice.write(LABEL, label_record("best", gone, "1.0.0"))
    reader = Atmosphere(settings=relay.settings())
    reader.refresh([alice.did])
    assert {item.name for item in reader.by(alice.did)} == {"gone", "kept"}
    alice.delete(gone)
    alice.delete(label)
    alice.write(
        ENTRY,
        entry_record("renamed", f"at://{alice.did}/{SCHEMA}/org.example.scan:1.0.0"),
        kept.rpartition("/")[2],
    )
    done = reader.refresh([f"@{alice.account.handle}"])
    assert (done.added, done.changed, done.removed) == (0, 1, 2)
    assert [item.name for item in reader.by(alice.did)] == ["renamed"]


def test_an_account_that_is_closed_is_forgotten(
    pds: PdsServer, alice: Author, relay: Relay, atmosphere_of: AtmosphereOf
) -> None:
    alice.publish("scans")
    reader = Atmosphere(settings=relay.settings())
    reader.refresh([alice.did])
    assert reader.search("scans", by=alice.did)
    atmosphere_of(alice.account).own().call("com.atproto.server.deactivateAccount", {})
    done = reader.refresh([alice.did])
    assert done.removed == 2
    assert reader.search("scans", by=alice.did) == []


def test_a_type_of_another_account_is_fetched_with_the_dataset(
    alice: Author, bob: Author, relay: Relay
) -> None:
    uri, cid = alice.write(SCHEMA, schema_record(SCAN), "org.example.scan:1.0.0")
    bob.write(ENTRY, entry_record("borrowed", uri, schema_cid=cid))
    reader = Atmosphere(settings=relay.settings())
    reader.refresh([bob.did])
    (found,) = reader.by(bob.did)
    assert found.schema == SCAN.id


def test_an_account_that_nobody_told_of_is_read_when_it_is_asked_for(
    alice: Author, pds: PdsServer
) -> None:
    alice.publish("scans")
    reader = Atmosphere(settings=pds.settings())
    assert [item.name for item in reader.by(f"@{alice.account.handle}")] == ["scans"]


def test_a_relay_that_is_gone_is_told_and_the_next_one_asked(alice: Author, relay: Relay) -> None:
    alice.publish("scans")
    reader = Atmosphere(settings=relay.settings())
    done = reader.refresh(relays=["http://localhost:1", relay.url])
    assert [fault.where for fault in done.faults].count("http://localhost:1") == 1
    assert reader.search("scans", by=alice.did)
    done = reader.refresh(relays=["http://localhost:1", relay.url], thorough=True)
    assert done.added == 0


def test_without_a_relay_and_without_repositories_nothing_can_be_done(
    relay: Relay, user_folders: object
) -> None:
    reader = Atmosphere(settings=relay.settings())
    with pytest.raises(SourceError, match="no relay says"):
        reader.refresh(relays=["http://localhost:1"])
    with pytest.raises(SourceError, match="none is set"):
        reader.refresh(relays=[])


def test_a_dataset_that_was_made_from_another_accounts_is_found(
    alice: Author, bob: Author, relay: Relay
) -> None:
    root = alice.publish("root")
    bob.publish("derived", sources=[root])
    reader = Atmosphere(settings=relay.settings())
    reader.refresh()
    assert [item.name for item in reader.derived_from(f"@{alice.account.handle}/root")] == [
        "derived"
    ]
    assert [item.did for item in reader.derived_from(root)] == [bob.did]
