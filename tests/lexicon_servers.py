"""Lexicons on a real PDS: an account whose domain says who it is, a user who is logged in, and projects."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from atdata.atmosphere import Atmosphere, Settings
from servers.pds import Account, PdsServer

__all__ = ["Lab", "document", "note", "project", "put"]

CONFIGURATION = """
[tool.atdata-gen]
lexicons = ["lexicons"]
output = "src"
package = "acme"
"""


@dataclass
class Lab:
    """An account, a domain that names it, and a user of it.

    Attributes:
        pds: its server.
        account: the account.
        domain: its domain; its lexicons are `test.<label>.…`.
        folder: where projects and the user's home are.
        dns: what DNS says.
    """

    pds: PdsServer
    account: Account
    domain: str
    folder: Path
    dns: dict[str, tuple[str, ...]]

    @classmethod
    def on(cls, pds: PdsServer, folder: Path, name: str = "felines") -> Lab:
        """A new account, logged in."""
        account = pds.account(name)
        domain = account.handle
        dns: dict[str, tuple[str, ...]] = {f"_lexicon.{domain}": (f"did={account.did}",)}
        made = cls(pds, account, domain, folder, dns)
        made.configure()
        Atmosphere.login(account.handle, account.password, settings=made.settings())
        return made

    @property
    def group(self) -> str:
        """The group of its lexicons."""
        return ".".join(reversed(self.domain.split(".")))

    def settings(self) -> Settings:
        """How the network is reached."""
        known = {**self.pds.accounts.dns, **self.dns}
        return Settings(directory=self.pds.plc_url, relays=(), local=True, dns=known)

    def configure(self) -> None:
        """Write the user's configuration; again where DNS has changed."""
        settings = self.settings()
        lines = [
            f"{json.dumps(name)} = {json.dumps(texts)}" for name, texts in settings.dns.items()
        ]
        text = f'[atmosphere]\ndirectory = "{settings.directory}"\nlocal = true\nrelays = []\n'
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.toml").write_text(text + "\n".join(["[atmosphere.dns]", *lines]) + "\n")

    def put_record(self, rkey: str, value: dict[str, Any], **changes: Any) -> None:
        """Write a record as it is given, by none of our own code."""
        session = self.pds.post(
            "com.atproto.server.createSession",
            {"identifier": self.account.handle, "password": self.account.password},
        )
        body = {
            "repo": self.account.did,
            "collection": "com.atproto.lexicon.schema",
            "rkey": rkey,
            "record": {"$type": "com.atproto.lexicon.schema", **value, **changes},
            "validate": False,
        }
        self.pds.post("com.atproto.repo.putRecord", body, session["accessJwt"])


def document(nsid: str, **properties: Any) -> dict[str, Any]:
    """A sample type."""
    main = {"type": "object", "description": "One.", "properties": properties}
    return {"lexicon": 1, "id": nsid, "defs": {"main": main}}


def note(nsid: str, **properties: Any) -> dict[str, Any]:
    """A sample type with a text, and what else is given."""
    return document(nsid, text={"type": "string"}, **properties)


def put(folder: Path, *documents: dict[str, Any]) -> None:
    """Write lexicons into a project."""
    for item in documents:
        path = folder / "lexicons" / (item["id"].replace(".", "/") + ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(item, indent=2) + "\n")


def project(folder: Path, *documents: dict[str, Any]) -> Path:
    """A project with some lexicons, in a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lexicons").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(CONFIGURATION)
    put(folder, *documents)
    return folder


@pytest.fixture
def commands_installed(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry points of this repository are installed, whatever else is."""
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]["entry-points"]
    about = tmp_path / "site" / "atdata_of_tests-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Name: atdata-of-tests\nVersion: 1.0\n")
    lines: list[str] = []
    for group in ("atdata_gen.commands", "atdata_gen.sources", "atdata_gen.baselines"):
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in declared[group].items())]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])


@pytest.fixture
def lab(pds: PdsServer, user_folders: Path, commands_installed: None) -> Lab:
    """An account on the newest PDS, with a domain."""
    return Lab.on(pds, user_folders)
