"""A keyring for tests: it keeps what it is given in a file, or fails, as the file's name says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

__all__ = ["closed_keyring", "file_keyring"]


def _path() -> Path:
    return Path(os.environ["KEYRING_OF_THE_TESTS"])


def _read() -> dict[str, str]:
    found: dict[str, str] = json.loads(_path().read_text()) if _path().exists() else {}
    return found


class _FileKeyring(KeyringBackend):
    """One that works, and is real as far as anybody can tell."""

    priority: Any = 5.0

    def get_password(self, service: str, username: str) -> str | None:
        return _read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        _path().write_text(json.dumps({**_read(), f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        kept = _read()
        if kept.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("not there")
        _path().write_text(json.dumps(kept))


class _ClosedKeyring(_FileKeyring):
    """One that nobody opens."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("the user dismissed the prompt")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError("the user dismissed the prompt")


# Their base has no types.
_CLASSES: dict[str, Any] = {"file": _FileKeyring, "closed": _ClosedKeyring}


def file_keyring() -> Any:
    """One that works."""
    return _CLASSES["file"]()


def closed_keyring() -> Any:
    """One that nobody opens."""
    return _CLASSES["closed"]()
