"""How long `atdata-gen build` takes, as a user waits for it: whole processes, over 400 lexicons made here.

    python benchmarks/compile_speed.py [count]

Prints the first build, a build with nothing changed, and one with a single lexicon changed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

GROUPS = 20
SOURCE_ROOTS = ("atdata_schema", "codegen", "generated")


def lexicon(number: int) -> dict[str, Any]:
    """A sample type of a dozen fields, some of which refer to its neighbours."""
    array = {"type": "ref", "ref": "dev.atdata.types#ndarray"}
    fields: dict[str, Any] = {
        "image": {
            **array,
            "x-atdata": {"dtype": "uint8", "shape": ["H", "W", 3]},
            "description": "RGB pixels.",
        },
        "embedding": {**array, "x-atdata": {"dtype": "float32", "shape": [512]}},
        "label": {
            "type": "string",
            "maxLength": 64,
            "description": "What the picture shows, in a word or two.",
        },
        "split": {"type": "string", "maxLength": 16, "knownValues": ["train", "test"]},
        "score": {"type": "ref", "ref": "dev.atdata.types#float64"},
        "boxes": {"type": "array", "items": {"type": "ref", "ref": "#box"}},
        "takenAt": {"type": "string", "format": "datetime"},
        "source": {"type": "union", "refs": ["#box", f"{nsid(number // 2)}#box"]},
    }
    corners = {name: {"type": "integer", "minimum": 0} for name in ("x", "y", "width", "height")}
    main = {
        "type": "object",
        "description": f"Sample type {number}.",
        "required": ["image", "label"],
        "properties": fields,
    }
    box = {"type": "object", "required": list(corners), "properties": corners}
    return {"lexicon": 1, "id": nsid(number), "defs": {"main": main, "box": box}}


def nsid(number: int) -> str:
    """The name of one of them."""
    return f"org.example.group{number % GROUPS}.sample{number}"


def build(folder: Path) -> float:
    """Seconds of one whole `atdata-gen build`."""
    root = Path(__file__).resolve().parent.parent
    paths = os.pathsep.join(str(root / name) for name in SOURCE_ROOTS)
    env = {**os.environ, "PYTHONPATH": paths, "ATDATA_CACHE": str(folder / "cache")}
    options = ["--lexicons", "lexicons", "--output", "out", "--package", "compiled"]
    command = [sys.executable, "-m", "atdata_codegen", "build", *options]
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    return time.perf_counter() - start


def write(folder: Path, document: dict[str, Any]) -> None:
    """One lexicon at the path of its NSID."""
    path = folder / "lexicons" / Path(*document["id"].split(".")).with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), "utf-8")


def main() -> None:
    """Build, build again, change one, build."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count):
            write(folder, lexicon(number))
        print(f"{count} lexicons, cold:        {build(folder):6.2f} s")
        print(f"{count} lexicons, unchanged:   {min(build(folder) for _ in range(3)):6.2f} s")
        changed = lexicon(count - 1)
        changed["defs"]["main"]["description"] = "Something else."
        write(folder, changed)
        print(f"{count} lexicons, one changed: {build(folder):6.2f} s")


if __name__ == "__main__":
    main()
