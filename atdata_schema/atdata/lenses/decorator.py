"""`@atdata.lens`: a function from samples of one class to samples of another becomes a lens."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from atdata.lenses.lens import Lens
from atdata.samples.annotations import scope_of

__all__ = ["lens"]

S = TypeVar("S")
V = TypeVar("V")


def lens(getter: Callable[[S], V], /) -> Lens[S, V]:
    """Make a function a lens: it sees samples of one class as samples of another.

    The classes are read from the annotations. With a putter, changes of the view are written back; without one
    the lens is read-only. Nothing is registered anywhere: a dataset is seen through a lens that is given to it.

    Args:
        getter: the function, `def f(source: Source) -> View`.

    Raises:
        LensError: it takes more than a sample, or an annotation is missing or no sample class.

    >>> import dataclasses
    >>> import atdata
    >>> @atdata.packable
    ... class Weather:
    ...     celsius: float
    ...     station: str
    >>> @atdata.packable
    ... class Degrees:
    ...     fahrenheit: float
    >>> @atdata.lens
    ... def fahrenheit(weather: Weather) -> Degrees:
    ...     return Degrees(fahrenheit=weather.celsius * 9 / 5 + 32)
    >>> @fahrenheit.putter(rtol=1e-12)
    ... def _(view: Degrees, weather: Weather) -> Weather:
    ...     return dataclasses.replace(weather, celsius=(view.fahrenheit - 32) * 5 / 9)
    >>> fahrenheit, fahrenheit.get(Weather(20.0, "Oslo"))
    (<lens fahrenheit: Weather -> Degrees>, Degrees(fahrenheit=68.0))
    >>> fahrenheit.put(Degrees(fahrenheit=50.0), Weather(20.0, "Oslo"))
    Weather(celsius=10.0, station='Oslo')
    """
    return Lens(getter, scope_of(sys._getframe(1)))
