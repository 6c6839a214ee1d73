"""Wrong uses of `load_dataset` and its splits: each line marked `refused` must be an error, and no other."""

from __future__ import annotations

import atdata


@atdata.packable
class Word:
    text: str


def use(splits: atdata.DatasetDict[Word]) -> None:
    atdata.load_dataset("words", Word, split=3)  # refused: an expression is a text
    atdata.load_dataset("words", Word, streaming="yes")  # refused: yes or no
    atdata.load_dataset("words", Word, verify="sometimes")  # refused: one of three
    atdata.load_dataset("words", Word, spilt="train")  # refused: no such argument
    splits.shuffled(batch_size=8)  # refused: a matter of one split
    splits.train  # refused: splits are no attributes
    splits["train"] = splits["test"]  # refused: they do not change
    for word in atdata.load_dataset("words", Word, split="train"):
        word.txet  # refused: no such field
    for batch in atdata.load_dataset("words", Word).ordered(batch_size=8):
        batch.samples()[0].txet  # refused: no such field, as far as it is a dataset
