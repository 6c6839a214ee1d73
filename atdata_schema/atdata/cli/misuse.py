"""What was typed cannot be understood, or cannot be done as it was typed."""

from __future__ import annotations

__all__ = ["Misuse"]


class Misuse(Exception):  # not an error of a dataset: the exit status is another one
    """A command that was not understood; the message says what is allowed."""
