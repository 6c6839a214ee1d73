"""Lenses as type checkers see them: a view has the class of the lens, over one lens or several."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_type

import numpy as np
from example_types.org.example.digit import Digit, DigitBatch
from numpy.typing import NDArray

import atdata
from atdata.iteration import Ordered
from atdata.lenses.identity import Identity
from atdata_schema.batch import DynamicBatch
from atdata_schema.lens import ComposableLens, SampleLens
from atdata_schema.lenses import Lens


@atdata.packable
class Mean:
    value: float


@atdata.packable
class Text:
    text: str


@atdata.lens
def turned(digit: Digit) -> Digit:
    return Digit(image=digit.image[::-1], label=digit.label)


@turned.putter
def _(view: Digit, digit: Digit) -> Digit:
    return Digit(image=view.image[::-1], label=view.label)


@atdata.lens
def mean(digit: Digit) -> Mean:
    return Mean(value=float(digit.image.mean()))


@mean.putter(rtol=1e-6)
def put_mean(view: Mean, digit: Digit) -> Digit:
    image = np.full_like(digit.image, round(view.value))
    return Digit(image=image, label=digit.label)


@atdata.lens
def text(source: Mean) -> Text:
    return Text(text=f"{source.value:.1f}")


assert_type(turned, atdata.Lens[Digit, Digit])
assert_type(mean, atdata.Lens[Digit, Mean])
assert_type(mean | text, ComposableLens[Digit, Text])
assert_type(text @ mean, ComposableLens[Digit, Text])
assert_type(turned | mean | text, ComposableLens[Digit, Text])
assert_type(atdata.identity(Digit), Identity[Digit])
assert_type(atdata.identity(Digit) | mean, ComposableLens[Digit, Mean])
protocol: SampleLens[Digit, Mean] = mean
digit = Digit(image=np.full((8, 8), 3, np.uint8), label=3)
assert_type(mean.get(digit), Mean)
assert_type(mean(digit), Mean)
assert_type(mean.put(Mean(3.0), digit), Digit)
assert_type((mean | text).get(digit), Text)
assert_type(put_mean(Mean(1.0), digit), Digit)


def same() -> Lens[Mean, Text]:
    """A lens of the language."""
    found = atdata.load_lens("unused.lens", Mean, Text)
    assert_type(found, Lens[Mean, Text])
    assert_type(mean | found, ComposableLens[Digit, Text])
    assert_type(found | atdata.identity(Text), ComposableLens[Mean, Text])
    return found


with TemporaryDirectory() as folder:
    digits = [Digit(image=np.full((8, 8), n, np.uint8), label=n) for n in range(6)]
    ds = atdata.write_samples(digits, Path(folder) / "digits.tar")
    assert_type(ds.view(mean), atdata.Dataset[Mean])
    assert_type(ds.view(mean | text), atdata.Dataset[Text])
    assert_type(ds.view(mean).ordered(2), Ordered[DynamicBatch[Mean]])
    assert_type(ds.view(turned).ordered(2), Ordered[DigitBatch])
    for batch in ds.view(turned).shuffled(2):
        assert_type(batch.image, NDArray[np.uint8])
    assert_type(ds.view(mean)[1:].filter(lambda mean: mean.value > 2), atdata.Dataset[Mean])
    assert_type(ds.as_type(Mean, lenses=[mean]), atdata.Dataset[Mean])
    changed = ds.view(mean).map(lambda view: dataclasses.replace(view, value=view.value + 1))
    assert_type(ds.put_back(changed, mean), atdata.Dataset[Digit])
    assert_type(ds.put_back({"000000001": Mean(5.0)}, mean), atdata.Dataset[Digit])
    assert [found.text for found in ds.view(mean | text)][:2] == ["0.0", "1.0"]
    assert [found.label for found in ds.put_back(changed, mean)] == [0, 1, 2, 3, 4, 5]
