"""Who may publish a lexicon: whoever the domain of its NSID names.

Source: the Lexicon page of the AT Protocol specification. The last segment of an NSID is its name; the others, reversed, are a
domain, whose TXT record at `_lexicon` names an account. A domain answers for its own group alone, not for groups below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from atdata.errors import IdentityError
from atdata_schema.syntax import check, is_valid, nsid_parts
from atdata_schema.syntax.quoting import quoted

__all__ = ["Names", "authority_of", "group_of", "record_name"]

_PREFIX: Final = "did="
_MOST: Final = 100


class Names(Protocol):
    """What answers for DNS."""

    def dns_txt(self, name: str, /) -> Sequence[str]:
        """The TXT records of a name."""
        ...


def group_of(nsid: str) -> str:
    """The group of an NSID: all of it but its name.

    Raises:
        InvalidSyntax: it is no NSID.

    >>> group_of("science.alt.dataset.schema")
    'science.alt.dataset'
    """
    return check("nsid", nsid).rpartition(".")[0]


def record_name(nsid: str) -> str:
    """The name whose TXT record says who publishes a lexicon.

    >>> record_name("science.alt.dataset.schema")
    '_lexicon.dataset.alt.science'
    """
    return f"_lexicon.{nsid_parts(nsid)[0]}"


def authority_of(nsid: str, names: Names) -> str | None:
    """The account that publishes the lexicons of a group; `None` where its domain names none.

    Args:
        nsid: a lexicon of the group.
        names: what answers for DNS.

    Raises:
        IdentityError: the domain names several accounts, or something that is none.
        SourceError: no answer came.
    """
    name = record_name(nsid)
    texts = [text for text in names.dns_txt(name)[:_MOST] if text.startswith(_PREFIX)]
    found = sorted({text.removeprefix(_PREFIX) for text in texts})
    if len(found) > 1:
        raise IdentityError(
            f"{name} names {len(found)} accounts, {', '.join(map(quoted, found[:3]))}: nobody knows which one publishes {nsid}"
        )
    if found and not is_valid("did", found[0]):
        raise IdentityError(f"{name} names {quoted(found[0])}, which is no DID")
    return found[0] if found else None
