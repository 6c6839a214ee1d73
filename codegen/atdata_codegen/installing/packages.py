"""Lexicons that an installed package has compiled: `pkg:pypi/name@version`. They are pinned and not copied."""

from __future__ import annotations

import re

from atdata_codegen.installing.origin import Origin, fetched
from atdata_codegen.source.installed import Claim, Installed
from atdata_schema.errors import ManifestError
from atdata_schema.vendored.pulling import FetchedLexicon

__all__ = ["SCHEME", "from_package", "package_origin"]

SCHEME = "pkg:pypi/"


def package_origin(name: str, installed: Installed) -> Origin:
    """The lexicons of a distribution.

    Raises:
        ManifestError: it is not installed, or has none.
    """
    claims = {
        nsid: claim
        for nsid in installed.names()
        for claim in installed.claims(nsid)
        if _normal(claim.distribution) == _normal(name)
    }
    if not claims:
        known = sorted(
            {c.distribution for nsid in installed.names() for c in installed.claims(nsid)}
        )
        raise ManifestError(
            f"no package {name!r} with lexicons is installed; those with some are {', '.join(known)}"
        )
    documents = {
        nsid: external.document
        for nsid, claim in claims.items()
        if (external := installed.read(claim)) is not None
    }
    return Origin(f"package:{name}", documents, {n: _uri(claims[n]) for n in documents})


def from_package(nsid: str, uri: str, cid: str | None, installed: Installed) -> FetchedLexicon:
    """The lexicon that a `pkg:` address pins, as it is installed.

    Another version of the package with the same document is as good: then the address stays.

    Raises:
        ManifestError: the package is not installed, or has no such lexicon.
    """
    name = uri.removeprefix(SCHEME).partition("@")[0]
    origin = package_origin(name, installed)
    found = origin.lexicon(nsid)
    return fetched(uri, found.document) if found.cid == cid else found


def _uri(claim: Claim) -> str:
    return f"{SCHEME}{_normal(claim.distribution)}@{claim.version}"


def _normal(name: str) -> str:
    """A name of a distribution as all of its spellings are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
