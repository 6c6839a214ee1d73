"""Datasets on the AT Protocol network.

identity    who somebody is: DIDs, their documents and keys, handles
proofs      what proves that a record is somebody's
records     what the records say: datasets, sample types, labels, lenses
reading     from a name to proved records, and to shards that are verified as they arrive
publishing  datasets, schemas, lenses and labels as records of an account
settings    which directory, relays and addresses are asked
xrpc        calls to one server
missing     what to say where the optional part is not installed
lookups     the look-ups that identities need, over the network
identities  accounts by handle or DID, kept for a day
kept_identities  the same on the disk
discovery   datasets of others, found
session     a login: tokens, and where they are kept
atmosphere  all of it together, as programs use it: `Atmosphere`
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

__all__ = ["Atmosphere", "Settings"]

if _TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.settings import Settings
else:

    def __getattr__(name: str) -> object:
        # Imported when it is asked for: identities and proofs work without a network.
        if name in __all__:
            from importlib import import_module

            module = "atmosphere" if name == "Atmosphere" else "settings"
            return getattr(import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
