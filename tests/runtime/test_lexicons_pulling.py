"""Fetching lexicons by their references: circles, limits, and files that are all written or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.lexicons.authority import authority_of, group_of, record_name
from atdata.atmosphere.lexicons.project import read_lexicons, write_pulled
from atdata.errors import IdentityError, LoadError
from atdata_schema.errors import ManifestError
from atdata_schema.schema import document_cid
from atdata_schema.vendored.manifest import Manifest, Resolution, parse_manifest
from atdata_schema.vendored.pulling import MOST, FetchedLexicon, Wanted, pull
from lexicon_servers import note

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


class Known:
    """Lexicons that are known; what is asked for is counted."""

    def __init__(self, documents: Mapping[str, dict[str, Any]]) -> None:
        self.documents = documents
        self.asked: list[str] = []

    def fetch(self, nsid: str, uri: str | None = None, cid: str | None = None) -> FetchedLexicon:
        self.asked.append(nsid)
        if nsid not in self.documents:
            raise LoadError(f"{nsid}: there is no such lexicon")
        document = self.documents[nsid]
        own = f"at://{DID}/com.atproto.lexicon.schema/{nsid}"
        return FetchedLexicon(uri or own, document_cid(document), document)


def name(number: int) -> str:
    return f"org.example.n{number}"


def graph(edges: Mapping[int, list[int]]) -> dict[str, dict[str, Any]]:
    """Lexicons that refer to each other."""
    return {
        name(number): note(
            name(number), **{f"p{to}": {"type": "ref", "ref": name(to)} for to in targets}
        )
        for number, targets in edges.items()
    }


@given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), min_size=1))
def test_everything_that_is_referred_to_comes_once(edges: dict[int, list[int]]) -> None:
    known = Known(graph(edges))
    root = min(edges)
    reached: set[int] = set()
    pending = [root]
    while pending:
        number = pending.pop()
        if number not in reached:
            reached.add(number)
            pending.extend(edges.get(number, []))
    if not reached <= edges.keys():
        with pytest.raises(LoadError, match="no such lexicon"):
            pull(known, [Wanted(name(root))], Manifest(), {})
        return
    found = pull(known, [Wanted(name(root))], Manifest(), {})
    assert sorted(known.asked) == sorted(found.fetched) == sorted(map(name, reached))
    assert found.manifest.lexicons == (name(root),)
    again = pull(known, [], found.manifest, found.fetched)
    assert (again.manifest, again.fetched) == (found.manifest, {})
    assert parse_manifest(found.manifest.to_text().encode(), "x") == found.manifest


def test_the_number_of_lexicons_is_bounded() -> None:
    known = Known(graph({number: [number + 1] for number in range(2 * MOST)}))
    with pytest.raises(ManifestError, match=f"refer to more than {MOST}"):
        pull(known, [Wanted(name(0))], Manifest(), {})
    assert len(known.asked) == MOST


@pytest.mark.parametrize("edited", [False, True])
def test_what_nothing_refers_to_any_more_goes(tmp_path: Path, edited: bool) -> None:
    """Unless it was edited: then it is somebody's."""
    (tmp_path / "lexicons").mkdir()
    lexicons = read_lexicons([tmp_path / "lexicons"], tmp_path)
    before = pull(Known(graph({0: [1], 1: []})), [Wanted(name(0))], Manifest(), {})
    write_pulled(lexicons, before, json.dumps)
    file = tmp_path / "lexicons" / "org" / "example" / "n1.json"
    if edited:
        file.write_text(json.dumps(note(name(1), more={"type": "integer"})))
    lexicons = read_lexicons([tmp_path / "lexicons"], tmp_path)
    after = Known(graph({0: [], 1: []}))
    found = pull(after, [], lexicons.manifest, lexicons.documents, update=True)
    assert found.dropped == (name(1),)
    assert found.changed == {name(0): before.manifest.resolutions[name(0)].cid}
    assert sorted(found.manifest.resolutions) == [name(0)]
    write_pulled(lexicons, found, json.dumps)
    assert file.exists() is edited


def test_the_manifest_is_that_of_other_tools() -> None:
    resolution = Resolution(f"at://{DID}/com.atproto.lexicon.schema/b.c.d", "bafyreia")
    manifest = Manifest(("b.c.d", "a.b.c"), {"b.c.d": resolution, "a.b.c": resolution})
    text = manifest.to_text()
    assert json.loads(text)["lexicons"] == ["a.b.c", "b.c.d"]
    assert list(json.loads(text)["resolutions"]) == ["a.b.c", "b.c.d"]
    assert not text.endswith("\n")


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    """A folder stands where the last of them should be."""
    (tmp_path / "lexicons" / "org" / "example" / "n1.json" / "x").mkdir(parents=True)
    lexicons = read_lexicons([tmp_path / "lexicons"], tmp_path)
    found = pull(Known(graph({0: [1], 1: []})), [Wanted(name(0))], Manifest(), {})
    with pytest.raises(LoadError, match="Is a directory"):
        write_pulled(lexicons, found, json.dumps)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_breaks_off_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The disk refuses one of the files when their places are taken: each is whole or as it was, and doing it again does the rest."""
    known = Known(graph({0: [1], 1: []}))
    (tmp_path / "lexicons").mkdir()
    lexicons = read_lexicons([tmp_path / "lexicons"], tmp_path)
    found = pull(known, [Wanted(name(0))], Manifest(), {})
    replace, count = Path.replace, 0

    def refusing(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == number:
            raise OSError(28, "No space left on device", str(target))
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refusing)
        with pytest.raises(LoadError, match="cannot be written: No space left on device"):
            write_pulled(lexicons, found, json.dumps)
    assert list(tmp_path.rglob("*.part")) == []
    after = read_lexicons([tmp_path / "lexicons"], tmp_path)
    assert after.own == {}
    again = pull(known, [Wanted(name(0))], after.manifest, after.documents)
    write_pulled(after, again, json.dumps)
    done = read_lexicons([tmp_path / "lexicons"], tmp_path)
    assert (done.manifest, done.own) == (found.manifest, {})
    assert sorted(done.documents) == [name(0), name(1)]


def test_two_files_of_one_name_are_told(tmp_path: Path) -> None:
    for folder, document in (("a", note("a.b.c")), ("b", note("a.b.c", x={"type": "integer"}))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "c.json").write_text(json.dumps(document))
    with pytest.raises(LoadError, match=r"two files have the lexicon a\.b\.c"):
        read_lexicons([tmp_path / "a", tmp_path / "b"], tmp_path)


class Answers:
    """What DNS says."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def dns_txt(self, name: str) -> list[str]:
        return list(self.texts) if name == "_lexicon.example.org" else []


def test_groups_have_domains() -> None:
    assert group_of("org.example.note") == "org.example"
    assert record_name("org.example.note") == "_lexicon.example.org"
    assert record_name("org.example.vision.note") == "_lexicon.vision.example.org"
    assert authority_of("org.example.note", Answers(f"did={DID}", "v=spf1 -all")) == DID
    assert authority_of("org.example.note", Answers(f"did={DID}", f"did={DID}")) == DID
    # A domain says nothing about groups below it.
    assert authority_of("org.example.vision.note", Answers(f"did={DID}")) is None
    with pytest.raises(IdentityError, match="names 2 accounts"):
        authority_of("org.example.note", Answers(f"did={DID}", "did=did:web:evil.org"))
    with pytest.raises(IdentityError, match="which is no DID"):
        authority_of("org.example.note", Answers("did=x\x1b[2J"))
