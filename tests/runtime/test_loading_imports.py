"""What `import atdata` loads: what every program needs, and nothing that only some do."""

from __future__ import annotations

import subprocess
import sys

import pytest

LATE = (
    "webdataset",
    "http.client",
    "rich",
    "lark",
    "jinja2",
    "typer",
    "zstandard",
    "black",
    "msgpack",
    "asyncio",
    "atdata.atmosphere",
    "cryptography",
    "dns",
    "keyring",
    "websockets",
)


@pytest.fixture(scope="module")
def loaded(source_env: dict[str, str]) -> set[str]:
    code = "import sys, atdata; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=source_env, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", LATE)
def test_it_is_not_loaded_before_it_is_needed(loaded: set[str], name: str) -> None:
    assert name not in loaded
    assert "atdata.dataset" in loaded
