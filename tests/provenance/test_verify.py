"""Yes for an untouched frame; for every other, what is different."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from render_server.provenance.evidence import SIGNED, Evidence, evidence_beside
from render_server.provenance.metadata import metadata_chunks, read_record
from render_server.provenance.record import SOURCE_TYPE, FrameRecord, pixels_sha256, software_versions
from render_server.provenance.signing import ensure_key, opened, public_place, read_public_key, sign
from render_server.provenance.verify import CHANGED, UNPROVEN, UNTOUCHED, Finding, verify_frame, verify_take
from render_server.worker.png import decode_png, encode_png
from shot_format.blobs import sha256
from shot_format.codec import to_json
from shot_format.errors import FormatError, PaintoverError
from shot_format.messages import Proof, ProvenFrame, Recipe, SignedProof

WIDTH, HEIGHT, FRAMES = 96, 54, 3
RECIPE = Recipe("hero/wash@3", 7, WIDTH, HEIGHT, 1, FRAMES, model_sha256="ab" * 32, look_sha256="cd" * 32)


def picture(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)


def record(number: int, pixels: np.ndarray) -> FrameRecord:
    named = pixels_sha256(pixels.shape[1], pixels.shape[0], pixels.tobytes())
    return FrameRecord(number, WIDTH, HEIGHT, named, RECIPE, "ef" * 32, "01" * 32, dict(software_versions()), art_manifest_sha256="23" * 32)


def frame(number: int) -> bytes:
    pixels = picture(number)
    return encode_png(pixels, metadata_chunks(record(number, pixels)))


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A take's folder with its signed list, and the server's key outside."""
    folder = tmp_path / "take"
    (folder / "frames").mkdir(parents=True)
    proven = []
    for number in range(1, FRAMES + 1):
        data = frame(number)
        (folder / "frames" / f"painted.{number:04d}.png").write_bytes(data)
        said = read_record(data)
        assert said is not None
        proven.append(ProvenFrame(number, sha256(data), said.pixels_sha256))
    signed = sign(ensure_key(tmp_path / "signing.key"), Proof("job", "shot", RECIPE, tuple(proven)))
    (folder / SIGNED).write_text(to_json(signed))
    return folder


def check(path: Path) -> Finding:
    return verify_frame(path, evidence_beside(path.parent))


def test_an_untouched_frame_and_take(take: Path) -> None:
    found = check(take / "frames" / "painted.0001.png")
    assert found.verdict == UNTOUCHED and not found.differences and "signed with the key" in found.held_against[0]
    assert found.record is not None and found.record.recipe == RECIPE
    assert [each.verdict for each in verify_take(take, evidence_beside(take))] == [UNTOUCHED] * FRAMES


def test_other_programs_read_where_it_comes_from(take: Path) -> None:
    with Image.open(take / "frames" / "painted.0001.png") as image:
        assert SOURCE_TYPE in image.info["XML:com.adobe.xmp"]
        told = json.loads(image.info["paintover"])
        assert np.array_equal(np.asarray(image), picture(1))
    assert (
        told["recipe"]["look"] == "hero/wash@3" and told["recipe"]["look_sha256"] == "cd" * 32 and told["art_manifest_sha256"] == "23" * 32
    )
    assert told["software"]["paintover"] and told["frame"] == 1


def test_the_same_frame_has_the_same_bytes() -> None:
    assert frame(1) == frame(1) != frame(2)
    assert np.array_equal(decode_png(frame(1), WIDTH, HEIGHT), picture(1))


def saved(path: Path, image: Image.Image, keep: bool, **options: object) -> Path:
    """Save as an image program does, with the metadata or without."""
    info = PngImagePlugin.PngInfo()
    if keep:
        for name in ("XML:com.adobe.xmp", "paintover"):
            info.add_itxt(name, image.info[name])
    image.save(path, pnginfo=info if keep else None, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("keep", [True, False])
def test_a_cropped_frame(take: Path, keep: bool) -> None:
    path = take / "frames" / "painted.0002.png"
    with Image.open(path) as image:
        image.load()
        cropped = image.crop((0, 0, 80, 54))
        cropped.info = image.info
        found = check(saved(path, cropped, keep))
    assert found.verdict == CHANGED
    assert ("96 × 54 pixels and has 80 × 54: it was cropped" in found.differences[0]) is keep
    assert any("pixels are not those of the frame 2" in each for each in found.differences)


def test_a_frame_that_was_saved_anew_with_its_metadata(take: Path) -> None:
    path = take / "frames" / "painted.0002.png"
    with Image.open(path) as image:
        image.load()
        found = check(saved(path, image, True))
    assert found.verdict == CHANGED and len(found.differences) == 1
    assert "pixels are those of the frame 2, the file is not: it was saved anew" in found.differences[0]


def test_a_frame_that_was_saved_anew_without_its_metadata(take: Path) -> None:
    path = take / "frames" / "painted.0002.png"
    with Image.open(path) as image:
        image.load()
        found = check(saved(path, image, False))
    assert found.verdict == CHANGED and "metadata are gone" in found.differences[0]
    assert "pixels are those of the frame 2" in found.differences[1]


def test_a_frame_that_was_saved_as_something_else(take: Path) -> None:
    path = take / "frames" / "painted.0002.png"
    with Image.open(path) as image:
        image.load()
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "JPEG")
        grey = image.convert("L")
        grey.info = image.info
    path.write_bytes(buffer.getvalue())
    assert check(path).verdict == CHANGED
    found = check(saved(path, grey, True))
    assert found.verdict == CHANGED and "8-bit RGB and is PNG L" in found.differences[0]
    path.write_bytes(b"nothing")
    assert "no picture" in check(path).differences[0]


