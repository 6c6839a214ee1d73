"""Lexicons on a real PDS: published, found by DNS, fetched with what they refer to, and refused where they are not what they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atdata_schema.schema import document_cid
from lexicon_servers import Lab, document, note, project, put
from servers.pds import PdsServer

Run = Callable[..., tuple[int, str, str]]
Enter = Callable[..., Path]


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Makes a project and goes into it."""

    def made(name: str, *documents: dict[str, Any]) -> Path:
        folder = project(tmp_path / name, *documents)
        monkeypatch.chdir(folder)
        return folder

    return made


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a project's lexicons, and its manifest."""
    found = [*(folder / "lexicons").rglob("*"), folder / "lexicons.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found if path.is_file()}


def ref(nsid: str) -> dict[str, Any]:
    return {"type": "ref", "ref": nsid}


def test_from_one_project_into_another(
    any_pds: PdsServer, user_folders: Path, commands_installed: None, gen: Run, enter: Enter
) -> None:
    """Both generations: what is published is found by its name, comes with what it refers to, and compiles."""
    lab = Lab.on(any_pds, user_folders)
    box, photo = f"{lab.group}.box", f"{lab.group}.photo"
    pixels = {"type": "ref", "ref": "dev.atdata.types#ndarray", "x-atdata": {"dtype": "uint8"}}
    documents = (
        document(box, x={"type": "integer"}),
        note(photo, boxes={"type": "array", "items": ref(box)}, pixels=pixels),
    )
    enter("ours", *documents)
    assert gen("publish", "--yes")[0] == 0
    assert gen("status") == (
        0,
        f"published  {box}  {document_cid(documents[0])}\npublished  {photo}  {document_cid(documents[1])}\n",
        "",
    )
    theirs = enter("theirs")
    status, out, err = gen("pull", photo)
    assert (status, err) == (0, "")
    assert [line.split("  ")[:2] for line in out.splitlines()] == [
        ["fetched", box],
        ["fetched", photo],
    ]
    manifest = json.loads((theirs / "lexicons.json").read_text())
    assert manifest == {
        "version": 1,
        "lexicons": [photo],
        "resolutions": {
            nsid: {
                "uri": f"at://{lab.account.did}/com.atproto.lexicon.schema/{nsid}",
                "cid": document_cid(item),
            }
            for nsid, item in zip((box, photo), documents, strict=True)
        },
    }
    first = files(theirs)
    fetched = json.loads(first[f"lexicons/{photo.replace('.', '/')}.json"])
    assert document_cid(fetched) == document_cid(documents[1])
    assert gen("pull") == (0, "2 there already\n", "")
    assert gen("pull", "--locked")[0] == 0
    assert files(theirs) == first
    assert gen("build")[0] == 0
    assert gen("lint")[0] == 0
    assert json.loads(gen("pull", "--json")[1])["kept"] == [box, photo]


def test_installed_from_the_network_beside_other_sources(
    lab: Lab, gen: Run, enter: Enter, tmp_path: Path
) -> None:
    """One file pins all of them; what a folder refers to is found by its name, and `pull` reads the same file."""
    box, scan = f"{lab.group}.installed", f"{lab.group}.scan"
    enter("ours", document(box, x={"type": "integer"}))
    assert gen("publish", "--yes")[0] == 0
    theirs = enter("theirs")
    put(tmp_path / "beside", note(scan, box=ref(box)))
    status, _, err = gen("install", "../beside/lexicons")
    assert (status, err) == (0, "")
    pinned = json.loads((theirs / "lexicons.json").read_text())["resolutions"]
    assert pinned[box]["uri"] == f"at://{lab.account.did}/com.atproto.lexicon.schema/{box}"
    assert pinned[scan]["uri"].startswith("file:../beside/lexicons/")
    first = files(theirs)
    for command in ("install", "pull"):
        (theirs / f"lexicons/{scan.replace('.', '/')}.json").unlink()
        assert gen(command, "--locked")[0] == 0
        assert files(theirs) == first
    assert gen("install", f"{lab.group}.*", "--dry-run")[0] == 0
    assert gen("build")[0] == 0


def test_publishing_asks_first(lab: Lab, gen: Run, enter: Enter) -> None:
    nsid = f"{lab.group}.asked"
    enter("ours", note(nsid))
    status, out, err = gen("publish")
    assert (status, out) == (2, "")
    assert f"would become public  {nsid}" in err
    assert lab.account.did in err
    assert "give --yes to do it" in err
    assert gen("publish", "--dry-run") == (0, f"would become public  {nsid}\n", "")
    assert gen("status")[1] == f"not published  {nsid}\n"
    assert gen("status", "--strict")[0] == 1
    assert gen("publish", "--yes")[1] == f"published  {nsid}\n"
    assert gen("publish", "--yes") == (0, f"published already  {nsid}\n", "")
    made = json.loads(gen("publish", "--json")[1])
    assert made == {"created": [], "updated": [], "same": [nsid]}


def test_what_is_pinned_stays(
    lab: Lab, gen: Run, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one under the same name is refused, by publisher and reader, unless it is asked for."""
    nsid = f"{lab.group}.pinned"
    before, after = note(nsid), note(nsid, more={"type": "integer"})
    enter("ours", before)
    gen("publish", "--yes")
    theirs = enter("theirs")
    gen("pull", nsid)
    pinned = files(theirs)
    (theirs / "lexicons" / f"{nsid.replace('.', '/')}.json").unlink()

    put(enter("ours"), after)
    status, out, err = gen("publish", "--yes")
    assert (status, out) == (1, "")
    assert f"{nsid}: published with other contents" in err
    assert gen("status")[1].startswith(f"differs  {nsid}")
    shown = gen("diff")
    assert shown[0] == 1
    assert '+        "more": {' in shown[1]
    assert gen("publish", "--yes", "--update")[1] == f"replaced  {nsid}\n"
    assert gen("diff") == (0, "", "")

    monkeypatch.chdir(theirs)
    # The file is gone, and what was read once is kept: the pinned one is there again.
    assert gen("pull")[0] == 0
    assert files(theirs) == pinned


def test_what_breaks_others_is_not_published_by_accident(lab: Lab, gen: Run, enter: Enter) -> None:
    nsid, part = f"{lab.group}.broken", f"{lab.group}.brokenPart"
    folder = enter("ours", note(nsid, part=ref(part)), note(part, n={"type": "integer"}))
    gen("publish", "--yes")
    put(folder, note(part, n={"type": "string"}))
    status, out, err = gen("publish", "--yes", "--update")
    assert (status, out) == (1, "")
    assert f"{part}: n: " in err
    assert "breaks" in err
    assert "another NSID" in err
    assert gen("status")[1].count("differs") == 1
    assert gen("publish", "--yes", "--update", "--breaking")[0] == 0
    put(folder, {"lexicon": 1, "id": part, "defs": {"other": note(part)["defs"]["main"]}})
    put(folder, note(nsid))
    assert f"{part}: it is gone" in gen("publish", "--yes", "--update")[2]


def test_another_cid_is_refused_by_whoever_never_had_the_first(
    lab: Lab, gen: Run, enter: Enter
) -> None:
    nsid = f"{lab.group}.moved"
    lab.put_record(nsid, note(nsid))
    theirs = enter("theirs")
    other = document_cid(note(nsid, more={"type": "integer"}))
    resolution = {"uri": f"at://{lab.account.did}/com.atproto.lexicon.schema/{nsid}", "cid": other}
    manifest = {"version": 1, "lexicons": [nsid], "resolutions": {nsid: resolution}}
    (theirs / "lexicons.json").write_text(json.dumps(manifest))
    for options in ((), ("--locked",)):
        status, out, err = gen("pull", *options)
        assert (status, out) == (1, "")
        assert f"{nsid} is pinned to the CID {other}" in err
        assert "--update takes what is published now" in err
    assert list((theirs / "lexicons").iterdir()) == []
    status, out, _ = gen("pull", "--update")
    assert (status, out.split("  ")[0]) == (0, "updated")
    assert json.loads((theirs / "lexicons.json").read_text())["resolutions"][nsid][
        "cid"
    ] == document_cid(note(nsid))


def test_references_lead_to_other_accounts(lab: Lab, gen: Run, enter: Enter) -> None:
    """And to the project's own lexicons, and those of installed packages, which are not fetched."""
    other = Lab.on(lab.pds, lab.folder, "canines")
    theirs, ours, own = f"{other.group}.part", f"{lab.group}.whole", f"{lab.group}.own"
    other.put_record(
        theirs, note(theirs, kind={"type": "string", "knownValues": [f"{other.group}.kinds#big"]})
    )
    other.put_record(
        f"{other.group}.kinds",
        {
            "lexicon": 1,
            "id": f"{other.group}.kinds",
            "defs": {"big": {"type": "token", "description": "Big."}},
        },
    )
    known = ref("science.alt.dataset.entry#datasetSize")
    lab.put_record(ours, note(ours, part=ref(theirs), own=ref(own), size=known))
    lab.dns |= other.dns
    lab.configure()
    folder = enter("reader", note(own))
    assert gen("pull", ours)[0] == 0
    manifest = json.loads((folder / "lexicons.json").read_text())
    assert sorted(manifest["resolutions"]) == sorted([f"{other.group}.kinds", theirs, ours])
    assert other.account.did in manifest["resolutions"][theirs]["uri"]


def test_groups_and_addresses(lab: Lab, gen: Run, enter: Enter) -> None:
    names = [f"{lab.group}.{name}" for name in ("first", "second")]
    for nsid in names:
        lab.put_record(nsid, note(nsid))
    lab.put_record(f"{lab.group}.below.third", note(f"{lab.group}.below.third"))
    folder = enter("whole")
    assert gen("pull", f"{lab.group}.*")[0] == 0
    assert json.loads((folder / "lexicons.json").read_text())["lexicons"] == names
    # An account without a domain is named by its address.
    lab.dns.clear()
    lab.configure()
    folder = enter("one")
    status, _, err = gen("pull", names[0])
    assert status == 1
    assert f"no TXT record _lexicon.{lab.domain} with did=…" in err
    uri = f"at://{lab.account.did}/com.atproto.lexicon.schema/{names[0]}"
    assert gen("pull", uri)[0] == 0
    assert json.loads((folder / "lexicons.json").read_text())["resolutions"][names[0]]["uri"] == uri
    assert gen("pull", f"at://{lab.account.did}/app.bsky.feed.post/x")[0] == 1


def bad(nsid: str) -> list[tuple[dict[str, Any], str]]:
    return [
        ({**note(nsid), "id": "org.evil.note"}, f"id: 'org.evil.note' where {nsid} is published"),
        ({"lexicon": 2, "id": nsid, "defs": {}}, "no legal lexicon"),
        ({"lexicon": 1, "id": nsid}, "no legal lexicon"),
        (note(nsid, bad={"type": "run\x1b[2J"}), r"'run\x1b[2J'"),
        (note(nsid, part=ref(f"{nsid}No")), "there is no such lexicon"),
    ]


@pytest.mark.parametrize("number", range(5))
def test_what_is_no_lexicon_of_the_name_is_refused(
    lab: Lab, gen: Run, enter: Enter, number: int
) -> None:
    """And nothing is written, of the good ones beside it neither."""
    good, nsid = f"{lab.group}.good", f"{lab.group}.worse"
    value, said = bad(nsid)[number]
    lab.put_record(good, note(good))
    lab.put_record(nsid, value)
    folder = enter("reader")
    status, out, err = gen("pull", good, nsid)
    assert (status, out) == (1, "")
    assert said in err
    assert nsid in err
    assert files(folder) == {}
    assert gen("pull", good)[0] == 0


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("did=did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did=did:web:evil.example.org"), "names 2 accounts"),
        (("did=javascript:alert(1)",), "is no DID"),
        (("v=spf1 -all", "DID=did:plc:ewvi7nxzyoun6zhxrhs64oiz"), "no TXT record"),
        (("did=did:plc:ewvi7nxzyoun6zhxrhs64oiz",), "there is no such DID"),
    ],
)  # fmt: skip
def test_domains_that_name_nobody(
    lab: Lab, gen: Run, enter: Enter, texts: tuple[str, ...], said: str
) -> None:
    lab.dns[f"_lexicon.{lab.domain}"] = texts
    lab.configure()
    folder = enter("reader")
    status, out, err = gen("pull", f"{lab.group}.note")
    assert (status, out) == (1, "")
    assert said in err
    assert files(folder) == {}


