"""The versions of the Index: those that datasets and schemas have everywhere."""

from __future__ import annotations

from atdata.versions import FIRST, LONGEST, Version, is_version

__all__ = ["FIRST", "LONGEST", "Version", "is_version"]
