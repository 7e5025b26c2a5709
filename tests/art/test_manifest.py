"""What the manifest says, keeps and refuses; no picture is decoded here."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from render_server.art.errors import RightsError
from render_server.art.lineage import LookLineage, TakeLineage, art_of, find_takes, lineage_entry, look_lineage, overrides_in_words, uses
from render_server.art.manifest import MANIFEST, Arrival, Manifest, Picture, Piece, Rights, manifest_hash, manifest_text, stamp
from render_server.art.rights import gaps, missing
from render_server.art.rights_file import read_rights_file
from render_server.art.store import Collection, list_collections, open_collection
from render_server.looks.registry import OWN_LOOKS, read_look
from shot_format.errors import FormatError, LimitError, MissingError

FULL = Rights("A. Painter", "the production", "work for hire", "contract 12", shows=("hero",))


def piece(number: int, rights: Rights = FULL) -> Piece:
    name = f"{number:064x}"
    picture = Picture(f"{name}.png", "0" * 64, 10, 4, 4)
    return Piece(name, "still", f"p{number}.png", 10, f"Piece {number}", rights, stamp("me"), Arrival("PNG", 4, 4), (picture,))


@pytest.fixture
def stored(collection: Collection) -> Collection:
    """Two pieces; the second says only whose it is."""
    manifest = Manifest(collection.name, pieces=(piece(1), piece(2, Rights(owner="somebody"))))
    (collection.folder / "pictures").mkdir(parents=True)
    (collection.folder / MANIFEST).write_bytes(manifest_text(manifest))
    for each in manifest.pieces:
        collection.picture(each.pictures[0]).write_bytes(b"0123456789")
    return collection


def code(error: pytest.ExceptionInfo[Exception]) -> str:
    return str(getattr(error.value, "code", ""))


def test_no_rights_no_training(stored: Collection) -> None:
    with pytest.raises(RightsError) as error:
        stored.cleared()
    assert code(error) == "rights-missing"
    assert "Piece 2" in error.value.message and "licence, consent" in error.value.message and "Piece 1" not in error.value.message
    assert [(gap.piece, gap.missing) for gap in error.value.gaps] == [(f"{2:064x}", ("licence", "consent"))]
    again = pickle.loads(pickle.dumps(error.value))  # noqa: S301 - our own bytes
    assert again.gaps == error.value.gaps


def test_a_piece_is_cleared_for_its_shows_alone(stored: Collection) -> None:
    stored.edit(f"{2:064x}", {"licence": "x", "consent": "y"}, "me")
    assert len(stored.cleared()) == len(stored.cleared("hero")) == 2
    with pytest.raises(RightsError) as error:
        stored.cleared("other")
    assert [gap.missing for gap in error.value.gaps] == [("show:other",)]
    assert "clearance for the show other" in error.value.message


def test_an_override_stays_and_covers_only_what_was_missing_then(stored: Collection) -> None:
    assert len(stored.cleared(override=("A. Producer", "a test for the pitch"))) == 2
    (override,) = stored.manifest().overrides
    assert (override.stamp.by, override.why) == ("A. Producer", "a test for the pitch")
    assert [(gap.piece, gap.missing) for gap in override.gaps] == [(f"{2:064x}", ("licence", "consent"))]
    assert "A. Producer: a test for the pitch (1 pieces" in overrides_in_words(stored.manifest())[0]
    assert stored.cleared() and len(stored.manifest().overrides) == 1
    stored.edit("Piece 1", {"owner": ""}, "me")
    with pytest.raises(RightsError) as error:
        stored.cleared()
    assert [gap.missing for gap in error.value.gaps] == [("owner",)]
    assert stored.manifest().overrides == (override,)


@pytest.mark.parametrize(("by", "why"), [("", "why"), ("me", ""), ("me", " \n\t ")])
def test_an_override_needs_a_name_and_a_reason(stored: Collection, by: str, why: str) -> None:
    with pytest.raises(FormatError) as error:
        stored.cleared(override=(by, why))
    assert code(error) == "override-unsigned"
    assert stored.manifest().overrides == ()


def test_edits_keep_what_stood_there(stored: Collection) -> None:
    before = stored.seal()
    stored.edit("p1.png", {"owner": "another", "shows": ("hero", "two")}, "an editor")
    stored.edit("p1.png", {"owner": "another"}, "an editor")
    first = stored.manifest().pieces[0]
    assert first.rights.owner == "another"
    assert [(each.field, each.before, each.after) for each in first.history] == [
        ("owner", "the production", "another"),
        ("shows", "hero", "hero, two"),
    ]
    assert stored.sealed(before).pieces[0].rights.owner == "the production"
    assert stored.seal() == manifest_hash(stored.manifest()) != before
    with pytest.raises(FormatError) as error:
        stored.edit("p1.png", {"sha256": "0" * 64}, "me")
    assert code(error) == "rights-field"


def test_retiring_is_never_deleting(stored: Collection) -> None:
    stored.set_state("Piece 2", "retired", "me", "the owner withdrew consent")
    stored.set_state("Piece 2", "retired", "me", "again")
    second = stored.manifest().pieces[1]
    assert [(each.state, each.why) for each in second.states] == [("retired", "the owner withdrew consent")]
    assert [each.title for each in stored.cleared()] == ["Piece 1"]
    assert stored.picture(second.pictures[0]).exists()
    stored.set_state("Piece 2", "restored", "me", "a mistake")
    assert len(stored.manifest().usable) == 2
    for by, why in (("", "x"), ("me", "")):
        with pytest.raises(FormatError) as error:
            stored.set_state("Piece 1", "retired", by, why)
        assert code(error) == "state-unsigned"


def test_everything_retired_is_no_art(stored: Collection) -> None:
    for each in ("Piece 1", "Piece 2"):
        stored.set_state(each, "retired", "me", "x")
    with pytest.raises(MissingError) as error:
        stored.cleared()
    assert code(error) == "art-empty"


def test_what_was_made_from_a_piece(stored: Collection, tmp_path: Path) -> None:
    first, second = stored.manifest().pieces
    looks = [
        LookLineage("show/oils@1", (first.sha256,)),
        LookLineage("show/mix@2", parents=("show/oils@1", "ink@1")),
        LookLineage("show/other@1", (second.sha256,)),
        LookLineage("show/mixed-again@1", parents=("show/mix@2",)),
    ]
    takes = [TakeLineage("a", "show/mix@2"), TakeLineage("b", "show/other@1"), TakeLineage("c", "show/oils@1"), TakeLineage("d", "ink@1")]
    made = uses(first.sha256, looks, takes)
    assert made.looks == ("show/mix@2", "show/mixed-again@1", "show/oils@1")
    assert made.takes == ("a", "c")
    assert uses("f" * 64, looks, takes).looks == ()


def test_lineage_goes_into_a_look_and_comes_out(stored: Collection) -> None:
    manifest = stored.manifest()
    shipped = read_look(OWN_LOOKS / "oil@1")
    assert look_lineage(shipped) == LookLineage("oil@1")
    trained = replace(shipped, lineage=(*shipped.lineage, lineage_entry(manifest, manifest.pieces), {"look": "ink@1"}))
    read = look_lineage(replace(trained, lineage=tuple(json.loads(json.dumps(trained.lineage)))))
    assert read.pieces == tuple(each.sha256 for each in manifest.pieces)
    assert read.manifests == (stored.seal(),) and read.parents == ("ink@1",)
    assert [each.owner for each in art_of(manifest.pieces)] == ["the production", "somebody"]


def test_takes_are_found_by_what_they_say(tmp_path: Path) -> None:
    said = {"one": {"recipe": {"look": "oil@1"}}, "deep/two": {"look": "show/x@12"}, "three": {"recipe": {"look": "oil"}}, "four": ["odd"]}
    for name, content in said.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "take.json").write_text(json.dumps(content))
    (tmp_path / "six").mkdir()
    (tmp_path / "six" / "take.json").write_text(json.dumps({"recipe": {"look": "oil@1", "blend": {"look": "show/x@12", "keys": []}}}))
    (tmp_path / "five").mkdir()
    (tmp_path / "five" / "take.json").write_text("{broken")
    found = {(Path(each.take).name, each.look) for each in find_takes([tmp_path])}
    assert found == {("one", "oil@1"), ("two", "show/x@12"), ("six", "oil@1"), ("six", "show/x@12")}


@pytest.mark.parametrize("name", ["", "Oils", "../x", "a/../b", "/etc", "a/b/c", "a.art", "a\0b", "x" * 65, "a//b", "a/", ".", "ä"])
def test_names_that_are_no_collection(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError) as error:
        open_collection(tmp_path, name)
    assert code(error) == "art-name"
    assert list(tmp_path.iterdir()) == []


def test_collections_are_listed_and_shows_do_not_see_one_another(stored: Collection) -> None:
    root = stored.folder.parents[1]
    for name in ("oils", "shows/oils", "show"):
        other = open_collection(root, name)
        other.folder.mkdir(parents=True)
        (other.folder / MANIFEST).write_bytes(manifest_text(Manifest(name)))
    assert [each.name for each in list_collections(root)] == ["oils", "show", "show/oils", "shows/oils"]
    assert [each.name for each in list_collections(root, "show")] == ["show/oils"]


def test_nothing_is_made_for_a_name_that_is_misspelt(tmp_path: Path) -> None:
    other = open_collection(tmp_path, "misspelt")
    for act in (other.manifest, other.seal, other.cleared, lambda: other.edit("x", {"owner": "y"}, "me")):
        with pytest.raises(MissingError) as error:
            act()
        assert code(error) == "art-unknown"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace(f"{1:064x}.png", "../../../etc/passwd"), "field-value"),
        (lambda text: text.replace('"kind": "still"', '"kind": "virus"'), "field-value"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "art-newer"),
        (lambda text: text.replace('"title"', '"unknown"'), "field-unknown"),
        (lambda text: text[:-20], "json-broken"),
    ],
)
def test_a_manifest_that_was_tampered_with(stored: Collection, change, expected: str) -> None:  # type: ignore[no-untyped-def]
    place = stored.folder / MANIFEST
    place.write_text(change(place.read_text()))
    with pytest.raises(FormatError) as error:
        stored.manifest()
    assert code(error) == expected


def test_a_piece_is_named_by_hash_file_or_title(stored: Collection) -> None:
    for text in (f"{1:064x}", "p1.png", "Piece 1"):
        stored.edit(text, {"source": text}, "me")
    assert len(stored.manifest().pieces[0].history) == 3
    with pytest.raises(LimitError) as error:
        stored.edit("00000", {"source": "x"}, "me")
    assert code(error) == "piece-ambiguous"
    with pytest.raises(MissingError) as unknown:
        stored.edit("000", {"source": "x"}, "me")
    assert code(unknown) == "piece-unknown"


TABLE = """file;title;owner;licence;consent;shows
*;;the production;;;
env_*;;;work for hire;contract 7;hero two
env_01.png;The yard;;;;
gone.png;;;;;
"""


def test_a_rights_file_from_a_spreadsheet(tmp_path: Path) -> None:
    place = tmp_path / "rights.csv"
    place.write_bytes(b"\xef\xbb\xbf" + TABLE.encode())
    table = read_rights_file(place)
    assert table.find("env_01.png") == (
        "The yard",
        Rights(owner="the production", licence="work for hire", consent="contract 7", shows=("hero", "two")),
    )
    assert table.find("ENV_02.PNG")[1].consent == "contract 7"
    assert table.find("other.jpg") == ("", Rights(owner="the production"))
    assert table.idle == ("gone.png",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file,colour\na.png,red\n", "rights-file-broken"),
        ("file,owner\n,x\n", "rights-file-broken"),
        ("file,owner\na.png,x,y,z\n", "rights-file-broken"),
        ('[{"file": "a.png", "shows": ["../x"]}]', "show-name"),
        ("[1]", "rights-file-broken"),
        ("[" * 100_000, "rights-file-broken"),
        ('file,owner\na.png,"open', "rights-file-broken"),
    ],
)
def test_broken_rights_files(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "rights").write_text(text)
    with pytest.raises(FormatError) as error:
        read_rights_file(tmp_path / "rights")
    assert code(error) == expected


def test_what_is_missing() -> None:
    assert missing(piece(1, Rights())) == ("owner", "licence", "consent")
    assert missing(piece(1)) == () and missing(piece(1), "other") == ("show:other",)
    assert missing(piece(1, replace(FULL, shows=())), "other") == ()
    assert gaps(Manifest("x", pieces=(piece(1),))) == ()
