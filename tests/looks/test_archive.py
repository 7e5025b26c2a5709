"""A look as one file: the same bytes each time, and refused where a single one is not as it should be."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from render_server.looks.archive import export_look, import_look
from render_server.looks.catalogue import Catalogue
from render_server.looks.content import members
from shot_format.errors import FormatError, MissingError, PaintoverError
from tests.looks.made import small_adapter, small_look


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A look with its base in one file."""
    draft = small_adapter(tmp_path / "made" / "wash@3", tmp_path / "made" / "ground@4")
    export_look(draft, tmp_path / "look.paintover")
    return tmp_path / "look.paintover"


def refused(file: Path, store: Path) -> str:
    with pytest.raises(PaintoverError) as caught:
        import_look(file, store, "ben", "bought")
    assert not store.exists() or not list(store.rglob("*.safetensors"))
    assert not list(store.glob(".partial-*"))
    return caught.value.code


def test_a_look_goes_out_and_comes_in_whole(tmp_path: Path, file: Path) -> None:
    look = import_look(file, tmp_path / "looks", "ben", "from the other studio")
    assert members(look.folder) == members(tmp_path / "made" / "wash@3")
    assert members(tmp_path / "looks" / "hero" / "ground@4") == members(tmp_path / "made" / "ground@4")
    offer = Catalogue(tmp_path / "looks", ()).find("hero/wash")
    assert offer.state == "candidate" and offer.last is not None and offer.last.why == "from the other studio"
    assert import_look(file, tmp_path / "looks", "ben", "again") == look
    assert len(Catalogue(tmp_path / "looks", ()).history("hero/wash@3")) == 1


def test_the_same_look_gives_the_same_bytes_whenever_and_wherever(tmp_path: Path, file: Path) -> None:
    look = import_look(file, tmp_path / "looks", "ben", "bought")
    for place in look.folder.rglob("*.*"):
        place.touch()
    export_look(look.folder, tmp_path / "again.paintover")
    assert (tmp_path / "again.paintover").read_bytes() == file.read_bytes()


def test_any_tar_can_open_it(tmp_path: Path, file: Path) -> None:
    with tarfile.open(file, "r:") as tar:
        names = tar.getnames()
        text = tar.extractfile("look/look.json")
        assert text is not None and text.read() == (tmp_path / "made" / "wash@3" / "look.json").read_bytes()
    assert names[0] == "paintover-look.json" and "base/weights.safetensors" in names


def test_one_flipped_byte_anywhere_is_refused(tmp_path: Path, file: Path) -> None:
    data = file.read_bytes()
    bad = tmp_path / "bad.paintover"
    for place in range(0, len(data), 11):
        bad.write_bytes(data[:place] + bytes((data[place] ^ (1 << place % 8),)) + data[place + 1 :])
        with pytest.raises(PaintoverError):
            import_look(bad, tmp_path / "looks", "ben", "bought")
    assert not list((tmp_path / "looks").iterdir())


def test_a_file_that_is_too_short_or_too_long_is_refused(tmp_path: Path, file: Path) -> None:
    data, bad = file.read_bytes(), tmp_path / "bad.paintover"
    for wrong in (b"", data[:100], data[:600], data[:-1], data[:-512], data + b"\0", data + data, data[512:]):
        bad.write_bytes(wrong)
        refused(bad, tmp_path / "looks")


def rewritten(file: Path, change: Callable[[list[tuple[str, bytes]]], None]) -> Path:
    """The file with other members, every hash in its manifest made right again."""
    with tarfile.open(file, "r:") as tar:
        parts = [(each.name, tar.extractfile(each).read()) for each in tar.getmembers()]  # type: ignore[union-attr]
    change(parts)
    out = file.with_name("changed.paintover")
    with tarfile.open(out, "w:", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in parts:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out


def test_what_stands_in_no_manifest_is_refused(tmp_path: Path, file: Path) -> None:
    for name in ("look/../../token", "/etc/cron.d/x", "look/extra.json", "look\\x.json"):
        assert refused(rewritten(file, lambda parts, name=name: parts.append((name, b"{}"))), tmp_path / "looks") == "archive-broken"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["../x.json", "/x.json", "a/../../x.json", "a\\x.json", "x.py", "", ".json", "NUL.json", "x.json\0.png"])
def test_a_manifest_that_names_other_places_is_refused(tmp_path: Path, file: Path, name: str) -> None:
    def change(parts: list[tuple[str, bytes]]) -> None:
        manifest = json.loads(parts[0][1])
        manifest["members"][0]["name"] = name
        parts[0] = (parts[0][0], json.dumps(manifest, separators=(",", ":")).encode())

    assert refused(rewritten(file, change), tmp_path / "looks") in ("field-value", "look-stray", "archive-broken")


def test_a_manifest_that_promises_too_much_is_refused_before_anything_is_read(tmp_path: Path, file: Path) -> None:
    def change(parts: list[tuple[str, bytes]]) -> None:
        manifest = json.loads(parts[0][1])
        for each in manifest["members"]:
            each["bytes"] = 2 << 30
        parts[0] = (parts[0][0], json.dumps(manifest, separators=(",", ":")).encode())

    assert refused(rewritten(file, change), tmp_path / "looks") == "look-too-large"


def test_the_base_may_be_named_by_its_hash(tmp_path: Path, file: Path) -> None:
    export_look(tmp_path / "made" / "wash@3", tmp_path / "lean.paintover", with_base=False)
    with tarfile.open(tmp_path / "lean.paintover", "r:") as tar:
        assert not [name for name in tar.getnames() if name.startswith("base/")]
    with pytest.raises(MissingError, match="look-base-missing"):
        import_look(tmp_path / "lean.paintover", tmp_path / "empty", "ben", "bought")
    shutil.copytree(tmp_path / "made" / "ground@4", tmp_path / "looks" / "hero" / "ground@4")
    assert import_look(tmp_path / "lean.paintover", tmp_path / "looks", "ben", "bought").key == "hero/wash@3"
    (tmp_path / "looks" / "hero" / "ground@4" / "config.json").write_text('{"other": 1}')
    with pytest.raises(FormatError, match="archive-broken"):
        import_look(tmp_path / "lean.paintover", tmp_path / "looks", "ben", "bought")


def test_a_base_of_the_same_name_with_other_weights_is_not_replaced(tmp_path: Path, file: Path) -> None:
    import_look(file, tmp_path / "looks", "ben", "bought")
    other = small_adapter(tmp_path / "other" / "ink@1", tmp_path / "other" / "ground@4", "hero/ink@1")
    place = tmp_path / "other" / "ground@4" / "weights.safetensors"
    place.write_bytes(place.read_bytes()[:-1] + b"!")
    shutil.rmtree(other)
    small_adapter(other, tmp_path / "other" / "ground@4", "hero/ink@1")
    export_look(other, tmp_path / "ink.paintover")
    with pytest.raises(FormatError, match="look-base-differs"):
        import_look(tmp_path / "ink.paintover", tmp_path / "looks", "ben", "bought")
    assert [offer.look.key for offer in Catalogue(tmp_path / "looks", ()).list()] == ["hero/wash@3"]


def test_a_broken_look_is_not_exported(tmp_path: Path) -> None:
    draft = small_look(tmp_path / "draft")
    (draft / "weights.safetensors").write_bytes(b"\0" * 64)
    with pytest.raises(FormatError):
        export_look(draft, tmp_path / "out.paintover")
    assert sorted(place.name for place in tmp_path.iterdir()) == ["draft"]
