"""Samples that were found by what lies beside the shards, held against the condition as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from atdata.errors import ShardError
from atdata.manifest.query.evaluation import evaluate
from atdata.manifest.query.judging import judge
from atdata.views.faces import Face
from atdata.views.question import Question
from atdata.views.scanning import of_batch

__all__ = ["Held"]


@dataclass(frozen=True, slots=True)
class Held(Face):
    """The same samples, each of them judged; for datasets that verify always.

    Attributes:
        question: what is to be true of them.
    """

    question: Question

    def sample(self, sample: Any) -> Any:
        if not judge(self.question.condition, sample):
            raise self._wrong(None)
        return sample

    def batch(self, batch: Any) -> Any:
        fields, count = self.question.fields, len(batch)
        if None in fields.values():
            true = np.asarray(
                [judge(self.question.condition, s) for s in batch.samples()], np.bool_
            )
        else:
            columns = {path: of_batch(batch, path, kind) for path, kind in fields.items()}
            true = evaluate(self.question.condition, columns, count)
        if not true.all():
            raise self._wrong(batch.keys[int(np.argmin(true))])
        return batch

    def names_before(self, name: str) -> str | None:
        return name

    def __str__(self) -> str:
        return ""

    def _wrong(self, key: str | None) -> ShardError:
        return ShardError(
            f"a manifest gave this sample for where({str(self.question.condition)[:200]!r}), which is not true of it: the "
            "manifest is not that of the shard; remove it, or write the dataset anew",
            "a shard of the dataset",
            key,
        )
