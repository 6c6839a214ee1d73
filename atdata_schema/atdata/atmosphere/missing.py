"""What to say where the optional part for the network is not installed."""

from __future__ import annotations

from typing import Final

__all__ = ["INSTALL"]

INSTALL: Final = "pip install 'atdata[atmosphere]'"
"""The command that installs it."""
