"""Classes built at run time from documents: the same type as the documents say, in any process."""

from __future__ import annotations

import copy
import dataclasses
import gc
import inspect
import pickle
import subprocess
import sys
import threading
import weakref
from typing import Any

import numpy as np
import pytest

from atdata.samples import packable, sample_class
from atdata_schema.batch import DynamicBatch
from atdata_schema.errors import LexiconError, ValidationError
from atdata_schema.fields.objects import Unknown
from atdata_schema.names import RESERVED
from atdata_schema.sample import CompiledSample, Record, Sample
from atdata_schema.schema import TYPES, Schema

POINT = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
NODE = {
    "type": "object",
    "description": "A node of a tree.",
    "required": ["image", "kind", "maybe"],
    "nullable": ["maybe"],
    "properties": {
        "image": {
            "type": "ref",
            "ref": "dev.atdata.types#ndarray",
            "x-atdata": {"dtype": "float32", "shape": ["H", 2]},
        },
        "kind": {"type": "string", "enum": ["leaf", "bran'ch\n"]},
        "maybe": {"type": "integer"},
        "children": {"type": "array", "items": {"type": "ref", "ref": "#main"}},
        "where": {"type": "ref", "ref": "#point"},
        "either": {"type": "union", "refs": ["#point", "#main"]},
        "camera": {"type": "object", "properties": {"iso": {"type": "integer"}}},
        "sizes": {
            "type": "ref",
            "ref": "dev.atdata.types#map",
            "x-atdata": {"values": {"type": "ref", "ref": "dev.atdata.types#float64"}},
        },
        "at": {"type": "string", "format": "datetime"},
        "thumb": {"type": "ref", "ref": "dev.atdata.types#image"},
    },
}
IMAGE = np.ones((3, 2), np.float32)


def schema(main: dict[str, Any], **others: Any) -> Schema:
    nsid = "org.example.node"
    document = {"lexicon": 1, "id": nsid, "defs": {"main": main, **others}}
    return Schema(nsid, {nsid: document, TYPES.id: TYPES.document})


def built(main: dict[str, Any], **others: Any) -> Any:
    return sample_class(schema(main, **others))


def with_property(name: str) -> Any:
    return built({"type": "object", "required": [name], "properties": {name: {"type": "integer"}}})


@pytest.fixture(scope="module")
def node() -> Any:
    return built(NODE, point=POINT)


def target(cls: Any, name: str) -> Any:
    """The class of an optional field that holds objects."""
    return cls.FIELDS[name].field.target()


