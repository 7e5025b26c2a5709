"""Installed looks never change, and what is installed was checked from end to end."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from render_server.looks.catalogue import Catalogue
from render_server.looks.content import content_sha256, folder_sha256, members
from render_server.looks.history import Entry, add_entry, read_history
from render_server.looks.install import install_look
from shot_format.errors import FormatError, MissingError, PaintoverError
from tests.looks.made import TRAINING, small_adapter, small_look, tensors, write_look


def install(tmp_path: Path, key: str = "hero/wash@3", **more: object) -> Catalogue:
    draft = small_look(tmp_path / f"draft-{key.replace('/', '-')}", key, **more)
    install_look(draft, tmp_path / "looks", "ana", "trained")
    return Catalogue(tmp_path / "looks", ())


def test_an_installed_look_is_a_candidate_where_its_name_says(tmp_path: Path) -> None:
    catalogue = install(tmp_path)
    offer = catalogue.find("hero/wash@3")
    assert offer.look.folder == tmp_path / "looks" / "hero" / "wash@3" and offer.look.show == "hero"
    assert offer.state == "candidate" and offer.last is not None and (offer.last.who, offer.last.why) == ("ana", "trained")
    assert offer.sha256 == content_sha256(members(tmp_path / "draft-hero-wash@3"))
    assert offer.look.training is not None and offer.look.training.art[0].owner == "The production"
    assert "Harbour at dusk" in (offer.look.folder / "MODEL_CARD.md").read_text()
    assert not list((tmp_path / "looks").glob(".partial-*"))


@pytest.mark.parametrize("name", ["look.json", "weights.safetensors", "thumbnail.png", "MODEL_CARD.md"])
def test_a_changed_file_is_told(tmp_path: Path, name: str) -> None:
    catalogue = install(tmp_path)
    place = tmp_path / "looks" / "hero" / "wash@3" / name
    data = bytearray(place.read_bytes())
    data[-3] ^= 0x01
    place.write_bytes(data)
    with pytest.raises(PaintoverError) as caught:
        catalogue.find("hero/wash@3")
    assert caught.value.code == ("look-broken" if name == "look.json" else "look-changed")
    assert catalogue.list() == ()


def test_a_file_more_or_less_is_told(tmp_path: Path) -> None:
    catalogue = install(tmp_path)
    folder = tmp_path / "looks" / "hero" / "wash@3"
    (folder / "art" / "more.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(FormatError, match="look-changed"):
        catalogue.find("hero/wash@3")
    (folder / "art" / "more.jpg").unlink()
    assert catalogue.find("hero/wash@3").state == "candidate"
    (folder / "thumbnail.png").unlink()
    with pytest.raises(FormatError, match="look-changed"):
        catalogue.find("hero/wash@3")


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    folder = small_look(tmp_path / "look")
    before, place = folder_sha256(folder), folder / "MODEL_CARD.md"
    times = place.stat()
    place.write_bytes(place.read_bytes()[:-2] + b"!\n")
    os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert folder_sha256(folder) != before


def test_a_version_never_changes_but_may_be_installed_twice(tmp_path: Path) -> None:
    catalogue = install(tmp_path)
    install_look(tmp_path / "draft-hero-wash@3", tmp_path / "looks", "ben", "again")
    assert [entry.who for entry in catalogue.history("hero/wash@3")] == ["ana"]
    with pytest.raises(FormatError, match="look-exists"):
        install_look(small_look(tmp_path / "other", value=1), tmp_path / "looks", "ben", "another")
    assert not list((tmp_path / "looks").glob(".partial-*"))


def test_states_go_forward_and_are_kept_with_who_when_and_why(tmp_path: Path) -> None:
    catalogue = install(tmp_path)
    catalogue.change("hero/wash@3", "approved", "ana", "matches the key art")
    with pytest.raises(FormatError, match="look-state"):
        catalogue.change("hero/wash@3", "approved", "ana", "again")
    retired = catalogue.change("hero/wash@3", "retired", "ben", "rights ran out")
    assert retired.state == "retired"
    with pytest.raises(FormatError, match="look-state"):
        catalogue.change("hero/wash@3", "approved", "ana", "no, good after all")
    told = [(entry.state, entry.who, entry.why) for entry in catalogue.history("hero/wash@3")]
    expected = [("candidate", "ana", "trained"), ("approved", "ana", "matches the key art"), ("retired", "ben", "rights ran out")]
    assert told == expected
    assert catalogue.list() == () and [offer.state for offer in catalogue.list(retired=True)] == ["retired"]
    assert catalogue.find("hero/wash@3").state == "retired"
    with pytest.raises(MissingError, match="look-unknown"):
        catalogue.find("hero/wash")


def test_who_decides_must_say_who_and_why(tmp_path: Path) -> None:
    catalogue = install(tmp_path)
    for who, why in (("", "x"), ("ana", " ")):
        with pytest.raises(FormatError, match="look-why"):
            catalogue.change("hero/wash@3", "approved", who, why)
    with pytest.raises(FormatError, match=r"hero/wash@3.*look-version"):
        catalogue.change("hero/wash", "approved", "ana", "good")


def test_shipped_looks_have_no_states(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="look-shipped"):
        Catalogue(tmp_path / "looks").change("oil@1", "retired", "ana", "dull")


def test_a_bare_name_means_the_newest_approved_version_else_the_newest(tmp_path: Path) -> None:
    for version in (1, 2, 3):
        catalogue = install(tmp_path, f"hero/wash@{version}")
    assert catalogue.find("hero/wash").look.version == 3
    catalogue.change("hero/wash@1", "approved", "ana", "good")
    catalogue.change("hero/wash@2", "approved", "ana", "better")
    assert [offer.look.version for offer in catalogue.list()] == [2, 1, 3]
    assert catalogue.find("hero/wash").look.version == 2
    catalogue.change("hero/wash@2", "retired", "ana", "a bug")
    assert catalogue.find("hero/wash").look.version == 1


def test_a_show_sees_its_own_looks_and_those_of_all(tmp_path: Path) -> None:
    for key in ("hero/wash@3", "villain/ink@1", "all@1"):
        install(tmp_path, key)
    catalogue = Catalogue(tmp_path / "looks", ())
    assert [offer.look.key for offer in catalogue.list("hero")] == ["all@1", "hero/wash@3"]
    for name in ("villain/ink@1", "villain/ink", "villain/none@1"):
        with pytest.raises(MissingError) as caught:
            catalogue.find(name, "hero")
        assert caught.value.message.replace(name, "NAME") == 'There is no look "NAME"; there are: all@1, hero/wash@3.'
    (tmp_path / "looks" / "villain" / "ink@1" / "look.json").write_text("{")
    assert len(catalogue.list("hero")) == 2
    with pytest.raises(MissingError):
        catalogue.find("villain/ink@1", "hero")


def test_two_who_decide_at_once_leave_one_entry_each_or_one_is_told(tmp_path: Path) -> None:
    install(tmp_path)
    barrier, refused = threading.Barrier(8), []

    def decide(number: int) -> None:
        barrier.wait()
        try:
            add_entry(tmp_path / "looks", "hero/wash@3", Entry("approved", f"w{number}", "2026", "good", "ab" * 32))
        except FormatError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.state for entry in read_history(tmp_path / "looks", "hero/wash@3")] == ["candidate", "approved"]
    assert refused == ["look-state"] * 7


def test_a_show_s_look_says_how_it_was_trained(tmp_path: Path) -> None:
    draft = write_look(tmp_path / "draft", "hero/wash@3", tensors({}))
    (draft / "config.json").write_text("{}")
    with pytest.raises(FormatError, match="look-lineage"):
        install_look(draft, tmp_path / "looks", "ana", "trained")
    draft = write_look(tmp_path / "other", "hero/wash@3", tensors({}), {**TRAINING, "base_sha256": "ab" * 32})
    (draft / "config.json").write_text("{}")
    with pytest.raises(FormatError, match="look-lineage"):
        install_look(draft, tmp_path / "looks", "ana", "trained")
    assert not list((tmp_path / "looks").glob("*"))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("weights.safetensors", b"\x80\x04pickle", "weights-broken"),
        ("weights.safetensors", tensors({}) + b"more", "weights-broken"),
        ("weights.safetensors", tensors({"base": "../../etc", "base_sha256": "ab" * 32}), "weights-broken"),
        ("art/a.jpg", b"<svg onload=x>", "look-stray"),
        ("thumbnail.png", b"GIF89a", "look-stray"),
        ("run.py", b"print()", "look-stray"),
        ("a/b/c.json", b"{}", "look-stray"),
        (".hidden.json", b"{}", "look-stray"),
        ("con.json", b"{}", "look-stray"),
        ("Look.json", b"{}", "look-stray"),
        ("more.json", b"{", "json-broken"),
        ("more.md", b"\xff\xfe", "look-stray"),
        ("look.json", b"{}", "look-broken"),
    ],
)
def test_drafts_that_are_refused(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    draft = small_look(tmp_path / "draft")
    (draft / name).parent.mkdir(parents=True, exist_ok=True)
    (draft / name).write_bytes(data)
    if name == "weights.safetensors":
        fields = json.loads((draft / "look.json").read_text())
        from shot_format.blobs import sha256

        (draft / "look.json").write_text(json.dumps({**fields, "model_sha256": sha256(data)}))
    with pytest.raises(PaintoverError) as caught:
        install_look(draft, tmp_path / "looks", "ana", "trained")
    assert caught.value.code == code
    assert not list((tmp_path / "looks").glob("*"))


def test_a_link_is_refused(tmp_path: Path) -> None:
    draft = small_look(tmp_path / "draft")
    (tmp_path / "secret.json").write_text("{}")
    (draft / "more.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(FormatError, match="look-stray"):
        install_look(draft, tmp_path / "looks", "ana", "trained")


def test_a_look_needs_its_base(tmp_path: Path) -> None:
    base = tmp_path / "made" / "ground@4"
    draft = small_adapter(tmp_path / "made" / "wash@3", base)
    with pytest.raises(MissingError, match="look-base-missing"):
        install_look(draft, tmp_path / "looks", "ana", "trained")
    assert not list((tmp_path / "looks").glob("*/*@*"))


@pytest.mark.parametrize(
    "name", ["hero/../wash", "/wash", "hero/", "hero//wash", "Hero/wash", "hero/wash/dry", "..", "hero\\wash", "a" * 70]
)
def test_a_name_never_makes_a_folder_by_accident(tmp_path: Path, name: str) -> None:
    draft = small_look(tmp_path / "draft")
    fields = json.loads((draft / "look.json").read_text())
    (draft / "look.json").write_text(json.dumps({**fields, "name": name}))
    with pytest.raises(FormatError, match="look-broken"):
        install_look(draft, tmp_path / "looks", "ana", "trained")
    with pytest.raises(MissingError):
        Catalogue(tmp_path / "looks", ()).find(f"{name}@1")
    assert sorted(place.name for place in tmp_path.iterdir()) in (["draft"], ["draft", "looks"])
