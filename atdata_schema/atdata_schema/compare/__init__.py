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

`compare_catalogs` does the same for two sets of lexicons, definition by definition.

catalogs            documents and definitions that come, go and change
endpoints           parameters, bodies, messages, errors, permissions
sides               the objects of a catalog, when they are asked for
places              where something differs on either side
catalog_rules       kinds of change of documents and definitions
catalog_comparison  what is found
"""

from atdata_schema.compare.catalog_comparison import CatalogComparison, CatalogFinding
from atdata_schema.compare.catalog_rules import ALL_RULES, CATALOG_RULES
from atdata_schema.compare.catalogs import compare_catalogs
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
    "ALL_RULES",
    "CATALOG_RULES",
    "REMEDY",
    "RULES",
    "CatalogComparison",
    "CatalogFinding",
    "Category",
    "Comparison",
    "Direction",
    "Finding",
    "Level",
    "Rule",
    "compare",
    "compare_catalogs",
    "differences",
]
