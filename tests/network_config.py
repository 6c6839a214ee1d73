"""Settings of the network as the text of a user's `config.toml`."""

from __future__ import annotations

import json
from pathlib import Path

from atdata.atmosphere import Settings

__all__ = ["configure"]


def configure(home: Path, settings: Settings) -> None:
    """Give a user these settings."""
    lines = [
        "[atmosphere]",
        f"directory = {json.dumps(settings.directory)}",
        f"relays = {json.dumps(list(settings.relays))}",
        f"local = {json.dumps(settings.local)}",
        "[atmosphere.dns]",
        *(
            f"{json.dumps(name)} = {json.dumps(list(texts))}"
            for name, texts in settings.dns.items()
        ),
    ]
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text("\n".join(lines) + "\n", "utf-8")
