"""What is said to `load_dataset` about datasets of the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atdata.errors import LoadError

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.reading.published import Published
    from atdata.remote.s3_access import S3Access

__all__ = ["NetworkOptions", "is_published", "resolve"]

TRUST: Final = "signed"
"""How much has to be proved, where nothing is said."""


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """What is said about datasets of the network, as `load_dataset` has it.

    Attributes:
        trust: how much has to be proved about every record.
        locked: whether only what the lock pins is read.
        lock: the path of the lock.
        offline: whether no server is asked.
        atmosphere: who reads.
    """

    trust: str = TRUST
    locked: bool = False
    lock: str | Path | None = None
    offline: bool | None = None
    atmosphere: Atmosphere | None = None

    def check_unused(self, path: object) -> None:
        """Refuse what could only be meant for a dataset of the network, where none is loaded.

        Raises:
            LoadError: a lock is asked for, or another level.
        """
        given = {"locked": self.locked, "lock": self.lock is not None, "trust": self.trust != TRUST}
        for name, is_given in given.items():
            if is_given:
                raise LoadError(
                    f"{name}= is for datasets of the network, @handle/name or at://…, and {path} is none"
                )


def is_published(path: object) -> bool:
    """Whether a path names a dataset of the network."""
    if not isinstance(path, str) or not path.startswith(("@", "at://")):
        return False
    # Imported where it is needed: who loads files needs no network.
    from atdata.atmosphere.reading.references import is_published as names_network

    return names_network(path)


def resolve(
    reference: str, access: S3Access | None, options: NetworkOptions, *, pins: bool = True
) -> Published:
    """The dataset of the network that a reference names, proved as the options ask.

    Args:
        reference: the reference.
        access: how an S3 service is reached.
        options: what is said about datasets of the network.
        pins: whether what was found is written into the lock.

    Raises:
        LoadError, MissingExtra: as `resolve_published`.
    """
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.reading.resolving import resolve_published
    from atdata.atmosphere.reading.terms import Terms

    terms = Terms.of(options.trust, options.locked, options.lock, options.offline, access)
    reader = Atmosphere() if options.atmosphere is None else options.atmosphere
    return resolve_published(reference, reader, terms, pins=pins)
