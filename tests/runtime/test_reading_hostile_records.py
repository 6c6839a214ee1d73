"""Records and servers of strangers: forged, altered, of earlier times, endless. Each is refused by a message that names the record."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere.reading.labels import MOST_ENTRIES, MOST_LABELS
from atdata.atmosphere.reading.seen_states import SeenStates
from atdata.atmosphere.xrpc.client import Xrpc
from atdata.errors import (
    CarError,
    IdentityError,
    LoadError,
    ProofError,
    RecordAbsent,
    RecordError,
    RolledBack,
    SignatureRefused,
    SourceError,
)
from atdata.shards.sources.pace import Pace
from atdata_schema.schema import Schema
from proof_data import DID, Repository, car
from published_data import ForgedDesk, Word, blob_shards, local, publish
from remote_data import no_wait
from servers.forged_pds import Answer, Asked, ForgedPds

GET_RECORD = "com.atproto.sync.getRecord"
LIST = "com.atproto.repo.listRecords"


@pytest.fixture(autouse=True)
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.chdir(user_folders)
    return user_folders


@pytest.fixture
def entry(forged: ForgedPds, here: Path) -> str:
    """A dataset `words` that is as it should be; the path of its entry."""
    data = local(atdata.write_samples([Word("good")], here / "good" / "data.tar"))
    desk = ForgedDesk(forged)
    publish(desk, "words", data.schema, {"train": blob_shards(desk, data)})
    (path,) = [path for path in forged.records if ".entry/" in path]
    return path


def read(forged: ForgedPds, reference: str = "@alice.test/words", **options: Any) -> str:
    ds: Any = atdata.load_dataset(
        reference, Word, split="train", atmosphere=forged.reader(), **options
    )
    text: str = ds[0].text
    return text


def of(entry: str) -> str:
    """What a message about a record begins with."""
    return re.escape(f"at://{DID}/{entry}")


def test_it_reads_without_a_fault(forged: ForgedPds, entry: str) -> None:
    assert read(forged) == "good"
    assert read(forged, trust="unverified") == "good"
    with pytest.raises(ProofError, match="the level 'cid' compares with a CID, which a lock has"):
        read(forged, trust="cid")
    read(forged, lock="atdata.lock")
    assert read(forged, trust="cid", locked=True) == "good"


def test_a_signature_of_another_key(forged: ForgedPds, entry: str) -> None:
    forged.secret = 8
    forged.sign()
    with pytest.raises(SignatureRefused, match=rf"^at://{DID}/"):
        read(forged)
    assert forged.count("did") == 2, "once more with a document that is looked up anew"
    assert read(forged, trust="unverified") == "good"


def test_a_key_that_was_changed_is_looked_up_once_more(forged: ForgedPds, entry: str) -> None:
    reader = forged.reader()
    assert atdata.load_dataset("@alice.test/words", Word, atmosphere=reader)[0].text == "good"
    forged.secret = forged.document_secret = 8
    forged.sign()
    before = forged.count("did")
    assert atdata.load_dataset("@alice.test/words", Word, atmosphere=reader)[0].text == "good"
    assert forged.count("did") == before + 1


def test_a_proof_of_another_record_or_account(forged: ForgedPds, entry: str) -> None:
    other = Repository({entry: forged.records[entry]}, did="did:plc:ewvi7nxzyoun6zhxrhs64oiz")

    def another(asked: Asked, answer: Answer) -> None:
        answer.body = other.proof(entry)

    forged.then[GET_RECORD] = another
    with pytest.raises(ProofError, match=r"is one of the repository of did:plc:ewvi7"):
        read(forged)

    def absent(asked: Asked, answer: Answer) -> None:
        answer.body = forged.repository.proof("science.alt.dataset.entry/none")

    forged.then[GET_RECORD] = absent
    with pytest.raises(ProofError, match=rf"^at://{DID}/"):
        read(forged)


def test_blocks_that_were_altered(forged: ForgedPds, entry: str) -> None:
    def altered(asked: Asked, answer: Answer) -> None:
        assert isinstance(answer.body, bytes)
        answer.body = answer.body.replace(b"words", b"sword")

    forged.then[GET_RECORD] = altered
    with pytest.raises(CarError, match=rf"^at://{DID}/.*not those of its CID"):
        read(forged)

    def short(asked: Asked, answer: Answer) -> None:
        assert isinstance(answer.body, bytes)
        answer.body = answer.body[:-1]

    forged.then[GET_RECORD] = short
    with pytest.raises(CarError, match=rf"^at://{DID}/.*cut short"):
        read(forged)

    def without_record(asked: Asked, answer: Answer) -> None:
        path = f"{asked.params['collection']}/{asked.params['rkey']}"
        blocks = forged.repository.proof_blocks(path)
        del blocks[forged.cid(path)]
        answer.body = car(forged.repository.root, blocks)

    forged.then[GET_RECORD] = without_record
    with pytest.raises(CarError, match=rf"^at://{DID}/.*is missing"):
        read(forged)


def test_an_earlier_state_is_noticed_by_every_process(forged: ForgedPds, entry: str) -> None:
    forged.sign("3jzfcijpj2z2b")
    assert read(forged) == "good"
    forged.sign("3jzfcijpj2z2a")
    with pytest.raises(RolledBack, match=rf"^at://{DID}/.* older than 3jzfcijpj2z2b"):
        read(forged)
    forged.sign("3jzfcijpj2z2c")
    assert read(forged) == "good", "it goes on from there"
    forged.records[entry]["description"] = "two states of one revision"
    forged.sign("3jzfcijpj2z2c")
    with pytest.raises(RolledBack, match="two states were signed as one"):
        read(forged)


def test_a_later_state_that_another_process_saw_meanwhile(forged: ForgedPds, entry: str) -> None:
    """What was on its way is fetched once more, and is no roll-back then."""
    proofs = iter([Repository(forged.records, rev="3jzfcijpj2z2a")])

    def late(asked: Asked, answer: Answer) -> None:
        old = next(proofs, None)
        if old is not None:
            answer.body = old.proof(f"{asked.params['collection']}/{asked.params['rkey']}")

    forged.sign("3jzfcijpj2z2b")
    assert read(forged) == "good"
    forged.then[GET_RECORD] = late
    assert read(forged) == "good"


def test_a_revision_of_the_future(forged: ForgedPds, entry: str) -> None:
    forged.sign("3zzzzzzzzzz2a")
    with pytest.raises(ProofError, match=rf"^at://{DID}/.*which is in the future"):
        read(forged)


def test_what_was_seen_is_shared_and_survives(forged: ForgedPds, entry: str, here: Path) -> None:
    import multiprocessing

    assert read(forged) == "good"
    path = here / "home" / "atmosphere" / "seen.db"
    assert path.is_file()
    with multiprocessing.get_context("fork").Pool(4) as pool:
        handles = [(f"h{number % 7}.test", f"did:plc:{number % 7}") for number in range(40)]
        pool.starmap(SeenStates(path).check_handle, handles)
    with pytest.raises(IdentityError, match="h3.test was the handle of did:plc:3"):
        SeenStates(path).check_handle("@H3.test", "did:plc:other")
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(LoadError, match=r"seen\.db, which keeps what was seen.*remove it"):
        read(forged)


def test_a_handle_that_was_revoked_or_given_away(
    forged: ForgedPds, entry: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(forged) == "good"
    # For another cache a day has passed; the home, which has what was seen, is the same.
    monkeypatch.setenv("ATDATA_CACHE", str(here / "other cache"))
    forged.handle = "bob.test"
    with pytest.raises(
        IdentityError, match=r"alice\.test names .*, whose document claims bob\.test"
    ):
        read(forged)
    forged.handle = "alice.test"
    other = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
    forged.did = other
    forged.dns["_atproto.alice.test"] = (f"did={other}",)
    with pytest.raises(
        IdentityError, match=rf"alice\.test was the handle of {DID}.* that of {other}"
    ):
        read(forged)


@pytest.mark.parametrize(
    "url",
    [
        "pipe:touch owned",
        "file:///etc/passwd",
        "hf://datasets/a/b/c.tar",
        "ftp://example.org/a.tar",
        "data:application/x-tar;base64,AAAA",
        "/etc/passwd",
        "https://example.org/data-{000000..999999}.tar",
        "https://user:secret@example.org/a.tar",
        "https://exa mple.org/a.tar",
        "javascript:alert(1)",
    ],
)
def test_addresses_of_other_kinds(forged: ForgedPds, entry: str, here: Path, url: str) -> None:
    storage = {
        "$type": "science.alt.dataset.storageHttp",
        "shards": [{"url": url, "checksum": {"algorithm": "none", "digest": ""}}],
    }
    record = {key: value for key, value in forged.records[entry].items() if key != "atdata"}
    bad = "science.alt.dataset.entry/3jzfcijpj2z2z"
    forged.put(bad, {**record, "name": "bad", "storage": storage})
    with pytest.raises(RecordError, match=rf"^{of(bad)}") as found:
        read(forged, f"at://{DID}/{bad}")
    assert "secret" not in str(found.value)
    assert not (here / "owned").exists()
    assert read(forged) == "good", "the one beside it still loads"


EVIL = '"""\nimport os; os.system("touch owned")\n"""'


@pytest.mark.parametrize(
    "name",
    ["__class__", "__init_subclass__", "x; import os", "class", "a\nb", 'a"b', "é́", "__key__"],
)
def test_a_type_that_would_be_code(forged: ForgedPds, entry: str, here: Path, name: str) -> None:
    """Its names and texts are data: it is refused, or read as any other."""
    (path,) = [path for path in forged.records if ".schema/" in path]
    document = {
        "lexicon": 1,
        "id": "org.example.evil",
        "description": EVIL,
        "defs": {
            "main": {
                "type": "object",
                "description": EVIL,
                "properties": {name: {"type": "string", "description": EVIL}},
            }
        },
    }
    lexicon = Schema("org.example.evil", {"org.example.evil": document}).to_json()
    forged.put(path, {**forged.records[path], "lexicon": lexicon})
    reference = forged.records[entry]["atdata"]
    details = {**reference, "schema": {**reference["schema"], "cid": forged.cid(path)}}
    forged.put(entry, {**forged.records[entry], "atdata": details})
    uri = f"at://{DID}/{entry}"
    with suppress(LoadError, atdata.DecodeError):
        ds: Any = atdata.load_dataset(uri, atmosphere=forged.reader())
        assert [str(sample) for sample in ds]
        assert [len(batch) for batch in ds.ordered(batch_size=1)]
    assert not (here / "owned").exists()


def test_a_list_without_an_end(forged: ForgedPds, entry: str) -> None:
    """A million labels cost as many pages as the bound says, and the message has the remedy."""
    numbers = itertools.count()

    def endless(asked: Asked, answer: Answer) -> None:
        import json

        records = [
            {
                "uri": f"at://{DID}/{asked.params['collection']}/{next(numbers)}",
                "cid": forged.cid(entry),
                "value": {"name": f"n{next(numbers)}"},
            }
            for _ in range(int(asked.params["limit"]))
        ]
        answer.body = json.dumps({"records": records, "cursor": str(next(numbers))}).encode()

    forged.then[LIST] = endless
    with pytest.raises(LoadError, match=r"more than 10,000 records, .* by its address, at://"):
        read(forged)
    assert forged.count(LIST) <= MOST_LABELS // 100 + 2
    assert read(forged, f"at://{DID}/{entry}") == "good"


def test_pages_that_lead_nowhere(forged: ForgedPds, entry: str) -> None:
    def same(asked: Asked, answer: Answer) -> None:
        answer.body = b'{"records": [], "cursor": "again"}'

    forged.then[LIST] = same
    with pytest.raises(LoadError, match="has published no dataset of this name"):
        read(forged)
    assert forged.count(LIST) <= 4

    for answer_body in (b"[]", b'{"records": 3}', b'{"records": [{"uri": "https://x"}]}'):

        def wrong(asked: Asked, answer: Answer, body: bytes = answer_body) -> None:
            answer.body = body

        forged.then[LIST] = wrong
        with pytest.raises(SourceError, match=rf"at://{DID}/science\.alt\.dataset\.label"):
            read(forged)
    assert MOST_ENTRIES < MOST_LABELS


def test_a_server_that_lists_under_a_false_name(forged: ForgedPds, entry: str) -> None:
    import json

    def renamed(asked: Asked, answer: Answer) -> None:
        assert isinstance(answer.body, bytes)
        said = json.loads(answer.body)
        for record in said["records"]:
            record["value"]["name"] = "mnist"
        answer.body = json.dumps(said).encode()

    forged.then[LIST] = renamed
    with pytest.raises(RecordError, match=r"lists it under the name @alice\.test/mnist"):
        read(forged, "@alice.test/mnist")


def test_a_label_that_points_to_somebody_else(forged: ForgedPds, entry: str) -> None:
    (path,) = [path for path in forged.records if ".label/" in path]
    other = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/science.alt.dataset.entry/3jzfcijpj2z2a"
    forged.put(path, {**forged.records[path], "datasetUri": other})
    with pytest.raises(RecordError, match=rf"^{of(path)}.*another account.*{re.escape(other)}"):
        read(forged)


def test_a_server_without_end_or_without_answer(
    forged: ForgedPds, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(asked: Asked, answer: Answer) -> None:
        answer.body = _zeros()

    forged.then[GET_RECORD] = endless
    with pytest.raises(SourceError, match=rf"^at://{DID}/"):
        read(forged)

    def large(asked: Asked, answer: Answer) -> None:
        answer.headers["Content-Length"] = str(1 << 40)

    forged.then[GET_RECORD] = large
    with pytest.raises(SourceError, match=rf"^at://{DID}/"):
        read(forged)

    def gone(asked: Asked, answer: Answer) -> None:
        answer.status, answer.body = 400, b'{"error": "RepoDeactivated", "message": "gone"}'
        answer.headers = {"Content-Type": "application/json"}

    forged.then[GET_RECORD] = gone
    with pytest.raises(SourceError, match=rf"^at://{DID}/.*says that the account is deactivated"):
        read(forged)
    del forged.then[GET_RECORD]
    assert read(forged) == "good"


def _zeros() -> Iterator[bytes]:
    while True:
        yield bytes(1 << 16)


def test_a_server_that_stalls(
    forged: ForgedPds, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()

    def waits(asked: Asked, answer: Answer) -> None:
        answer.wait = never

    defaults: Any = Xrpc.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "pace", Pace(grace=0.2))
    forged.then[GET_RECORD] = waits
    with pytest.raises(SourceError, match=rf"^at://{DID}/"):
        read(forged)
    never.set()


def test_a_record_that_is_not_there(forged: ForgedPds, entry: str) -> None:
    missing = f"at://{DID}/science.alt.dataset.entry/3jzfcijpj2z2a"
    with pytest.raises(
        RecordAbsent, match=rf"^{re.escape(missing)}: the repository has no such record"
    ):
        read(forged, missing)


def test_an_account_that_has_moved(forged: ForgedPds, entry: str) -> None:
    """Its server of yesterday does not know it any more."""
    reader = forged.reader()
    assert atdata.load_dataset("@alice.test/words", Word, atmosphere=reader)[0].text == "good"
    there = ForgedPds()
    there.records = forged.records
    there.blobs = forged.blobs
    there.sign()
    here, forged.url = forged.url, there.url

    def unknown(asked: Asked, answer: Answer) -> None:
        answer.status, answer.body = 400, b'{"error": "RepoNotFound", "message": "gone"}'
        answer.headers = {"Content-Type": "application/json"}

    forged.then[LIST] = forged.then[GET_RECORD] = unknown
    assert atdata.load_dataset("@alice.test/words", Word, atmosphere=reader)[0].text == "good"
    there.close()
    forged.url = here


@pytest.mark.parametrize(
    "server",
    ["https://10.0.0.1", "https://169.254.169.254", "https://localhost", "http://example.com"],
)
def test_accounts_whose_server_is_private(
    public_forged: ForgedPds, here: Path, server: str
) -> None:
    """By what their DID document says."""

    def document(asked: Asked, answer: Answer) -> None:
        assert isinstance(answer.body, bytes)
        answer.body = answer.body.replace(public_forged.url.encode(), server.encode())

    public_forged.then["did"] = document
    with pytest.raises(IdentityError, match=rf"{DID}.*{re.escape(server.partition('://')[2])}"):
        read(public_forged, "@alice.example.org/words")


def test_names_that_are_paths(
    forged: ForgedPds, entry: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from atdata.cli import main

    (here / "home").mkdir(exist_ok=True)
    (here / "home" / "config.toml").write_text(
        f'[atmosphere]\ndirectory = "{forged.url}"\nlocal = true\n'
        f'[atmosphere.dns]\n"_atproto.alice.test" = "did={forged.did}"\n'
    )
    bad = "science.alt.dataset.entry/3jzfcijpj2z2z"
    forged.put(bad, {**forged.records[entry], "name": "../../x"})
    assert main(["pull", f"at://{DID}/{bad}", "--to", "got"]) == 1
    assert f"at://{DID}/{bad}: name: " in capsys.readouterr().err
    forged.put(bad, {**forged.records[entry], "name": "a name of words"})
    assert main(["pull", f"at://{DID}/{bad}"]) == 1
    assert "cannot be the name of a dataset in an Index" in capsys.readouterr().err
    assert main(["pull", f"at://{DID}/{bad}", "--to", "got"]) == 0
    assert sorted(path.name for path in here.iterdir() if path.is_dir()) == [
        "cache",
        "good",
        "got",
        "home",
    ]
    assert atdata.load_dataset(here / "got", Word)[0].text == "good"
