"""JSON Schema, for readers of it: an export of sample types, and the reader of what others publish as one.

A sample type is a lexicon; JSON Schema says less. `to_json_schema` writes two dialects, `from_json_schema` reads draft 7
as records of `science.alt.dataset.schema` hold it. What is written in draft 7 reads back as an equal type but for this:

* a union becomes any map: its members are told apart by a key that no record may hold in a JSON Schema;
* known values, which are never checked, are examples, and are not read;
* objects other than the type itself are named anew, and a record is an object.

What JSON Schema has no word for stands under `x-atdata`, as in lexicons: the exact shape of an array, `float32`, lengths of
texts in bytes or graphemes (`maxLength` counts code points), images, names of classes, earlier names.
"""

from atdata_schema.jsonschema.dialects import DRAFT_07, DRAFT_2020_12, Dialect
from atdata_schema.jsonschema.emitting import to_json_schema
from atdata_schema.jsonschema.reading import from_json_schema

__all__ = ["DRAFT_07", "DRAFT_2020_12", "Dialect", "from_json_schema", "to_json_schema"]
