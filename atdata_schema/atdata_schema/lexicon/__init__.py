"""Documents of the Lexicon language: read, judged, held together, and used to check data.

>>> catalog = Catalog()
>>> document = catalog.add(
...     {
...         "lexicon": 1,
...         "id": "org.example.point",
...         "defs": {"main": {"type": "object", "properties": {"x": {"type": "integer"}}}},
...     }
... )
>>> catalog.validate("org.example.point", {"x": 3})
"""

from atdata_schema.lexicon.catalog import Catalog
from atdata_schema.lexicon.findings import Finding, Severity, errors_of
from atdata_schema.lexicon.nodes import Document, Node, absolutise
from atdata_schema.lexicon.parse import parse
from atdata_schema.lexicon.rules import RULES, RuleInfo

__all__ = [
    "RULES",
    "Catalog",
    "Document",
    "Finding",
    "Node",
    "RuleInfo",
    "Severity",
    "absolutise",
    "errors_of",
    "parse",
]
