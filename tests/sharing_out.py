"""How tests are shared out where several processes run them, with `--dist loadgroup`: a file at a time, long ones first.

One test at a time, as xdist does it, takes a second process minutes of counting where there are thousands of tests; and what
the tests of a file share would be made by each process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import pytest

LONG: Final = (
    "tests/codegen/test_build_hooks.py",  # and whatever else is of its group
    "tests/runtime/test_cli_answers.py",  # the same
    "tests/test_examples.py",
    "tests/typing/test_typing.py",
    "tests/runtime/test_discovery_streams.py",
    "tests/runtime/test_lexicons_network.py",
    "tests/runtime/test_catalog_s3.py",
    "tests/codegen/test_lens_law_tests.py",
    "tests/runtime/test_loader_faults.py",
    "tests/runtime/test_catalog_together.py",
    "tests/codegen/test_generated_goldens.py",
    "tests/codegen/test_lens_externs.py",
    "tests/runtime/test_kept_processes.py",
    "tests/runtime/test_writer_faults.py",
    "tests/runtime/test_stores_disk_faults.py",
    "tests/test_triangle.py",
    "tests/test_two_organisations.py",
    "tests/codegen/test_lens_files_docs.py",
    "tests/codegen/test_generated.py",
    "tests/runtime/test_where_model.py",
    "tests/runtime/test_catalog_killed.py",
    "tests/runtime/test_loader_once.py",
)
"""Files whose tests take longest, so that no process is left alone with one of them at the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):  # one process has the order that it was given
        return
    rank = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(LONG)))


def pytest_collection_finish() -> None:
    """All that was made until now stays to the end: neither this process nor one forked off it looks through it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist's own for `loadgroup`, with tests that have no group in that of their file."""
    if config.getoption("dist") != "loadgroup":
        return None
    # xdist, which is without types, need not be there.
    scheduler = import_module("xdist.scheduler").LoadGroupScheduling(config, log)
    group_of: Callable[[str], str] = scheduler._split_scope

    def file_or_group(nodeid: str) -> str:
        return group_of(nodeid).partition("::")[0]

    scheduler._split_scope = file_or_group
    config.option.loadscopereorder = False  # by the number of tests
    return scheduler
