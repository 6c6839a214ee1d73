"""Lexicons to begin with."""

from __future__ import annotations

__all__ = ["object_template", "record_template"]


def object_template(nsid: str) -> dict[str, object]:
    """A sample type: an image with a label."""
    image = {
        "type": "ref",
        "ref": "dev.atdata.types#ndarray",
        "description": "RGB pixels, channels last.",
        "x-atdata": {"dtype": "uint8", "shape": ["*", "*", 3]},
    }
    label = {"type": "string", "description": "What the image shows.", "maxLength": 64}
    main = {
        "type": "object",
        "description": "One sample: say what it is.",
        "required": ["image", "label"],
        "properties": {"image": image, "label": label},
    }
    return {"lexicon": 1, "id": nsid, "defs": {"main": main}}


def record_template(nsid: str) -> dict[str, object]:
    """A record: a text with its date."""
    text = {
        "type": "string",
        "description": "What it says.",
        "maxLength": 3000,
        "maxGraphemes": 300,
    }
    created = {"type": "string", "description": "When it was made.", "format": "datetime"}
    record = {
        "type": "object",
        "required": ["text", "createdAt"],
        "properties": {"text": text, "createdAt": created},
    }
    main = {
        "type": "record",
        "key": "tid",
        "description": "One record: say what it is.",
        "record": record,
    }
    return {"lexicon": 1, "id": nsid, "defs": {"main": main}}