def test_it_is_a_frozen_dataclass_with_slots(node: Any) -> None:
    sample = node(image=IMAGE, kind="leaf", maybe=None)
    assert Sample in node.__mro__
    assert dataclasses.is_dataclass(node)
    assert not hasattr(sample, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        sample.kind = "leaf"


def test_its_signature_and_docstring_are_for_people(node: Any) -> None:
    texts = [str(item) for item in inspect.signature(node).parameters.values()]
    assert texts == [
        "image: 'NDArray[np.float32]'",
        f"kind: {'Literal[' + repr('leaf') + ', ' + repr(NODE_KIND) + ']'!r}",
        "maybe: 'int | None'",
        "at: 'datetime | None' = None",
        "sizes: 'dict[str, float] | None' = None",
        "thumb: 'Image | None' = None",
        "where: 'Point | None' = None",
        "camera: 'NodeCamera | None' = None",
        "either: 'Point | Node | Unknown | None' = None",
        "children: 'list[Node] | None' = None",
    ]
    assert node.__doc__.startswith("A node of a tree.\n\norg.example.node\n  image: float32[H, 2]")
    assert repr(node) == "<class Node of org.example.node>"
    assert [item.type for item in dataclasses.fields(node)][2] == "int | None"


NODE_KIND = "bran'ch\n"


def test_values_of_every_kind_come_back(node: Any) -> None:
    point = target(node, "where")(x=3)
    leaf = node(image=IMAGE, kind="leaf", maybe=4)
    sample = node(
        image=IMAGE,
        kind=NODE_KIND,
        maybe=None,
        children=[leaf, leaf],
        where=point,
        either=point,
        camera=target(node, "camera")(iso=400),
        sizes={"a": 0.5},
    )
    back = node.decode(sample.encode())
    assert back == sample
    assert type(back.children[0]) is node
    assert type(back.either) is type(point)
    assert back.camera.iso == 400
    assert node.from_record(sample.to_record()) == sample
    odd = dataclasses.replace(leaf, either=Unknown("org.example.other", {"a": 1}))
    assert node.decode(odd.encode()).either == odd.either


def test_wrong_values_are_refused(node: Any) -> None:
    with pytest.raises(ValidationError, match=r"^image: "):
        node(image=IMAGE.T, kind="leaf", maybe=1).encode()


def test_its_batches_have_one_typed_column_a_field(node: Any) -> None:
    batch = node.collate([node(image=IMAGE, kind="leaf", maybe=1)] * 2, ["a", "b"])
    assert type(batch) is node.BATCH
    assert batch.image.shape == (2, 3, 2)
    assert batch.kind == ["leaf", "leaf"]
    assert batch.at == [None, None]
    assert type(batch).__name__ == "NodeBatch"


def test_the_same_schema_gives_the_same_class(node: Any) -> None:
    again = Schema.from_json(node.SCHEMA.to_json())
    assert sample_class(again) is node
    assert sample_class(target(node, "where").SCHEMA) is target(node, "where")


def test_equal_names_with_other_documents_are_other_classes() -> None:
    one = built(POINT)
    other = built({**POINT, "description": "Another."})
    assert one is not other
    assert one.SCHEMA != other.SCHEMA


def test_a_packable_class_and_the_class_built_from_its_schema_write_the_same() -> None:
    @packable
    class Inner:
        a: int | None = None

    @packable
    class Twin:
        image: np.ndarray[Any, np.dtype[np.uint8]]
        name: str
        inner: Inner
        more: list[Inner] | None = None

    cls: Any = Twin
    other = sample_class(Schema.from_json(cls.SCHEMA.to_json()))
    data = cls(image=np.ones(3, np.uint8), name="x", inner=Inner(a=2), more=[Inner()]).encode()
    assert other.decode(data).encode() == data
    assert cls.decode(other.decode(data).encode()).encode() == data
    assert other.__name__ == "Twin"


def test_a_built_class_can_be_a_field_of_a_packable_one(node: Any) -> None:
    """By its own documents: the name of a nested definition included."""
    point = target(node, "where")
    holder: Any = packable(
        type("Holder", (), {"__annotations__": {"at": point, "tree": node | None}})
    )
    assert str(holder.FIELDS) == "at: Point, tree: Node or null"
    assert set(holder.SCHEMA.documents) == {"local.packable.holder", "org.example.node", TYPES.id}
    sample = holder(at=point(x=3), tree=node(image=IMAGE, kind="leaf", maybe=None))
    assert holder.decode(sample.encode()) == sample
    again = sample_class(Schema.from_json(holder.SCHEMA.to_json()))
    assert again.decode(sample.encode()).encode() == sample.encode()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_classes_samples_and_batches_pickle(node: Any, protocol: int) -> None:
    sample = node(image=IMAGE, kind="leaf", maybe=1, where=target(node, "where")(x=2))
    given = (node, node.BATCH, sample, node.collate([sample], ["k"]), target(node, "where"))
    cls, batch_cls, back, batch, inner = pickle.loads(pickle.dumps(given, protocol))
    assert cls is node
    assert batch_cls is node.BATCH
    assert back == sample
    assert batch.keys == ["k"]
    assert inner is target(node, "where")


def test_they_pickle_into_a_process_that_has_never_seen_the_type(node: Any) -> None:
    sample = node(image=IMAGE, kind="leaf", maybe=1, camera=target(node, "camera")(iso=2))
    payload = pickle.dumps((sample, node.collate([sample])))
    program = (
        "import pickle, sys; s, b = pickle.load(sys.stdin.buffer); "
        "print(type(s).__name__, s.camera, b.image.shape, type(s).decode(s.encode()) == s)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=payload,
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode() == "Node NodeCamera(iso=2) (1, 3, 2) True\n", done.stderr.decode()


def test_they_copy(node: Any) -> None:
    sample = node(image=IMAGE, kind="leaf", maybe=1)
    assert copy.copy(sample) == sample
    assert copy.deepcopy(sample) == sample
    assert copy.deepcopy(node) is node


def test_a_record_names_its_type_and_key() -> None:
    cls = built({"type": "record", "key": "tid", "record": POINT})
    assert Record in cls.__mro__
    assert cls.KEY == "tid"
    assert cls(x=1).to_record() == {"$type": "org.example.node", "x": 1}


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("class", "class_"),
        ("encode", "encode_"),
        ("BATCH", "BATCH_"),
        ("_source", "_source_"),
        ("_field", "_field_"),
        ("of", "of"),
        ("mro", "mro"),
        ("__init__", "f__init__"),
        ("__class__", "f__class__"),
        ("a b", "a_b"),
        ("2d", "n2d"),
        ("self", "self"),
        ("ClassVar", "ClassVar"),
        ("ﬁ", "_"),
        ("größe", "größe"),
        ("'); raise SystemExit #", "f____raise_SystemExit__"),
    ],
)
def test_no_name_of_a_property_is_more_than_a_name(name: str, attribute: str) -> None:
    cls = with_property(name)
    sample = cls(**{attribute: 3})
    assert getattr(sample, attribute) == 3
    assert getattr(cls.decode(sample.encode()), attribute) == 3
    assert getattr(cls.collate([sample, sample]), attribute) == [3, 3]
    assert sample.to_record() == {name: 3}
    assert pickle.loads(pickle.dumps(cls.collate([sample]))).samples() == [sample]


