"""What is published where it lies outlives its entry: a store is told, and is not collected so far."""

from __future__ import annotations

from pathlib import Path

import pytest

from atdata.atmosphere import Atmosphere
from atdata.errors import CatalogError
from atdata.index.index import Index
from atdata.stores.s3 import S3DataStore
from publishing_data import digits, public_store, record_at
from servers.pds import AtmosphereOf, PdsServer
from servers.s3_server import S3Server


@pytest.fixture
def session(pds: PdsServer, atmosphere_of: AtmosphereOf) -> Atmosphere:
    return atmosphere_of(pds.account("alice"))


@pytest.fixture
def public(s3_moto: S3Server) -> S3DataStore:
    return public_store(s3_moto)


def shards_in(store: S3DataStore) -> list[str]:
    return [file.key for file in store.list("shards/") if file.key.endswith(".tar")]


def test_what_is_published_where_it_is_outlives_its_entry(
    pds: PdsServer, session: Atmosphere, public: S3DataStore, tmp_path: Path
) -> None:
    index = Index(tmp_path / "index.db", public, session)
    index.write(digits(20), name="digits", maxcount=10)
    index.write(digits(3), name="other")
    before = shards_in(public)
    index.promote_entry("digits", dry_run=True)
    assert list(public.list("published/")) == []
    uri = index.promote_entry("digits")
    index.delete("digits")
    index.delete("other")
    found = index.gc(dry_run=True)
    assert (found.shards, found.published) == (1, 2)
    found = index.gc()
    assert (found.shards, found.published) == (1, 2)
    keys = [shard["key"] for shard in record_at(pds, uri)["storage"]["shards"]]
    assert sorted(keys) == sorted(f"atdata/{key}" for key in shards_in(public))
    # A write of the same samples that fails takes nothing of it back.
    with pytest.raises(ZeroDivisionError):
        index.write(
            (1 // 0 if n is None else n for n in [*digits(10), None]), name="digits", maxcount=10
        )
    assert index.gc().published == 2
    assert len(shards_in(public)) == 2 < len(before)
    session.unpublish(uri)
    assert index.gc(dry_run=True, published=True).shards == 2
    assert index.gc(published=True).shards == 2
    assert shards_in(public) == []
    assert list(public.list("published/")) == []


def test_what_was_published_before_stores_were_told_is_told_when_it_is_published_again(
    session: Atmosphere, public: S3DataStore, tmp_path: Path
) -> None:
    index = Index(tmp_path / "index.db", public, session)
    index.write(digits(20), name="digits")
    uri = index.promote_entry("digits")
    public.delete([file.key for file in public.list("published/")])
    assert index.promote_entry("digits") == uri
    index.delete("digits")
    assert index.gc().published == 1


def test_nothing_is_collected_where_nobody_knows_what_is_published(
    session: Atmosphere, public: S3DataStore, tmp_path: Path
) -> None:
    index = Index(tmp_path / "index.db", public, session)
    index.write(digits(20), name="digits")
    index.promote_entry("digits")
    (file,) = public.list("published/")
    public.put_bytes(file.key, b"{", overwrite=True)
    index.delete("digits")
    with pytest.raises(
        CatalogError, match=r"published/.*cannot be read.*publish the dataset again"
    ):
        index.gc()
    assert len(shards_in(public)) == 1
