"""A store in a bucket of S3, or of a service that speaks its language."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from io import FileIO
from pathlib import Path
from typing import Any, Final

from atdata.errors import StoreError, WriteError
from atdata.home import home
from atdata.remote.s3_access import S3Access
from atdata.remote.s3_faults import FaultKind
from atdata.shards.sizes import bytes_of
from atdata.stores import s3_objects
from atdata.stores.disk_faults import disk_faults
from atdata.stores.disk_files import digest_of, open_regular
from atdata.stores.layout import MARKER, check_key, check_marker, marker
from atdata.stores.limits import came_and_went, check_small
from atdata.stores.s3_dialect import S3Dialect, is_md5
from atdata.stores.s3_parts import LARGEST_PART, SMALLEST_PART, Plan
from atdata.stores.s3_place import S3Error, S3Place, endpoint_of
from atdata.stores.s3_sweep import sweep_uploads
from atdata.stores.s3_upload import Sending, send
from atdata.stores.staging import staging_folder, sweep_staging
from atdata.stores.store import Store, StoredFile

__all__ = ["S3DataStore"]

_MOST_PARALLEL: Final = 32


class S3DataStore(Store):
    """Objects of a bucket below a prefix, by boto3 (`pip install 'atdata[s3]'`).

    Nothing is asked before the first call. Credentials that are not given come from where AWS's tools look for
    them; they are in no message, repr or URL, but in pickles, so that workers can read as their parent does.

    Files above one part are sent in parts, each with its digest, several at once. An upload that broke off, or
    whose process was killed, goes on with the parts that the service has. Of the local disk a write takes only
    what is on its way; of memory `parallel + 1` parts.

    A key is given once (`If-None-Match`). A few services ignore that condition, `rclone serve s3` among them: there
    two processes at the same moment may both be told that theirs is new; `keeps_conditions` finds out.

    Args:
        bucket: the bucket; it has to be there.
        prefix: what all keys begin with: a folder of the bucket.
        endpoint_url: the service, where it is not AWS; without it what AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL
            say. It is a part of `url`, so that an entry finds the store again.
        region: the region of the bucket or service.
        profile: which profile of `~/.aws` is taken.
        anonymous: whether to ask unsigned: public buckets can be read so.
        access_key: the id of a key, with `secret_key`.
        secret_key: its secret.
        session_token: what goes with a key that is valid for a while.
        part_size: bytes of a part, from 5 MiB to 512 MiB, as a number or as a text such as `"16MiB"`.
        parallel: how many parts are on their way at once, up to 32.
        staging: where files wait that are on their way; without it `staging` in `ATDATA_HOME`.

    Raises:
        StoreError: a name or an argument cannot be what it is to be.

    >>> store = S3DataStore("lab-data", "atdata", "https://s3.example.org", access_key="AKID", secret_key="...")
    >>> store
    S3DataStore('lab-data', 'atdata', 'https://s3.example.org')
    >>> store.url, store.url_of("datasets/digits/1.0.0/dataset.json")
    ('s3://lab-data/atdata?endpoint=https://s3.example.org', 's3://lab-data/atdata/datasets/digits/1.0.0/dataset.json')
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        endpoint_url: str | None = None,
        *,
        region: str | None = None,
        profile: str | None = None,
        anonymous: bool = False,
        access_key: str | None = None,
        secret_key: str | None = None,
        session_token: str | None = None,
        part_size: int | str = 16 << 20,
        parallel: int = 4,
        staging: str | Path | None = None,
    ) -> None:
        self.access = S3Access(
            endpoint_of(endpoint_url),
            region=region,
            profile=profile,
            anonymous=anonymous,
            access_key=access_key,
            secret_key=secret_key,
            session_token=session_token,
        )
        self._place = S3Place(bucket, prefix.strip("/"), self.access)
        self._part_size = _part_size(part_size)
        self._parallel = _parallel(parallel)
        self._dialect = S3Dialect()
        self._marked = False
        self.url = self._place.url
        base = home() / "staging" if staging is None else Path(staging).expanduser().absolute()
        # Stores may share the folder: each has its own in it.
        self._staging = base / hashlib.sha256(self.url.encode()).hexdigest()[:16]

    @property
    def bucket(self) -> str:
        """The bucket."""
        return self._place.bucket

    @property
    def prefix(self) -> str:
        """What the names of its objects begin with; empty, or without a slash at its end."""
        return self._place.prefix

    def __repr__(self) -> str:
        said = [self.bucket, self.prefix, self.access.endpoint_url]
        while said and not said[-1]:
            said.pop()
        return f"S3DataStore({', '.join(map(repr, said))})"

    def __getstate__(self) -> dict[str, Any]:
        # What was learnt of the service is learnt again.
        return self.__dict__ | {"_dialect": S3Dialect(), "_marked": False}

    def staging(self, token: str) -> AbstractContextManager[Path]:
        return staging_folder(self._staging, token, self.url)

    def put(
        self,
        key: str,
        path: Path,
        *,
        sha256: str | None = None,
        move: bool = False,
        replace: bool = False,
        synced: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> bool:
        check_key(key)
        with disk_faults(self.url, f"{key}: {path}"):
            with open_regular(path.resolve(strict=True)) as file:
                self._prepare()
                new = self._bring(key, file, sha256, progress, replace=replace)
            if move:
                path.unlink(missing_ok=True)
            return new

    def put_bytes(self, key: str, data: bytes, *, overwrite: bool = False) -> bool:
        check_key(key)
        check_small(len(data), self.url, key)
        self._prepare()
        return s3_objects.put(self._place, self._dialect, key, data, exclusive=not overwrite)

    def get_bytes(self, key: str) -> bytes | None:
        return s3_objects.get(self._place, check_key(key))

    def find(self, key: str) -> StoredFile | None:
        found = s3_objects.head(self._place, check_key(key))
        if found is None:
            self._place.check_bucket()
            return None
        return StoredFile(key, found.bytes, found.modified)

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        return s3_objects.listed(self._place, prefix)

    def delete(self, keys: Iterable[str]) -> None:
        self._check_format()
        s3_objects.delete(self._place, (check_key(key) for key in keys))

    def url_of(self, key: str) -> str:
        return self._place.url_of(check_key(key))

    def sweep(self, alive: Iterable[str], older_than: float) -> int:
        tokens = list(alive)
        self._check_format()
        freed = sweep_staging(self._staging, tokens, older_than, self.url)
        return freed + sweep_uploads(self._place, older_than, busy=bool(tokens))

    def keeps_conditions(self) -> bool:
        """Whether the service gives a key once, also to processes that ask at the same moment.

        It is asked to put the file that marks the store where it is already.

        Raises:
            StoreError: the service cannot be asked.
        """
        self._prepare()
        place = self._place
        try:
            with place.faults(MARKER):
                place.client.put_object(
                    Bucket=place.bucket, Key=place.name(MARKER), Body=marker(), IfNoneMatch="*"
                )
        except S3Error as error:
            if error.fault.kind is FaultKind.NOT_SUPPORTED:
                return False
            if error.fault.kind is FaultKind.EXISTS:
                return True
            raise
        return False

    def _bring(
        self,
        key: str,
        file: FileIO,
        sha256: str | None,
        progress: Callable[[int], None] | None,
        *,
        replace: bool,
    ) -> bool:
        size = os.fstat(file.fileno()).st_size
        digest = sha256 or _digest_of(file)
        if self._is_there(key, file, size, digest, replace=replace):
            return False
        if size > self._part_size:
            plan = Plan.of(size, self._part_size)
            sending = Sending(key, file, digest, plan, not replace, self._parallel, progress)
            new = send(self._place, self._dialect, sending)
        else:
            data = file.read()
            if (own := hashlib.sha256(data).hexdigest()) != digest:
                raise StoreError(
                    f"{self._place.url_of(key)}: the file to be put has the sha-256 {own}, not {digest}: "
                    "it was changed since its digest was made, or a disk is faulty"
                )
            new = s3_objects.put(
                self._place, self._dialect, key, data, exclusive=not replace, is_free=True
            )
            if new and progress is not None:
                progress(size)
        # Of another process that was faster, only the same file is as good as ours.
        if not new and not self._is_there(key, file, size, digest, replace=replace):
            raise came_and_went(self._place.url_of(key))
        return new

    def _is_there(self, key: str, file: FileIO, size: int, digest: str, *, replace: bool) -> bool:
        """Whether the same file is under the key; where another one is, whether it may not give way.

        Raises:
            StoreError: another one is, and it may not.
        """
        found = s3_objects.head(self._place, key)
        if found is None:
            return False
        said = found.metadata.get(s3_objects.DIGEST)
        if found.bytes != size:
            how = f"of {found.bytes} bytes, not {size}"
        elif said is not None:
            if said == digest:
                return True
            how = f"with the sha-256 {said}, not {digest}"
        elif is_md5(found.tag):
            # Put by another program, or kept by a service that keeps no metadata.
            if found.tag == _digest_of(file, "md5"):
                return True
            how = "of the same size and with other bytes"
        else:
            # Nobody knows what it holds: the size has to do, unless it may as well be sent again.
            return not replace
        if replace:
            return False
        raise StoreError(
            f"{self._place.url_of(key)}: another file is there, {how}: it is damaged, or the key is used for two "
            "things; look at it and delete it, then do this again"
        )

    def _check_format(self) -> bool:
        """Whether the store is marked as one.

        Raises:
            StoreError: it is one that this version does not know.
        """
        if not self._marked:
            said = s3_objects.get(self._place, MARKER)
            if said is None:
                return False
            check_marker(said, self.url)
            self._marked = True
        return True

    def _prepare(self) -> None:
        if not self._check_format():
            s3_objects.put(self._place, self._dialect, MARKER, marker(), exclusive=True)
            self._marked = True


def _digest_of(file: FileIO, kind: str = "sha256") -> str:
    file.seek(0)
    try:
        return digest_of(file, kind)
    finally:
        file.seek(0)


def _part_size(given: int | str) -> int:
    try:
        size = bytes_of(given)
    except WriteError:
        size = 0
    if not SMALLEST_PART <= size <= LARGEST_PART:
        raise StoreError(
            f"part_size is {given!r}: give {SMALLEST_PART >> 20} to {LARGEST_PART >> 20} MiB, "
            "as a number of bytes or a text such as '16MiB'"
        )
    return size


def _parallel(given: int) -> int:
    if not 1 <= given <= _MOST_PARALLEL:
        raise StoreError(f"parallel is {given!r}: give 1 to {_MOST_PARALLEL}")
    return given
