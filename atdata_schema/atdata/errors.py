"""The exceptions of the runtime, beside those of the kernel, all under `AtdataError`.

    AtdataError
    ├── ShardError           a shard that is damaged or hostile, or that differs from its dataset.json
    ├── WriteError           samples that cannot be written as asked (also a ValueError)
    │   └── DatasetExists    a dataset or another file stands where one should be written (also a FileExistsError)
    ├── CatalogError         an Index that cannot do what is asked (also a ValueError)
    │   ├── NameRefused      a name, version or label that cannot be one
    │   ├── EntryNotFound    no such dataset, version, schema or label (also a KeyError)
    │   ├── EntryExists      this version of the dataset is there
    │   ├── SchemaConflict   a version of a schema that names another type, or a breaking change under a minor version
    │   ├── LeaseLost        a write that was taken for dead
    │   └── ProviderError    a database that cannot be reached, read or written
    ├── StoreError           a store that cannot be reached, denies, is full, or has another file than it should
    ├── PublishError         nothing that can be published, or withdrawn, as asked (also a ValueError)
    │   └── ConfirmationNeeded  a publication that is so large that somebody has to say yes to it
    └── LoadError            nothing that can be loaded as asked (also a ValueError)
        ├── ProofError       a record, commit or repository that is not proved as asked
        │   ├── CarError         bytes that are no CAR, or one with a block that differs from its CID
        │   ├── SignatureRefused a commit that is not signed by the key of its account
        │   ├── RecordAbsent     a repository that proves that it has no such record (also a KeyError)
        │   └── RolledBack       a repository of an earlier state than was seen, or of two states at once
        ├── RecordError      a record that cannot be used, or not be published as asked
        ├── LockError        an `atdata.lock` that pins something else, or cannot be read
        ├── IdentityError    a DID, a handle or a DID document that cannot be believed
        ├── SourceError      bytes elsewhere that cannot be read: the network, a server, a permission
        │   └── XrpcError        a call to a server of the network that fails
        ├── AuthenticationError  no account that may do this: a wrong password, a session that ended, none at all
        ├── QueryError       a condition for `where` that cannot be understood, or asks for what is not there
        ├── DatasetNotFound  no such file or dataset (also a FileNotFoundError)
        ├── DatasetIncomplete  a dataset whose writing never came to its end
        ├── DescriptionError   a dataset.json that is not as the format says
        ├── SplitError       a split that cannot be told: an expression that is none, names that say two
        │   └── SplitNotFound  there is no such split (also a KeyError)
        ├── OnlyStreamed     what takes all of a dataset that is read once through (also a TypeError)
        ├── SampleNotFound   no sample has this key (also a KeyError)
        ├── StateError       the state of an iteration that does not fit another one
        ├── WorkerLost       a process that made batches was ended (also a RuntimeError)
        └── MapError         a function for `map` that does not give samples (also a TypeError)

`ScanWarning` is no error: a condition that had to be answered by reading samples.

The kernel's errors pass through unchanged in type; those about one sample (`ValidationError`,
`DecodeError`, `GetError`, `PutError`) get its key and its shard put behind their message.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from atdata_schema.errors import (
    AmbiguousLensPath,
    AtdataError,
    DecodeError,
    DtypeError,
    GetError,
    LensError,
    NoLensPath,
    PutError,
    SchemaMismatch,
    ShapeError,
    ValidationError,
)

__all__ = [
    "AmbiguousLensPath",
    "AtdataError",
    "AuthenticationError",
    "CacheWarning",
    "CarError",
    "CatalogError",
    "CatalogueWarning",
    "ConfirmationNeeded",
    "EntryExists",
    "EntryNotFound",
    "GetError",
    "IdentityError",
    "LeaseLost",
    "LensError",
    "LockError",
    "NameRefused",
    "NoLensPath",
    "ProofError",
    "ProviderError",
    "PublishError",
    "PutError",
    "QueryError",
    "RecordAbsent",
    "RecordError",
    "RolledBack",
    "SchemaConflict",
    "SignatureRefused",
    "SourceError",
    "StoreError",
    "DatasetExists",
    "DatasetIncomplete",
    "DatasetNotFound",
    "DecodeError",
    "DescriptionError",
    "DtypeError",
    "LoadError",
    "MapError",
    "OnlyStreamed",
    "SampleNotFound",
    "ScanWarning",
    "OrderWarning",
    "SchemaMismatch",
    "ShapeError",
    "ShardError",
    "SplitError",
    "SplitNotFound",
    "StateError",
    "ValidationError",
    "WorkerLost",
    "WriteError",
    "XrpcError",
    "say_where",
]


class ShardError(AtdataError):
    """A shard that cannot be read as one.

    Attributes:
        reason: what is wrong with it.
        shard: the file.
        key: the sample it is wrong at, where one can be named.
        readable: an index of the samples before the fault, where the fault was met in looking for them.

    >>> print(ShardError("its payload ends early", "out/data.tar", "000000007"))
    out/data.tar, key '000000007': its payload ends early
    """

    def __init__(self, reason: str, shard: str | Path, key: str | None = None) -> None:
        super().__init__(reason, str(shard), key)
        self.reason = reason
        self.shard = str(shard)
        self.key = key
        self.readable: Any = None

    def __str__(self) -> str:
        key = "" if self.key is None else f", key {self.key!r}"
        return f"{self.shard}{key}: {self.reason}"


class WriteError(AtdataError, ValueError):
    """Samples, or a place for them, that cannot be written as asked."""


class DatasetExists(WriteError, FileExistsError):
    """A dataset, or a file of someone else, stands where one should be written."""


class CatalogError(AtdataError, ValueError):
    """An Index that cannot do what is asked."""


class NameRefused(CatalogError):
    """A name, a version or a label that cannot be one."""


class EntryNotFound(CatalogError, KeyError):
    """No such dataset, version, schema or label."""

    def __str__(self) -> str:
        # A KeyError would print its message in quotes.
        return str(self.args[0])


class EntryExists(CatalogError):
    """This version of the dataset is there."""


class SchemaConflict(CatalogError):
    """A version of a schema that names another type, or a breaking change under a minor version."""


class LeaseLost(CatalogError):
    """A write that was taken for dead, so that its files may have been collected."""


class ProviderError(CatalogError):
    """A database that cannot be reached, read or written."""


class StoreError(AtdataError):
    """A store that cannot be reached, denies, is full, or has another file than it should."""


class PublishError(AtdataError, ValueError):
    """Nothing that can be published, or withdrawn, as asked."""


class ConfirmationNeeded(PublishError):
    """A publication that is so large that somebody has to say yes to it, or to choose another way."""


class LoadError(AtdataError, ValueError):
    """Nothing that can be loaded as asked."""


class ProofError(LoadError):
    """A record, a commit or a repository that is not proved as asked."""


class CarError(ProofError):
    """Bytes that are no CAR, or one with a block that differs from its CID."""


class SignatureRefused(ProofError):
    """A commit that is not signed by the key of its account.

    Keys change: with a DID document that is minutes old, fetch it anew and try once more.
    """


class RecordAbsent(ProofError, KeyError):
    """A repository that proves that it has no such record."""

    def __str__(self) -> str:
        # A KeyError would print its message in quotes.
        return str(self.args[0])


class RolledBack(ProofError):
    """A repository of an earlier state than was seen before, or of two states at once."""


class RecordError(LoadError):
    """A record that cannot be used, or that cannot be published as asked.

    Attributes:
        where: the record.
        reason: what is wrong with it, with the property in front.

    >>> print(RecordError("at://did:web:lab.example.org/x.y.z/1", "name: missing, and required"))
    at://did:web:lab.example.org/x.y.z/1: name: missing, and required
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class LockError(LoadError):
    """An `atdata.lock` that pins something else than was found, or nothing, or that cannot be read or written."""


