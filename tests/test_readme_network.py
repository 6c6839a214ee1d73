"""The example of README.md that publishes runs as it stands, but for handle and password, on a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import atdata
from atdata.atmosphere import Atmosphere
from network_config import configure
from publishing_data import ENTRY, SCHEMA, listed
from servers.pds import PdsServer

pytestmark = [pytest.mark.usefixtures("user_folders")]

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(root: Path) -> tuple[str, str, str]:
    """The three quick examples: writing, the Index, publishing."""
    found = _BLOCK.findall((root / "README.md").read_text("utf-8"))
    (publishing,) = (block for block in found if "promote_entry" in block)
    (index,) = (
        block for block in found if "index.write(samples, name=" in block and "more" not in block
    )
    return found[0], index, publishing


def test_the_example_publishes(
    root: Path, source_env: dict[str, str], tmp_path: Path, pds: PdsServer
) -> None:
    account = pds.account("painter")
    configure(tmp_path / "home", pds.settings())
    program = "\n".join(blocks(root))
    assert '"handle.bsky.social", "app-password"' in program
    program = program.replace("handle.bsky.social", account.handle)
    program = program.replace("app-password", account.password)
    file = tmp_path / "program.py"
    file.write_text(f"{program}\nprint(uri)\n", "utf-8")
    done = subprocess.run(
        [sys.executable, file],
        cwd=tmp_path,
        env=source_env
        | {
            "ATDATA_HOME": str(tmp_path / "home"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert account.password not in done.stdout + done.stderr
    uri = done.stdout.split()[-1]
    assert list(listed(pds, account, ENTRY)) == [uri]
    # A class without a name of its own is named below the handle.
    (schema,) = listed(pds, account, SCHEMA).values()
    assert schema["lexicon"]["id"] == f"test.{account.handle.removesuffix('.test')}.imageSample"
    reader = Atmosphere(settings=pds.settings())
    for address in (uri, f"@{account.handle}/training-v1", f"@{account.handle}/training-v1@1.0.0"):
        dataset = atdata.load_dataset(address, split="train", atmosphere=reader)
        assert len(dataset) == 100
    assert dataset[17].label == "cat"
    assert dataset[17].image.shape == (224, 224, 3)
