"""pyarrow without its types, which leave most things unknown to a strict checker."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["pa", "pq"]

pa: Any = importlib.import_module("pyarrow")
pq: Any = importlib.import_module("pyarrow.parquet")
