"""Which servers are asked: the configuration, the environment, and what is refused in them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.settings import settings
from atdata.errors import LoadError

pytestmark = pytest.mark.usefixtures("user_folders")


@pytest.fixture
def config(user_folders: Path) -> Path:
    path = user_folders / "home" / "config.toml"
    path.parent.mkdir()
    return path


def test_without_configuration_the_public_network_is_asked() -> None:
    found = settings()
    assert found == Settings()
    assert found.directory == "https://plc.directory"
    assert len(found.relays) == 3
    assert found.jetstream.startswith("wss://")
    assert not found.local


def test_the_configuration_is_read(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("""
        [index]
        lab = "sqlite:///x.db"

        [atmosphere]
        directory = "http://localhost:2582/"
        relays = ["http://localhost:2470"]
        jetstream = "ws://localhost:6008"
        local = true

        [atmosphere.dns]
        "_atproto.Alice.test" = ["did=did:plc:z72i7hdynmk6r22z27h6tvur"]
        "_lexicon.example.test" = "did=did:web:lab.example.org"
        """)
    found = settings()
    assert found == Settings(
        directory="http://localhost:2582",
        relays=("http://localhost:2470",),
        jetstream="ws://localhost:6008",
        local=True,
        dns={
            "_atproto.alice.test": ("did=did:plc:z72i7hdynmk6r22z27h6tvur",),
            "_lexicon.example.test": ("did=did:web:lab.example.org",),
        },
    )
    assert Atmosphere().settings == found
    assert pickle.loads(pickle.dumps(found)) == found
    monkeypatch.setenv("ATDATA_PLC_DIRECTORY", "http://localhost:1")
    monkeypatch.setenv("ATDATA_RELAYS", "http://localhost:2, http://localhost:3,")
    monkeypatch.setenv("ATDATA_JETSTREAM", "wss://jetstream.example.org")
    over = settings()
    assert over.directory == "http://localhost:1"
    assert over.relays == ("http://localhost:2", "http://localhost:3")
    assert over.jetstream == "wss://jetstream.example.org"
    monkeypatch.setenv("ATDATA_LOCAL", "0")
    with pytest.raises(LoadError, match="is reached by https; `local` allows http"):
        settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[atmosphere", "cannot be read"),
        ("atmosphere = 3", r"\[atmosphere\] is a table"),
        (
            "[atmosphere]\nrelay = 'x'",
            "has 'relay', which means nothing; it may have directory, relays",
        ),
        ("[atmosphere]\ndirectory = 3", "directory is a text"),
        ("[atmosphere]\ndirectory = 'plc.directory'", "directory: 'plc.directory'"),
        ("[atmosphere]\ndirectory = 'https://plc.directory/path'", "the address of a server is"),
        ("[atmosphere]\ndirectory = 'http://plc.directory'", "reached by https"),
        ("[atmosphere]\ndirectory = 'https://10.0.0.1'", "is not on the public network"),
        ("[atmosphere]\nrelays = 'https://relay.example.org'", "relays is a list"),
        ("[atmosphere]\nrelays = [3]", "relays is a list"),
        ("[atmosphere]\nrelays = ['ftp://x.org']", "relays: 'ftp://x.org'"),
        ("[atmosphere]\njetstream = 'https://x.org'", "no address of the form wss://host"),
        ("[atmosphere]\njetstream = 'ws://x.org'", "jetstream: "),
        ("[atmosphere]\nlocal = 1", "local is true or false"),
        ("[atmosphere]\ndns = 3", "dns is a table"),
        ("[atmosphere.dns]\n'a.b' = 3", "'a.b' is a list of texts"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_named(config: Path, text: str, said: str) -> None:
    config.write_text(text)
    with pytest.raises(LoadError, match=said) as caught:
        settings()
    assert str(config) in str(caught.value)


def test_what_is_wrong_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATDATA_LOCAL", "yes")
    with pytest.raises(LoadError, match="ATDATA_LOCAL is 1 or 0, not 'yes'"):
        settings()
    monkeypatch.setenv("ATDATA_LOCAL", "1")
    monkeypatch.setenv("ATDATA_RELAYS", "nonsense")
    with pytest.raises(LoadError, match="the environment: relays: 'nonsense'"):
        settings()
