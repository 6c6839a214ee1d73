"""Projects with lenses, for tests of the compiler."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from atdata_codegen.cli import main

__all__ = ["LENS", "array", "put_lens", "put_type", "run_in", "start", "tree"]

CONFIGURATION: Final = """
[tool.atdata-gen]
lexicons = ["lexicons"]
output = "src"
package = "acme"
"""

LENS: Final = """\
# Photographs for training.
lens photo_to_train "photographs -> training samples"
from org.example.photo
to org.example.train
{
  image | rearrange[h w c -> c h w] | cast(float32) | affine(scale=1/255, on_put=round) <-> pixels;
  kind | map { "cat" <-> 0, "dog" <-> 1, "puppy" -> 1 } <-> target;
  drop note default "";
}
"""


def array(dtype: str, *shape: object) -> dict[str, Any]:
    """The property of an array."""
    extension = {"dtype": dtype, "shape": list(shape)}
    return {"type": "ref", "ref": "dev.atdata.types#ndarray", "x-atdata": extension}


PHOTO: Final[dict[str, Any]] = {
    "image": array("uint8", "H", "W", 3),
    "kind": {"type": "string", "enum": ["cat", "dog", "puppy"]},
    "note": {"type": "string", "maxLength": 20},
}
TRAIN: Final[dict[str, Any]] = {
    "pixels": array("float32", 3, "H", "W"),
    "target": {"type": "integer", "minimum": 0, "maximum": 1},
}


def put_type(folder: Path, nsid: str, properties: dict[str, Any], **more: Any) -> Path:
    """Write a sample type where its NSID says."""
    main = {"type": "object", "description": "One.", "required": list(properties)}
    document = {
        "lexicon": 1,
        "id": nsid,
        "defs": {"main": {**main, "properties": properties}, **more},
    }
    path = folder / "lexicons" / (nsid.replace(".", "/") + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


def put_lens(folder: Path, text: str, nsid: str = "org.example.photoToTrain") -> Path:
    """Write a file of lenses where its name says."""
    path = folder / "lexicons" / (nsid.replace(".", "/") + ".lens")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def start(folder: Path) -> Path:
    """A project of two types and a lens between them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(CONFIGURATION)
    put_type(folder, "org.example.photo", PHOTO)
    put_type(folder, "org.example.train", TRAIN)
    put_lens(folder, LENS)
    return folder


def run_in(*arguments: str) -> int:
    """Run the compiler in the current folder; its exit status."""
    try:
        return main(list(arguments))
    except SystemExit as stopped:  # argparse
        return int(str(stopped.code))


@pytest.fixture
def gen(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command; the exit status and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run_in(*arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder but for Python's caches, with its time of change."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pyc")
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in files
    }
