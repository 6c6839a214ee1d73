"""From URLs to providers; what is secret in a URL stays so."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from atdata.errors import ProviderError
from atdata.index.providers.opening import open_provider
from atdata.index.providers.provider import Provider
from atdata.index.providers.sqlite import SqliteProvider
from servers.postgres import PostgresServer
from servers.valkey import ValkeyServer

SECRET = "hunter2secret"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////data/index.db", "/data/index.db"),
        ("sqlite:////data/my%20index.db", "/data/my index.db"),
        ("sqlite:////data/a%3Fb%23.db?timeout=5", "/data/a?b#.db"),
    ],
)
def test_a_sqlite_url_with_an_absolute_path(url: str, path: str) -> None:
    provider = open_provider(url)
    assert isinstance(provider, SqliteProvider)
    assert provider.path == Path(path)
    again = open_provider(provider.url)
    assert isinstance(again, SqliteProvider)
    assert again.path == Path(path)


def test_a_sqlite_url_with_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert open_provider("sqlite:///a/index.db").url == f"sqlite:///{tmp_path}/a/index.db"
    assert open_provider("sqlite:///~/i.db").url == f"sqlite:///{tmp_path}/home/i.db"


def test_a_sqlite_file_stays_where_it_was_when_the_working_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    provider = open_provider("sqlite:///index.db")
    monkeypatch.chdir("/")
    assert provider.entry("a") is None
    assert (tmp_path / "index.db").exists()


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "index.db",
            "/data/index.db",
            "mysql://host/db",
            "sqlite:index.db",
            "sqlite://",
            "file:///a",
        ),
        *("sqlite:///", "sqlite://index.db", "sqlite:///a?mode=ro", "sqlite:///a?timeout=x"),
        *(
            "redis://host:port/0",
            "redis://host/a",
            "redis://host/\N{SUPERSCRIPT TWO}",
            "redis://host/0?unknown=1",
            "redis://host/0?prefix=",
        ),
        *("redis://[::1/0", "redis://host:99999/0", "redis://host/0#a", "REDIS ://a"),
        *("postgresql://host:port/db", "postgresql://host/db?unknown=1", "postgresql://[::1/db"),
    ],
)
def test_what_is_no_url_of_an_index_is_refused_with_what_is_allowed(url: str) -> None:
    with pytest.raises(ProviderError, match=r"(sqlite|redis|postgresql)://|timeout=SECONDS"):
        open_provider(url).entry("a")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/db",
        f"postgresql://user@127.0.0.1:1/db?password={SECRET}",
        f"postgresql://user:{SECRET}/x@127.0.0.1:1/db",
        f"postgresql://user:a{SECRET}:b@127.0.0.1:{SECRET}/db",
        f"postgresql://user:{SECRET}%@127.0.0.1:1/db",
        f"postgresql://127.0.0.1:1/db?unknown={SECRET}",
        f"postgresql://127.0.0.1:1/db?options=-c%20a.b%3D{SECRET}",
        f"postgresql://127.0.0.1:{SECRET}/db",
        f"redis://user:{SECRET}@127.0.0.1:1/0",
        f"redis://:{SECRET}@127.0.0.1:1/0?prefix=a:",
        f"redis://user:{SECRET}/x@127.0.0.1:1/0",
        f"redis://user:a#{SECRET}@127.0.0.1:1/0",
        f"redis://127.0.0.1:{SECRET}/0",
        f"redis://127.0.0.1:1/0?password={SECRET}",
        f"redis://127.0.0.1:1/{SECRET}",
        f"rediss://user:{SECRET}@127.0.0.1:1/0",
        f"unknown://user:{SECRET}@127.0.0.1:1/0",
        f"user:{SECRET}@127.0.0.1:1/0",
    ],
)
def test_no_message_repr_url_or_log_shows_a_password(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    try:
        provider = open_provider(url)
        shown += [repr(provider), str(provider), provider.url, repr(vars(provider))]
        provider.entry("a")
    except ProviderError as error:
        shown += [str(error), repr(error), "".join(traceback.format_exception(error))]
    assert shown
    shown += [caplog.text, *capfd.readouterr()]
    # The traceback shows the line of this file that holds the URL's name, not its value.
    assert not [text for text in shown if SECRET in text]


def test_a_wrong_password_is_said_without_it(postgres: PostgresServer) -> None:
    url = f"postgresql://postgres:{SECRET}@127.0.0.1:{postgres.port}/postgres"
    with pytest.raises(ProviderError, match=r"password") as caught:
        open_provider(url).entry("a")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_database_that_is_not_there(postgres: PostgresServer) -> None:
    with pytest.raises(ProviderError, match=r"/nowhere.*does not exist|no such database"):
        open_provider(postgres.url("nowhere")).entry("a")


def test_urls_say_where_and_no_more(postgres: PostgresServer, valkey: ValkeyServer) -> None:
    assert (
        open_provider(postgres.new_schema()).url
        == f"postgresql://127.0.0.1:{postgres.port}/postgres"
    )
    assert open_provider("postgresql://u:p@[::1]:5432/a%2Fb?sslmode=disable").url == (
        "postgresql://[::1]:5432/a%2Fb"
    )
    assert open_provider("redis://u:p@host?prefix=a*b:").url == "redis://host:6379/0?prefix=a%2Ab:"
    assert open_provider("rediss://host:7/3?ssl_cert_reqs=none").url == "rediss://host:7/3"
    assert open_provider("redis://[::1]:7?db=3").url == "redis://[::1]:7/3"
    for url in (postgres.new_schema(), valkey.url()):
        assert open_provider(url).versions("a") == []


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/db", "redis://127.0.0.1:1/0"])
def test_a_server_that_is_not_there(url: str) -> None:
    provider: Provider = open_provider(url)
    with pytest.raises(ProviderError, match=rf"{url}.*cannot be reached.*see whether it runs"):
        provider.entry("a")


PROGRAM = """
import sys
sys.modules[sys.argv[2]] = None
from atdata.index.providers.opening import open_provider
try:
    open_provider(sys.argv[1])
except ImportError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("postgresql://h/d", "psycopg", "postgres"), ("redis://h/0", "redis", "redis")],
)
def test_a_driver_that_is_not_installed_is_named(
    url: str, module: str, extra: str, source_env: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, module],
        env=source_env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("MissingExtra")
    assert f"pip install 'atdata[{extra}]'" in done.stdout


def test_no_driver_is_imported_for_sqlite(source_env: dict[str, str], tmp_path: Path) -> None:
    program = (
        "import sys; from atdata.index.providers.opening import open_provider\n"
        "open_provider('sqlite:///' + sys.argv[1]).search(__import__('atdata.index.providers.provider',"
        " fromlist=['Search']).Search('a b'))\n"
        "print({'redis', 'psycopg', 'hypothesis', 'pytest', 'regex'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, os.fspath(tmp_path / "index.db")],
        env=source_env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
