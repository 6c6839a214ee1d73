"""Records, proved: what each level takes, and proofs that are forged, bent, cut, or of something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.identity.keys import Curve
from atdata.atmosphere.proofs.car import read_car
from atdata.atmosphere.proofs.commits import check_commit, read_commit
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.revisions import Seen, notice, time_of_revision
from atdata.atmosphere.proofs.verification import verify_record
from atdata.errors import CarError, ProofError, RecordAbsent, RolledBack, SignatureRefused
from atdata_schema.data import Link, cid, cid_of_block, cid_of_bytes, to_cbor
from proof_data import DID, Repository, car, key_pair, tree

NOTE = "com.example.note"
RECORDS: dict[str, Any] = {
    f"{NOTE}/{index:03d}": {"$type": NOTE, "n": index} for index in range(60)
}
REPOSITORY = Repository(RECORDS)
PATH = f"{NOTE}/017"
URI = f"at://{DID}/{PATH}"
PROOF = REPOSITORY.proof(PATH)
LEVELS = pytest.mark.parametrize("level", list(Level))
OTHER = "did:plc:yk4dd2qkboz2yv6tpubpc6co"


@pytest.mark.parametrize("curve", list(Curve))
def test_a_record_is_proved(curve: Curve) -> None:
    repository = Repository(RECORDS, curve=curve)
    for path, record in RECORDS.items():
        found = verify_record(repository.proof(path), repository.document, f"at://{DID}/{path}")
        assert found.value == record
        assert found.block == to_cbor(record)
        assert found.cid == cid(record)
        assert found.level is Level.SIGNED
        assert (found.commit.did, found.commit.rev) == (DID, repository.rev)
        assert found.uri == f"at://{DID}/{path}"


@LEVELS
def test_an_absent_record_is_proved_to_be_absent(level: Level) -> None:
    for path in (f"{NOTE}/000a", f"{NOTE}/zzz", "a.b.c/d"):
        uri = f"at://{DID}/{path}"
        with pytest.raises(RecordAbsent, match=f"^{uri}: .* no such record at revision"):
            verify_record(REPOSITORY.proof(path), REPOSITORY.document, uri, level, cid="x" * 59)


def test_the_proof_of_another_record_proves_neither_presence_nor_absence() -> None:
    refused = 0
    for path in RECORDS:
        uri = f"at://{DID}/{path}"
        if path == PATH:
            continue
        with pytest.raises(ProofError) as caught:
            verify_record(PROOF, REPOSITORY.document, uri)
        assert not isinstance(caught.value, RecordAbsent)
        assert str(caught.value).startswith(uri)
        refused += 1
    assert refused == 59


def test_levels_ask_for_more_and_more() -> None:
    found = verify_record(PROOF, None, URI, Level.UNVERIFIED)
    assert found.level is Level.UNVERIFIED
    right = cid(RECORDS[PATH])
    assert verify_record(PROOF, None, URI, Level.CID, cid=right).level is Level.CID
    with pytest.raises(ProofError, match="give that of your reference as cid="):
        verify_record(PROOF, None, URI, Level.CID)
    with pytest.raises(ProofError, match="needs the DID document"):
        verify_record(PROOF, None, URI)
    signed = verify_record(PROOF, REPOSITORY.document, URI, Level.SIGNED, cid=right)
    assert signed.level is Level.SIGNED


@LEVELS
def test_a_cid_that_differs_is_refused_at_each_level(level: Level) -> None:
    wrong = cid({"n": -1})
    with pytest.raises(ProofError, match=f"the reference means {wrong}, and the repository has"):
        verify_record(PROOF, REPOSITORY.document, URI, level, cid=wrong)


def test_a_level_can_be_given_by_its_name() -> None:
    name: Any = "unverified"
    assert verify_record(PROOF, None, URI, name).level is Level.UNVERIFIED


@LEVELS
def test_every_flipped_bit_of_a_proof_is_refused(level: Level) -> None:
    right = cid(RECORDS[PATH])
    for at in range(8 * len(PROOF)):
        bent = bytearray(PROOF)
        bent[at // 8] ^= 1 << at % 8
        with pytest.raises(ProofError, match=f"^{URI}: "):
            verify_record(bytes(bent), REPOSITORY.document, URI, level, cid=right)


def test_every_cut_of_a_proof_is_refused() -> None:
    for end in range(len(PROOF)):
        with pytest.raises(ProofError):
            verify_record(PROOF[:end], REPOSITORY.document, URI)


def test_each_block_is_needed_and_their_order_does_not_matter() -> None:
    blocks = REPOSITORY.proof_blocks(PATH)
    assert len(blocks) >= 4
    for left_out in blocks:
        rest = {name: block for name, block in blocks.items() if name != left_out}
        with pytest.raises(ProofError, match=f"{left_out}.* is missing"):
            verify_record(car(REPOSITORY.root, rest), REPOSITORY.document, URI)
    backwards = dict(reversed(blocks.items()))
    assert verify_record(car(REPOSITORY.root, backwards), REPOSITORY.document, URI).value
    assert verify_record(REPOSITORY.whole(), REPOSITORY.document, URI).value


def bent_block(name: str) -> bytes:
    """The proof with one block altered and named by its new CID."""
    blocks = REPOSITORY.proof_blocks(PATH)
    altered = blocks.pop(name)[:-1] + b"\x00"
    return car(REPOSITORY.root, {**blocks, cid_of_block(altered): altered})


@LEVELS
def test_a_block_that_is_exchanged_for_another_is_refused(level: Level) -> None:
    for name in REPOSITORY.proof_blocks(PATH):
        with pytest.raises(ProofError, match="is missing"):
            verify_record(
                bent_block(name), REPOSITORY.document, URI, level, cid=REPOSITORY.cids[PATH]
            )


@LEVELS
def test_a_block_under_a_cid_that_is_not_its_own_is_refused(level: Level) -> None:
    for name in REPOSITORY.proof_blocks(PATH):
        blocks = REPOSITORY.proof_blocks(PATH)
        blocks[name] += b"\x00"
        with pytest.raises(CarError, match=f"are not those of its CID {name}"):
            verify_record(car(REPOSITORY.root, blocks), REPOSITORY.document, URI, level, cid="x")


def test_a_forged_signature_is_refused() -> None:
    forged = Repository(RECORDS, secret=8)
    with pytest.raises(SignatureRefused, match=r"not one of the key .* fetch it again"):
        verify_record(forged.proof(PATH), REPOSITORY.document, URI)
    assert verify_record(forged.proof(PATH), REPOSITORY.document, URI, Level.UNVERIFIED).value


@pytest.mark.parametrize("curve", list(Curve))
def test_a_malleable_signature_is_refused(curve: Curve) -> None:
    high = Repository(RECORDS, curve=curve, high=True)
    with pytest.raises(SignatureRefused, match="low-S"):
        verify_record(high.proof(PATH), high.document, URI)


def test_a_signature_over_another_commit_is_refused() -> None:
    """The signature of one state, put under another."""
    other = Repository({**RECORDS, PATH: {"n": "another"}})
    ours = read_commit(REPOSITORY.blocks, REPOSITORY.root)
    spliced: dict[str, Any] = {
        "did": DID,
        "version": 3,
        "data": Link(other.data),
        "rev": other.rev,
        "prev": None,
        "sig": ours.signature,
    }
    block = to_cbor(spliced)
    blocks = {**other.blocks, cid_of_block(block): block}
    with pytest.raises(SignatureRefused):
        verify_record(car(cid_of_block(block), blocks), REPOSITORY.document, URI)


@LEVELS
def test_a_commit_of_another_did_is_refused(level: Level) -> None:
    """The same key may sign for several accounts."""
    other = Repository(RECORDS, did=OTHER)
    with pytest.raises(ProofError, match=f"of the repository of {OTHER}"):
        verify_record(other.proof(PATH), REPOSITORY.document, URI, level, cid="x")


def test_the_document_has_to_be_that_of_the_account() -> None:
    _, key = key_pair()
    with pytest.raises(ProofError, match=f"the DID document is that of {OTHER}"):
        verify_record(PROOF, DidDocument(OTHER, None, key, None), URI)
    with pytest.raises(ProofError, match="has no key '#atproto'"):
        verify_record(PROOF, DidDocument(DID, None, None, None), URI)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "its version is not 3"),
        ({"version": True}, "its version is not 3"),
        ({"did": "alice.example.org"}, "which is no DID"),
        ({"did": 7}, "which is no DID"),
        ({"rev": "0" * 13}, "which is no TID"),
        ({"rev": None}, "its 'rev' is a NoneType"),
        ({"data": None}, "its 'data' is no link"),
        ({"prev": 1}, "its 'prev' is neither null nor a link"),
        ({"more": 1}, "a commit is a map of"),
        ({"data": Link(cid_of_bytes(b"x"))}, "its block is missing"),
    ],
)
def test_what_is_no_commit_is_refused_though_it_is_signed(
    change: dict[str, Any], message: str
) -> None:
    repository = Repository(RECORDS, change=change)
    with pytest.raises(ProofError, match=message):
        verify_record(car(repository.root, repository.blocks), repository.document, URI)


def test_a_commit_without_prev_or_with_a_text_as_signature_is_refused() -> None:
    base: dict[str, Any] = {"did": DID, "version": 3, "rev": REPOSITORY.rev}
    base["data"] = Link(REPOSITORY.data)
    cases: tuple[tuple[Any, str], ...] = (
        ({**base, "sig": b"x"}, "a commit is a map of"),
        ({**base, "prev": None, "sig": "x"}, "its 'sig' is no bytes"),
        ({**base, "prev": None, "sig": b"x"}, "this one has 1"),
        ([base], "a commit is a map of"),
    )
    for value, message in cases:
        block = to_cbor(value)
        with pytest.raises(ProofError, match=message):
            verify_record(
                car(cid_of_block(block), {**REPOSITORY.blocks, cid_of_block(block): block}),
                REPOSITORY.document,
                URI,
            )


def long_heads(block: bytes) -> bytes:
    """The same map, whose length is written with a byte more than needed."""
    return bytes((0xB8, block[0] & 0x1F)) + block[1:]


def test_a_commit_of_another_spelling_is_refused() -> None:
    block = long_heads(REPOSITORY.blocks[REPOSITORY.root])
    blocks = {**REPOSITORY.blocks, cid_of_block(block): block}
    with pytest.raises(ProofError, match="written with more bytes than it needs"):
        verify_record(car(cid_of_block(block), blocks), REPOSITORY.document, URI)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (long_heads(to_cbor({"n": 1})), "is no DAG-CBOR: .*more bytes than it needs"),
        (b"\xa1\x61n\xfb" + bytes(8), "is no DAG-CBOR: .*no floats"),
        (b"\x81" * 70 + b"\x80", "nested more than 64 levels"),
        (to_cbor([1]), "is no map"),
        (to_cbor({"n": 1}) + b"\x00", "1 bytes follow the value"),
    ],
)
def test_a_record_outside_the_data_model_is_refused(block: bytes, message: str) -> None:
    repository = repository_of(block)
    with pytest.raises(ProofError, match=message):
        verify_record(
            car(repository.root, repository.blocks), repository.document, f"at://{DID}/{NOTE}/x"
        )


def repository_of(block: bytes) -> Repository:
    """A repository whose one record is a block of any bytes."""

    data, nodes = tree({f"{NOTE}/x": cid_of_block(block)})
    repository = Repository({}, change={"data": Link(data)})
    repository.blocks |= {**nodes, cid_of_block(block): block}
    return repository


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("at://alice.example.org/com.example.note/1", "resolve the handle first"),
        (f"at://{DID}", "this is no record"),
        (f"at://{DID}/{NOTE}", "this is no record"),
        ("https://example.org", "an AT-URI starts with"),
        (f"at://{DID}/{NOTE}/a/b", "is no AT-URI"),
    ],
)
def test_what_names_no_record_is_refused(uri: str, message: str) -> None:
    with pytest.raises(ProofError, match=message):
        verify_record(PROOF, REPOSITORY.document, uri)


@given(st.integers(0, 40), st.sampled_from(list(Curve)))
@settings(max_examples=20, deadline=None)
def test_repositories_of_any_size(size: int, curve: Curve) -> None:
    some = dict(list(RECORDS.items())[:size])
    repository = Repository(some, curve=curve)
    for path in RECORDS:
        try:
            found = verify_record(repository.proof(path), repository.document, f"at://{DID}/{path}")
        except RecordAbsent:
            assert path not in some
        else:
            assert found.value == some[path]


def test_any_bytes_are_refused() -> None:
    for data in (b"", bytes(100), b"\xff" * 100, b"{}", PROOF[::-1], PROOF[1:]):
        with pytest.raises(CarError):
            verify_record(data, REPOSITORY.document, URI)


# Revisions.

NOW = time_of_revision(REPOSITORY.rev) + timedelta(days=1)
LATER = "3jzfcijpj2z2b"
FAR = "3mzfcijpj2z2a"


def commit(rev: str, records: Any = RECORDS) -> Any:
    """A verified commit of a revision."""
    repository = Repository(records, rev=rev)
    found = read_commit(read_car(repository.proof(PATH)).blocks, repository.root)
    check_commit(found, repository.key)
    return found


def test_revisions_go_forward() -> None:
    before: dict[str, Seen] = {OTHER: Seen(FAR, REPOSITORY.data)}
    first = notice(before, commit(REPOSITORY.rev), NOW)
    assert first == {**before, DID: Seen(REPOSITORY.rev, REPOSITORY.data)}
    assert before.keys() == {OTHER}, "it is not changed"
    assert notice(first, commit(REPOSITORY.rev), NOW) == first
    second = notice(first, commit(LATER), NOW)
    assert second[DID].rev == LATER
    with pytest.raises(RolledBack, match=f"{DID}: the revision .* is older than {LATER}"):
        notice(second, commit(REPOSITORY.rev), NOW)


def test_two_states_of_one_revision_are_noticed() -> None:
    seen = notice({}, commit(LATER), NOW)
    with pytest.raises(RolledBack, match="two states were signed as one"):
        notice(seen, commit(LATER, {**RECORDS, PATH: {"n": -1}}), NOW)


def test_a_revision_of_the_future_is_refused() -> None:
    made = commit(REPOSITORY.rev)
    early = time_of_revision(REPOSITORY.rev) - timedelta(minutes=4)
    assert DID in notice({}, made, early)
    with pytest.raises(ProofError, match="which is in the future"):
        notice({}, made, early - timedelta(minutes=2))


def test_the_times_of_revisions() -> None:
    assert time_of_revision("2222222222222") == datetime(1970, 1, 1, tzinfo=UTC)
    assert time_of_revision("jzzzzzzzzzzzz").year == 2540
    with pytest.raises(ValueError, match="no TID"):
        time_of_revision("now")
    with pytest.raises(ValueError, match="no TID"):
        Seen("now", REPOSITORY.data)
