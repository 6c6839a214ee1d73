"""Files of lenses in a project: where they lie, what they are called, and what is found in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from atdata_codegen.source.discover import MAX_LENS_BYTES, discover
from atdata_schema.lenses.rules import RULES
from lens_projects import LENS, put_lens, put_type

Run = Callable[..., tuple[int, str, str]]


def test_files_of_lenses_are_found_beside_the_lexicons(lens_project: Path) -> None:
    (lens_project / "lexicons/org/.hidden.lens").write_text("")
    found = discover([lens_project / "lexicons"])
    assert [file.nsid for file in found.files] == ["org.example.photo", "org.example.train"]
    assert [file.nsid for file in found.lenses] == ["org.example.photoToTrain"]
    assert found.diagnostics == ()


def test_lint_judges_lenses_with_their_places(lens_project: Path, gen: Run) -> None:
    status, out, _ = gen("lint")
    assert status == 0
    assert out.endswith("2 lexicons, 1 file of lenses\n")
    put_lens(lens_project, LENS.replace(', "puppy" -> 1', ""))
    status, out, _ = gen("lint")
    assert status == 1
    assert (
        "lexicons/org/example/photoToTrain.lens:7:10: error[LN221]: map does not cover source value(s) 'puppy'\n"
        "  |\n"
        '7 |   kind | map { "cat" <-> 0, "dog" <-> 1 } <-> target;\n'
        "  |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = kind: string(enum [cat, dog, puppy])\n"
        "  = hint: add a pair or `else -> ...`\n"
    ) in out
    assert gen("lint") == (status, out, "")  # from the cache


@pytest.mark.parametrize("command", ["build", "check", "lint"])
def test_each_command_tells_the_same_of_a_lens(lens_project: Path, gen: Run, command: str) -> None:
    put_lens(lens_project, LENS.replace("<-> pixels;", "<-> pixel;"))
    status, out, _ = gen(command)
    assert status == 1
    assert "photoToTrain.lens:6:" in out
    assert "error[LN105]" in out
    assert not (lens_project / "src").exists()
    assert gen(command) == (status, out, "")  # from the cache


def test_all_findings_of_all_files_are_told(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS.replace("<-> pixels", "pixels").replace("drop note", "drp note"))
    put_lens(lens_project, "lens other from a.b.c to a.b.d { x | nope <-> y }", "org.example.other")
    (lens_project / "lexicons/org/example/broken.json").write_text("{")
    _, out, _ = gen("lint")
    assert "photoToTrain.lens:6" in out
    assert "photoToTrain.lens:8" in out
    assert "other.lens:1" in out
    assert "broken.json:1:2: error[json-syntax]" in out


def test_other_places_and_types_are_in_the_json_form(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS.replace("drop note", 'const "x" -> target;\n  drop note'))
    status, out, _ = gen("lint", "--format", "json")
    assert status == 1
    row = next(row for row in json.loads(out) if row["rule"] == "LN102")
    assert row["path"] == "lexicons/org/example/photoToTrain.lens"
    assert (row["line"], row["column"]) == (8, 16)
    assert row["notes"][0].startswith("lexicons/org/example/photoToTrain.lens:7:")
    github = gen("lint", "--format", "github")[1]
    assert "::error file=lexicons/org/example/photoToTrain.lens,line=8" in github


def test_a_type_that_is_not_there(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS.replace("org.example.train", "org.example.trains"))
    _, out, _ = gen("lint")
    assert "photoToTrain.lens:4:4: error[LN112]: there is no lexicon org.example.trains" in out
    assert "did you mean org.example.train?" in out


def test_a_type_that_has_errors_of_its_own(lens_project: Path, gen: Run) -> None:
    put_type(lens_project, "org.example.train", {"x": {"type": "ref", "ref": "org.example.no"}})
    _, out, _ = gen("lint")
    assert "error[unresolved-ref]" in out
    assert "error[LN112]: the lexicon org.example.train has errors of its own" in out


def test_a_definition_beside_main_and_an_uri_are_types_too(lens_project: Path, gen: Run) -> None:
    box = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
    put_type(lens_project, "org.example.boxes", {"x": {"type": "integer"}}, box=box)
    uri = "at://did:web:example.org/com.atproto.lexicon.schema/org.example.boxes"
    text = f'lens boxed from "org.example.boxes#box" to "{uri}" {{ auto; }}'
    put_lens(lens_project, text, "org.example.boxed")
    status, out, _ = gen("lens", "check", "lexicons/org/example/boxed.lens")
    assert status == 0
    assert "org.example.boxed: org.example.boxes#box -> org.example.boxes: iso" in out


def test_what_lenses_are_called(lens_project: Path, gen: Run) -> None:
    """The one that the file is named for has the file's name; others are definitions beside it."""
    other = LENS.replace("photo_to_train", "grey_to_train")
    put_lens(lens_project, LENS + other)
    _, out, _ = gen("lens", "check")
    assert [line.partition(": ")[0] for line in out.splitlines()[:2]] == [
        "org.example.photoToTrain",
        "org.example.photoToTrain#grey_to_train",
    ]
    put_lens(lens_project, LENS.replace("photo_to_train", "photoToTrain"))
    assert gen("lens", "check")[1].startswith("org.example.photoToTrain: ")
    put_lens(lens_project, other)
    assert gen("lens", "check")[1].startswith("org.example.photoToTrain#grey_to_train: ")


