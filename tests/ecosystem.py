"""The lexicons that the ecosystem publishes, taken from a package that carries them.

They are nobody's to copy here: `lexrpc`, a library for the protocol, holds those of Bluesky, of the
protocol itself and of several communities as package data. It is a dependency of development, so a test
that needs them fails where it is not installed.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["NOT_LEXICON", "ecosystem_documents", "ecosystem_folder"]

NOT_LEXICON = {"social.grain.privateGallery": "the type 'space', which the language does not have"}
"""Documents among them that are not written in the language, and why."""


def ecosystem_folder() -> Path:
    """The folder that holds them, each at the path of its NSID."""
    spec = find_spec("lexrpc")
    assert spec is not None, "lexrpc is missing: pip install --no-deps lexrpc==3.0"
    assert spec.origin is not None
    return Path(spec.origin).parent / "lexicons"


def ecosystem_documents() -> dict[str, dict[str, Any]]:
    """All that are written in the language, decoded, by NSID."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(ecosystem_folder().rglob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        if document["id"] not in NOT_LEXICON:
            found[document["id"]] = document
    assert len(found) >= 400, "lexrpc no longer carries the lexicons: pin another package"
    return found
