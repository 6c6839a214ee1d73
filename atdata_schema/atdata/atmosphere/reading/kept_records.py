"""Proofs of records that were read, in the cache folder: for reading offline, and for states that their servers lost.

`records/<sha-256 of the address>/<CID of the record>.car`, and `latest`, the CID that was read last. Nothing that is kept is
believed: it is proved again whenever it is read.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.limits import PROOF
from atdata.atmosphere.proofs.verification import VerifiedRecord, verify_record
from atdata.errors import LoadError, SourceError
from atdata.shards.cache_folder import cache_folder, named
from atdata.shards.files import sync_folder
from atdata_schema.syntax import AtUri, is_valid

__all__ = ["FOLDER", "KeptRecords", "put"]

FOLDER = "records"
"""The folder of what is kept, in the cache folder."""

_LATEST = "latest"


class KeptRecords:
    """Proofs of records that were read."""

    def __init__(self) -> None:
        cache = cache_folder()
        self._folder = None if cache is None else cache / FOLDER

    def keep(self, address: AtUri, cid: str, proof: bytes) -> None:
        """Keep a proof; where the folder takes no file, nothing is kept."""
        folder = self._of(address)
        if folder is None:
            return
        put(folder / f"{cid}.car", proof)
        put(folder / _LATEST, cid.encode())

    def read(
        self, address: AtUri, document: DidDocument, trust: Level, cid: str | None
    ) -> VerifiedRecord:
        """A record that was kept, proved again.

        Args:
            address: its address, with a DID.
            document: the DID document of its account.
            trust: how much has to be proved.
            cid: its CID, where a reference says one; else the state that was read last.

        Raises:
            SourceError: it is not kept.
            ProofError: what is kept does not prove it.
        """
        folder = self._of(address)
        proof = None if folder is None else _proof(folder, cid)
        if proof is None:
            raise SourceError(
                f"{address}: is not among what was kept, and offline no server is asked: read it once online"
            )
        return verify_record(proof, document, str(address), trust, cid=cid)

    def proof(self, address: AtUri, cid: str) -> bytes | None:
        """The proof of a record that was kept, as it came; `None` where it is not kept."""
        folder = self._of(address)
        return None if folder is None else _proof(folder, cid)

    def find(
        self, address: AtUri, document: DidDocument, trust: Level, cid: str | None
    ) -> VerifiedRecord | None:
        """The same, or `None` where it is not kept or not proved."""
        try:
            return self.read(address, document, trust, cid)
        except LoadError:
            return None

    def _of(self, address: AtUri) -> Path | None:
        return None if self._folder is None else self._folder / named(address)


def _proof(folder: Path, cid: str | None) -> bytes | None:
    with suppress(OSError, ValueError):
        known = cid or (folder / _LATEST).read_text("ascii").strip()
        if not is_valid("cid", known):
            return None
        with (folder / f"{known}.car").open("rb") as file:
            return file.read(PROOF.car_bytes + 1)
    return None


def put(path: Path, content: bytes) -> None:
    """Keep a file, whole or not at all; where the folder takes none, nothing is kept.

    Any number of processes may put the same file: each writes under a name of its own first.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    with suppress(OSError):
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)
