"""Documents together: files, references, and types that require themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog, Finding, absolutise, nodes, parse

NSID = "org.example.case"


def lexicon(nsid: str = NSID, **defs: Any) -> dict[str, Any]:
    return {"lexicon": 1, "id": nsid, "defs": defs}


def ref(to: str) -> dict[str, Any]:
    return {"type": "ref", "ref": to}


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def union(*refs: str, closed: bool = False) -> dict[str, Any]:
    return {"type": "union", "refs": list(refs), "closed": closed}


def of(*documents: dict[str, Any]) -> Catalog:
    catalog = Catalog()
    for document in documents:
        catalog.add(document)
    return catalog


def rules(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(f.rule, "/".join(map(str, f.pointer))) for f in findings]


def write(folder: Path, name: str, document: object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text, "utf-8")


def read_error(folder: Path) -> LexiconError:
    with pytest.raises(LexiconError) as caught:
        Catalog.read(folder)
    return caught.value


def test_catalogue_holds_documents_by_nsid() -> None:
    catalog = Catalog()
    first = catalog.add(lexicon(main={"type": "boolean"}))
    second = catalog.add(lexicon("org.example.other", main={"type": "integer"}))
    assert list(catalog) == [NSID, "org.example.other"]
    assert catalog.documents == (first, second)
    assert catalog.get(NSID) is first
    assert catalog.get("org.example.none") is None
    assert "org.example.none" not in catalog
    assert len(catalog) == 2


def test_same_document_twice_is_one_document_and_another_is_refused() -> None:
    catalog = Catalog()
    first = catalog.add(lexicon(main={"type": "boolean"}))
    published = {"$type": "com.atproto.lexicon.schema", **lexicon(main={"type": "boolean"})}
    assert catalog.add(published) is first
    with pytest.raises(LexiconError, match="duplicate-nsid"):
        catalog.add(lexicon(main={"type": "integer"}))
    assert catalog.get(NSID) is first


def test_refused_document_leaves_no_trace() -> None:
    catalog = Catalog()
    with pytest.raises(LexiconError):
        catalog.add(lexicon(main={"type": "float"}))
    assert list(catalog) == []


def test_document_as_parsed_is_taken_with_its_errors() -> None:
    document, _ = parse(lexicon(main={"type": "float"}, user=thing(m=ref("#main"))))
    assert document is not None
    catalog = Catalog()
    assert catalog.add(document) is document
    assert catalog.check() == []  # the definition is there, and its own error is known


@pytest.mark.parametrize(
    ("given", "base", "full"),
    [
        (NSID, None, NSID),
        (NSID + "#main", None, NSID),
        (NSID + "#box", None, NSID + "#box"),
        ("#box", NSID, NSID + "#box"),
        ("#main", NSID, NSID),
        ("org.example.other", NSID, "org.example.other"),
    ],
)
def test_reference_resolves_to_its_full_form(given: str, base: str | None, full: str) -> None:
    catalog = of(
        lexicon(main={"type": "boolean"}, box=thing()),
        lexicon("org.example.other", main={"type": "integer"}),
    )
    found, node = catalog.resolve(given, base)
    assert found == full
    assert found == absolutise(given, base)
    nsid, _, name = full.partition("#")
    document = catalog.get(nsid)
    assert document is not None
    assert node is document.defs[name or "main"]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("org.example.case#boxx", "org.example.case#box"),
        ("org.example.cases", "org.example.case"),
        ("org.exmple.case#box", "org.example.case#box"),
        ("#box", "base"),
    ],
)
def test_reference_to_nothing_suggests_what_is_near(given: str, hint: str) -> None:
    catalog = of(lexicon(main={"type": "boolean"}, box=thing()))
    with pytest.raises(LexiconError) as caught:
        catalog.resolve(given)
    (finding,) = caught.value.findings
    assert finding.rule == "unresolved-ref"
    assert hint in (finding.hint or "")


def test_folder_is_read_with_paths_that_follow_the_nsid(tmp_path: Path) -> None:
    write(tmp_path, "org/example/case.json", lexicon(main={"type": "boolean"}))
    write(tmp_path, "org.example.flat.json", lexicon("org.example.flat", main={"type": "boolean"}))
    write(tmp_path, "org/example/notes.txt", "not a lexicon")
    write(tmp_path, ".hidden/x.json", "not a lexicon")
    assert list(Catalog.read(tmp_path)) == [NSID, "org.example.flat"]
    assert list(Catalog.read(str(tmp_path))) == [NSID, "org.example.flat"]


def test_all_findings_of_all_files_come_at_once(tmp_path: Path) -> None:
    good = lexicon(main={"type": "boolean"})
    write(tmp_path, "org/example/case.json", good)
    write(tmp_path, "org/example/moved.json", good)
    write(tmp_path, "org/example/syntax.json", '{"lexicon": 1,}')
    write(tmp_path, "org/example/twice.json", '{"lexicon": 1, "id": "org.example.twice", "defs": '
          '{"main": {"type": "string", "maxLength": 1, "maxLength": 2}}}')  # fmt: skip
    write(tmp_path, "org/example/type.json", lexicon("org.example.type", main={"type": "float"}))
    (tmp_path / "org/example/latin.json").write_bytes(b'{"\xe9": 1}')
    (tmp_path / "org/example/lost.json").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "org/example/pipe.json")
    error = read_error(tmp_path)
    assert [(f.rule, f.document, f.pointer) for f in error.findings] == [
        ("unreadable-file", "org/example/latin.json", ()),
        ("unreadable-file", "org/example/lost.json", ()),
        ("nsid-path-mismatch", "org/example/moved.json", ("id",)),
        ("unreadable-file", "org/example/pipe.json", ()),
        ("schema-json-parse", "org/example/syntax.json", ()),
        ("duplicate-key", "org/example/twice.json", ("defs", "main")),
        ("schema-json-parse", "org/example/type.json", ("defs", "main", "type")),
    ]
    assert "line 1, column 15" in str(error)


def test_file_where_no_nsid_leads_is_warned_of_and_read(tmp_path: Path) -> None:
    write(tmp_path, "case.json", lexicon(main={"type": "boolean"}))
    assert list(Catalog.read(tmp_path)) == [NSID]
    write(tmp_path, "broken.json", "")
    assert {f.rule for f in read_error(tmp_path).findings} == {"path-not-nsid", "schema-json-parse"}


def test_two_files_with_one_nsid_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.json", lexicon(main={"type": "boolean"}))
    write(tmp_path, "b.json", lexicon(main={"type": "integer"}))
    assert "duplicate-nsid" in {f.rule for f in read_error(tmp_path).findings}


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path, "org/example/case.json", lexicon(main={"type": "boolean"}))
    (tmp_path / "org" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "org" / "example" / "up").symlink_to("..", target_is_directory=True)
    assert list(Catalog.read(tmp_path)) == [NSID]


def test_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="no folder"):
        Catalog.read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        (ref("#nothing"), "unresolved-ref"),
        (ref("org.example.none"), "unresolved-ref"),
        (ref("#token"), "invalid-ref-target"),
        (ref("org.example.get"), "invalid-ref-target"),
        (ref("org.example.auth"), "invalid-ref-target"),
        (ref("#thing"), None),
        (ref("#text"), None),
        (ref("#list"), None),
        (ref("org.example.note"), None),
        (ref(NSID), None),
    ],
)
def test_ref_leads_to_something_that_holds_data(field: dict[str, Any], rule: str | None) -> None:
    catalog = world(thing(f=field))
    where = "defs/main/properties/f/ref"
    assert rules(catalog.check()) == ([] if rule is None else [(rule, where)])


@pytest.mark.parametrize(
    ("member", "rule"),
    [
        ("#nothing", "unresolved-ref"),
        ("#token", "invalid-ref-target"),
        ("#text", "invalid-ref-target"),
        ("#list", "invalid-ref-target"),
        ("org.example.get", "invalid-ref-target"),
        ("#thing", None),
        ("org.example.note", None),
    ],
)
def test_member_of_a_union_is_an_object_or_record(member: str, rule: str | None) -> None:
    catalog = world(thing(f=union("#thing", member)))
    where = "defs/main/properties/f/refs/1"
    assert rules(catalog.check()) == ([] if rule is None else [(rule, where)])


def test_references_everywhere_are_followed() -> None:
    lost = ref("#lost")
    body = {"encoding": "application/json", "schema": lost}
    endpoint = {"type": "procedure", "input": body, "output": body}
    watch = {"type": "subscription", "message": {"schema": union("#lost")}}
    record = {"type": "record", "key": "any", "record": thing(a={"type": "array", "items": lost})}
    catalog = of(
        lexicon(main=endpoint),
        lexicon("org.example.watch", main=watch),
        lexicon("org.example.record", main=record),
    )
    assert [pointer for _, pointer in rules(catalog.check())] == [
        "defs/main/input/schema/ref",
        "defs/main/output/schema/ref",
        "defs/main/message/schema/refs/0",
        "defs/main/record/properties/a/items/ref",
    ]


def test_values_that_read_like_references_and_lead_nowhere_are_noted() -> None:
    values = [f"{NSID}#token", f"{NSID}#lost", "plain", "#local", "not a nsid#x"]
    catalog = world(thing(f={"type": "string", "knownValues": values}))
    (finding,) = catalog.check()
    assert (finding.rule, finding.severity, finding.pointer[-1]) == ("unresolved-token", "note", 1)


def world(main: dict[str, Any]) -> Catalog:
    note = {"type": "record", "key": "tid", "record": thing()}
    return of(
        lexicon(
            main=main,
            thing=thing(),
            token={"type": "token"},
            text={"type": "string"},
            list={"type": "array", "items": {"type": "string"}},
        ),
        lexicon("org.example.note", main=note),
        lexicon("org.example.get", main={"type": "query"}),
        lexicon("org.example.auth", main={"type": "permission-set", "permissions": []}),
    )


FULL_LIST = {"type": "array", "items": ref("#main"), "minLength": 1}
NULLABLE = {**thing("a", a=ref("#main")), "nullable": ["a"]}


@pytest.mark.parametrize(
    ("defs", "circles"),
    [
        ({"main": thing("a", a=ref("#main"))}, 1),
        ({"main": thing(a=ref("#main"))}, 0),
        ({"main": NULLABLE}, 0),
        ({"main": thing("a", a=ref("#b")), "b": thing("b", b=ref("#main"))}, 1),
        ({"main": thing("a", a=ref("#b")), "b": thing(b=ref("#main"))}, 0),
        ({"main": thing("a", a=FULL_LIST)}, 1),
        ({"main": thing("a", a={"type": "array", "items": ref("#main")})}, 0),
        ({"main": thing("a", a=union("#main"))}, 0),
        ({"main": thing("a", a=union("#main", closed=True))}, 1),
        ({"main": thing("a", a=union("#main", "#end", closed=True)), "end": thing()}, 0),
        ({"main": thing("a", a=thing("b", b=ref("#main")))}, 1),
        ({"main": {"type": "array", "items": ref("#main"), "minLength": 1}}, 1),
        ({"main": thing("a", a=ref("#b")), "b": thing("b", b=ref("#b"))}, 1),
        ({"main": thing("a", a=ref("#lost"))}, 0),
        ({"main": {"type": "record", "key": "any", "record": thing("a", a=ref("#main"))}}, 1),
    ],
)
def test_type_that_requires_itself_is_found_once(defs: dict[str, Any], circles: int) -> None:
    found = [f for f in of(lexicon(**defs)).check() if f.rule == "circular-required"]
    assert len(found) == circles
    for finding in found:
        assert finding.pointer[0] == "defs"
        assert finding.document == NSID


def test_circle_through_documents_is_described() -> None:
    catalog = of(
        lexicon("org.example.a", main=thing("b", b=ref("org.example.b#part"))),
        lexicon("org.example.b", part=thing("a", a=ref("org.example.a"))),
    )
    (finding,) = catalog.check()
    assert finding.message.startswith(
        "org.example.a requires org.example.b#part requires org.example.a:"
    )
    assert finding.pointer == ("defs", "main", "properties", "b")


def test_absolutise_needs_a_base_for_local_references() -> None:
    with pytest.raises(ValueError, match="base"):
        absolutise("#box")


def test_nodes_are_frozen() -> None:
    node = nodes.Integer(minimum=1)
    with pytest.raises(AttributeError):
        setattr(node, "minimum", 2)  # noqa: B010  # a plain assignment is refused by type checkers


def test_import_is_light() -> None:
    code = (
        "import sys; from atdata_schema.lexicon import Catalog; "
        "heavy = {'numpy', 'regex', 'msgspec', 'libipld'} & set(sys.modules); "
        "sys.exit(' '.join(sorted(heavy)) or 0)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_built_in_member_of_a_closed_union_has_data() -> None:
    built_in = union("dev.atdata.types#ndarray", closed=True)
    assert of(lexicon(main=thing("it", it=built_in))).check() == []


def test_a_deferred_document_is_read_when_it_is_asked_for() -> None:
    read: list[str] = []

    def late() -> nodes.Document:
        read.append(NSID)
        return of(lexicon(main=thing())).documents[0]

    catalog = of(lexicon("org.example.first", main=thing()))
    catalog.defer(NSID, late)
    catalog.add(lexicon("org.example.last", main=thing(it=ref(NSID))))
    assert list(catalog) == ["org.example.first", NSID, "org.example.last"]
    assert (NSID in catalog, len(catalog), read) == (True, 3, [])
    assert catalog.check() == []
    assert [document.id for document in catalog.documents] == list(catalog)
    assert read == [NSID]
    with pytest.raises(LexiconError, match=NSID):
        catalog.add(lexicon(other=thing()))
