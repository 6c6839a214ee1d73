"""The example of two organisations: the commands of its page, each organisation on a machine of its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from network_config import configure
from servers.pds import Account, PdsServer
from servers.relay import RelayOf

_COMMAND = re.compile(r"^(clinic|lab)\$ (.*)$", re.MULTILINE)
_PROGRAMS = {"atdata": "atdata.cli", "atdata-gen": "atdata_codegen"}


class Organisation:
    """One of the two, on a machine of its own."""

    def __init__(self, folder: Path, account: Account, env: dict[str, str]) -> None:
        self.folder = folder
        self.account = account
        self._env = {
            **env,
            "ATDATA_HOME": str(folder / ".home"),
            "ATDATA_CACHE": str(folder / ".cache"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def run(self, command: str) -> str:
        """What a command prints; it has to succeed."""
        program, *words = shlex.split(command)
        module = _PROGRAMS.get(program)
        whole = [sys.executable, *(["-m", module] if module else []), *words]
        if words[:2] == ["auth", "login"]:
            whole.append("--password-stdin")
        if words[:1] == ["publish"]:
            whole.append("--yes")
        done = subprocess.run(
            whole,
            cwd=self.folder,
            env=self._env,
            input=self.account.password,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert self.account.password not in done.stdout + done.stderr
        return done.stdout


def test_a_lab_and_a_clinic(
    root: Path,
    source_env: dict[str, str],
    tmp_path: Path,
    pds: PdsServer,
    second_pds: PdsServer,
    relay_of: RelayOf,
) -> None:
    accounts = {"clinic": pds.account("clinic"), "lab": second_pds.account("laboratory")}
    relay = relay_of(pds, second_pds)
    settings = pds.settings()
    owners = {
        f"_lexicon.{name}.example.org": (f"did={account.did}",)
        for name, account in accounts.items()
    }
    settings = replace(settings, relays=(relay.url,), dns={**settings.dns, **owners})
    organisations: dict[str, Organisation] = {}
    for name, account in accounts.items():
        folder = tmp_path / name
        shutil.copytree(root / "examples/two_organisations" / name, folder)
        configure(folder / ".home", settings)
        env = source_env | {
            "PYTHONPATH": os.pathsep.join((str(folder), source_env.get("PYTHONPATH", "")))
        }
        organisations[name] = Organisation(folder, account, env)

    page = (root / "examples/two_organisations/README.md").read_text("utf-8")
    for name, account in accounts.items():
        page = page.replace(f"@{name}.example.org", f"@{account.handle}")
    said: dict[str, str] = {}
    for who, command in _COMMAND.findall(page):
        relay.caught_up()
        said[f"{who}: {command}"] = organisations[who].run(command)

    assert "digits" in said["clinic: atdata search --schema org.example.clinic.glyph"]
    reused = said["clinic: python reuse.py"]
    assert (
        f"found digits of {accounts['lab'].handle}, by a lens at://{accounts['lab'].did}/" in reused
    )
    assert float(reused.partition("learnt: ")[2].partition("%")[0]) > 85
    derived = said["lab: python derived.py"]
    assert derived == f"hard-digits of {accounts['clinic'].handle} is made from digits\n"
