"""What every provider does to keep writers and collectors apart, one step after another."""

from __future__ import annotations

import time

import pytest

from atdata.errors import EntryNotFound, LeaseLost, NameRefused
from atdata.index.entry import ShardRecord
from atdata.index.providers.provider import Label, Provider
from atdata.testing.catalogue import a_digest, a_lease, a_schema, an_entry

__all__ = ["LeaseContract"]

_ONE, _TWO, _THREE = (a_digest(n) for n in range(3))


def taken(provider: Provider, kind: str = "write", store: str = "file:///data/store") -> str:
    """The token of a new lease."""
    lease = a_lease(kind, store)
    provider.lease(lease)
    return lease.token


class LeaseContract:
    def test_a_label_points_to_something(self, provider: Provider) -> None:
        provider.add_entry(an_entry("notes"), a_schema())
        for name, version in (("notes", "1.0.1"), ("note", "1.0.0")):
            with pytest.raises(EntryNotFound, match=f"{version}"):
                provider.set_label(Label("best", name, version, "2026"))
        assert provider.labels() == []

    def test_a_lease_is_renewed_and_grows_old(self, provider: Provider) -> None:
        before = time.time()
        token = taken(provider)
        other = taken(provider, "collect", "s3://bucket/*")
        ((lease, age),) = provider.leases("file:///data/store")
        assert (lease.token, lease.kind, lease.host, lease.pid) == (token, "write", "host", 1)
        assert 0 <= age < 60
        assert before - 60 < lease.renewed < time.time() + 60
        time.sleep(0.05)
        ((_, older),) = provider.leases("file:///data/store")
        assert older >= 0.04
        assert provider.renew(token)
        ((renewed, younger),) = provider.leases("file:///data/store")
        assert younger < older + 0.05
        assert renewed.renewed > lease.renewed
        assert [held.token for held, _ in provider.leases("s3://bucket/*")] == [other]
        assert provider.leases("s3://bucket/x") == []

    def test_a_released_lease_is_gone(self, provider: Provider) -> None:
        token = taken(provider)
        provider.release(token)
        provider.release(token)
        assert provider.leases("file:///data/store") == []
        assert not provider.renew(token)
        for change in (
            lambda: provider.claim(token, [_ONE]),
            lambda: provider.condemn(token, [_ONE]),
            lambda: provider.add_entry(an_entry("notes"), a_schema(), token),
        ):
            with pytest.raises(LeaseLost, match=token):
                change()
        provider.absolve(token, [_ONE])
        assert provider.entry("notes") is None
        assert provider.schema("org.example.note") is None

    def test_what_is_claimed_is_not_condemned(self, provider: Provider) -> None:
        writer, collector = taken(provider), taken(provider, "collect")
        assert provider.claim(writer, [_ONE, _ONE, _TWO]) == []
        assert provider.condemn(collector, [_ONE, _TWO, _THREE]) == [_THREE]
        provider.release(writer)
        assert sorted(provider.condemn(collector, [_ONE, _TWO])) == sorted([_ONE, _TWO])

    def test_what_is_condemned_is_not_claimed(self, provider: Provider) -> None:
        writer, collector = taken(provider), taken(provider, "collect")
        assert provider.condemn(collector, [_ONE]) == [_ONE]
        assert provider.claim(writer, [_ONE, _TWO]) == [_ONE]
        provider.absolve(collector, [_ONE])
        assert provider.claim(writer, [_ONE, _TWO]) == []
        assert provider.condemn(collector, [_ONE, _TWO]) == []

    def test_what_an_entry_has_is_not_condemned(self, provider: Provider) -> None:
        collector = taken(provider, "collect")
        elsewhere = ShardRecord("https://example.org/a.tar", 10, 1, _TWO)
        provider.add_entries(
            [
                (an_entry("notes", digests=[_ONE]), a_schema()),
                (an_entry("notes", "1.1.0", digests=[_ONE]), a_schema()),
            ]
        )
        entry = an_entry("images")
        object.__setattr__(entry, "splits", {"train": (elsewhere, elsewhere)})
        provider.add_entry(entry, a_schema())
        assert provider.condemn(collector, [_ONE, _TWO, _THREE]) == [_THREE]
        provider.delete("notes", "1.1.0")
        provider.delete("images")
        assert provider.condemn(collector, [_ONE, _TWO]) == [_TWO]
        provider.delete("notes")
        assert provider.condemn(collector, [_ONE]) == [_ONE]

    def test_claims_end_with_the_entry_and_the_lease_goes_on(self, provider: Provider) -> None:
        writer, collector = taken(provider), taken(provider, "collect")
        provider.claim(writer, [_ONE, _TWO])
        provider.add_entry(an_entry("notes", digests=[_ONE]), a_schema(), writer)
        assert provider.condemn(collector, [_ONE, _TWO]) == [_TWO]
        assert provider.renew(writer)

    def test_one_collector_at_a_time_deletes_a_file(self, provider: Provider) -> None:
        first, second = taken(provider, "collect"), taken(provider, "collect")
        assert provider.condemn(first, [_ONE]) == [_ONE]
        assert provider.condemn(first, [_ONE]) == [_ONE]
        assert provider.condemn(second, [_ONE, _TWO]) == [_TWO]
        provider.absolve(second, [_ONE])
        assert provider.condemn(second, [_ONE]) == []
        provider.release(first)
        assert provider.condemn(second, [_ONE]) == [_ONE]

    def test_two_writers_claim_the_same(self, provider: Provider) -> None:
        first, second, collector = taken(provider), taken(provider), taken(provider, "collect")
        for writer in (first, second, first):
            assert provider.claim(writer, [_ONE]) == []
        provider.release(first)
        assert provider.condemn(collector, [_ONE]) == []
        provider.release(second)
        assert provider.condemn(collector, [_ONE]) == [_ONE]

    def test_an_entry_without_claims_finds_its_shards_being_deleted(
        self, provider: Provider
    ) -> None:
        collector = taken(provider, "collect")
        provider.condemn(collector, [_ONE])
        with pytest.raises(LeaseLost, match=_ONE):
            provider.add_entry(an_entry("notes", digests=[_ONE]), a_schema())
        assert provider.entry("notes") is None
        provider.absolve(collector, [_ONE])
        provider.add_entry(an_entry("notes", digests=[_ONE]), a_schema())

    @pytest.mark.parametrize("digest", ["", "*", _ONE.upper(), _ONE + "0", "\0" * 64, "\ud800"])
    def test_what_is_no_digest_is_refused(self, provider: Provider, digest: str) -> None:
        token = taken(provider)
        for change in (provider.claim, provider.condemn, provider.absolve):
            with pytest.raises(NameRefused):
                change(token, [digest])
        for change in (provider.claim, provider.condemn, provider.absolve):
            with pytest.raises(NameRefused):
                change(digest, [_ONE])

    def test_many_digests_at_once(self, provider: Provider) -> None:
        writer, collector = taken(provider), taken(provider, "collect")
        digests = sorted(a_digest(n) for n in range(20_000))
        assert provider.claim(writer, digests[::2]) == []
        assert sorted(provider.condemn(collector, digests)) == digests[1::2]
        assert sorted(provider.claim(writer, digests)) == digests[1::2]
        provider.absolve(collector, digests)
        assert provider.claim(writer, digests) == []
        provider.release(writer)
        assert sorted(provider.condemn(collector, digests)) == digests
