"""From an Index to the network: its datasets are published with an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from atdata.errors import AuthenticationError
from atdata.index.catalogue import Catalogue
from atdata.stores.store import Store

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.publishing.options import Confirm
    from atdata.atmosphere.publishing.plan import Plan
    from atdata.atmosphere.publishing.references import References

__all__ = ["Promoting"]


class Promoting(Catalogue):
    """A catalogue whose datasets can be published."""

    atmosphere: Atmosphere | None

    @overload
    def promote_entry(
        self,
        name: str,
        version: str | None = None,
        *,
        derived_from: References = (),
        data_store: Store | str | None = None,
        nsid: str | None = None,
        dry_run: Literal[False] = False,
        yes: bool = False,
        confirm: Confirm | None = None,
        progress: bool = False,
    ) -> str: ...
    @overload
    def promote_entry(
        self,
        name: str,
        version: str | None = None,
        *,
        derived_from: References = (),
        data_store: Store | str | None = None,
        nsid: str | None = None,
        dry_run: Literal[True],
        yes: bool = False,
        confirm: Confirm | None = None,
        progress: bool = False,
    ) -> Plan: ...
    def promote_entry(
        self,
        name: str,
        version: str | None = None,
        *,
        derived_from: References = (),
        data_store: Store | str | None = None,
        nsid: str | None = None,
        dry_run: bool = False,
        yes: bool = False,
        confirm: Confirm | None = None,
        progress: bool = False,
    ) -> str | Plan:
        """Publish a version of a dataset with the account of `atmosphere`; all of it becomes public.

        Its type, its entry and its label appear in one commit. Shards that everybody can read at https or in a
        bucket stay where they are; the others become blobs of the account, cut between samples where they are
        larger than its server takes, or go into `data_store`. What breaks off is gone on with by the same call;
        the same version published again is nothing new.

        Args:
            name: the dataset; `name@1.2.0` and `name@label` too.
            version: which version; without it the latest.
            derived_from: records that the dataset was made from: AT-URIs, as this method returns them.
            data_store: where shards go that not everybody can read: a bucket with an https address that everybody
                can read, as a store or a URL such as `"s3://bucket/prefix"`.
            nsid: what the type is called, where its class has no NSID; without it its name below the handle.
            dry_run: publish nothing, and return what would be published, which can be printed.
            yes: publish also what is large, without asking.
            confirm: is shown the plan before anything becomes public, and says whether to go on.
            progress: show on standard error how far it is.

        Returns:
            The AT-URI of the entry; with `dry_run` the plan.

        Raises:
            AuthenticationError: nobody is logged in.
            EntryNotFound: there is no such version.
            ConfirmationNeeded: more than 1 GB would go up, and nobody said yes; or `confirm` said no.
            PublishError: it cannot be published as asked; the message says what is in the way.
            XrpcError: the account's server cannot be reached.
            StoreError: the store cannot be reached, or denies.
        """
        if self.atmosphere is None:
            raise AuthenticationError(
                "publishing needs an account: atdata.Index(atmosphere=Atmosphere.login(handle, password)), or "
                "Atmosphere.kept() after the command `atdata auth login`"
            )
        plan = self.atmosphere.promote_entry(
            self,
            name if version is None else f"{name}@{version}",
            derived_from=derived_from,
            data_store=data_store,
            nsid=nsid,
            dry_run=dry_run,
            yes=yes,
            confirm=confirm,
            progress=progress,
        )
        return plan if dry_run else plan.uri
