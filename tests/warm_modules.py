"""What the process has loaded that `forked` forks others off: all commands and what they import, but nothing that is opened or asked."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import rich.console
import rich.progress
import rich.table

import atdata.cli
import catalog

__all__ = ["catalog", "np", "rich"]

for _module in pkgutil.walk_packages(atdata.cli.__path__, "atdata.cli."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)
