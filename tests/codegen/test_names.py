"""The visible rules by which names of lexicons become names of Python."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.plan.naming import constant_name
from atdata_schema.batch import Batch, DynamicBatch
from atdata_schema.names import RESERVED, attribute_name, class_name, module_path
from atdata_schema.sample import CompiledSample, Record, Sample

ANY_TEXT = (
    st.text(max_size=12)
    | st.text(alphabet="_-.aA0 é", max_size=6)
    | st.sampled_from(keyword.kwlist)
)
NSIDS = st.from_regex(
    r"[a-z][a-z0-9-]{0,5}(\.[a-z0-9-]{1,6}){1,3}\.[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True
)


def is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


@given(ANY_TEXT)
def test_every_property_has_an_attribute_that_python_takes(wire: str) -> None:
    name = attribute_name(wire)
    assert is_name(name)
    assert not name.startswith("__")
    assert name not in RESERVED


@given(ANY_TEXT)
def test_a_name_that_is_one_already_is_kept(wire: str) -> None:
    name = attribute_name(wire)
    assert attribute_name(name) == name


@pytest.mark.parametrize("base", [Sample, CompiledSample, Record, Batch, DynamicBatch])
def test_no_attribute_hides_a_member_of_the_bases(base: type) -> None:
    members = {name for name in (*dir(base), *base.__annotations__) if not name.startswith("__")}
    assert members <= RESERVED


@given(NSIDS, ANY_TEXT.filter(lambda name: "." not in name))
def test_every_definition_has_a_class_name_that_python_takes(nsid: str, name: str) -> None:
    for ref in (nsid, f"{nsid}#{name}", f"{nsid}#main.{name}"):
        assert is_name(class_name(ref))
        assert class_name(ref)[0].isupper()


@given(NSIDS)
def test_every_lexicon_has_a_module_that_python_and_file_systems_take(nsid: str) -> None:
    path = module_path(nsid)
    assert len(path) == nsid.count(".") + 1
    assert all(map(is_name, path))
    assert path == tuple(part.lower() for part in path)


@given(ANY_TEXT, ANY_TEXT)
def test_every_value_has_a_constant_that_python_takes(owner: str, value: str) -> None:
    name = constant_name(owner, value)
    assert is_name(name)
    assert not name.startswith("_")


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("org.example.imageSample", "ImageSample"),
        ("org.example.imageSample#box", "Box"),
        ("org.example.imageSample#main.camera", "ImageSampleCamera"),
        ("org.example.imageSample#box.corner.point", "BoxCornerPoint"),
        ("app.bsky.feed.getFeed#main.parameters", "GetFeedParameters"),
        ("org.example.imageSample#true", "True_"),
        ("org.example.imageSample#2d", "N2d"),
    ],
)
def test_class_names(ref: str, name: str) -> None:
    assert class_name(ref) == name


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("takenAt", "takenAt"),
        ("from", "from_"),
        ("None", "None_"),
        ("encode", "encode_"),
        ("TYPE", "TYPE_"),
        ("2d", "n2d"),
        ("x-ray", "x_ray"),
        ("__class__", "f__class__"),
        ("__", "f__"),
        ("größe", "größe"),
        ("ﬁ", "_"),  # Python itself would read it as "fi"
        ("a\u202eb", "a_b"),
    ],
)
def test_attribute_names(wire: str, name: str) -> None:
    assert attribute_name(wire) == name


@pytest.mark.parametrize(
    ("nsid", "path"),
    [
        ("science.alt.dataset.storageHttp", "science/alt/dataset/storage_http"),
        ("org.my-lab.2d.HTTPServer", "org/my_lab/n2d/http_server"),
        ("com.example.class.import", "com/example/class_/import_"),
        ("com.example.con.lpt1", "com/example/con_/lpt1_"),
    ],
)
def test_module_paths(nsid: str, path: str) -> None:
    assert "/".join(module_path(nsid)) == path
