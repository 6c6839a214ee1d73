"""`atdata search` and `atdata watch`, as a user runs them, against real servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.records.collections import ENTRY
from discovery_data import ALICE, entry_record, put, tid, uri_of
from servers.authors import Author
from servers.relay import Relay
from terminal import answer


class Shell:
    """A user's terminal.

    Attributes:
        env: the environment.
    """

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "atdata.cli", *arguments],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command; its status, its answer, and what it said beside."""
        done = answer(arguments, Path.cwd(), self.env)
        return done.status, done.out, done.err


@pytest.fixture
def shell(source_env: dict[str, str], user_folders: Path) -> Shell:
    ours = {
        key: value for key, value in os.environ.items() if key.startswith(("ATDATA_", "PYTHON_"))
    }
    paths = os.pathsep.join(filter(None, [source_env["PYTHONPATH"], os.environ.get("PYTHONPATH")]))
    return Shell({**source_env, **ours, "PYTHONPATH": paths})


def configure(relay: Relay) -> None:
    """Let the user's settings be those of the tests' servers."""
    settings = relay.settings()
    lines = [
        "[atmosphere]",
        f"directory = {json.dumps(settings.directory)}",
        f"relays = {json.dumps(list(settings.relays))}",
        f"jetstream = {json.dumps(settings.jetstream)}",
        "local = true",
        "[atmosphere.dns]",
        *(
            f"{json.dumps(name)} = {json.dumps(list(texts))}"
            for name, texts in settings.dns.items()
        ),
    ]
    path = Path(os.environ["ATDATA_HOME"]) / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), "utf-8")


def test_search_finds_what_others_published(shell: Shell, alice: Author, relay: Relay) -> None:
    configure(relay)
    uri = alice.publish("brain scans", tags=["mri"], license="CC-BY-4.0")
    status, out, said = shell.run(
        "search", "brain", "--refresh", "--by", f"@{alice.account.handle}"
    )
    assert status == 0, said
    assert out.split("\t")[:2] == [f"@{alice.account.handle}/brain scans", "1.0.0"]
    assert out.rstrip().endswith(uri)
    assert "records added" in said
    status, out, _ = shell.run(
        "search",
        "--field",
        "volume: int16[*, *, *]",
        "--tag",
        "mri",
        "--license",
        "CC*",
        "--json",
        "--by",
        alice.did,
        "--schema",
        "org.example.scan",
    )
    (found,) = json.loads(out)
    assert (found["uri"], found["fits"], found["proved"]) == (uri, "exact", "unverified")
    assert shell.run("search", "wibble")[:2] == (0, "")


def test_search_says_what_is_not_understood(shell: Shell) -> None:
    status, _, said = shell.run("search", "--field", "image: wibble")
    assert status == 1
    assert said.startswith("atdata: has_field=")
    assert "Traceback" not in said
    status, _, said = shell.run("search", "--limit", "0")
    assert status == 2
    status, _, said = shell.run("watch", "--collection", "no nsid")
    assert (status, "no NSID" in said) == (2, True)
    status, _, said = shell.run(
        "watch", "--jetstream", "wss://a.example", "--firehose", "https://b.example"
    )
    assert (status, "follow one" in said) == (2, True)
    status, _, said = shell.run("watch", "--jetstream", "ftp://a.example")
    assert (status, "is no stream" in said) == (1, True)


def test_search_obeys_nothing_that_strangers_wrote(shell: Shell) -> None:
    text = "\x1b[31mred\u202e\x9b"
    catalogue = Catalogue()
    put(catalogue, ALICE, ENTRY, tid(1), entry_record("plain", description="d", license="MIT"))

    def poison(db: Any) -> None:
        (body,) = db.execute("SELECT body FROM entries").fetchone()
        said = {
            **json.loads(body),
            **dict.fromkeys(("name", "license", "description"), f"plain {text}"),
        }
        db.execute("UPDATE entries SET body = ?", (json.dumps(said),))

    # Such records are refused before they are filed; what is shown does not rely on that.
    catalogue.change(poison)
    for more in ([], ["--json"]):
        status, out, _ = shell.run("search", "plain", *more)
        assert (status, "plain" in out) == (0, True)
        assert not {"\x1b", "\u202e", "\x9b"} & set(out)


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_watch_prints_a_line_for_each_change_and_ends_with_ctrl_c(
    shell: Shell, alice: Author, relay: Relay, more: list[str]
) -> None:
    configure(relay)
    relay.caught_up()
    process = shell.start(["watch", "--collection", ENTRY, *more])
    assert process.stdout is not None
    try:
        end = time.monotonic() + 60
        while not any("subscribeEvents" in path for path in relay.asked):
            assert time.monotonic() < end, "it does not connect"
            time.sleep(0.05)
        uri = alice.publish("live \u00e9")
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, said) == (0, "")
    if more:
        event = json.loads(line)
        assert (event["uri"], event["happening"], event["record"]["name"]) == (
            uri,
            "create",
            "live \u00e9",
        )
    else:
        assert line.rstrip("\n").split("\t") == [
            "create",
            ENTRY,
            f"@{alice.account.handle}",
            "live \u00e9",
            "unverified",
            uri,
        ]
    # What was seen is found; it was filed as it came.
    assert uri in shell.run("search", "live")[1]


def test_watch_of_a_firehose_says_what_is_proved(shell: Shell, alice: Author, relay: Relay) -> None:
    configure(relay)
    relay.caught_up()
    process = shell.start(["watch", "--firehose", relay.url, "--count", "2"])
    end = time.monotonic() + 60
    while not any("subscribeRepos" in path for path in relay.asked):
        assert time.monotonic() < end, "it does not connect"
        time.sleep(0.05)
    uri = alice.publish("proved")
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    lines = [line.split("\t") for line in out.splitlines()]
    assert [line[4] for line in lines] == ["signed", "signed"]
    assert lines[-1][5] == uri
    assert uri_of(alice.did, ENTRY, "").rstrip("/") in uri
