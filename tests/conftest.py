"""What every test may ask for."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

# The suites that are shipped say as much as our own tests where they fail.
pytest.register_assert_rewrite("atdata.testing")

# Each of these modules has the fixtures of one server, or of one thing that tests have of their own.
pytest_plugins = [
    "temporary_folder",
    "sharing_out",
    "own_cache",
    "servers.forged_pds",
    "servers.dns",
    "servers.http",
    "servers.pds",
    "servers.peer",
    "servers.postgres",
    "servers.relay",
    "servers.s3_faulty",
    "servers.s3_moto",
    "servers.s3_rclone",
    "servers.s3_rgw",
    "servers.tls",
    "servers.valkey",
    "servers.authors",
    "servers.catalogs",
    "doc_pages",
    "lens_projects",
    "fresh_environments",
    "lexicon_servers",
]

ROOT = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = ("atdata_schema", "codegen", "generated")
_FENCE = re.compile(r"^```(\w*)[^\n]*$")
_NOT_RUN = re.compile(r"^<!-- not run: \S.*-->$")

# No deadline: the machines that run this are shared. `ci` draws the same examples every time, so fewer do.
settings.register_profile("dev", max_examples=60, deadline=None)
settings.register_profile("ci", max_examples=40, deadline=None, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the compiler makes into tests/golden, in place of comparing",
    )


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def clean_env() -> dict[str, str]:
    """The environment of a user's shell: nothing of this test run's Python in it."""
    return {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "VIRTUAL"))
    }


@pytest.fixture(scope="session")
def source_env(clean_env: dict[str, str]) -> dict[str, str]:
    """The same, with the packages of this repository importable, installed or not."""
    paths = [str(ROOT / name) for name in SOURCE_ROOTS]
    return {**clean_env, "PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture(scope="session")
def readme_program() -> str:
    """Every Python block of README.md as one program, each line where README.md has it.

    Lines outside the blocks are empty, so that a traceback names the line of README.md.
    """
    return program_of((ROOT / "README.md").read_text("utf-8"))


def program_of(markdown: str) -> str:
    """The Python blocks of a Markdown text that are to run; see `readme_program`."""
    language: str | None = None
    runs, before, lines = False, "", list[str]()
    for line in markdown.splitlines():
        fence = _FENCE.match(line)
        if fence and language is None:
            language = fence[1]
            runs = language == "python" and not _NOT_RUN.match(before)
        elif fence:
            language = None
        lines.append(line if runs and language and not fence else "")
        before = line or before
    return "\n".join(lines) + "\n"
