"""Which class stored data is read as: the given one, one of this program, one made of its schema, or none."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.resolving import registered_class
from atdata.samples.build_class import LiveType
from compiled_package import imported, module_of

LABEL: dict[str, Any] = {"type": "integer", "minimum": 0}
DOCUMENT: dict[str, Any] = {
    "lexicon": 1,
    "id": "org.example.labelled",
    "defs": {
        "main": {"type": "object", "required": ["label"], "properties": {"label": LABEL}},
        "part": {
            "type": "object",
            "required": ["text"],
            "properties": {"text": {"type": "string"}},
        },
    },
}

SOURCE = '''
import atdata

@atdata.packable(nsid="{nsid}")
class {name}:
    """What {name} is."""

    word: str

    def shout(self) -> str:
        return self.word.upper()
'''


@pytest.fixture
def modules() -> Iterator[Any]:
    """Makes modules with a packable class, which are forgotten afterwards."""
    made: list[str] = []

    def module(name: str, nsid: str, cls: str = "Word") -> Any:
        found = types.ModuleType(name)
        sys.modules[name] = found
        made.append(name)
        exec(SOURCE.format(nsid=nsid, name=cls), vars(found))
        return found

    yield module
    for name in made:
        sys.modules.pop(name, None)
    gc.collect()


def resolved(path: Path, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return atdata.load_dataset(path, split="train", **options).sample_type


def test_a_packable_class_of_this_program_is_found(tmp_path: Path, modules: Any) -> None:
    made = modules("words_here", "org.example.resolvingWord")
    atdata.write_samples([made.Word("a")], tmp_path / "d.tar")
    assert resolved(tmp_path) is made.Word
    assert atdata.load_dataset(tmp_path, split="train")[0].shout() == "A"
    assert registered_class(made.Word.SCHEMA) is made.Word


def test_without_one_a_class_is_made_of_the_schema(tmp_path: Path, modules: Any) -> None:
    made = modules("words_gone", "org.example.goneWord")
    atdata.write_samples([made.Word("a")], tmp_path / "d.tar")
    schema = made.Word.SCHEMA
    del sys.modules["words_gone"]
    cls = resolved(tmp_path)
    assert isinstance(cls, LiveType)
    assert cls.SCHEMA == schema
    del made
    gc.collect()
    assert resolved(tmp_path) is cls


def test_a_class_of_another_document_is_not_taken(tmp_path: Path, modules: Any) -> None:
    made = modules("words_old", "org.example.changedWord")
    atdata.write_samples([made.Word("a")], tmp_path / "d.tar")
    del sys.modules["words_old"]
    other = modules("words_new", "org.example.changedWord", "Changed")  # another description
    assert other.Changed.SCHEMA.cid != made.Word.SCHEMA.cid
    assert isinstance(resolved(tmp_path), LiveType)
    # It is given, and its model is the same: that is enough.
    assert resolved(tmp_path, sample_type=other.Changed) is other.Changed


def test_a_class_defined_anew_replaces_the_one_before(tmp_path: Path, modules: Any) -> None:
    """As a cell of a notebook that is run twice."""
    first = modules("notebook", "org.example.notebookWord")
    old = first.Word
    atdata.write_samples([old("a")], tmp_path / "d.tar")
    exec(SOURCE.format(nsid="org.example.notebookWord", name="Word"), first.__dict__)
    assert first.Word is not old
    assert resolved(tmp_path) is first.Word


def test_classes_made_in_functions_are_not_found(tmp_path: Path) -> None:
    @atdata.packable(nsid="org.example.innerWord")
    class Inner:
        word: str

    atdata.write_samples([Inner("a")], tmp_path / "d.tar")
    assert isinstance(resolved(tmp_path), LiveType)


def test_two_classes_of_one_type_are_named_and_neither_is_taken(
    tmp_path: Path, modules: Any
) -> None:
    one = modules("words_one", "org.example.twiceWord")
    two = modules("words_two", "org.example.twiceWord")
    atdata.write_samples([one.Word("a")], tmp_path / "d.tar")
    message = (
        "org.example.twiceWord is the type of several .* words_one.Word, words_two.Word; .* give"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        ds = atdata.load_dataset(tmp_path, split="train")
    assert isinstance(ds.sample_type, LiveType)
    assert caught[0].filename == __file__
    assert resolved(tmp_path, sample_type=two.Word) is two.Word


def test_a_class_that_only_derives_from_one_is_another(tmp_path: Path, modules: Any) -> None:
    made = modules("words_base", "org.example.baseWord")
    exec("class Louder(Word):\n    pass", made.__dict__)
    atdata.write_samples([made.Word("a")], tmp_path / "d.tar")
    assert resolved(tmp_path) is made.Word


def test_compiled_classes_are_found_once_their_module_is_imported(tmp_path: Path) -> None:
    other = {**DOCUMENT, "id": "org.example.unrelated"}
    with imported(tmp_path, DOCUMENT, other) as package:
        digit = module_of(package, "org.example.labelled")
        unrelated = module_of(package, "org.example.unrelated")
        atdata.write_samples([digit.Labelled(label=3)], tmp_path / "d" / "d.tar")
        atdata.write_samples([digit.Part(text="a")], tmp_path / "p" / "p.tar")
        again = atdata.load_dataset(tmp_path / "d", split="train")
        assert again.sample_type is digit.Labelled
        assert again[0] == digit.Labelled(label=3)
        assert resolved(tmp_path / "p") is digit.Part
        # Nothing was computed for the class that has nothing to do with it.
        assert "cid" not in vars(unrelated.Unrelated.SCHEMA)
    assert isinstance(resolved(tmp_path / "d"), LiveType)


def test_importing_compiled_classes_computes_nothing(source_env: dict[str, str]) -> None:
    code = (
        "import atdata_lexicons.science.alt.dataset.label as found\n"
        "assert not {'cid', 'documents', 'model'} & set(vars(found.Label.SCHEMA))\n"
        "assert 'document' not in vars(found.LEXICON)\n"
    )
    subprocess.run([sys.executable, "-c", code], env=source_env, check=True)


def test_data_without_a_schema_is_untyped(tmp_path: Path, modules: Any) -> None:
    made = modules("words_bare", "org.example.bareWord")
    atdata.write_samples([made.Word("a")], tmp_path / "d.tar")
    (tmp_path / "bare").mkdir()
    shutil.copy(tmp_path / "d.tar", tmp_path / "bare" / "d.tar")
    assert resolved(tmp_path / "bare") is atdata.DictSample
    assert resolved(tmp_path / "bare", sample_type=made.Word) is made.Word
