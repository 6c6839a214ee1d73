"""Commands that other packages bring by the entry point group `atdata_gen.commands`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import cast

import pytest

Run = Callable[..., tuple[int, str, str]]

MODULE = """
from atdata_schema.errors import AtdataError, MissingExtra

def run(arguments):
    print(arguments)
    return 7

def nothing(arguments):
    print("done")

def refused(arguments):
    raise AtdataError("the index is not there\\x1b[2J")

def late(arguments):
    raise MissingExtra("the network", "atmosphere")

no_function = 3
"""


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment has installed is not there, but for what a test brings."""
    real = metadata.entry_points

    def brought(**wanted: str) -> metadata.EntryPoints:
        points = cast("Iterable[metadata.EntryPoint]", real(**wanted))
        return metadata.EntryPoints(point for point in points if "brought_by_" in point.value)

    monkeypatch.setattr(metadata, "entry_points", brought)


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a package with commands."""

    def call(name: str, *points: str, module: str = MODULE) -> None:
        site = tmp_path / f"site_{name}"
        about = site / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(
            "[atdata_gen.commands]\n" + "\n".join(points) + "\n"
        )
        (site / f"brought_by_{name}.py").write_text(module)
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    return call


def test_a_command_below_lens_runs_and_is_listed(bring: Callable[..., None], gen: Run) -> None:
    bring("one", "lens.store = brought_by_one:run", "publish = brought_by_one:nothing")
    assert gen("lens", "store", "--now") == (7, "['--now']\n", "")
    assert gen("publish") == (0, "done\n", "")
    assert "of installed packages:\n  store\n" in gen("lens", "--help")[1]


def test_path_over_an_index_is_such_a_command(bring: Callable[..., None], gen: Run) -> None:
    bring("two", "lens.path = brought_by_two:run")
    assert gen("lens", "path", "a", "b", "--index", "x.db")[:2] == (
        7,
        "['a', 'b', '--index', 'x.db']\n",
    )
    assert gen("lens", "path", "a", "b", "--index=x.db")[0] == 7


def test_without_the_runtime_it_is_said(gen: Run) -> None:
    status, out, err = gen("lens", "path", "a", "b", "--index", "x.db")
    assert (status, out) == (2, "")
    assert "needs the runtime of atdata: pip install atdata" in err
    assert "has no command 'store'" in gen("lens", "store")[2]


def test_a_command_of_the_compiler_is_never_replaced(bring: Callable[..., None], gen: Run) -> None:
    bring("three", "lint = brought_by_three:run", "lens.check = brought_by_three:run")
    assert "usage: atdata-gen lint" in gen("lint", "--help")[1]
    assert "usage: atdata-gen lens check" in gen("lens", "check", "--help")[1]


def test_a_name_that_two_packages_claim_belongs_to_neither(
    bring: Callable[..., None], gen: Run
) -> None:
    bring("four", "publish = brought_by_four:run")
    bring("five", "publish = brought_by_five:run")
    status, out, err = gen("publish")
    assert (status, out) == (2, "")
    assert err == (
        "atdata-gen publish is claimed by several packages: five (brought_by_five:run), "
        "four (brought_by_four:run); uninstall all but one\n"
    )


@pytest.mark.parametrize(
    ("point", "module", "status", "said"),
    [
        ("brought_by_six:run", "import no_such_module_at_all", 2, "cannot start: No module named"),
        (
            "brought_by_six:run",
            "raise ImportError('pip install \\'atdata[atmosphere]\\'')",
            2,
            "cannot start: pip install 'atdata[atmosphere]'",
        ),
        ("brought_by_six:gone", "run = 1", 2, "AttributeError"),
        ("brought_by_six:run", "1 / 0", 2, "six (brought_by_six:run): ZeroDivisionError"),
        ("brought_by_six:no_function", MODULE, 2, "is no function"),
        ("brought_by_six:refused", MODULE, 1, "atdata-gen publish: the index is not there\\x1b[2J"),
        ("brought_by_six:late", MODULE, 2, "cannot start: the network"),
    ],
)
def test_what_cannot_run_says_why(
    bring: Callable[..., None], gen: Run, point: str, module: str, status: int, said: str
) -> None:
    sys.modules.pop("brought_by_six", None)
    bring("six", f"publish = {point}", module=module)
    found, out, err = gen("publish")
    assert (found, out) == (status, "")
    assert said in err
    assert "\x1b" not in err
