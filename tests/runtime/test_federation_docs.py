"""The page on federation: its examples run, in order, on a repository that is made here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from atdata.atmosphere.settings import Settings, settings
from proof_data import DID, Repository
from servers.pds import PdsServer

LOG_IN = "\n## Log in\n"
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


@pytest.mark.xdist_group("pds")
def test_logging_in_is_as_the_page_has_it(
    pds: PdsServer, user_folders: Path, source_env: dict[str, str], tmp_path: Path
) -> None:
    alice = pds.account("alice")
    config = user_folders / "home" / "config.toml"
    config.parent.mkdir()
    config.write_text(
        f'[atmosphere]\ndirectory = "{pds.plc_url}"\nlocal = true\n'
        f'[atmosphere.dns]\n"_atproto.{alice.handle}" = ["did={alice.did}"]\n'
    )
    env = {
        **source_env,
        "ATDATA_HOME": str(config.parent),
        "ATDATA_CACHE": str(user_folders / "cache"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "MY_APP_PASSWORD": alice.password,
    }
    _, text = PAGE.read_text("utf-8").split(LOG_IN)
    assert ran(text.replace("alice.example.org", alice.handle), tmp_path, env) == [
        f"Atmosphere('{alice.handle}', '{alice.did}', '{pds.url}')",
        alice.handle,
        alice.handle,
    ]


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
