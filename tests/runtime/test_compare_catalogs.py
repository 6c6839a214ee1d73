"""Two sets of lexicons: each change is told of once, where it stands, and data keep the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from atdata_schema.compare import (
    CATALOG_RULES,
    RULES,
    CatalogComparison,
    CatalogFinding,
    Direction,
    compare,
    compare_catalogs,
)
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema
from compare_cases import INT, TEXT, Node, array, many, obj, text
from compare_cases_fields import FIELDS
from compare_cases_inside import ARRAYS, INSIDE
from compare_cases_scalars import SCALARS
from compare_catalog_cases import CATALOG_CASES, PHOTO, CatalogCase, Documents, ref
from compare_proof import TypeSide, check_verdict

PLAYED = [played for case in CATALOG_CASES for played in (case, case.turned())]
EVERY = [pytest.param(case, id=case.name.replace(" ", "-")) for case in PLAYED]
TYPES = (*FIELDS, *SCALARS, *ARRAYS, *INSIDE)


def catalog_of(documents: Documents) -> Catalog:
    catalog = Catalog()
    for nsid, defs in documents.items():
        catalog.add({"lexicon": 1, "id": nsid, "defs": defs})
    assert not [found for found in catalog.check() if found.severity == "error"]
    return catalog


def compared(old: Documents, new: Documents) -> CatalogComparison:
    return compare_catalogs(catalog_of(old), catalog_of(new))


def told(found: CatalogComparison) -> list[str]:
    return [f"{item.finding.rule} {item.place} {item.severity}" for item in found.findings]


def of_data(found: CatalogComparison, direction: Direction) -> list[CatalogFinding]:
    """What breaks the data of a type; a name that is gone breaks the lexicons of others."""
    gone = ("definition-removed", "token-removed")
    return [item for item in found.against(direction) if item.finding.rule not in gone]


def verdict(found: CatalogComparison, direction: Direction) -> str:
    categories = {item.finding.category for item in of_data(found, direction)}
    return next((name for name in ("wire", "strict", "source") if name in categories), "reads")


@pytest.mark.parametrize("case", EVERY)
def test_the_verdict(case: CatalogCase) -> None:
    found = compared(case.old, case.new)
    both = (verdict(found, "new-reads-old"), verdict(found, "old-reads-new"))
    assert both == case.verdicts, told(found)
    named = [item for item in found.findings if item.finding.rule == case.rule]
    if case.rule:
        (item,) = named
        assert item.place == case.place
        assert item.permitted == case.permitted
        assert (item.severity == "error") == (
            case.verdicts != ("reads", "reads") and not case.permitted
        )
    assert found.breaking == any(item.severity == "error" for item in found.findings)


@pytest.mark.parametrize("case", EVERY)
def test_data_prove_it(case: CatalogCase) -> None:
    old = TypeSide(Schema.of(catalog_of(case.old), case.type), case.old_values)
    new = TypeSide(Schema.of(catalog_of(case.new), case.type), case.new_values)
    check_verdict(case.verdicts[0], old, new)
    check_verdict(case.verdicts[1], new, old)


def thing(case: Any, side: str) -> Documents:
    """The document of a case of one type."""
    fields: dict[str, Node] = getattr(case, side)
    required = [name.rstrip("!?") for name in fields if "!" in name]
    nullable = [name.rstrip("!?") for name in fields if "?" in name]
    properties = {name.rstrip("!?"): node for name, node in fields.items()}
    main = {"type": "object", "required": required, "nullable": nullable, "properties": properties}
    return {"org.example.thing": {"main": main, **getattr(case, f"{side}_defs")}}


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name.replace(" ", "-")) for case in TYPES]
)
def test_a_catalog_of_one_type_has_the_verdict_of_the_type(case: Any) -> None:
    """Whose verdicts data prove already; here each change stands at its definition, and is told of once."""
    old, new = (catalog_of(thing(case, side)) for side in ("old", "new"))
    whole = compare_catalogs(old, new)
    alone = compare(old.model("org.example.thing"), new.model("org.example.thing"))
    for direction in ("new-reads-old", "old-reads-new"):
        assert verdict(whole, direction) == next(
            (
                word
                for word in ("wire", "strict", "source")
                if word in {item.category for item in alone.against(direction)}
            ),
            "reads",
        ), told(whole)
    assert {item.rule for item in alone.findings} <= {item.finding.rule for item in whole.findings}


# The table of changes, row by row: what becomes of a project that makes one.

TABLE = (
    ("an optional field is added", False, "note"),
    ("a required field is added", False, "error"),
    ("an optional field is added", True, "warning"),
    ("a required field is added", True, "error"),
    ("an optional field becomes required", False, "error"),
    ("an optional field becomes required", True, "error"),
    ("null is allowed in a required field", False, "error"),
    ("null is allowed in a required field", True, "error"),
    ("integer to text", False, "error"),
    ("a required field is renamed", False, "error"),
    ("a range is tightened", False, "error"),
    ("a range is tightened", True, "error"),
    ("a text is chosen from a list", False, "error"),
    ("a text is chosen from a list", True, "error"),
    ("other known values", False, "note"),
    ("other known values", True, "note"),
    ("a first format", False, "error"),
    ("a first format", True, "error"),
    ("a member is added to an open union", False, "note"),
    ("a member is added to an open union", True, "warning"),
    ("a member is added to a closed union", False, "error"),
    ("a member is added to a closed union", True, "error"),
    ("a union is closed", False, "error"),
    ("a union is closed", True, "error"),
    ("a default", False, "warning"),
    ("another dtype", False, "error"),
    ("another rank", False, "error"),
    ("another fixed size", False, "error"),
    ("dimensions are renamed", False, "note"),
    ("a fixed size is let go", False, "error"),
    ("a fixed size is let go", True, "error"),
    ("classes are appended", False, "warning"),
    ("classes change places", False, "error"),
    ("a description is changed", False, "note"),
)


@pytest.mark.parametrize(("name", "undone", "severity"), TABLE)
def test_the_table(name: str, undone: bool, severity: str) -> None:
    """Each row is a case of `tests/compare_cases*.py`, whose data prove it in both directions."""
    case = next(case for case in TYPES if case.name == name)
    found = compared(
        thing(case, "new" if undone else "old"), thing(case, "old" if undone else "new")
    )
    severities = {
        item.severity for item in found.findings if item.finding.rule not in CATALOG_RULES
    }
    worst = next(word for word in ("error", "warning", "note") if word in severities)
    assert worst == severity, told(found)


# What data cannot prove: names that are gone, and words.


def test_a_lexicon_that_is_gone_takes_its_type_along() -> None:
    both: Documents = {PHOTO: {"main": obj([], a=INT)}, "org.example.words": {"word": TEXT}}
    found = compared(both, {})
    assert told(found) == [
        f"document-removed {PHOTO} error",
        "document-removed org.example.words error",
    ]
    assert [sorted(item.finding.breaks) for item in found.findings] == [
        ["new-reads-old"],
        ["old-reads-new"],
    ]
    assert found.removed == (PHOTO, "org.example.words")
    assert found.level == "major"
    back = compared({}, both)
    assert (back.added, back.breaking, back.level) == (found.removed, False, "minor")
    with pytest.raises(LexiconError):
        Schema.of(catalog_of({}), PHOTO)


def test_an_object_that_moves_is_gone_where_it_was() -> None:
    old: Documents = {PHOTO: {"main": obj([], b=ref("#box")), "box": obj([], x=INT)}}
    new: Documents = {
        PHOTO: {"main": obj([], b=ref("org.example.shapes#box"))},
        "org.example.shapes": {"box": obj([], x=INT)},
    }
    assert told(compared(old, new)) == [
        f"object-renamed {PHOTO}#main.b note",
        f"definition-removed {PHOTO}#box error",
        "document-added org.example.shapes note",
    ]


def test_a_token_matters_where_it_is_named() -> None:
    def tokens(*names: str, known: list[str]) -> Documents:
        defs = {name: {"type": "token", "description": "One."} for name in names}
        return {PHOTO: {"main": obj([], a=text(knownValues=known)), **defs}}

    named = [f"{PHOTO}#red"]
    found = compared(tokens("red", "blue", known=named), tokens("blue", known=named))
    assert told(found) == [f"token-removed {PHOTO}#red error"]
    found = compared(tokens("red", known=["x"]), tokens(known=["x"]))
    assert told(found) == [f"token-removed {PHOTO}#red warning"]


def record(key: str, **properties: Node) -> Documents:
    main = {"type": "record", "key": key, "record": obj([], **properties)}
    return {PHOTO: {"main": main}}


def test_records_are_compared_with_their_keys() -> None:
    found = compared(record("tid", a=INT), record("any", a=TEXT))
    assert told(found) == [f"record-key {PHOTO} error", f"type-changed {PHOTO}#main.a error"]
    assert [sorted(item.finding.breaks) for item in found.findings] == [
        ["old-reads-new"],
        ["new-reads-old", "old-reads-new"],
    ]
    assert found.findings[1].new == ("defs", "main", "record", "properties", "a")


def test_an_endpoint_is_compared_whole() -> None:
    def procedure(**parts: Any) -> Documents:
        return {PHOTO: {"main": {"type": "procedure", **parts}}}

    def body(encoding: str = "application/json", **schema: Any) -> Node:
        return {"encoding": encoding, **schema}

    found = compared(procedure(), procedure(input=body(), output=body()))
    assert told(found) == [
        f"body-added {PHOTO}#main.input error",
        f"body-added {PHOTO}#main.output error",
    ]
    assert not found.new_reads_old
    assert found.old_reads_new
    assert compared(procedure(input=body()), procedure()).new_reads_old
    found = compared(procedure(input=body()), procedure(input=body("text/csv")))
    assert told(found) == [f"encoding-changed {PHOTO}#main.input error"]
    schema: Node = {"type": "object", "properties": {}}
    found = compared(procedure(input=body()), procedure(input=body(schema=schema)))
    assert told(found) == [f"body-added {PHOTO}#main.input error"]
    assert compared(procedure(input=body(schema=schema)), procedure(input=body())).new_reads_old
    found = compared(procedure(), procedure(errors=[{"name": "Gone"}]))
    assert told(found) == [f"errors-changed {PHOTO} note"]


def test_messages_are_a_union() -> None:
    def subscription(*names: str, closed: bool = False) -> Documents:
        union = {"type": "union", "refs": [f"#{name}" for name in names], "closed": closed}
        defs = {name: obj([], a=INT) for name in ("one", "two")}
        return {PHOTO: {"main": {"type": "subscription", "message": {"schema": union}}, **defs}}

    assert told(compared(subscription("one"), subscription("one", "two"))) == [
        f"member-added {PHOTO}#main.message note"
    ]
    found = compared(subscription("one", closed=True), subscription("one", "two", closed=True))
    assert told(found) == [f"member-added {PHOTO}#main.message error"]


def test_permissions_are_told_one_by_one() -> None:
    def granting(*collections: str) -> Documents:
        permissions = [
            {"type": "permission", "resource": "repo", "collection": [name]} for name in collections
        ]
        main = {"type": "permission-set", "title": "All", "permissions": permissions}
        return {"org.example.authAll": {"main": main}}

    found = compared(granting("org.example.a"), granting("org.example.b"))
    assert told(found) == ["permissions-changed org.example.authAll warning"] * 2
    assert "is granted now" in found.findings[1].finding.message + found.findings[0].finding.message


def test_what_stays_says_nothing() -> None:
    documents: Documents = {
        PHOTO: {
            "main": obj(["boxes"], boxes=many(ref("#box")), image=array("uint8", "H", "W", 3)),
            "box": obj([], inner=ref("#box"), label=ref("#label")),
            "label": many(TEXT),
        }
    }
    found = compared(documents, documents)
    assert found == CatalogComparison(())
    assert found.level == "patch"


def test_every_kind_of_change_of_a_catalog_is_met() -> None:
    words = {"document-added", "document-removed", "definition-added", "definition-removed"}
    words |= {"token-removed", "definition-kind-changed", "body-added", "body-removed"}
    words |= {"encoding-changed", "errors-changed", "permissions-changed"}
    assert (
        set(CATALOG_RULES) == words
    )  # each has a test above, definition-added by `a type gets a name`
    assert not set(RULES) & words


def test_a_finding_says_what_it_spoils() -> None:
    old, new = CATALOG_CASES[0].old, CATALOG_CASES[0].new
    (item,) = compared(old, new).findings
    assert item.categories == {"wire", "strict"}
    assert item.document == "org.example.shapes"
    assert item.new == ("defs", "box", "properties", "y") == item.old
    permitted = replace(item, permitted=True)
    assert (permitted.categories, permitted.severity) == (frozenset(), "warning")
    assert str(item).startswith("org.example.shapes#box: y: ")
    assert CatalogFinding(PHOTO, item.finding).place == f"{PHOTO}#main.y"
