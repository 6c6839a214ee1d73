"""CARs in files: the same blocks as in memory, in little memory, and no trust that a file stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.proofs.car_file import CarFile
from atdata.atmosphere.proofs.commits import check_commit, read_commit
from atdata.atmosphere.proofs.limits import CarLimits
from atdata.atmosphere.proofs.tree_walk import walk_tree
from atdata.errors import CarError, ProofError
from atdata_schema.data import cid, cid_of_block, cid_of_bytes, from_cbor
from proof_data import Repository, car

NOTE = "com.example.note"
RECORDS = {f"{NOTE}/{index:04d}": {"$type": NOTE, "n": index} for index in range(500)}
REPOSITORY = Repository(RECORDS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The CAR of the repository."""
    written = tmp_path / "repository.car"
    written.write_bytes(REPOSITORY.whole())
    return written


def test_a_whole_repository_is_proved(path: Path) -> None:
    with CarFile(path) as found:
        assert len(found) == len(REPOSITORY.blocks)
        commit = read_commit(found, found.root)
        check_commit(commit, REPOSITORY.key)
        records = {}
        for at, name in walk_tree(found, commit.data):
            block = found.get(name)
            assert block is not None
            records[at] = from_cbor(block)
    assert records == RECORDS


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=20))
def test_it_has_the_blocks_that_are_in_it(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("car") / "some.car"
    blocks = {cid_of_block(block): block for block in contents}
    path.write_bytes(car(cid({}), blocks))
    with CarFile(path) as found:
        assert {name: found.get(name) for name in blocks} == blocks
        assert found.get(cid({})) is None
        assert found.get(cid_of_bytes(contents[0] if contents else b"")) is None
        assert found.get("bafyaaaa") is None


def test_a_file_that_changes_is_noticed(path: Path) -> None:
    name = REPOSITORY.cids[f"{NOTE}/0007"]
    with CarFile(path) as found:
        content = path.read_bytes()
        at = content.index(REPOSITORY.blocks[name])
        with path.open("r+b") as file:
            file.seek(at)
            file.write(b"\x00")
        assert found.get(name) is None
        assert found.get(REPOSITORY.root) == REPOSITORY.blocks[REPOSITORY.root]


def test_a_damaged_file_is_refused_by_name(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(CarError, match=r"repository.car: block \d+, at byte \d+: .*cut short"):
        CarFile(path)
    path.write_bytes(content)
    with pytest.raises(ProofError, match="more than 100 blocks"):
        CarFile(path, limits=CarLimits(2**20, 100))