class IdentityError(LoadError):
    """A DID, a handle or a DID document that cannot be believed."""


class SourceError(LoadError):
    """Bytes elsewhere that cannot be read."""


class XrpcError(SourceError):
    """A call to a server of the network that fails.

    Attributes:
        status: the status of the answer; None where none came, or one that cannot be used.
        name: what the server calls the error, such as `RecordNotFound`, `InvalidSwap` or `ExpiredToken`; None where it
            says none.

    >>> error = XrpcError("https://pds.example.org: com.atproto.repo.getRecord: no such record", 400, "RecordNotFound")
    >>> error.status, error.name
    (400, 'RecordNotFound')
    """

    def __init__(self, message: str, status: int | None = None, name: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.status, self.name)


class AuthenticationError(LoadError):
    """No account that may do this: a wrong password, a session that ended, or none at all."""


class QueryError(LoadError):
    """A condition for `where` that cannot be understood, or asks for what is not there."""


class ScanWarning(UserWarning):
    """A condition for `where` that had to be answered by reading samples, for want of manifests."""


class OrderWarning(UserWarning):
    """An order for which much more is fetched than is given out."""


class CacheWarning(UserWarning):
    """The cache folder takes no blocks of shards, so that what is read again is fetched again."""


class CatalogueWarning(UserWarning):
    """An answer of the catalogue of others' datasets that is not whole yet: there is more to compare than one search does."""


class DatasetNotFound(LoadError, FileNotFoundError):
    """No such file, folder or dataset."""


class DatasetIncomplete(LoadError):
    """A dataset whose writing never came to its end."""


class DescriptionError(LoadError):
    """A `dataset.json` that is not as the format says."""


class SplitError(LoadError):
    """A split that cannot be told: an expression that is none, or names that say two."""


class SplitNotFound(SplitError, KeyError):
    """There is no such split."""

    def __str__(self) -> str:
        # A KeyError would print its message in quotes.
        return str(self.args[0])


class OnlyStreamed(LoadError, TypeError):
    """Something that takes all of a dataset, asked of one that is read once through.

    A `TypeError`, since `list()` asks for a length and goes on where there is none.
    """


class StateError(LoadError):
    """A state that is none, or that belongs to another dataset, seed or order."""


class WorkerLost(LoadError, RuntimeError):
    """A process that made batches was ended; the message names its signal."""


class MapError(LoadError, TypeError):
    """A function for `map` that does not give samples of one class."""


class SampleNotFound(LoadError, KeyError):
    """No sample of the dataset has this key."""

    def __str__(self) -> str:
        # A KeyError would print its message in quotes.
        return str(self.args[0])


def say_where(error: DecodeError | ValidationError | GetError | PutError, where: str) -> None:
    """Put the place of a sample behind an error's message; callers re-raise the same exception.

    >>> error = DecodeError("expected text, got 3", ["label"])
    >>> say_where(error, "key '000000007' of data.tar")
    >>> print(error)
    label: expected text, got 3 (key '000000007' of data.tar)
    """
    error.reason = f"{error.reason} ({where})"
    error.args = (error.reason, error.path)
