"""`atdata push` and `atdata unpublish`, in pipes and in a terminal, against a real PDS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from atdata.atmosphere import Atmosphere
from publishing_data import ENTRY, LABEL, digits, listed
from servers.pds import Account, PdsServer
from terminal import Done, Shop


@pytest.fixture
def alice(pds: PdsServer) -> Account:
    return pds.account("alice")


@pytest.fixture
def shop(
    pds: PdsServer, alice: Account, user_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    """A user who is logged in, with a dataset."""
    shop = Shop(user_folders)
    home = user_folders / "home"
    home.mkdir()
    (home / "config.toml").write_text(
        f'[atmosphere]\ndirectory = "{pds.plc_url}"\nlocal = true\n'
        f'[atmosphere.dns]\n"_atproto.{alice.handle}" = ["did={alice.did}"]\n'
    )
    Atmosphere.login(alice.handle, alice.password)
    from atdata.index.index import Index

    Index().write(digits(20), name="digits", maxcount=10, description="Digits \x09 of mine")
    return shop


BACKEND = "keyring.backends.null.Keyring"


def run(shop: Shop, *arguments: str) -> Done:
    """The command in pipes."""
    return shop.run(*arguments, PYTHON_KEYRING_BACKEND=BACKEND)


def show(shop: Shop, *arguments: str, given: str) -> Done:
    """The command in a terminal."""
    return shop.show(*arguments, given=given, PYTHON_KEYRING_BACKEND=BACKEND)


def test_it_shows_what_becomes_public_and_asks(pds: PdsServer, alice: Account, shop: Shop) -> None:
    done = show(shop, "push", "digits", given="n\n")
    assert done.status == 1
    assert "Publish digits@1.0.0?" in done.out
    assert "2 shards of" in done.out
    assert '"$type": "science.alt.dataset.entry"' in done.out
    assert "was not published: the answer was no" in done.out
    assert listed(pds, alice, ENTRY) == {}
    done = show(shop, "push", "digits", given="y\n")
    assert done.status == 0
    (uri,) = listed(pds, alice, ENTRY)
    assert done.out.splitlines()[-1].strip() == uri


def test_nobody_is_asked_in_a_pipe(pds: PdsServer, alice: Account, shop: Shop) -> None:
    done = run(shop, "push", "digits")
    assert done.status == 2
    assert "give --yes to do it, --dry-run to look" in done.err
    assert listed(pds, alice, ENTRY) == {}
    done = run(shop, "push", "digits", "--yes")
    (uri,) = listed(pds, alice, ENTRY)
    assert (done.status, done.out, done.err) == (0, f"{uri}\n", "")
    done = run(shop, "push", "digits@1.0.0", "--yes", "--as", f"@{alice.handle}")
    assert (done.status, done.out, done.err) == (0, f"{uri}\n", "it was published already\n")


def test_a_dry_run_is_an_answer(pds: PdsServer, alice: Account, shop: Shop) -> None:
    done = run(shop, "push", "digits", "--dry-run")
    assert done.status == 0
    assert done.out.startswith(f"digits@1.0.0 of @{alice.handle} ({alice.did}), on {pds.url}\n")
    found = json.loads(run(shop, "push", "digits", "--dry-run", "--json").out)
    assert [uri.split("/")[3].rpartition(".")[2] for uri in found["records"]] == [
        "schema",
        "entry",
        "label",
    ]
    assert [item["blobs"] for item in found["uploads"]] == [1, 1]
    assert listed(pds, alice, ENTRY) == {}


def test_taking_away(pds: PdsServer, alice: Account, shop: Shop) -> None:
    uri = run(shop, "push", "digits", "--yes").out.strip()
    done = run(shop, "unpublish", "digits")
    assert done.status == 2
    assert uri in listed(pds, alice, ENTRY)
    done = run(shop, "unpublish", "digits", "--dry-run", "--json")
    assert json.loads(done.out)["would_remove"][-1] == uri
    assert uri in listed(pds, alice, ENTRY)
    done = show(shop, "unpublish", "digits@1.0.0", given="y\n")
    assert done.status == 0
    assert "Unpublish 2 records?" in done.out
    assert "The type stays published" in done.out
    assert listed(pds, alice, ENTRY) == listed(pds, alice, LABEL) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["push", "nothing"], "there is no dataset"),
        (["push", "digits", "--as", "bob.test"], "nobody is logged in as bob.test"),
        (["push", "digits", "--data-store", "out/folder"], "shards go into a bucket"),
        (["push", "digits", "--derived-from", "@alice/x"], "names no record"),
        (["unpublish", "nothing"], "has published no"),
        (["unpublish", "at://did:plc:abc/x/y"], "is no dataset, label, type or lens"),
    ],
)
def test_mistakes_are_one_line(shop: Shop, arguments: list[str], said: str) -> None:
    done = run(shop, *arguments, "--yes")
    assert done.status == 1
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert "Traceback" not in done.err
