"""Typed datasets for machine learning: declared once, stored as WebDataset shards, read as typed batches.

>>> import tempfile
>>> from pathlib import Path
>>> import numpy as np
>>> from numpy.typing import NDArray
>>> import atdata
>>> @atdata.packable
... class Digit:
...     image: NDArray[np.uint8]
...     label: int
>>> digits = [Digit(image=np.full((8, 8), n, np.uint8), label=n) for n in range(10)]
>>> with tempfile.TemporaryDirectory() as folder:
...     ds = atdata.write_samples(digits, Path(folder) / "digits.tar", maxcount=5)
...     for batch in ds.ordered(batch_size=6):
...         print(batch.image.shape, batch.label)
(6, 8, 8) [0, 1, 2, 3, 4, 5]
(4, 8, 8) [6, 7, 8, 9]
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from atdata.dataset import Dataset
from atdata.dataset_dict import DatasetDict
from atdata.errors import (
    AmbiguousLensPath,
    AtdataError,
    AuthenticationError,
    CacheWarning,
    CatalogError,
    CatalogueWarning,
    ConfirmationNeeded,
    DatasetExists,
    DatasetIncomplete,
    DatasetNotFound,
    DecodeError,
    DescriptionError,
    DtypeError,
    EntryExists,
    EntryNotFound,
    GetError,
    LeaseLost,
    LensError,
    LoadError,
    LockError,
    MapError,
    NameRefused,
    NoLensPath,
    OnlyStreamed,
    OrderWarning,
    ProviderError,
    PublishError,
    PutError,
    QueryError,
    RecordError,
    SampleNotFound,
    ScanWarning,
    SchemaConflict,
    SchemaMismatch,
    ShapeError,
    ShardError,
    SourceError,
    SplitError,
    SplitNotFound,
    StateError,
    StoreError,
    ValidationError,
    WorkerLost,
    WriteError,
    XrpcError,
)
from atdata.loading import load_dataset, load_splits
from atdata.mixing import concat, interleave
from atdata.remote.s3_access import S3Access
from atdata.samples.annotations import PackableError
from atdata.samples.dynamic import DictSample
from atdata.samples.field import field
from atdata.samples.packable import packable
from atdata.samples.shape import Array, Shape
from atdata.writing import write_samples
from atdata_schema.data import Link
from atdata_schema.fields.links import Blob
from atdata_schema.fields.objects import Unknown
from atdata_schema.media import Audio, Image

__all__ = [
    # Declaring a sample type.
    "packable",
    "field",
    "Shape",
    "Array",
    "DictSample",
    "Image",
    "Audio",
    "Link",
    "Blob",
    "Unknown",
    # Writing and reading.
    "write_samples",
    "load_dataset",
    "load_splits",
    "Dataset",
    "DatasetDict",
    "S3Access",
    "concat",
    "interleave",
    # Seeing samples of one class as another.
    "lens",
    "Lens",
    "identity",
    "load_lens",
    "LensGraph",
    # The AT Protocol network.
    "Atmosphere",
    # Keeping datasets by name and version.
    "Index",
    "Entry",
    "LocalDiskStore",
    "S3DataStore",
    # What can go wrong.
    "AtdataError",
    "PackableError",
    "ValidationError",
    "DtypeError",
    "ShapeError",
    "DecodeError",
    "SchemaMismatch",
    "ShardError",
    "WriteError",
    "DatasetExists",
    "LoadError",
    "LockError",
    "DatasetNotFound",
    "DatasetIncomplete",
    "DescriptionError",
    "SplitError",
    "SplitNotFound",
    "OnlyStreamed",
    "SourceError",
    "RecordError",
    "XrpcError",
    "AuthenticationError",
    "SampleNotFound",
    "StateError",
    "WorkerLost",
    "MapError",
    "QueryError",
    "ScanWarning",
    "CacheWarning",
    "OrderWarning",
    "CatalogueWarning",
    "StoreError",
    "PublishError",
    "ConfirmationNeeded",
    "CatalogError",
    "NameRefused",
    "EntryNotFound",
    "EntryExists",
    "SchemaConflict",
    "LeaseLost",
    "ProviderError",
    "GetError",
    "PutError",
    "LensError",
    "NoLensPath",
    "AmbiguousLensPath",
    "__version__",
]

if _TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.index.entry import Entry
    from atdata.index.index import Index
    from atdata.lenses.decorator import lens
    from atdata.lenses.identity import identity
    from atdata.lenses.lens import Lens
    from atdata.lenses.loading import load_lens
    from atdata.stores.disk import LocalDiskStore
    from atdata.stores.s3 import S3DataStore
    from atdata_schema.lenses.routes.graph import Graph as LensGraph

    __version__: str
else:
    # What many programs do without, by the module it is in; imported when it is asked for.
    _LATE = {
        "Atmosphere": "atdata.atmosphere.atmosphere:Atmosphere",
        "Entry": "atdata.index.entry:Entry",
        "Index": "atdata.index.index:Index",
        "Lens": "atdata.lenses.lens:Lens",
        "LensGraph": "atdata_schema.lenses.routes.graph:Graph",
        "LocalDiskStore": "atdata.stores.disk:LocalDiskStore",
        "S3DataStore": "atdata.stores.s3:S3DataStore",
        "identity": "atdata.lenses.identity:identity",
        "lens": "atdata.lenses.decorator:lens",
        "load_lens": "atdata.lenses.loading:load_lens",
    }

    def __getattr__(name: str) -> object:
        if name in _LATE:
            from importlib import import_module

            module, _, member = _LATE[name].partition(":")
            value = globals()[name] = getattr(import_module(module), member)
            return value
        # Asked for seldom, and dear to find out: it reads the metadata of the installed distribution.
        if name == "__version__":
            from importlib.metadata import version

            return version("atdata")
        raise AttributeError(f"module 'atdata' has no attribute {name!r}")
