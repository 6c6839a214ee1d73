"""The folder of a user's own things: the Index, the data of managed datasets, the configuration."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["home"]


def home() -> Path:
    """The folder that `ATDATA_HOME` names, else the user's folder for data of programs; it may not exist yet.

    >>> import os
    >>> os.environ["ATDATA_HOME"] = "/tmp/mine"
    >>> home().as_posix()
    '/tmp/mine'
    >>> del os.environ["ATDATA_HOME"]
    """
    chosen = os.environ.get("ATDATA_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    # Imported where it is needed: most programs name the places of their data.
    from platformdirs import user_data_path

    return user_data_path("atdata", appauthor=False)
