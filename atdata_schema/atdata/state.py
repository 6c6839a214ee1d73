"""Where an iteration stands, in a form that JSON holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from atdata.errors import StateError

__all__ = ["State"]

_VERSION: Final = 1
_KEYS: Final = ("version", "fingerprint", "seed", "epoch", "order", "position")


@dataclass(frozen=True, slots=True)
class State:
    """Where an iteration stands; nothing in it depends on ranks, workers or the batch size.

    Attributes:
        fingerprint: that of the dataset.
        seed: the seed of the order; `None` where samples come as they were written.
        epoch: which time through it is, from 0.
        order: `ordered`, `global` or `window:<bytes>`.
        position: samples of the epoch that all ranks together have been given.
    """

    fingerprint: str
    seed: int | None
    epoch: int
    order: str
    position: int

    def to_json(self) -> dict[str, Any]:
        """The state as `state_dict` gives it, under 1 kB of JSON."""
        return {
            "version": _VERSION,
            "fingerprint": self.fingerprint,
            "seed": self.seed,
            "epoch": self.epoch,
            "order": self.order,
            "position": self.position,
        }

    @classmethod
    def from_json(cls, state: object) -> State:
        """The state that `state_dict` gave.

        Raises:
            StateError: it is none, or one of a version that this release does not know.
        """
        if not isinstance(state, Mapping) or not set(_KEYS) <= set(state):
            raise StateError(
                f"a state has {', '.join(_KEYS)}; got {_shown(state)}: give what state_dict() gave"
            )
        if state["version"] != _VERSION:
            raise StateError(
                f"the state is of version {state['version']!r}, and this release knows {_VERSION}"
            )
        found = cls(*(state[key] for key in _KEYS[1:]))
        found._check()
        return found

    def _check(self) -> None:
        texts = (self.fingerprint, self.order)
        counts = (self.epoch, self.position)
        if not all(isinstance(text, str) for text in texts):
            raise StateError("the state's fingerprint and order are not both texts")
        if not all(type(count) is int and 0 <= count < 1 << 63 for count in counts):
            raise StateError("the state's epoch and position are not both counts below 2^63")
        if self.seed is not None and (type(self.seed) is not int or self.seed.bit_length() > 256):
            raise StateError("the state's seed is no integer of at most 256 bits")

    def check_fits(self, other: State) -> None:
        """Refuse the state of another dataset, order or seed; `other` is the state of what takes it.

        Raises:
            StateError: they differ; the message names both.
        """
        for name in ("fingerprint", "order", "seed"):
            theirs, ours = getattr(self, name), getattr(other, name)
            if theirs != ours:
                raise StateError(
                    f"the state has the {name} {theirs!r} and this iteration has {ours!r}: "
                    "load it where the same data is read in the same order"
                )


def _shown(state: object) -> str:
    if isinstance(state, Mapping):
        return f"a map with {', '.join(map(str, list(state)[:8])) or 'nothing'}"
    return f"a {type(state).__name__}"
