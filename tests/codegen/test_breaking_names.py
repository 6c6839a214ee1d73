"""What breaks code: proved by code that runs with the package as it was, and not, or not alike, as it is."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from atdata_codegen.evolution.names import module_changes
from atdata_codegen.plan import plan_module
from atdata_codegen.rules.about_changes import NAME_RULES
from compare_cases import INT, TEXT, Node, array, integer, local, obj, text, union
from compiled_package import catalog_of, imported, module_of

NSID = "org.example.photo"


@dataclass(frozen=True)
class NameCase:
    """One change, and code that uses what it changes; `seen` is what the code comes to with either package."""

    name: str
    rules: tuple[str, ...]
    old: Node
    new: Node
    code: str
    old_defs: Mapping[str, Node] = field(default_factory=dict[str, Node])
    new_defs: Mapping[str, Node] = field(default_factory=dict[str, Node])


A = obj(["a"], a=INT)
BOX = obj([], x=INT)
CASES = (
    NameCase(
        "a field is required",
        ("parameter-required",),
        A,
        obj(["a", "b"], a=INT, b=INT),
        "m.Photo(a=1)",
    ),
    NameCase(
        "an optional field has to be there",
        ("attribute-changed", "parameter-required"),
        obj([], a=INT),
        A,
        "m.Photo()",
    ),
    NameCase(
        "a field may be missing", ("attribute-changed",), A, obj([], a=INT), "hints(m.Photo)['a']"
    ),
    NameCase(
        "a field is gone",
        ("attribute-removed",),
        obj([], a=INT, b=INT),
        obj([], a=INT),
        "m.Photo(b=1)",
    ),
    NameCase(
        "a field is of another type",
        ("attribute-changed",),
        A,
        obj(["a"], a=TEXT),
        "hints(m.Photo)['a']",
    ),
    NameCase(
        "a choice has one more value",
        ("attribute-changed",),
        obj(["a"], a=text(enum=["x"])),
        obj(["a"], a=text(enum=["x", "y"])),
        "hints(m.Photo)['a']",
    ),
    NameCase(
        "a column of arrays may be a list",
        ("column-changed",),
        obj(["a"], a=array("uint8", 2)),
        obj(["a"], a=array("uint8", "*")),
        "source(m.PhotoBatch).count('list[')",
    ),
    NameCase("a class is gone", ("class-removed",), A, A, "m.Box", {"box": BOX}),
    NameCase(
        "a class has another name",
        ("attribute-changed", "class-removed"),
        obj([], b=local("box")),
        obj([], b=local("area")),
        "m.Box",
        {"box": BOX},
        {"area": BOX},
    ),
    NameCase(
        "a union has one more member",
        ("attribute-changed",),
        obj(["u"], u=union("box")),
        obj(["u"], u=union("box", "area")),
        "hints(m.Photo)['u']",
        {"box": BOX},
        {"box": BOX, "area": BOX},
    ),
    NameCase(
        "a sample becomes a record",
        ("base-changed",),
        A,
        {"type": "record", "key": "tid", "record": A},
        "m.Photo.__bases__",
    ),
    NameCase(
        "a known value is gone",
        ("constant-removed",),
        obj([], a=text(knownValues=["cat", "dog"])),
        obj([], a=text(knownValues=["cat"])),
        "m.PHOTO_A_DOG",
    ),
    NameCase("a token is gone", ("constant-removed",), A, A, "m.RED", {"red": {"type": "token"}}),
    NameCase(
        "classes change places",
        ("constant-changed", "constant-changed"),
        obj(["a"], a=integer(**{"x-atdata": {"classes": ["cat", "dog"]}})),
        obj(["a"], a=integer(**{"x-atdata": {"classes": ["dog", "cat"]}})),
        "int(m.PhotoA.CAT)",
    ),
    NameCase(
        "a class of numbers is gone",
        ("constant-removed",),
        obj(["a"], a=integer(**{"x-atdata": {"classes": ["cat", "dog"]}})),
        obj(["a"], a=integer(**{"x-atdata": {"classes": ["cat"]}})),
        "m.PhotoA.DOG",
    ),
    NameCase(
        "a constant has another value",
        ("constant-changed",),
        A,
        A,
        "m.WORD",
        {"word": text(const="x")},
        {"word": text(const="y")},
    ),
    NameCase("an optional field is new", (), A, obj(["a"], a=INT, b=INT), "m.Photo(a=1).a"),
    NameCase("a range is another", (), A, obj(["a"], a=integer(minimum=1)), "m.Photo(a=1).a"),
    NameCase("a definition is new", (), A, A, "m.Photo(a=1).a", {}, {"box": BOX}),
)


def document(main: Node, defs: Mapping[str, Node]) -> dict[str, Any]:
    return {"lexicon": 1, "id": NSID, "defs": {"main": main, **defs}}


def outcome(folder: Path, lexicon: dict[str, Any], code: str) -> str:
    """What code comes to with a package: its value, or its error."""
    with imported(folder, lexicon) as package:
        module = module_of(package, NSID)
        names = {"m": module, "hints": typing.get_type_hints, "source": inspect.getsource}
        try:
            return repr(eval(code, names)).replace(package.__name__, "package")
        except (AttributeError, TypeError) as error:
            return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name.replace(" ", "-")) for case in CASES]
)
def test_code_proves_it(case: NameCase, tmp_path: Path) -> None:
    old, new = document(case.old, case.old_defs), document(case.new, case.new_defs)
    plans = [plan_module(catalog_of(lexicon), NSID, "package") for lexicon in (old, new)]
    found = list(module_changes(plans[0], plans[1]))
    assert tuple(sorted(change.rule for change in found)) == case.rules, found
    before, after = (outcome(tmp_path, lexicon, case.code) for lexicon in (old, new))
    assert "Error: " not in before
    assert (before == after) == (not case.rules), after
    assert list(module_changes(plans[0], plans[0])) == []


def test_every_kind_is_met() -> None:
    met = {rule for case in CASES for rule in case.rules}
    assert met == set(NAME_RULES) - {"module-removed"}  # tests/codegen/test_breaking.py has it