def test_metadata_that_were_copied_onto_other_pixels(take: Path) -> None:
    path = take / "frames" / "painted.0002.png"
    path.write_bytes(encode_png(picture(77), metadata_chunks(record(2, picture(2)))))
    found = check(path)
    assert found.verdict == CHANGED and "another picture's" in found.differences[0]
    assert "pixels are not those of the frame 2" in found.differences[1]


def test_a_forgery_that_agrees_with_itself_is_not_in_the_list(take: Path) -> None:
    path = take / "frames" / "painted.0002.png"
    path.write_bytes(encode_png(picture(77), metadata_chunks(record(2, picture(77)))))
    assert verify_frame(path, ()).verdict == UNPROVEN
    found = check(path)
    assert found.verdict == CHANGED and "not those of the frame 2" in found.differences[0]


def test_one_pixel_is_enough(take: Path) -> None:
    path = take / "frames" / "painted.0003.png"
    pixels = picture(3)
    pixels[10, 10, 0] ^= 1
    path.write_bytes(encode_png(pixels, metadata_chunks(record(3, picture(3)))))
    assert check(path).verdict == CHANGED


def test_without_a_list_a_frame_is_at_most_unproven(take: Path) -> None:
    (take / SIGNED).unlink()
    found = check(take / "frames" / "painted.0001.png")
    assert found.verdict == UNPROVEN and found.held_against == ()


def test_a_missing_frame_and_one_too_many(take: Path) -> None:
    (take / "frames" / "painted.0002.png").unlink()
    shutil.copy(take / "frames" / "painted.0001.png", take / "frames" / "painted.0009.png")
    found = {each.file: each for each in verify_take(take, evidence_beside(take))}
    assert found["painted.0002.png"].differences == ("The frame is missing.",)
    assert found["painted.0001.png"].verdict == UNTOUCHED
    assert found["painted.0009.png"].verdict == CHANGED and "It is the frame 1 of the list" in found["painted.0009.png"].differences[0]


def test_the_list_of_a_take_that_is_not_signed_counts_as_that(take: Path) -> None:
    signed = opened(SignedProof(**json.loads((take / SIGNED).read_text())))
    (take / SIGNED).unlink()
    told = {"frames": {str(each.number): each.sha256 for each in signed.frames}}
    (take / "take.json").write_text(json.dumps(told))
    found = check(take / "frames" / "painted.0001.png")
    assert found.verdict == UNTOUCHED and "not signed" in found.held_against[0]
    (take / "take.json").write_text('{"recipe": {}}')  # as a plug-in's take has it: no list
    assert check(take / "frames" / "painted.0001.png").verdict == UNPROVEN
    (take / "take.json").write_text("[")
    assert check(take / "frames" / "painted.0001.png").verdict == CHANGED


def test_a_list_that_was_changed_or_signed_by_another_counts_for_nothing(take: Path, tmp_path: Path) -> None:
    told = json.loads((take / SIGNED).read_text())
    right = read_public_key(public_place(tmp_path / "signing.key"))
    path = take / "frames" / "painted.0001.png"
    assert verify_frame(path, evidence_beside(path.parent, [right])).held_against == (f"{SIGNED}, signed with a key that you trust",)
    other = sign(ensure_key(tmp_path / "other.key"), opened(SignedProof(**told)))
    (take / SIGNED).write_text(to_json(other))
    found = verify_frame(path, evidence_beside(path.parent, [right]))
    assert found.verdict == CHANGED and "not the one to be trusted" in found.differences[0]
    for name, value in (("proof", told["proof"].replace('"seed":7', '"seed":8')), ("signature", "00" * 64), ("public_key", "00" * 32)):
        with pytest.raises(PaintoverError):
            opened(SignedProof(**{**told, name: value}))
    (take / SIGNED).write_text(json.dumps({**told, "proof": told["proof"].replace('"seed":7', '"seed":8')}))
    found = verify_frame(path, evidence_beside(path.parent))
    assert found.verdict == CHANGED and "the list was changed" in found.differences[0]


def test_the_key_is_private_and_stays(tmp_path: Path) -> None:
    key = ensure_key(tmp_path / "signing.key")
    assert ensure_key(tmp_path / "signing.key") == key
    assert (tmp_path / "signing.key").stat().st_mode & 0o077 == 0
    assert key.hex() not in (tmp_path / "signing.pub").read_text()
    (tmp_path / "signing.key").write_text("short\n")
    with pytest.raises(FormatError, match="key-broken"):
        ensure_key(tmp_path / "signing.key")


@pytest.mark.parametrize("cut", [0, 7, 8, 20, 100, 500, -1])
def test_broken_files_say_nothing(cut: int) -> None:
    data = frame(1)
    assert read_record(data[:cut]) is None or cut == -1
    for place in range(40, 700, 7):
        read_record(data[:place] + b"\xff" + data[place + 1 :])  # whatever it says, it does not break


def test_no_list_says_that_nobody_vouches(take: Path) -> None:
    assert Evidence("none").by_number(1) is None and Evidence("none").by_file("ab" * 32) is None
