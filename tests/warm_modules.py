"""What the process has loaded that `forked` forks others off: all commands and what they import, but nothing that is opened or asked."""

from __future__ import annotations

import importlib
import pkgutil

import atdata.cli

for _name in ("catalog", "numpy", "rich.console", "rich.progress", "rich.table"):
    importlib.import_module(_name)
for _module in pkgutil.walk_packages(atdata.cli.__path__, "atdata.cli."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)
