"""Projects of users, for tests that build and install them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["PHOTO", "USE", "project", "put", "sample"]

_HATCHLING = """\
[build-system]
requires = ["hatchling", "atdata>=1.0.0a1"]
build-backend = "hatchling.build"

[project]
name = "acme-types"
version = "1.2.0"
dependencies = ["atdata>=1.0.0a1"]

[project.entry-points."atdata.lexicons"]
acme-types = "acme_types"

[tool.hatch.build.hooks.atdata-gen]

[tool.hatch.build]
dev-mode-dirs = [{output!r}]

[tool.hatch.build.targets.wheel]
packages = ["{output}/acme_types"]

[tool.atdata-gen]
lexicons = ["lexicons"]
output = {output!r}
package = "acme_types"
"""

_SETUPTOOLS = """\
[build-system]
requires = ["setuptools>=77", "atdata>=1.0.0a1"]
build-backend = "setuptools.build_meta"

[project]
name = "acme-types"
version = "1.2.0"
dependencies = ["atdata>=1.0.0a1"]

[project.entry-points."atdata.lexicons"]
acme-types = "acme_types"

[tool.setuptools.packages.find]
where = [{output!r}]

[tool.atdata-gen]
lexicons = ["lexicons"]
output = {output!r}
package = "acme_types"
"""

_BACKENDS = {"hatchling": _HATCHLING, "setuptools": _SETUPTOOLS}

USE = """\
from importlib.metadata import entry_points
from importlib import import_module

import acme_types
from acme_types.org.acme.photo import Photo

photo = Photo(width=640, title="Bär")
assert Photo.decode(photo.encode()) == photo
assert len(Photo.collate([photo, photo])) == 2
(point,) = (p for p in entry_points(group="atdata.lexicons") if p.name == "acme-types")
assert import_module(point.value).LEXICONS == {"org.acme.photo": "acme_types.org.acme.photo"}
print(acme_types.__file__)
"""
"""A program that uses the package, wherever it is installed."""


def sample(nsid: str, **properties: Any) -> dict[str, Any]:
    """A lexicon of one sample type whose fields are all required."""
    main = {
        "type": "object",
        "description": f"What {nsid} is.",
        "required": sorted(properties),
        "properties": properties,
    }
    return {"lexicon": 1, "id": nsid, "defs": {"main": main}}


PHOTO = sample(
    "org.acme.photo", width={"type": "integer"}, title={"type": "string", "maxLength": 9}
)


def put(folder: Path, document: Mapping[str, Any]) -> Path:
    """Write a lexicon below a folder, where its NSID says."""
    path = folder / (str(document["id"]).replace(".", "/") + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return path


def project(folder: Path, backend: str, output: str = "src") -> Path:
    """A project of one lexicon, in whose version control no compiled file is."""
    folder.mkdir(parents=True)
    text = _BACKENDS[backend].replace("{output!r}", f'"{output}"').replace("{output}", output)
    (folder / "pyproject.toml").write_text(text, "utf-8")
    (folder / ".gitignore").write_text("acme_types/\n", "utf-8")
    put(folder / "lexicons", PHOTO)
    return folder
