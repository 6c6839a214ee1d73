"""The page on federation: its examples run, in order, on a repository that is made here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import atdata
from atdata.atmosphere import Atmosphere
from atdata.atmosphere.settings import Settings, settings
from atdata.index.index import Index
from proof_data import DID, Repository
from publishing_data import ENTRY, LABEL, digits, listed
from servers.pds import Account, PdsServer

LOG_IN = "\n## Log in\n"
PUBLISH = "\n## Publish\n"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "FEDERATION.md"
NOTE = "com.example.note"


def test_the_examples_run_in_order(tmp_path: Path, source_env: dict[str, str]) -> None:
    records = {f"{NOTE}/{index:03d}": {"$type": NOTE, "n": index} for index in range(60)}
    now = Repository(records, rev="3jzfcijpj2z2b")
    document = {
        "id": DID,
        "alsoKnownAs": ["at://alice.example.org"],
        "verificationMethod": [
            {
                "id": "#atproto",
                "type": "Multikey",
                "controller": DID,
                "publicKeyMultibase": now.key.multikey,
            }
        ],
        "service": [
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": "https://pds.example.org",
            }
        ],
    }
    (tmp_path / "did.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "proof.car").write_bytes(now.proof(f"{NOTE}/017"))
    (tmp_path / "absent.car").write_bytes(now.proof(f"{NOTE}/none"))
    (tmp_path / "older.car").write_bytes(Repository(records).proof(f"{NOTE}/017"))
    (tmp_path / "repository.car").write_bytes(now.whole())
    before, _ = PAGE.read_text("utf-8").split(LOG_IN)
    lines = ran(before, tmp_path, source_env)
    assert lines[0] == f"signed 17 {now.cids[f'{NOTE}/017']}"
    assert lines[1].endswith(
        f"{NOTE}/none: the repository has no such record at revision {now.rev}"
    )
    assert "is older than 3jzfcijpj2z2b" in lines[2]
    assert lines[3:] == ["60", f"{DID} alice.example.org https://pds.example.org"]


def test_logging_in_is_as_the_page_has_it(
    pds: PdsServer, user_folders: Path, source_env: dict[str, str], tmp_path: Path
) -> None:
    alice = pds.account("alice")
    env = {**source_env, **user_of(pds, alice, user_folders)}
    _, text = PAGE.read_text("utf-8").split(LOG_IN)
    text = text.partition("\n## ")[0].replace("alice.example.org", alice.handle)
    assert ran(text, tmp_path, env) == [
        f"Atmosphere('{alice.handle}', '{alice.did}', '{pds.url}')",
        alice.handle,
        alice.handle,
    ]


def test_publishing_is_as_the_page_has_it(
    pds: PdsServer, user_folders: Path, source_env: dict[str, str], tmp_path: Path
) -> None:
    alice = pds.account("alice")
    env = {**source_env, **user_of(pds, alice, user_folders)}
    index = Index()
    index.write(digits(20), name="training-v1")
    index.write(digits(5, first=40), name="raw")
    index.write(digits(4, first=60), name="clean")
    (tmp_path / "words").mkdir()
    atdata.write_samples(digits(3, first=80), tmp_path / "words" / "data.tar")
    Atmosphere.login(alice.handle, alice.password)
    _, text = PAGE.read_text("utf-8").split(PUBLISH)
    lines = ran(text.partition("\n## ")[0], tmp_path, env)
    entries, labels = listed(pds, alice, ENTRY), listed(pds, alice, LABEL)
    assert sorted(entry["name"] for entry in entries.values()) == ["clean", "training-v1"]
    assert sorted(label["name"] for label in labels.values()) == ["clean", "stable", "training-v1"]
    (uri,) = (uri for uri, entry in entries.items() if entry["name"] == "training-v1")
    assert lines[:3] == [uri, "True ()", lines[2]]
    assert lines[2].startswith("1 shard of ")
    assert lines[3].startswith(f"at://{alice.did}/{LABEL}/")
    assert "Blobs go with the last record" in lines[6]


def user_of(pds: PdsServer, account: Account, folders: Path) -> dict[str, str]:
    """The environment of a user whose configuration leads to the servers of the tests."""
    config = folders / "home" / "config.toml"
    config.parent.mkdir()
    config.write_text(
        f'[atmosphere]\ndirectory = "{pds.plc_url}"\nlocal = true\n'
        f'[atmosphere.dns]\n"_atproto.{account.handle}" = ["did={account.did}"]\n'
    )
    return {
        "ATDATA_HOME": str(config.parent),
        "ATDATA_CACHE": str(folders / "cache"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "MY_APP_PASSWORD": account.password,
    }


def test_the_settings_are_those_of_the_page(user_folders: Path) -> None:
    config = user_folders / "home" / "config.toml"
    config.parent.mkdir()
    (block,) = re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    config.write_text(block)
    found, usual = settings(), Settings()
    assert (found.directory, found.jetstream, found.local) == (
        usual.directory,
        usual.jetstream,
        usual.local,
    )
    assert found.relays == usual.relays[:1]
    assert found.dns == {"_atproto.alice.example.org": (f"did={DID}",)}


def ran(text: str, folder: Path, env: dict[str, str]) -> list[str]:
    """What the Python blocks of a text print, one after the other."""
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    (folder / "page.py").write_text("\n".join(blocks), "utf-8")
    done = subprocess.run(
        [sys.executable, "page.py"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
