"""Sample types in Python: from annotations, from stored schemas, and without a type."""

from atdata.samples.annotations import PackableError
from atdata.samples.build import sample_class
from atdata.samples.dynamic import DictSample
from atdata.samples.field import FieldOptions, field
from atdata.samples.packable import packable
from atdata.samples.shape import Array, Shape

__all__ = [
    "Array",
    "DictSample",
    "FieldOptions",
    "PackableError",
    "Shape",
    "field",
    "packable",
    "sample_class",
]