def test_two_lenses_with_one_name_in_python(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS + LENS.replace("photo_to_train", "photoToTrain"))
    status, out, _ = gen("lint")
    assert status == 1
    assert "photoToTrain.lens:11:6: error[name-clash]" in out


def test_a_path_that_is_no_name(lens_project: Path, gen: Run) -> None:
    (lens_project / "lexicons/photos.lens").write_text(LENS)
    (lens_project / "lexicons/org/example/1st.lens").write_text(LENS)
    status, out, _ = gen("lint")
    assert status == 1
    assert "photos.lens:1:1: error[lens-path]: the path stands for 'photos'" in out
    assert "1st.lens:1:1: error[lens-path]" in out


def test_a_lens_in_the_place_of_a_lexicon(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS, "org.example.photo")
    put_lens(lens_project, LENS, "org.example.PhotoToTrain")
    status, out, _ = gen("build")
    assert status == 1
    assert (
        "photo.lens:1:1: error[lens-clash]: the lenses org.example.photo and the lexicon org.example.photo "
        "would both be the module org.example.photo"
    ) in out
    assert "would both be the module org.example.photo_to_train" in out


def test_one_name_in_two_folders_is_an_error_only_if_they_differ(
    lens_project: Path, gen: Run
) -> None:
    copy = lens_project / "more/org/example/photoToTrain.lens"
    copy.parent.mkdir(parents=True)
    copy.write_text(LENS)
    folders = ("--lexicons", "lexicons", "--lexicons", "more")
    assert gen("lint", *folders)[0] == 0
    copy.write_text(LENS + "\n# another one\n")
    status, out, _ = gen("lint", *folders)
    assert status == 1
    assert "more/org/example/photoToTrain.lens:1:1: error[duplicate-lens]" in out


def test_files_that_are_no_text(lens_project: Path, gen: Run) -> None:
    path = put_lens(lens_project, "")
    for data, said in (
        (
            LENS.encode().replace(b"cat", b"\xff\xfe"),
            ":7:17: error[LN001]: the byte 0xff is not UTF-8",
        ),
        (
            b"\xef\xbb\xbf" + LENS.encode(),
            ":1:1: error[LN001]: the file begins with a byte order mark",
        ),
        (b"\0" * 50, ":1:1: error[LN260]: the text holds a null character"),
        (b"", ":1:1: error[LN001]: the file holds no lens"),
        (b"# nothing\n", ":1:1: error[LN001]: the file holds no lens"),
        (b"#" * (MAX_LENS_BYTES + 1), f": error[LN260]: a file of {MAX_LENS_BYTES + 1} bytes"),
        (b"#" * MAX_LENS_BYTES, f":1:1: error[LN260]: a text of {MAX_LENS_BYTES} characters"),
    ):
        path.write_bytes(data)
        status, out, err = gen("build")
        assert (status, err) == (1, "")
        assert f"photoToTrain.lens{said}" in out
        assert not (lens_project / "src").exists()


def test_lines_may_end_as_on_windows(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, "").write_bytes(LENS.replace("\n", "\r\n").encode())
    assert gen("lint")[0] == 0
    assert gen("fmt")[0] == 0
    assert put_lens(lens_project, LENS).read_text() == LENS


def test_a_warning_can_be_ignored_and_an_error_not(lens_project: Path, gen: Run) -> None:
    put_lens(lens_project, LENS.replace('"cat" <-> 0', '"cat" <-> 0, "cow" -> 0'))
    assert "warning[LN225]" in gen("lint")[1]
    assert gen("lint", "--strict")[0] == 1
    assert "LN225" not in gen("lint", "--strict", "--ignore", "LN225=cows may come")[1]
    out = gen("lint", "--ignore", "LN221=why not")[1]
    assert "'LN221' cannot be ignored" in out


@pytest.mark.parametrize("rule", [*RULES, "lens-path", "lens-types-changed", "missing-extern"])
def test_explain_knows_every_rule(gen: Run, rule: str) -> None:
    status, out, _ = gen("explain", rule)
    assert status == 0
    assert f"[{rule}]: " in out


def test_fmt_writes_lenses_in_one_form(lens_project: Path, gen: Run) -> None:
    path = put_lens(
        lens_project,
        LENS.replace("  image |", "image|").replace(' default "";', ' default "";# why'),
    )
    status, out, _ = gen("fmt", "--check")
    assert status == 1
    assert "photoToTrain.lens: error[format]" in out
    assert '+  drop note default "";  # why' in out
    gen("fmt")
    assert path.read_text() == LENS.replace('default "";', 'default "";  # why')
    before = path.stat().st_mtime_ns
    gen("fmt")
    assert path.stat().st_mtime_ns == before
    put_lens(lens_project, "lens x")
    status, out, _ = gen("fmt")
    assert status == 1
    assert "photoToTrain.lens:1:" in out
    assert path.read_text() == "lens x"


def test_comments_at_the_beginning_describe_the_file() -> None:
    from atdata_codegen.lenses.reading import read_file
    from atdata_codegen.source.discover import LexiconFile

    made = read_file(LexiconFile("/a.lens", "org.example.photoToTrain", LENS.encode()))
    assert made.description == "Photographs for training."
    assert read_file(LexiconFile("/a.lens", "a.b.c", b"lens a")).description == ""
