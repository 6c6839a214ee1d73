"""`atdata-gen lens`: what each of its commands prints and writes, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from atdata_codegen.commands.lens import SUBCOMMANDS
from atdata_schema.lenses import to_record
from lens_projects import LENS, PHOTO, put_lens, put_type, tree

Run = Callable[..., tuple[int, str, str]]

OLD = {"x": {"type": "integer", "minimum": 0, "maximum": 9}, "note": {"type": "string"}}
NEW = {
    "y": {"type": "integer", "x-atdata": {"aliases": ["x"]}},
    "z": {"type": "integer"},
}


def test_check_tells_classes_and_writes_nothing(lens_project: Path, gen: Run) -> None:
    before = tree(lens_project)
    status, out, _ = gen("lens", "check")
    said = "org.example.photo -> org.example.train: approx (approximate), creates"
    assert (status, out) == (0, f"org.example.photoToTrain: {said}\n1 lens without errors\n")
    assert tree(lens_project) == before


def test_check_of_files_anywhere(lens_project: Path, gen: Run) -> None:
    other = lens_project.parent / "elsewhere.lens"
    other.write_text(LENS.replace("-> 1 }", '-> "x" }'))
    status, out, _ = gen("lens", "check", str(other), "lexicons/org/example/photoToTrain.lens")
    assert status == 1
    assert "../elsewhere.lens:7:" in out
    assert "org.example.photoToTrain: " in out
    assert gen("lens", "check", str(other), "--format", "json")[1].startswith("[\n")


def record_in(project: Path) -> Path:
    """The lens of a project as a record in a file."""
    from atdata_codegen.analysis import analyse
    from atdata_codegen.project import Options, load_project
    from atdata_codegen.source.discover import discover

    made = load_project(project, Options())
    ((_, lens),) = analyse(made, discover(made.lexicons)).lenses[0].lenses
    path = project / "stranger.json"
    path.write_text(json.dumps(to_record(lens.program, claims=lens.claims), indent=2))
    return path


def test_check_and_show_of_a_record(lens_project: Path, gen: Run) -> None:
    path = record_in(lens_project)
    status, out, _ = gen("lens", "check", "stranger.json")
    assert (status, out.splitlines()[-1]) == (0, "1 lens without errors")
    assert (
        "photo_to_train: org.example.photo -> org.example.train"
        in gen("lens", "show", path.name)[1]
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"class": "approx"', '"class": "iso"', "error[LN281]: the claims do not hold: 'class'"),
        ("#rearrange", "#exec", "error[LN002]"),
        ('"lang": "dlens/1"', '"lang": "dlens/9"', "error[LN006]"),
        ('"cid": "bafyrei', '"cid": "bafyreo', "error["),
        (
            "org.example.train",
            "org.example.gone",
            "error[LN112]: there is no lexicon org.example.gone",
        ),
        ('"clauses": [', '"clauses": [[', "error["),
        ('"name": "photo_to_train"', '"name": "x\\nimport os"', "error[LN006]"),
    ],
)
def test_a_record_that_is_not_what_it_says(
    lens_project: Path, gen: Run, old: str, new: str, said: str
) -> None:
    path = record_in(lens_project)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    status, out, err = gen("lens", "check", path.name)
    assert (status, err) == (1, "")
    assert said in out
    assert "stranger.json:" in out


def test_fmt_of_given_files(lens_project: Path, gen: Run) -> None:
    path = put_lens(lens_project, LENS.replace("  drop note", "drop   note"))
    other = lens_project / "other.lens"
    other.write_text(path.read_text())
    assert gen("lens", "fmt", "--check", "other.lens")[0] == 1
    assert gen("lens", "fmt", "other.lens") == (0, "1 of 1 files changed\n", "")
    assert (other.read_text(), path.read_text()) == (
        LENS,
        LENS.replace("  drop note", "drop   note"),
    )
    assert gen("lens", "fmt")[1] == "1 of 1 files changed\n"
    assert path.read_text() == LENS


def test_show_prints_the_typed_pipe_and_the_laws(lens_project: Path, gen: Run) -> None:
    status, out, _ = gen("lens", "show", "org.example.photoToTrain")
    assert status == 0
    for part in (
        "org.example.photo -> org.example.train",
        "approx (approximate), within pixels: 1/510",
        "memory: at most",
        "| cast(float32)  =>  float32[3, H, W](finite)",
        "lens* (keeps the original)",
        "the last put need not win",
        "drop note: string(maxLength 20), default ''",
    ):
        assert part in out


def test_show_as_json(lens_project: Path, gen: Run) -> None:
    (row,) = json.loads(gen("lens", "show", "org.example.photoToTrain", "--json")[1])
    assert (row["class"], row["word"], row["putPut"]) == ("approx", "approximate", "fails")
    assert row["source"]["id"] == "org.example.photo"
    assert [clause["class"] for clause in row["clauses"]] == ["approx", "lens*", "lens"]
    assert row["clauses"][1]["laws"]["putPut"]["how"] == "example"


def test_show_of_a_lens_with_errors_tells_them(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS.replace("affine", "afine"))
    status, out, err = gen("lens", "show", "org.example.photoToTrain")
    assert status == 1
    assert "error[LN002]" in out
    assert "no lens org.example.photoToTrain without errors" in err
    put_lens(lens_project, LENS)
    assert gen("lens", "show", "org.example.nothing")[2] == (
        "atdata-gen: there is no lens org.example.nothing; there are org.example.photoToTrain\n"
    )


def test_derive_prints_a_lens_with_holes_that_do_not_compile(lens_project: Path, gen: Run) -> None:
    put_type(lens_project, "org.example.old", OLD)
    put_type(lens_project, "org.example.new", NEW)
    status, out, _ = gen("lens", "derive", "org.example.old", "org.example.new")
    assert status == 0
    assert "x <-> y;" in out
    assert "??? -> z;  # integer" in out
    status, out, _ = gen("lens", "derive", "org.example.old", "org.example.new", "--hint", "z=x")
    assert "x <-> y;" in out
    assert "x -> z;" in out
    saved = ("--save", "org.example.oldToNew")
    status, out, _ = gen("lens", "derive", "org.example.old", "org.example.new", *saved)
    assert (status, out) == (0, "lexicons/org/example/oldToNew.lens\n1 hole ??? to fill\n")
    path = lens_project / "lexicons/org/example/oldToNew.lens"
    assert path.read_text().startswith("lens old_to_new\n")
    assert "error[LN009]" in gen("build")[1]
    path.write_text(path.read_text().replace("???", "const 1"))
    assert gen("lens", "check")[0] == 0
    assert gen("lens", "derive", "org.example.old", "org.example.new", *saved)[0] == 1
    assert "const 1" in path.read_text()


@pytest.fixture
def ways(lens_project: Path) -> Path:
    """Three types in a row and a way past the middle one."""
    for name in ("a", "b", "c"):
        put_type(
            lens_project, f"org.ways.{name}", {"x": {"type": "integer"}, "note": {"type": "string"}}
        )
    for source, view in ("ab", "bc"):
        put_lens(
            lens_project,
            f"lens {source}_to_{view} from org.ways.{source} to org.ways.{view} {{ auto; }}",
            f"org.ways.{source}To{view.upper()}",
        )
    return lens_project


def test_path_prints_the_cheapest_way(ways: Path, gen: Run) -> None:
    status, out, _ = gen("lens", "path", "org.ways.a", "org.ways.c")
    assert (status, out) == (
        0,
        "get  org.ways.aToB  org.ways.b\nget  org.ways.bToC  org.ways.c\n",
    )
    text = 'lens a_to_c from org.ways.a to org.ways.c { x <-> x; const "" -> note; drop note; }'
    put_lens(ways, text, "org.ways.aToC")
    assert "aToB" in gen("lens", "path", "org.ways.a", "org.ways.c")[1]  # longer, and loses nothing
    out = gen("lens", "path", "org.ways.c", "org.ways.a", "--explain")[1]
    assert out.startswith("create by b_to_c | create by a_to_b: hops 2\n")
    made = json.loads(gen("lens", "path", "org.ways.a", "org.ways.c", "--json")[1])
    assert made["cost"]["hops"] == 2
    assert [hop["lens"] for hop in made["hops"]] == ["org.ways.aToB", "org.ways.bToC"]


def test_two_ways_that_do_not_do_the_same_are_refused_until_one_is_pinned(
    ways: Path, gen: Run
) -> None:
    for name, value in (("first", 1), ("second", 2)):
        text = f"lens {name} from org.ways.a to org.example.one {{ const {value} -> x; drop *; }}"
        put_lens(ways, text, f"org.ways.{name}")
    put_type(ways, "org.example.one", {"x": {"type": "integer"}})
    status, out, err = gen("lens", "path", "org.ways.a", "org.example.one")
    assert (status, out) == (1, "")
    assert "2 ways are equally good" in err
    assert "first" in err
    assert "second" in err
    assert 'lens-paths] "org.ways.a -> org.example.one"' in err
    with (ways / "pyproject.toml").open("a") as file:
        file.write(
            '[tool.atdata-gen.lens-paths]\n"org.ways.a -> org.example.one" = ["org.ways.second"]\n'
        )
    assert gen("lens", "path", "org.ways.a", "org.example.one")[1] == (
        "get  org.ways.second  org.example.one\n"
    )


def test_pins_that_lead_nowhere(ways: Path, gen: Run) -> None:
    with (ways / "pyproject.toml").open("a") as file:
        file.write('lens-paths = { "org.ways.a -> org.ways.c" = ["org.ways.gone"] }\n')
    status, _, err = gen("lens", "path", "org.ways.a", "org.ways.c")
    assert status == 1
    assert "needs the lens org.ways.gone, which is not here" in err
    text = (ways / "pyproject.toml").read_text()
    (ways / "pyproject.toml").write_text(text.replace("org.ways.gone", "org.ways.aToB"))
    err = gen("lens", "path", "org.ways.a", "org.ways.c")[2]
    assert "the pinned way from org.ways.a leads to org.ways.b, not to org.ways.c" in err


def test_no_way(ways: Path, gen: Run) -> None:
    status, out, err = gen("lens", "path", "org.ways.a", "org.example.train")
    assert (status, out) == (1, "")
    assert "no lenses lead from org.ways.a to org.example.train in at most 6 hops" in err
    assert "there is no lexicon org.ways.x" in gen("lens", "path", "org.ways.x", "org.ways.a")[2]


def test_lenses_with_errors_are_no_ways_and_said_so(ways: Path, gen: Run) -> None:
    put_lens(ways, "lens x", "org.ways.broken")
    status, out, err = gen("lens", "path", "org.ways.a", "org.ways.b")
    assert (status, out) == (0, "get  org.ways.aToB  org.ways.b\n")
    assert "lenses with errors are left out" in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((), "usage: atdata-gen lens COMMAND"),
        (("chekc",), "did you mean 'check'?"),
        (("\x1b[2J",), "'\\x1b[2J'"),
        (("check", "nowhere.lens"), "nowhere.lens: cannot be read: No such file"),
        (("fmt", "nowhere.lens"), "nowhere.lens: cannot be read"),
        (("check", "lexicons"), "cannot be read: it is no regular file"),
        (("show",), "the following arguments are required: lens"),
        (("derive", "org.example.photo"), "required: view"),
        (("derive", "a", "b", "--hint", "x"), "is not VIEW=SOURCE"),
        (("derive", "org.example.photo", "org.example.train", "--save", "x"), "is no NSID"),
        (("check", "--colour"), "unrecognized arguments"),
    ],
)
@pytest.mark.usefixtures("lens_project")
def test_wrong_usage_ends_with_2(gen: Run, arguments: tuple[str, ...], part: str) -> None:
    status, out, err = gen("lens", *arguments)
    assert (status, out) == (2, "")
    assert part in err


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_each_command_has_help(gen: Run, command: str) -> None:
    status, out, _ = gen("lens", command, "--help")
    assert status == 0
    assert f"atdata-gen lens {command}" in out
    assert f"  {command}" in gen("lens", "--help")[1]


@pytest.mark.usefixtures("lens_project")
def test_types_that_are_no_samples(lens_project: Path, gen: Run) -> None:
    put_type(lens_project, "org.example.token", PHOTO, mark={"type": "token", "description": "x"})
    err = gen("lens", "derive", "org.example.token#mark", "org.example.photo")[2]
    assert "org.example.token#mark is no type of samples" in err
    assert gen("lens", "derive", "org.example.token#no", "org.example.photo")[0] == 1
