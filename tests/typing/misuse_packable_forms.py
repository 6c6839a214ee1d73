"""Wrong uses of fields and samples: each line marked `refused` must be an error, and no other."""

from __future__ import annotations

from typing import Annotated

import atdata


@atdata.packable(nsid="org.example.circle", frozen=True, kw_only=True)
class Circle:
    r: Annotated[float, atdata.field(finite=True)]


@atdata.packable
class Box:
    x: Annotated[int, atdata.field(minimum=0)]
    y: int = 0


Circle(2.5)  # refused: the class takes keywords alone
Circle(r=2.5).r = 3.0  # refused: the class is frozen
Box(x="1")  # refused: a text is no integer
Box(1, 2, 3)  # refused: there are two fields
atdata.field(max_lenght=3)  # refused: no such option
atdata.field(maximum="3")  # refused: a bound is a number
atdata.Shape("H", 1.5)  # refused: no dimension
atdata.packable(nsid=3)  # refused: an NSID is a text
