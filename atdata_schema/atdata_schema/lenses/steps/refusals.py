"""Values that cannot go through a pipe: why, and where."""

from __future__ import annotations

__all__ = ["Misplaced", "Refused"]


class Refused(Exception):
    """A value that has no view, or a view that has no source.

    Attributes:
        reason: why.
        value: the value.
        row: its place in the batch.
        inside: where in the field the value stands, should it be an object or a list of them.
        index: where in an array it stands.
        of: the shape of that array.
    """

    def __init__(
        self,
        reason: str,
        value: object = None,
        row: int | None = None,
        inside: tuple[str | int, ...] = (),
        index: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.value = value
        self.row = row
        self.inside = inside
        self.index = index
        self.of: tuple[int, ...] | None = None


class Misplaced(Exception):
    """A value that was refused, and the field it is about.

    Attributes:
        path: the field: of the view on the way back, else of the source.
        cause: why.
    """

    def __init__(self, path: tuple[str | int, ...], cause: Refused) -> None:
        super().__init__(cause.reason)
        self.path = (*path, *cause.inside)
        self.cause = cause

    def as_refused(self, *steps: str | int) -> Refused:
        """The same about a field that this one lies in."""
        cause = self.cause
        return Refused(cause.reason, cause.value, cause.row, (*steps, *self.path))
