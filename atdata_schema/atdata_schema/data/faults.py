"""What is wrong with one value, on its way out to become a `DataError` that names the place."""

from __future__ import annotations

from atdata_schema.errors import DataError, place

__all__ = ["Fault"]


class Fault(Exception):
    """Raised where a value is wrong; each container that it passes adds one step of the path.

    It never leaves the package: public functions raise `fault.error()` in its stead.
    """

    def __init__(self, reason: str, kind: type[DataError] = DataError) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.steps: list[str | int] = []

    def inside(self, step: object) -> None:
        """Put the value one level deeper. A key that is no text has no place of its own."""
        if isinstance(step, str):
            self.steps.append(step if len(step) <= 64 else step[:40] + "...")
        elif isinstance(step, int):
            self.steps.append(step)

    def error(self) -> DataError:
        """The error for callers, with the place in front."""
        if not self.steps:
            return self.kind(self.reason)
        return self.kind(f"{place(self.steps[::-1])}: {self.reason}")
