"""A condition on its way through the views to where it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from atdata.manifest.query.conditions import Condition, Leaf, leaves, transformed
from atdata.manifest.query.kinds import FieldKind, kind_of
from atdata.manifest.query.spelling import Path
from atdata_schema.model import Model

__all__ = ["Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in the names of the view that it has come to.

    Attributes:
        condition: held against the fields before.
        fields: what each field is that it names; `None` in data without a type.
        read: shards whose samples had to be read, and why.
    """

    condition: Condition
    fields: dict[Path, FieldKind | None]
    read: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, condition: Condition, model: Model | None) -> Question:
        """A condition that was held against a sample type."""
        paths = dict.fromkeys(leaf.path for leaf in leaves(condition))
        fields = {path: None if model is None else kind_of(model, path)[1] for path in paths}
        return cls(condition, fields)

    def renamed(self, before: Callable[[str], str | None]) -> Question | None:
        """The same in other names; `None` where one of them has none.

        Args:
            before: gives the name that a field had, and `None` where that is not known.
        """
        names = {path: before(path[0]) for path in self.fields}
        new = {path: (name, *path[1:]) for path, name in names.items() if name is not None}
        if len(new) < len(names):
            return None

        def change(leaf: Leaf) -> Condition:
            return replace(leaf, path=new[leaf.path])

        fields = {new[path]: kind for path, kind in self.fields.items()}
        # What is noted is noted in one place.
        return Question(transformed(self.condition, change), fields, self.read)

    def note(self, shard: str, reason: str) -> None:
        """Note a shard whose samples had to be read."""
        self.read.setdefault(shard, reason)