def test_files_of_ones_own_are_not_written_over(lab: Lab, gen: Run, enter: Enter) -> None:
    nsid = f"{lab.group}.mine"
    lab.put_record(nsid, note(nsid))
    folder = enter("reader", note(nsid, more={"type": "integer"}))
    before = files(folder)
    status, _, err = gen("pull", nsid)
    assert status == 1
    assert f"{nsid} is a lexicon of this project" in err
    assert files(folder) == before
    # The same lexicon is taken as it is.
    put(folder, note(nsid))
    assert gen("pull", nsid)[0] == 0
    put(folder, note(nsid, more={"type": "integer"}))
    status, _, err = gen("pull")
    assert status == 1
    assert "files that were fetched are not edited" in err
    assert gen("pull", "--update")[0] == 0
    assert document_cid(
        json.loads((folder / "lexicons" / f"{nsid.replace('.', '/')}.json").read_text())
    ) == document_cid(note(nsid))


def test_locked_changes_nothing(lab: Lab, gen: Run, enter: Enter) -> None:
    nsid, more = f"{lab.group}.locked", f"{lab.group}.lockedToo"
    for name in (nsid, more):
        lab.put_record(name, note(name))
    folder = enter("reader")
    gen("pull", nsid)
    path = folder / "lexicons.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "lexicons": [nsid, more]}))
    before = files(folder)
    status, _, err = gen("pull", "--locked")
    assert status == 1
    assert f"{more} would be added" in err
    assert files(folder) == before
    assert gen("pull", more, "--locked")[0] == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "an object"),
        ('{"version": 2, "lexicons": [], "resolutions": {}}', "version 2 is not read"),
        ('{"version": 1, "lexicons": ["no"], "resolutions": {}}', "NSID"),
        ('{"version": 1, "lexicons": [], "resolutions": {"a.b.c": {"uri": "at://x"}}}', "a uri and a cid"),
        ('{"version": 1, "lexicons": [], "resolutions": {"a.b.c": {"uri": "at://did:web:b.org/x.y.z/d", "cid": "bafyreix"}}}', "no record of the lexicon"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_none(lab: Lab, gen: Run, enter: Enter, text: str, said: str) -> None:
    folder = enter("reader")
    (folder / "lexicons.json").write_text(text)
    status, _, err = gen("pull")
    assert status == 1
    assert "lexicons.json: this is no lexicons.json" in err
    assert said in err


def test_domains_are_checked_before_anything_is_public(lab: Lab, gen: Run, enter: Enter) -> None:
    good, other = f"{lab.group}.note", "test.elsewhere.note"
    enter("ours", note(good), note(other))
    status, out, _ = gen("check-dns")
    assert status == 1
    assert out.splitlines() == [
        "missing  test.elsewhere.*",
        f'         add  _lexicon.elsewhere.test. TXT "did={lab.account.did}"',
        f"good     {lab.group}.*",
    ]
    status, _, err = gen("publish", "--yes")
    assert status == 1
    assert "_lexicon.elsewhere.test names no account" in err
    assert gen("publish", good, "--yes")[0] == 0
    lab.dns["_lexicon.elsewhere.test"] = ("did=did:web:other.example.org",)
    lab.configure()
    status, out, _ = gen("check-dns", "--json")
    assert status == 1
    assert [row["did"] for row in json.loads(out)["groups"]] == [
        "did:web:other.example.org",
        lab.account.did,
    ]
    assert gen("publish", other, "--yes", "--skip-dns-check")[0] == 0
    lab.dns["_lexicon.elsewhere.test"] = (f"did={lab.account.did}",)
    lab.configure()
    assert gen("check-dns")[0] == 0


def test_all_are_published_or_none(lab: Lab, gen: Run, enter: Enter) -> None:
    """Together they are too large for the server, so that none is there."""
    small, large = f"{lab.group}.small", f"{lab.group}.veryLarge"
    long = {"type": "string", "description": "x" * 600_000}
    enter("ours", note(small, long=long), note(large, long=long))
    status, out, err = gen("publish", "--yes")
    assert (status, out) == (1, "")
    assert "publishing lexicons" in err
    assert gen("status")[1].count("not published") == 2
    # A lexicon that no record holds is refused before anything is sent.
    enter("more", note(large, long={**long, "description": "x" * (1 << 20)}))
    assert "cannot be a record" in gen("publish", "--yes")[2]
    enter("wrong", note(small), document(large, bad={"type": "nothing"}))
    status, _, err = gen("publish", "--yes")
    assert status == 1
    assert "unknown type 'nothing'" in err


def test_taking_away(lab: Lab, gen: Run, enter: Enter) -> None:
    one, other = f"{lab.group}.one", f"{lab.group}.other"
    enter("ours", note(one), note(other, one=ref(one)))
    gen("publish", "--yes")
    assert gen("unpublish", one, "--dry-run")[1] == f"would go  {one}\n  {other} refers to it\n"
    assert gen("unpublish", one)[0] == 2
    assert gen("status")[1].count("published  ") == 2
    assert gen("unpublish", one, "--yes")[1] == f"gone  {one}\n"
    assert gen("status")[1].startswith(f"not published  {one}")
    status, _, err = gen("unpublish", one, "--yes")
    assert status == 1
    assert "not published by" in err
    enter("others")
    assert gen("status")[1] == ""


def test_others_of_the_group_are_named(lab: Lab, gen: Run, enter: Enter) -> None:
    ours, theirs = f"{lab.group}.ours", f"{lab.group}.theirs"
    lab.put_record(theirs, note(theirs))
    enter("ours", note(ours))
    rows = json.loads(gen("status", "--json")[1])
    assert [(row["nsid"], row["state"]) for row in rows] == [
        (ours, "unpublished"),
        (theirs, "elsewhere"),
    ]
    assert gen("diff", theirs)[0] == 1


def test_nobody_is_logged_in(
    lab: Lab, gen: Run, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = lab.folder / "elsewhere"
    home.mkdir()
    (home / "config.toml").write_text((lab.folder / "home" / "config.toml").read_text())
    monkeypatch.setenv("ATDATA_HOME", str(home))
    enter("ours", note(f"{lab.group}.note"))
    status, _, err = gen("publish", "--yes")
    assert status == 1
    assert "atdata auth login" in err


def test_without_a_project_the_folder_is_lexicons(lab: Lab, gen: Run, enter: Enter) -> None:
    nsid = f"{lab.group}.plain"
    lab.put_record(nsid, note(nsid))
    folder = enter("plain")
    (folder / "pyproject.toml").unlink()
    assert gen("pull", nsid)[0] == 0
    assert (folder / "lexicons.json").exists()
    (folder / "lexicons").rename(folder / "elsewhere")
    status, _, err = gen("pull", nsid)
    assert status == 2
    assert "no lexicons are given" in err
    assert gen("pull", nsid, "--lexicons", "elsewhere")[0] == 0


def test_what_breaks_what_is_published(
    pds: PdsServer, user_folders: Path, commands_installed: None, gen: Run, enter: Enter
) -> None:
    lab = Lab.on(pds, user_folders)
    photo, later = f"{lab.group}.photo", f"{lab.group}.later"
    folder = enter("ours", note(photo, width={"type": "integer"}))
    assert gen("publish", "--yes")[0] == 0
    put(folder, note(later))
    assert gen("breaking", "--against", "published")[0] == 0  # what is new breaks nobody
    put(folder, note(photo, width={"type": "string"}))
    status, out, _ = gen("breaking", "--against", "published")
    assert status == 1
    assert photo in out
    assert "width" in out
