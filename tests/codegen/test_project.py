"""The configuration: found upwards, overridden by options, and each mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from atdata_codegen.project import Options, ProjectError, find_pyproject, load_project

GOOD = """
[project]
name = "x"

[tool.atdata-gen]
lexicons = ["lexicons", "../shared"]
output = "src"
package = "acme.lexicons"
ignore = { "closed-enum" = "the set is fixed by a standard" }
"""


def test_the_table_is_found_upwards_and_paths_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(GOOD)
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    (inner / "pyproject.toml").write_text("[project]\nname = 'inner'\n")
    project = load_project(inner, Options())
    assert project.root == tmp_path
    assert project.lexicons == (tmp_path / "lexicons", tmp_path.parent / "shared")
    assert project.folder() == tmp_path / "src/acme/lexicons"
    assert project.import_name() == "acme.lexicons"
    assert project.ignore == {"closed-enum": "the set is fixed by a standard"}
    assert project.pyproject == find_pyproject(inner)


def test_options_go_before_the_file_and_are_relative_to_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(GOOD)
    inner = tmp_path / "a"
    inner.mkdir()
    options = Options(("mine",), "out", "other", (("closed-union", "why"),))
    project = load_project(inner, options)
    assert project.lexicons == (inner / "mine",)
    assert project.folder() == inner / "out/other"
    assert set(project.ignore) == {"closed-enum", "closed-union"}


def test_options_alone_are_a_project(tmp_path: Path) -> None:
    assert load_project(tmp_path, Options(("lex",))).lexicons == (tmp_path / "lex",)


def test_without_lexicons_there_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no lexicons are given"):
        load_project(tmp_path, Options())


def test_without_output_or_package_nothing_can_be_built(tmp_path: Path) -> None:
    project = load_project(tmp_path, Options(("lex",)))
    with pytest.raises(ProjectError, match="output is not given"):
        project.folder()


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ('lexicon = ["a"]', "unknown key 'lexicon'", "did you mean 'lexicons'?"),
        (
            "colour = 1",
            "unknown key 'colour'",
            "known are lexicons, output, package, ignore, externs, lens-tests, lens-paths, breaking, targets",
        ),
        ('lexicons = "a"', "`lexicons` is a list of folders", 'lexicons = ["lexicons"]'),
        ("output = 1", "`output` is a text", None),
        (
            'package = "a-b"',
            "`package` is 'a-b', which is no import name",
            "for example acme_lexicons",
        ),
        (
            'package = "class"',
            "`package` is 'class', which is no import name",
            "for example acme_lexicons",
        ),
        ('ignore = ["a"]', "`ignore` is a table from rule to reason", None),
        ('ignore = { "a-rule" = " " }', "ignoring 'a-rule' needs a reason", None),
    ],
)
def test_each_mistake_has_its_place(
    tmp_path: Path, line: str, message: str, hint: str | None
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.atdata-gen]\n{line}\n")
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path, Options())
    (found,) = caught.value.diagnostics
    assert (found.line, found.column, found.message) == (2, 1, message)
    if hint is not None:
        assert found.hint == hint


def test_broken_toml_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.atdata-gen]\nlexicons = [\n")
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path, Options())
    assert caught.value.diagnostics[0].path == str(tmp_path / "pyproject.toml")


def test_an_option_cannot_be_no_import_name(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no import name"):
        load_project(tmp_path, Options(("lex",), "out", "a b"))


LENSES = """
externs = "acme_code"
lens-tests = "tests/lenses"

[tool.atdata-gen.lens-paths]
"org.example.a -> org.example.b" = ["org.example.aToB"]
"""


def test_what_concerns_lenses(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(GOOD + LENSES)
    project = load_project(tmp_path, Options())
    assert project.externs_file() == tmp_path / "src/acme_code.py"
    assert project.lens_tests == tmp_path / "tests/lenses"
    assert project.lens_paths == {"org.example.a -> org.example.b": ("org.example.aToB",)}
    assert project.lock_file() == tmp_path / "lenses.lock"
    (tmp_path / "pyproject.toml").write_text(GOOD)
    plain = load_project(tmp_path, Options(lens_tests="checks"))
    assert plain.externs_name() == "acme.lexicons_externs"
    assert plain.externs_file() == tmp_path / "src/acme/lexicons_externs.py"
    assert plain.lens_tests == tmp_path / "checks"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('externs = "a b"', "`externs` is 'a b', which is no import name"),
        ("externs = 1", "`externs` is a text"),
        ("lens-tests = []", "`lens-tests` is a text"),
        ("lens-paths = []", "`lens-paths` is a table from two types to the lenses between them"),
        ('lens-paths = { "a" = ["b"] }', "the way 'a' needs two types and a list of lenses"),
        ('lens-paths = { "a -> b" = [] }', "the way 'a -> b' needs two types and a list of lenses"),
        (
            'lens-paths = { "a -> b" = "c" }',
            "the way 'a -> b' needs two types and a list of lenses",
        ),
        (
            'lens-paths = { "a -> b" = [1] }',
            "the way 'a -> b' needs two types and a list of lenses",
        ),
    ],
)
def test_each_mistake_about_lenses_has_its_place(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.atdata-gen]\n{line}\n")
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path, Options())
    (found,) = caught.value.diagnostics
    assert (found.line, found.column, found.message) == (2, 1, message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('externs = "acme.lexicons.code"', "lies in the compiled package acme.lexicons"),
        ('externs = "acme.lexicons"', "lies in the compiled package acme.lexicons"),
        ('lens-tests = "src/acme/lexicons"', "lens-tests is the folder of the compiled package"),
    ],
)
def test_what_is_the_users_lies_apart_from_what_is_compiled(
    tmp_path: Path, line: str, message: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"{GOOD}{line}\n")
    with pytest.raises(ProjectError, match=message):
        load_project(tmp_path, Options())
