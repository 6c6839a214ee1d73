"""The keyring of the system, where there is one that keeps secrets."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["from_keyring", "into_keyring", "out_of_keyring"]

_SERVICE: Final = "atdata"


def into_keyring(did: str, text: str) -> bool:
    """Keep a session; whether it is kept. Where there is no keyring, or it fails, it is not."""
    ring = _ring()
    if ring is None:
        return False
    try:
        ring.set_password(_SERVICE, did, text)
        # Some cut what is long, and say nothing.
        return bool(ring.get_password(_SERVICE, did) == text)
    except Exception:  # backends raise what they like: of D-Bus, of the system's own
        return False


def from_keyring(did: str) -> str | None:
    """The session that is kept; None where there is none, or the keyring is closed."""
    ring = _ring()
    if ring is None:
        return None
    try:
        found = ring.get_password(_SERVICE, did)
    except Exception:
        return None
    return found if isinstance(found, str) else None


def out_of_keyring(did: str) -> None:
    """Forget a session."""
    ring = _ring()
    if ring is not None:
        try:
            ring.delete_password(_SERVICE, did)
        except Exception:  # not there, or the keyring is closed
            return


def _ring() -> Any:
    """The keyring, where it is a real one: others keep nothing, or keep it where anybody reads it."""
    try:
        import keyring

        ring = keyring.get_keyring()
        return ring if float(ring.priority) >= 1 else None
    except Exception:  # it is not installed, or what it is configured to does not work
        return None
