"""How the `atdata` command ends, whatever happens: a status, at most a few lines, and never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import atdata
from atdata.cli import main
from shop_data import Word, filled_shop
from terminal import Shop

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with filled_shop() as found:
        yield found


@pytest.fixture
def here(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, for commands that run in this process."""
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("ATDATA_HOME", str(shop.folder / "home"))
    monkeypatch.setenv("ATDATA_CACHE", str(shop.folder / "cache"))
    return shop


@pytest.mark.parametrize(
    ("question", "status", "said"),
    [
        ("", 2, "Usage: atdata [OPTIONS] COMMAND"),
        ("lss", 2, "Did you mean 'ls'?"),
        ("ls --wrong", 2, "No such option: --wrong"),
        ("head", 2, "Missing argument 'DATASET'"),
        ("head words -n -1", 2, "Invalid value for '--count'"),
        (
            "gc --older-than soon",
            2,
            "'soon' is no length of time; give one such as 90s, 10m, 2h, 30d",
        ),
        ("schema", 2, "Usage: atdata schema"),
        ("rm words", 2, "nobody can be asked here: give --yes to remove"),
        ("info ./nothing", 1, "atdata: there is no file"),
        (
            "info nothing",
            1,
            "atdata: there is no file or folder 'nothing' here, and there is no dataset",
        ),
        ("info photograph", 1, "did you mean photographs?"),
        (
            "info photographs@9.9.9",
            1,
            "there is no version 9.9.9 of 'photographs'; it has 1.1.0, 1.0.0",
        ),
        ("info ../x@", 1, "atdata: "),
        ("info @lab/words", 1, "there is no Index '@lab': config.toml names none"),
        ("info @local", 1, "'@local' names no dataset: give @local/name"),
        ("info at://did:web:a.b/c.d.e/f", 1, "atdata: "),
        ("head words --fields texts", 1, "did you mean 'text'?"),
        ("head words --split tests", 1, "has no split 'tests'"),
        ("ls --index nothing://x", 1, "begins no URL of an Index"),
        ("ls --index /dev/null/x.db", 1, "atdata: "),
        ("schema show org.example.nothing", 1, "there is no schema 'org.example.nothing'"),
        ("schema show bare/data.tar", 1, "has no schema"),
        ("schema diff words nothing", 1, "nothing"),
        ("cache rm wrong --yes", 1, "the cache has no 'wrong'"),
    ],
)
def test_what_is_wrong_is_said_in_a_few_lines(
    here: Shop, question: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(question.split()) == status
    found = capsys.readouterr()
    assert said in found.err
    assert found.out == "", "nothing but an answer stands there"
    assert "Traceback" not in found.err


def test_a_name_that_is_a_file_too_has_to_be_said_in_full(
    here: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = here.folder / "words"
    atdata.write_samples([Word("x")], twin / "train.tar")
    try:
        assert main(["info", "words"]) == 1
        assert "say ./words or @local/words" in capsys.readouterr().err
        assert [main(["info", said]) for said in ("./words", "@local/words")] == [0, 0]
    finally:
        for path in twin.iterdir():
            path.unlink()
        twin.rmdir()


def test_a_fault_of_ours_is_a_line_and_a_traceback_when_asked(
    here: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("\x1b[31moops\n")

    monkeypatch.setattr("atdata.cli.commands.ls.run", fail)
    assert main(["ls"]) == 1
    assert capsys.readouterr().err == (
        "atdata: ZeroDivisionError: \\x1b[31moops\n"
        "\n"
        "(this is a fault of atdata's; ATDATA_DEBUG=1 shows where it lies)\n"
    )
    monkeypatch.setenv("ATDATA_DEBUG", "1")
    assert main(["ls"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_too_deep_a_value_is_no_crash(
    here: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise RecursionError

    monkeypatch.setattr("atdata.cli.commands.ls.run", fail)
    assert main(["ls"]) == 1
    assert "RecursionError" in capsys.readouterr().err


def test_warnings_are_lines_of_ours(
    here: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import warnings

    def warn(*_: object) -> int:
        warnings.warn("be careful", stacklevel=1)
        return 0

    monkeypatch.setattr("atdata.cli.commands.ls.run", warn)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["ls"]) == 0
    assert capsys.readouterr().err == "atdata: warning: be careful\n"


def test_a_reader_that_has_seen_enough_is_no_error(shop: Shop) -> None:
    command = f"{sys.executable} -m atdata.cli schema show photographs | head -c 1"
    done = subprocess.run(
        command,
        shell=True,
        cwd=shop.folder,
        env=shop.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("{", "")


def test_a_full_disk_under_the_answer_is_said(shop: Shop) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "atdata.cli", "schema", "show", "photographs"],
            cwd=shop.folder,
            env=shop.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_is_quiet(shop: Shop, tmp_path: Path) -> None:
    """Interrupted while it waits for somebody who writes a file in no hurry."""
    slow = tmp_path / "slow.json"
    os.mkfifo(slow)
    process = subprocess.Popen(
        [sys.executable, "-c", _TELLING, "schema", "diff", str(slow), str(slow)],
        cwd=shop.folder,
        env=shop.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell ignores it for what it runs in the background, and so would whatever it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert err.strip() == ""


_TELLING = """
import sys
from atdata.cli import main
import atdata.cli.schema_source as source

def wait(path):
    import time
    print("running", flush=True)
    time.sleep(60)

source._of_file = wait
source.Path.is_file = lambda path: True
sys.exit(main(sys.argv[1:]))
"""


def test_ascii_terminals_get_escapes_for_what_they_lack(shop: Shop) -> None:
    done = shop.run("head", "photographs", "-n", "1", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.status == 0
    assert "image/png 4\\xd73" in done.out


def test_a_command_imports_what_it_needs(source_env: dict[str, str]) -> None:
    """Help and slips of the pen answer soon: no driver, no console, no other command is loaded for them."""
    code = (
        "import sys; from atdata.cli import main; status = main(['ls', '--wrong'])\n"
        "print(status, *sorted(n for n in sys.modules if n.startswith('atdata.cli.')), file=sys.stderr)\n"
        "print(*sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=source_env, capture_output=True, text=True, check=True
    )
    *_, ours, tops = done.stderr.splitlines()
    status, *modules = ours.split()
    assert status == "2"
    assert not [
        name for name in modules if name.startswith(("atdata.cli.commands", "atdata.cli.health"))
    ]
    heavy = {"rich", "PIL", "pyarrow", "boto3", "redis", "psycopg", "sqlite3", "lark", "regex"}
    assert not heavy & set(tops.split())
