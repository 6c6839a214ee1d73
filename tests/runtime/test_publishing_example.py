"""The third example of the description of the system, as it is written, but for handle and password."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from publishing_data import ENTRY, SCHEMA, listed, record_at
from servers.pds import PdsServer

EXAMPLES = """
import numpy as np
from numpy.typing import NDArray
import atdata

@atdata.packable
class ImageSample:
    image: NDArray
    label: str
    confidence: float

samples = [ImageSample(image=np.random.rand(224, 224, 3).astype(np.float32),
                        label="cat", confidence=0.95) for _ in range(100)]

index = atdata.Index(data_store=atdata.LocalDiskStore())
entry = index.write(samples, name="training-v1")

from atdata.atmosphere import Atmosphere

client = Atmosphere.login("handle.bsky.social", "app-password")
index = atdata.Index(atmosphere=client)
uri = index.promote_entry("training-v1")
print(uri)
"""


def test_it_runs(pds: PdsServer, user_folders: Path, source_env: dict[str, str]) -> None:
    """60 MB of samples, on a server that takes 5 MB a blob."""
    alice = pds.account("alice")
    home = user_folders / "home"
    home.mkdir()
    (home / "config.toml").write_text(
        f'[atmosphere]\ndirectory = "{pds.plc_url}"\nlocal = true\n'
        f'[atmosphere.dns]\n"_atproto.{alice.handle}" = ["did={alice.did}"]\n'
    )
    env = {
        **source_env,
        "ATDATA_HOME": str(home),
        "ATDATA_CACHE": str(user_folders / "cache"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    program = EXAMPLES.replace("handle.bsky.social", alice.handle).replace(
        "app-password", alice.password
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=user_folders,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    uri = done.stdout.strip()
    assert list(listed(pds, alice, ENTRY)) == [uri]
    assert record_at(pds, uri)["size"]["samples"] == 100
    (schema,) = listed(pds, alice, SCHEMA).values()
    assert schema["lexicon"]["id"] == f"test.{alice.handle.removesuffix('.test')}.imageSample"
