"""The lexicon `dev.atdata.types`: the field types that every sample type shares.

It is the document of `lexicons/dev/atdata/types.json`, held here so that a schema and a build need no file;
a test keeps the two equal.
"""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = ["TYPES"]

TYPES: Final[dict[str, Any]] = json.loads(r"""
{
  "lexicon": 1,
  "id": "dev.atdata.types",
  "description": "Field types of machine-learning samples. A value has two forms: the record form is what a repository record holds and a Lexicon validator sees, the sample form is what a shard holds. Each definition states both.",
  "defs": {
    "ndarray": {
      "type": "object",
      "description": "A dense array of any rank. Record form: this object. Sample form: msgpack bin holding one NumPy .npy file, version 1.0. Which element type and shape a field takes, the field says beside its ref: \"x-atdata\": {\"dtype\": \"float32\", \"shape\": [\"H\", \"W\", 3]}.",
      "required": [
        "dtype",
        "shape",
        "data"
      ],
      "properties": {
        "dtype": {
          "type": "string",
          "description": "Element type, by its NumPy name.",
          "maxLength": 32,
          "knownValues": [
            "bool",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "float16",
            "float32",
            "float64",
            "complex64",
            "complex128"
          ]
        },
        "shape": {
          "type": "array",
          "description": "Size along each axis, outermost first; empty for a single element.",
          "items": {
            "type": "integer",
            "description": "Size along this axis.",
            "minimum": 0
          },
          "maxLength": 64
        },
        "data": {
          "type": "bytes",
          "description": "The elements in C order, little-endian, nothing between them; a bool is one byte, 0 or 1.",
          "maxLength": 1000000
        }
      }
    },
    "float64": {
      "type": "string",
      "description": "An IEEE 754 binary64 (double precision) number. Record form: the shortest decimal that reads back as the same number, or nan, inf or -inf; minus zero is -0.0. Sample form: msgpack float 64 (cb).",
      "maxLength": 32
    },
    "float32": {
      "type": "string",
      "description": "An IEEE 754 binary32 (single precision) number. Record form: the shortest decimal that reads back as the same number, or nan, inf or -inf; minus zero is -0.0. Sample form: msgpack float 32 (ca).",
      "maxLength": 32
    },
    "map": {
      "type": "object",
      "description": "A map from text to values of one type. Record form: an object. Sample form: msgpack map. The type of the values stands beside the ref, as a Lexicon type: \"x-atdata\": {\"values\": {\"type\": \"string\", \"maxLength\": 64}}.",
      "properties": {}
    },
    "image": {
      "type": "object",
      "description": "An encoded image file, kept as it is. Record form: this object. Sample form: msgpack bin holding the bytes of the file, whose kind its first bytes tell. A field may name the kinds it takes: \"x-atdata\": {\"accept\": [\"image/png\"]}.",
      "required": [
        "mimeType",
        "data"
      ],
      "properties": {
        "mimeType": {
          "type": "string",
          "description": "Media type of the file, in lower case.",
          "maxLength": 128
        },
        "data": {
          "type": "bytes",
          "description": "The file.",
          "maxLength": 1000000
        }
      }
    },
    "audio": {
      "type": "object",
      "description": "An encoded sound file, kept as it is. Record form: this object. Sample form: msgpack bin holding the bytes of the file, whose kind its first bytes tell.",
      "required": [
        "mimeType",
        "data"
      ],
      "properties": {
        "mimeType": {
          "type": "string",
          "description": "Media type of the file, in lower case.",
          "maxLength": 128
        },
        "data": {
          "type": "bytes",
          "description": "The file.",
          "maxLength": 1000000
        }
      }
    }
  }
}
""")
