"""What generated code may import: a set of names that never shrinks or changes its meaning."""

from __future__ import annotations

import inspect
import subprocess
import sys

from atdata_schema import v1

NAMES = (
    *("TYPES", "AnyArray", "Array", "Audio", "AudioFile", "Batch", "Blob", "BlobRef", "Boolean"),
    *("Bytes", "Choice", "CidLink", "Column", "Datetime", "Field", "Fields", "Float32", "Float64"),
    *("Image", "ImageFile", "Integer", "Json", "Lexicon", "Link", "Many", "Null", "OneOf", "Open"),
    *("Opt", "Record", "Ref", "Sample", "Schema", "Table", "Text", "Unknown"),
    *("CompiledLens", "ReadOnlyLens", "lens"),
)
IN_LENS = (
    *("Externs", "Operator", "Readonly", "Refused", "Tolerance", "affine", "affine_whole", "affix"),
    *("argmax", "both", "cast", "check_same", "concat", "const", "cut", "derived", "dot", "drop"),
    *("each", "epoch", "expected", "extern", "join", "maybe", "number", "numbers", "onehot"),
    *("order", "pad", "rearrange", "reduce", "resize", "run", "scaled", "sized", "split"),
    *("split_at", "stack", "table", "text_of", "unstack", "unwrap", "within"),
)


def test_the_names_are_these_and_no_others() -> None:
    assert sorted(v1.__all__) == sorted(NAMES)
    assert all(hasattr(v1, name) for name in NAMES)  # some are imported when they are asked for
    public = {name for name in vars(v1) if not name.startswith("_")}
    assert public == set(NAMES)
    assert not hasattr(v1, "lenses")


def test_samples_do_without_lenses(source_env: dict[str, str]) -> None:
    code = "import sys, atdata_schema.v1; print(any('lenses' in name for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=source_env, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "False", done.stderr


def test_the_names_for_lenses_are_these_and_no_others() -> None:
    assert sorted(v1.lens.__all__) == sorted(IN_LENS)
    for name in IN_LENS:
        value = getattr(v1.lens, name)
        assert not inspect.isfunction(value) or inspect.getdoc(value), name


def test_every_class_is_documented() -> None:
    classes: dict[str, type] = {
        name: getattr(v1, name) for name in NAMES if isinstance(getattr(v1, name), type)
    }
    assert len(classes) == len(NAMES) - 3  # TYPES and Json are values, lens is a module
    for name, cls in classes.items():
        assert "__doc__" in vars(cls), name
        doc = inspect.cleandoc(str(cls.__dict__["__doc__"]))
        assert not doc.startswith(f"{name}("), f"{name} has what dataclass writes, no docstring"
        assert len(doc) > 20, name


def test_public_methods_are_documented() -> None:
    for name in NAMES:
        cls = getattr(v1, name)
        if not isinstance(cls, type):
            continue
        for method, value in inspect.getmembers(cls, inspect.isroutine):
            if not method.startswith("_") and inspect.isfunction(
                inspect.unwrap(getattr(value, "__func__", value))
            ):
                assert inspect.getdoc(value), f"{name}.{method}"
