"""The lexicons that compilers are timed with: made here, such that every one of the compilers loads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from atdata_schema.jsonschema import DRAFT_2020_12, to_json_schema
from atdata_schema.lexicon import Catalog

__all__ = ["SHARED", "change", "lexicon", "nsid", "write_lexicons", "write_schemas"]

SHARED = Path(__file__).resolve().parent.parent / "lexicons" / "dev" / "atdata" / "types.json"
"""What all of them refer to. Ours has it built in, the others find it among the lexicons."""

_GROUPS = 20


def lexicon(number: int) -> dict[str, Any]:
    """A sample type of eight fields and a box of four, one of which refers to a neighbour.

    Arrays are in the portable form: the key `x-atdata` is refused by the SDK, and it writes a description of two
    lines as Python that does not parse.
    """
    array = {"type": "ref", "ref": "dev.atdata.types#ndarray"}
    fields: dict[str, Any] = {
        "image": {**array, "description": "@atdata uint8[H, W, 3]"},
        "embedding": {**array, "description": "@atdata float32[512]"},
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
    return f"org.example.group{number % _GROUPS}.sample{number}"


def write_lexicons(folder: Path, count: int) -> None:
    """Some lexicons, each at the path of its NSID."""
    for number in range(count):
        _write(folder, lexicon(number))


def change(folder: Path, number: int) -> None:
    """Another description for one of them."""
    document = lexicon(number)
    document["defs"]["main"]["description"] = "Something else."
    _write(folder, document)


def write_schemas(folder: Path, count: int) -> None:
    """The JSON Schema of each, which refers to nothing outside: a generator of classes from those needs it."""
    catalog = Catalog()
    for number in range(count):
        catalog.add(lexicon(number))
    folder.mkdir(parents=True)
    for number in range(count):
        schema = to_json_schema(catalog.model(nsid(number)), DRAFT_2020_12)
        (folder / f"sample{number}.json").write_text(json.dumps(schema), "utf-8")


def _write(folder: Path, document: dict[str, Any]) -> None:
    path = folder / Path(*document["id"].split(".")).with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), "utf-8")