def test_no_field_takes_the_place_of_what_samples_and_batches_need() -> None:
    members = {name for cls in (Record, CompiledSample, DynamicBatch) for name in dir(cls)}
    assert {name for name in members if not name.startswith("__")} <= RESERVED


def test_no_text_of_a_schema_is_run() -> None:
    """A type called like a marker of `dataclasses` is a type, and a description is a text."""
    evil = '"""\nraise SystemExit\n"""'
    main = {
        "type": "object",
        "description": evil,
        "required": ["a", "b"],
        "properties": {
            "a": {"type": "ref", "ref": "#classVar"},
            "b": {"type": "string", "enum": [evil]},
        },
    }
    cls = built(main, classVar=POINT, initVar=POINT)
    sample = cls(a=cls.FIELDS["a"].target()(x=1), b=evil)
    assert cls.decode(sample.encode()) == sample
    assert evil in cls.__doc__


def test_properties_that_would_be_one_attribute_are_refused() -> None:
    properties = {"a-b": {"type": "integer"}, "a_b": {"type": "integer"}}
    with pytest.raises(LexiconError, match=r"'a-b' and 'a_b'.*DictSample"):
        built({"type": "object", "properties": properties})


def test_a_type_that_is_no_object_is_refused() -> None:
    with pytest.raises(LexiconError):
        built({"type": "string"})


def test_a_class_is_forgotten_when_nothing_uses_it() -> None:
    held = weakref.ref(built({**POINT, "description": "For a moment."}))
    gc.collect()
    assert held() is None


def test_threads_get_one_class() -> None:
    wanted = schema({**POINT, "description": "For many."})
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(sample_class(wanted))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_chain_of_a_thousand_types_is_built_as_it_is_used() -> None:
    links: dict[str, Any] = {
        f"l{n}": {"type": "object", "properties": {"next": {"type": "ref", "ref": f"#l{n + 1}"}}}
        for n in range(1000)
    }
    cls = built(
        {"type": "object", "properties": {"next": {"type": "ref", "ref": "#l0"}}},
        l1000=POINT,
        **links,
    )
    assert cls.decode(cls(next=target(cls, "next")()).encode()).next.next is None
