"""Two models held side by side.

`compare` says what a change of a type means, in both directions: what breaks new code on old data, and what
breaks old code on new data. `differences` says whether two types are one.

change       one thing that differs, before anybody asks where it stands
values       ranges, lengths, choices and the other constraints of scalars
shapes       dtypes and dimensions of arrays, names of sizes among them
presence     which fields belong together, and whether they have to be there
walk         both models at once
rules        what each kind of change is called, and its remedies
comparison   what is found
"""

from atdata_schema.compare.comparison import (
    REMEDY,
    Category,
    Comparison,
    Direction,
    Finding,
    Level,
)
from atdata_schema.compare.differences import differences
from atdata_schema.compare.rules import RULES, Rule
from atdata_schema.compare.walk import compare

__all__ = [
    "REMEDY",
    "RULES",
    "Category",
    "Comparison",
    "Direction",
    "Finding",
    "Level",
    "Rule",
    "compare",
    "differences",
]
