"""The string formats of the AT Protocol: a text is of the kind that it should be, or it is refused.

    >>> check("nsid", "science.alt.dataset.schema")
    'science.alt.dataset.schema'
    >>> is_valid("handle", "alice.example.com")
    True

Every check is linear in the length of the text, and looks at the length first.
"""

from atdata_schema.syntax.kinds import KINDS, Kind, check, is_valid
from atdata_schema.syntax.parts import AtUri, nsid_parts, parse_at_uri, ref_parts

__all__ = [
    "KINDS",
    "AtUri",
    "Kind",
    "check",
    "is_valid",
    "nsid_parts",
    "parse_at_uri",
    "ref_parts",
]
