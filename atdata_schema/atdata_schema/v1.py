"""Version 1 of what generated code may import.

A name here never changes its meaning. When the contract has to change, a `v2` stands beside this module,
new code is generated against it, and code generated earlier keeps running.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from atdata_schema.batch import Batch, Column
from atdata_schema.data import Link
from atdata_schema.fields.array import AnyArray, Array
from atdata_schema.fields.binary import AudioFile, Bytes, ImageFile
from atdata_schema.fields.containers import Many, Table
from atdata_schema.fields.field import Field, Json
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import Blob, BlobRef, CidLink, Open
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.objects import OneOf, Ref, Unknown
from atdata_schema.fields.presence import Null, Opt
from atdata_schema.fields.text import Choice, Text
from atdata_schema.media import Audio, Image
from atdata_schema.sample import CompiledSample as Sample
from atdata_schema.sample import Record
from atdata_schema.schema import TYPES, Lexicon, Schema

if _TYPE_CHECKING:
    from atdata_schema.lenses import compiled as lens
    from atdata_schema.lenses.compiled.lens import CompiledLens, ReadOnlyLens
else:
    # Modules of samples do without lenses; what compiled ones need is imported when the first of them asks.
    def __getattr__(name: str) -> object:
        if name == "lens":
            from atdata_schema.lenses import compiled as value
        elif name in ("CompiledLens", "ReadOnlyLens"):
            from atdata_schema.lenses.compiled import lens as module

            value = getattr(module, name)
        else:
            raise AttributeError(f"module 'atdata_schema.v1' has no attribute {name!r}")
        globals()[name] = value
        return value


__all__ = [
    "TYPES",
    "AnyArray",
    "Array",
    "Audio",
    "AudioFile",
    "Batch",
    "Blob",
    "BlobRef",
    "Boolean",
    "Bytes",
    "Choice",
    "CidLink",
    "Column",
    "CompiledLens",
    "Datetime",
    "Field",
    "Fields",
    "Float32",
    "Float64",
    "Image",
    "ImageFile",
    "Integer",
    "Json",
    "Lexicon",
    "Link",
    "Many",
    "Null",
    "OneOf",
    "Open",
    "Opt",
    "ReadOnlyLens",
    "Record",
    "Ref",
    "Sample",
    "Schema",
    "Table",
    "Text",
    "Unknown",
    "lens",
]
