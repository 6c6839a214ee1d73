"""The program itself: versions, optional parts, the environment."""

from __future__ import annotations

import difflib
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from atdata.cli.health.check import Check

__all__ = ["EXTRAS", "program_checks"]

EXTRAS: Final = {
    "s3": ("boto3", "boto3"),
    "redis": ("redis", "redis"),
    "postgres": ("psycopg", "psycopg"),
    "parquet": ("pyarrow", "pyarrow"),
    "images": ("PIL", "pillow"),
    "torch": ("torch", "torch"),
    "ray": ("ray", "ray"),
    "atmosphere": ("dns", "dnspython"),
}
"""The optional parts: the module that each needs, and the package that has it."""

_VARIABLES: Final = (
    "ATDATA_HOME",
    "ATDATA_CACHE",
    "ATDATA_CACHE_LIMIT",
    "ATDATA_INDEX",
    "ATDATA_DEBUG",
    "ATDATA_NO_PROGRESS",
    "ATDATA_HANDLE",
    "ATDATA_PASSWORD",
    "ATDATA_PDS_URL",
    "ATDATA_PLC_DIRECTORY",
    "ATDATA_RELAYS",
    "ATDATA_JETSTREAM",
    "ATDATA_LOCAL",
    "ATDATA_ALLOW_PRIVATE_HOSTS",
    "ATDATA_TEST_SERVERS",
)
_SECRET: Final = ("ATDATA_INDEX", "ATDATA_PASSWORD")  # a URL of an Index may hold a password
_PYTHON: Final = (3, 11)


def program_checks() -> Iterator[Check]:
    """Look at the program."""
    yield Check("atdata", "ok", _version("atdata"))
    yield _python()
    yield Check("numpy", "ok", _version("numpy"))
    yield _extras()
    yield from _environment()
    yield _encoding()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"


def _python() -> Check:
    found = (
        f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    )
    if sys.version_info < _PYTHON:
        return Check("python", "fail", found, "atdata needs Python 3.11 or later")
    return Check("python", "ok", found)


def _extras() -> Check:
    """Which optional parts are there; one that is not is no fault."""
    there = {name: package for name, (module, package) in EXTRAS.items() if find_spec(module)}
    missing = [name for name in EXTRAS if name not in there]
    found = ", ".join(f"{name} ({package} {_version(package)})" for name, package in there.items())
    more = f"for {', '.join(missing)}: pip install 'atdata[{','.join(missing)}]'" if missing else ""
    return Check("extras", "ok", found or "none", more)


def _environment() -> Iterator[Check]:
    """The variables of ours that are set; one that we do not know is probably a slip of the pen."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("ATDATA_")}
    known = [
        name if name in _SECRET else f"{name}={ours[name]}" for name in _VARIABLES if name in ours
    ]
    yield Check("environment", "ok", ", ".join(known) or "no ATDATA_* is set")
    for name in sorted(set(ours) - set(_VARIABLES)):
        near = difflib.get_close_matches(name, _VARIABLES, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_VARIABLES)}"
        yield Check("environment", "warn", f"{name} is set, and means nothing", hint)


def _encoding() -> Check:
    encoding = sys.stdout.encoding or "none"
    if encoding.lower().replace("-", "") == "utf8":
        return Check("encoding", "ok", encoding)
    return Check(
        "encoding",
        "warn",
        f"{encoding}: characters that it lacks are printed as escapes",
        "set PYTHONUTF8=1, or a UTF-8 locale",
    )
