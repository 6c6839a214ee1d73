"""Reading several things of one state of a SQLite file, whatever other processes write meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

__all__ = ["of_one_state"]

T = TypeVar("T")
D = TypeVar("D", bound=sqlite3.Connection)


def of_one_state(db: D, ask: Callable[[D], T]) -> T:
    """What a function finds in a transaction of its own, in which all that it reads belongs together.

    >>> of_one_state(sqlite3.connect(":memory:"), lambda db: db.in_transaction)
    True
    """
    db.execute("BEGIN")
    try:
        return ask(db)
    finally:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
