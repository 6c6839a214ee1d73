"""Datasets of the earlier release are read here, and ours by it, on one real PDS, as far as its code can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata.atmosphere import Atmosphere
from peer_programs import PUBLISH_BLOBS, PUBLISH_URLS, READ
from servers.http import HttpServer
from servers.pds import Account, AtmosphereOf, PdsServer, running_pds
from servers.peer import Peer
from servers.processes import free_ports

pytestmark = [
    pytest.mark.long,
    pytest.mark.usefixtures("user_folders"),
]


@atdata.packable
class Square:
    """What we publish."""

    image: Annotated[NDArray[np.float32], atdata.Shape(4, 3)]
    label: str
    score: float


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdsServer]:
    """A PDS with what clients of Bluesky's SDK ask for when they log in."""
    (port,) = free_ports(1)
    options = {"APPVIEW_PORT": str(port)}
    with running_pds(tmp_path_factory.mktemp("pds"), options=options) as found:
        yield found


@pytest.fixture
def account(server: PdsServer) -> Account:
    return server.account("squares")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the earlier release is at home."""
    folder = tmp_path / "peer"
    folder.mkdir()
    return folder


def as_account(account: Account) -> dict[str, str]:
    return {"handle": account.handle, "password": account.password, "service": account.service}


def check(dataset: atdata.Dataset[Any]) -> None:
    """All of the ten samples that its programs publish, as they were."""
    samples = [*dataset.ordered()]
    assert [sample.label for sample in samples] == [f"l{n}" for n in range(10)]
    for number, sample in enumerate(samples):
        assert sample.image.dtype == np.float32
        assert sample.image.tolist() == np.full((4, 3), number).tolist()
        assert sample.score == number / 2
        assert sample.words == ["a"] * number
        assert sample.note == ("x" if number % 2 else None)


def test_its_blobs_are_read_by_name_and_by_address(
    server: PdsServer, account: Account, peer: Peer, home: Path
) -> None:
    found = peer.run(PUBLISH_BLOBS, home, **as_account(account), name="squares")
    reader = Atmosphere(settings=server.settings())
    by_name = atdata.load_dataset(f"@{account.handle}/squares", split="train", atmosphere=reader)
    assert len(by_name.locations) == 3
    check(by_name)
    check(atdata.load_dataset(found["uri"], split="train", atmosphere=reader))
    shuffled = by_name.shuffled(batch_size=3, seed=1)
    assert sorted(label for batch in shuffled for label in batch.label) == [
        f"l{n}" for n in range(10)
    ]
    streamed = atdata.load_dataset(
        f"@{account.handle}/squares", split="train", streaming=True, atmosphere=reader
    )
    check(streamed)


def test_its_addresses_are_read_though_they_have_no_digests(
    server: PdsServer, account: Account, peer: Peer, home: Path, https_server: HttpServer
) -> None:
    base = https_server.url
    made = peer.run(PUBLISH_URLS, home, **as_account(account), name="squares", base=base)
    for shard in made["shards"]:
        https_server.put(shard, (home / shard).read_bytes())
    reader = Atmosphere(settings=server.settings())
    check(atdata.load_dataset(f"@{account.handle}/squares", split="train", atmosphere=reader))


def test_it_reads_ours(
    server: PdsServer,
    account: Account,
    peer: Peer,
    home: Path,
    https_server: HttpServer,
    atmosphere_of: AtmosphereOf,
    tmp_path: Path,
    certificate: tuple[Path, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = publish(account, atmosphere_of, https_server, tmp_path, monkeypatch)
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificate[0]))
    rows = peer.run(READ, home, **as_account(account), uri=index)
    assert [row[0] for row in rows] == [f"l{n}" for n in range(10)]
    assert [row[1] for row in rows] == [n / 2 for n in range(10)]
    assert [row[2] for row in rows] == [np.full((4, 3), n).tolist() for n in range(10)]


def publish(
    account: Account,
    atmosphere_of: AtmosphereOf,
    https_server: HttpServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Ten samples in three shards, on a web server, with a record that names them."""
    monkeypatch.setenv("ATDATA_ALLOW_PRIVATE_HOSTS", "127.0.0.0/8")
    squares = [Square(np.full((4, 3), n, np.float32), f"l{n}", n / 2) for n in range(10)]
    atdata.write_samples(squares, folder / "data" / "squares.tar", maxcount=4)
    address = https_server.put_folder(folder / "data")
    index = atdata.Index(folder / "index.db", folder / "store", atmosphere=atmosphere_of(account))
    index.add(f"{address}squares.dataset.json", name="squares")
    return str(index.promote_entry("squares", yes=True))


def test_what_it_cannot_read(
    server: PdsServer,
    account: Account,
    peer: Peer,
    home: Path,
) -> None:
    """What the documentation says of it is so: blobs by address, not even its own."""
    own = peer.run(PUBLISH_BLOBS, home, **as_account(account), name="own")
    failed = peer.try_to_run(READ, home, **as_account(account), uri=own["uri"])
    assert failed.returncode
    assert "_resolve_pds_endpoint" in failed.stderr or "AttributeError" in failed.stderr
