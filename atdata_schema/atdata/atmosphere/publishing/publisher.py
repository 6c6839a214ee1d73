"""What an account publishes, as methods of `Atmosphere`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

if TYPE_CHECKING:
    from atdata.atmosphere.publishing.account import Account
    from atdata.atmosphere.publishing.keywords import DataKeywords, EntryKeywords
    from atdata.atmosphere.publishing.plan import Plan
    from atdata.atmosphere.publishing.unpublishing import Unpublished
    from atdata.dataset import Dataset
    from atdata.index.catalogue import Catalogue
    from atdata_schema.lenses import Lens
    from atdata_schema.schema import Schema

__all__ = ["Publisher"]


class Publisher:
    """Publishing, for whoever is logged in."""

    __slots__ = ()

    def promote_entry(
        self: Account,
        index: Catalogue,
        reference: str,
        *,
        dry_run: bool = False,
        **options: Unpack[EntryKeywords],
    ) -> Plan:
        """Publish a dataset of an Index; what was done. `Index.promote_entry` says what the options are."""
        from atdata.atmosphere.publishing.entries import promote_entry

        return promote_entry(index, self, reference, dry_run=dry_run, **options)

    @overload
    def promote_dataset(
        self: Account,
        data: Dataset[Any] | Mapping[str, Dataset[Any]] | str | Path,
        *,
        name: str,
        version: str = "1.0.0",
        schema_version: str = "1.0.0",
        dry_run: Literal[False] = False,
        **options: Unpack[DataKeywords],
    ) -> str: ...
    @overload
    def promote_dataset(
        self: Account,
        data: Dataset[Any] | Mapping[str, Dataset[Any]] | str | Path,
        *,
        name: str,
        version: str = "1.0.0",
        schema_version: str = "1.0.0",
        dry_run: Literal[True],
        **options: Unpack[DataKeywords],
    ) -> Plan: ...
    def promote_dataset(
        self: Account,
        data: Dataset[Any] | Mapping[str, Dataset[Any]] | str | Path,
        *,
        name: str,
        version: str = "1.0.0",
        schema_version: str = "1.0.0",
        dry_run: bool = False,
        **options: Unpack[DataKeywords],
    ) -> str | Plan:
        """Publish a dataset that is in no Index; all of it becomes public. See `Index.promote_entry`.

        Args:
            data: a dataset, its splits by their names, or the path or URL of one.
            name: what it is called.
            version: its version; one that was published does not change.
            schema_version: the version of its type.
            dry_run: publish nothing, and return what would be published.
            options: `split`, `description`, `license`, `tags` and `metadata` as `Index.add` takes them;
                `derived_from`, `data_store`, `nsid`, `yes`, `confirm` and `progress` as `Index.promote_entry`.

        Returns:
            The AT-URI of the entry; with `dry_run` the plan.

        Raises:
            NameRefused: the name or a version cannot be one.
            LoadError, ShardError: a shard cannot be read, or there is none.
            ConfirmationNeeded, PublishError, XrpcError, StoreError: as `Index.promote_entry`.
        """
        from atdata.atmosphere.publishing.entries import promote_dataset

        plan = promote_dataset(
            self,
            data,
            name=name,
            version=version,
            schema_version=schema_version,
            dry_run=dry_run,
            **options,
        )
        return plan if dry_run else plan.uri

    def publish_schema(
        self: Account, type: type[Any] | Schema, version: str = "1.0.0", *, nsid: str | None = None
    ) -> str:
        """Publish a version of a sample type; the AT-URI of its record.

        Args:
            type: a sample class, or a schema.
            version: its version; one that was published never names another type.
            nsid: what it is called, where its class has no NSID; without it its name below the handle.

        Raises:
            PublishError: another type has the version, or it cannot be published.
        """
        from atdata.atmosphere.publishing.schemas import publish_schema

        return publish_schema(self, type, version, nsid=nsid)

    def publish_lens(self: Account, lens: Lens[Any, Any], *, types: Iterable[str] = ()) -> str:
        """Publish a lens of the lens language, with its types where they are not published yet; its AT-URI.

        Args:
            lens: the lens, as `load_lens` or `Index.lens` gives it.
            types: the addresses of records in which others have published its types.

        Raises:
            LensError: it is wrong.
            PublishError: it is no lens of the language, or it cannot be published.
        """
        from atdata.atmosphere.publishing.lenses import publish_lens

        return publish_lens(self, lens, types=types)

    def label(self: Account, name: str, target: str) -> str:
        """Let a name stand for a published dataset: `@handle/name`; the AT-URI of the label.

        Args:
            name: the name. Given again, it moves to another dataset.
            target: a dataset of the account: `name@1.2.0`, `name` (its highest version), or the AT-URI of the entry.

        Raises:
            NameRefused: it cannot be a name.
            PublishError: there is no such dataset, or it cannot be written.
        """
        from atdata.atmosphere.publishing.labelling import set_label

        return set_label(self, name, target)

    def unpublish(self: Account, target: str, *, dry_run: bool = False) -> Unpublished:
        """Take a dataset away, with all names that stand for it.

        Args:
            target: `name` (every version), `name@1.2.0`, or the AT-URI of an entry, a label, a type or a lens.
            dry_run: only say what would go.

        Returns:
            The records that are gone, and what stays.

        Raises:
            PublishError: there is nothing of the name, a type is in use, or it cannot be done.
        """
        from atdata.atmosphere.publishing.unpublishing import unpublish

        return unpublish(self, target, dry_run=dry_run)
