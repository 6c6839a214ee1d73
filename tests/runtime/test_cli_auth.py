"""`atdata auth`: logging in, being logged in, logging out; the password is seen by nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from network_config import configure
from servers.pds import Account, PdsServer
from terminal import Shop


@pytest.fixture
def shop(pds: PdsServer, alice: Account, tmp_path: Path) -> Shop:
    """A user whose configuration leads to the servers of the tests."""
    configure(tmp_path / "home", pds.settings())
    return Shop(tmp_path)


@pytest.fixture
def alice(pds: PdsServer) -> Account:
    return pds.account("alice")


@pytest.fixture
def quiet(shop: Shop) -> dict[str, str]:
    return {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def test_one_logs_in_looks_and_logs_out(
    shop: Shop, alice: Account, pds: PdsServer, quiet: dict[str, str]
) -> None:
    done = shop.run("auth", "status", **quiet)
    assert (done.out, done.status) == ("", 1)
    assert "nobody is logged in: `atdata auth login` does it" in done.err
    done = shop.run(
        "auth",
        "login",
        f"@{alice.handle}",
        "--password-stdin",
        given=f"{alice.password}\n",
        **quiet,
    )
    assert (done.out, done.status) == (f"{alice.handle}\t{alice.did}\t{pds.url}\n", 0), done.err
    assert f"kept in {shop.folder}/home/atmosphere/session.json" in done.err
    done = shop.run("auth", "status", **quiet)
    assert done.out == f"{alice.handle}\t{alice.did}\t{pds.url}\tfile\tworks\n"
    assert done.status == 0
    done = shop.run("auth", "status", "--json", **quiet)
    assert json.loads(done.out) == [
        {
            "handle": alice.handle,
            "did": alice.did,
            "service": pds.url,
            "kept": "file",
            "works": True,
            "fault": None,
        }
    ]
    done = shop.run("auth", "logout", **quiet)
    assert (done.out, done.status) == (f"{alice.handle}\n", 0)
    done = shop.run("auth", "logout", **quiet)
    assert (done.status, "nobody is logged in" in done.err) == (1, True)
    assert shop.run("auth", "status", "--json", **quiet).out == "[]\n"


def test_the_password_is_asked_for_and_not_echoed(
    shop: Shop, alice: Account, quiet: dict[str, str]
) -> None:
    done = shop.show(
        *("auth", "login", alice.handle),
        given=f"{alice.password}\n",
        question="Password of",
        PYTHON_KEYRING_BACKEND=quiet["PYTHON_KEYRING_BACKEND"],
    )
    assert done.status == 0, done.out
    assert f"Password of {alice.handle}: " in done.out
    assert alice.did in done.out
    assert alice.password not in done.out


def test_the_environment_logs_in(shop: Shop, alice: Account, quiet: dict[str, str]) -> None:
    env = {**quiet, "ATDATA_HANDLE": alice.handle, "ATDATA_PASSWORD": alice.password}
    done = shop.run("auth", "login", "--json", **env)
    assert json.loads(done.out)["did"] == alice.did
    done = shop.run("doctor", **env)
    assert alice.password not in done.out + done.err
    assert "ATDATA_PASSWORD" in done.out


@pytest.mark.parametrize(
    ("arguments", "given", "status", "said"),
    [
        (["auth"], "", 2, "Usage: atdata auth"),
        (["auth", "login"], "", 2, "give the handle to log in"),
        (["auth", "login", "HANDLE"], "", 2, "nobody can be asked here: give --password-stdin"),
        (["auth", "login", "HANDLE", "--password-stdin"], "", 2, "standard input has no password"),
        (["auth", "login", "HANDLE", "--password-stdin"], "wrong\n", 1, "does not log in"),
        (["auth", "login", "HANDLE", "--password", "x"], "", 2, "No such option"),
        (["auth", "login", "alice", "--password-stdin"], "x\n", 1, "handle"),
        (["auth", "login", "\x1b[2J", "--password-stdin"], "x\n", 1, "handle"),
        (
            ["auth", "login", "HANDLE", "--password-stdin", "--service", "ftp://x"],
            "x\n",
            1,
            "the server to log in at",
        ),
        (["auth", "logout", "carol.test"], "", 1, "nobody is logged in as carol.test"),
    ],
)
def test_what_is_wrong_is_said_in_a_few_lines(
    shop: Shop,
    alice: Account,
    quiet: dict[str, str],
    arguments: list[str],
    given: str,
    status: int,
    said: str,
) -> None:
    typed = [alice.handle if text == "HANDLE" else text for text in arguments]
    done = shop.run(*typed, given=given, **quiet)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert "\x1b" not in done.err


def test_a_session_that_does_not_work_is_shown_and_forgotten(
    shop: Shop, alice: Account, quiet: dict[str, str]
) -> None:
    shop.run(
        "auth", "login", alice.handle, "--password-stdin", given=f"{alice.password}\n", **quiet
    )
    path = shop.folder / "home" / "atmosphere" / "session.json"
    found = json.loads(path.read_text())
    session = json.loads(found["sessions"][0]["session"])
    found["sessions"][0]["session"] = json.dumps({**session, "access": "a.b.c", "refresh": "a.b.c"})
    path.write_text(json.dumps(found))
    done = shop.run("auth", "status", **quiet)
    assert done.status == 1
    assert "has ended" in done.out
    done = shop.run("auth", "logout", "--all", **quiet)
    assert (done.out, done.status) == (f"{alice.handle}\n", 0)
    assert json.loads(path.read_text())["sessions"] == []
