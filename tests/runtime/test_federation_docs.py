"""The page on federation: its examples run, in order, on a repository that is made here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from proof_data import DID, Repository

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
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    (tmp_path / "page.py").write_text("\n".join(blocks), "utf-8")
    done = subprocess.run(
        [sys.executable, "page.py"],
        cwd=tmp_path,
        env=source_env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"signed 17 {now.cids[f'{NOTE}/017']}"
    assert lines[1].endswith(
        f"{NOTE}/none: the repository has no such record at revision {now.rev}"
    )
    assert "is older than 3jzfcijpj2z2b" in lines[2]
    assert lines[3:] == ["60", f"{DID} alice.example.org https://pds.example.org"]
