"""The one style of compiled code."""

from __future__ import annotations

__all__ = ["LINE_LENGTH"]

LINE_LENGTH = 88
