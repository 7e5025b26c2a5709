"""Frames that were painted over by hand: out as layers, back as pixels that fit their frame exactly, then pairs to learn from."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from render_server.look_training.feeding import fields_of
from render_server.look_training.marks import marks_of
from render_server.look_training.openraster import Layer, openraster
from render_server.look_training.painted_colours import ObjectColour, misfit, palette_of
from render_server.look_training.paintovers import LEAST, as_fields, facts_of, pairs_of, style_for, style_in, style_of_look
from render_server.look_training.shot_frames import OpenShot
from render_server.look_training.taking_back import Painting, read_painting, take_back
from render_server.look_training.template import PAGE, Template, export_template, read_template
from render_server.looks.palette import PaletteSettings, _mapped
from render_server.looks.registry import load_look
from render_server.passes.geometry import UInt8
from render_server.passes.loader import ShotLoader
from render_server.quality.colour import to_oklab
from render_server.quality.motion import carried_error, step_back, trail
from render_server.video_models.base import ShotInfo
from render_server.video_models.painter.model import Painter
from shot_format.errors import FormatError, LimitError, MissingError, PaintoverError
from shot_format.messages import Recipe
from tests.look_training.studio import demo, guest_paints

SIZE = (320, 180)
FRAMES = (1030, 1038)


@pytest.fixture(scope="module")
def shot() -> OpenShot:
    return demo(42, SIZE)


@pytest.fixture(scope="module")
def painted(shot: OpenShot) -> dict[int, UInt8]:
    return {number: guest_paints(shot, number, SIZE) for number in FRAMES}


@pytest.fixture(scope="module")
def exported(shot: OpenShot, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Template]:
    folder = tmp_path_factory.mktemp("template")
    return folder, export_template(shot, FRAMES, folder, SIZE, load_look("oil@1"))


@pytest.fixture
def desk(exported: tuple[Path, Template], tmp_path: Path) -> Path:
    """A template's folder that a test may paint in."""
    folder = tmp_path / "desk"
    folder.mkdir()
    for path in exported[0].glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def saved(path: Path, picture: UInt8, **options: int) -> Path:
    Image.fromarray(picture).save(path, **options)
    return path


def refused(work: Callable[[], object], kind: type[PaintoverError] = FormatError) -> str:
    with pytest.raises(kind) as error:
        work()
    assert error.value.message.endswith((".", "?"))
    return error.value.code


def layers_of(path: Path) -> dict[str, np.ndarray]:
    """What a painting program reads: layers by name, from the lowest to the topmost, RGBA."""
    with zipfile.ZipFile(path) as archive:
        stack = archive.read("stack.xml").decode()
        entries = re.findall(r'<layer name="([^"]+)" src="([^"]+)"', stack)
        return {name: np.asarray(Image.open(io.BytesIO(archive.read(place))).convert("RGBA")) for name, place in reversed(entries)}


def test_the_template_is_an_openraster_file(shot: OpenShot, exported: tuple[Path, Template]) -> None:
    folder, template = exported
    path = folder / template.frames[0].files[0].name
    assert path.name == "Tea_for_two.1030.ora" and read_template(folder) == template
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read(first)) == ("mimetype", zipfile.ZIP_STORED, b"image/openraster")
        assert archive.testzip() is None
        merged, thumbnail = (Image.open(io.BytesIO(archive.read(name))) for name in ("mergedimage.png", "Thumbnails/thumbnail.png"))
        assert merged.size == SIZE and max(thumbnail.size) <= 256
        stack = archive.read("stack.xml").decode()
    assert re.findall(r'name="(\w+)".*visibility="(\w+)"', stack) == [
        ("paint", "visible"), ("lines", "hidden"), ("ids", "hidden"), ("palette", "visible"), ("beauty", "visible"),
    ]  # fmt: skip
    layers = layers_of(path)
    _, passes = ShotLoader(shot.file.shot, shot.read_blob, SIZE).opening(shot.frame(1030))
    assert np.array_equal(layers["beauty"][..., :3], passes.beauty)
    assert np.array_equal(np.asarray(merged.convert("RGB")), layers["palette"][..., :3])
    assert not layers["paint"].any() and 0.01 < (layers["lines"][..., 3] > 0).mean() < 0.2
    flat = np.asarray(Image.open(folder / "layers" / "Tea_for_two.1030.palette.png"))
    assert np.array_equal(flat, layers["palette"][..., :3]) and not np.array_equal(flat, passes.beauty)


def test_ids_are_exact_and_all_different(shot: OpenShot, exported: tuple[Path, Template]) -> None:
    folder, template = exported
    for frame in template.frames:
        ids = layers_of(folder / frame.files[0].name)["ids"][..., :3].astype(int) @ (65536, 256, 1)
        _, passes = ShotLoader(shot.file.shot, shot.read_blob, SIZE).opening(shot.frame(frame.number))
        pairs = {(int(a), int(b)) for a, b in zip(ids.ravel(), passes.object_id.ravel(), strict=True)}
        assert len(pairs) == len(np.unique(passes.object_id)) == len(np.unique(ids)) > 20


def test_the_same_export_gives_the_same_bytes_and_spares_what_was_painted(
    shot: OpenShot, exported: tuple[Path, Template], desk: Path
) -> None:
    assert export_template(shot, FRAMES, desk, SIZE, load_look("oil@1")) == exported[1]
    saved(desk / "layers" / "Tea_for_two.1030.beauty.png", np.zeros((180, 320, 3), np.uint8))
    assert refused(lambda: export_template(shot, FRAMES, desk, SIZE, load_look("oil@1")), LimitError) == "paintover-there"


def test_paint_comes_back_through_openraster(shot: OpenShot, desk: Path, painted: dict[int, UInt8]) -> None:
    place = desk / "Tea_for_two.1030.ora"
    layers = [Layer(name, pixels, hidden=name in ("ids", "lines")) for name, pixels in layers_of(place).items()]
    paint = np.dstack([painted[1030], np.full((180, 320), 255, np.uint8)])
    paint[:, :40, 3] = 0
    place.write_bytes(openraster([*layers[:-1], replace(layers[-1], pixels=paint, opacity=0.5)]))
    taken = take_back(shot, desk, look=load_look("oil@1"))
    (painting,) = taken.paintings
    below = layers[1].pixels[..., :3].astype(float)
    wanted = np.where(paint[..., 3:] > 0, 0.5 * painted[1030] + 0.5 * below, below)
    assert painting.number == 1030 and np.abs(painting.pixels - wanted).max() <= 1.0


def in_groups(path: Path, entries: str, pictures: dict[str, Image.Image], size: tuple[int, int] = (8, 6), **other: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", other.get("mimetype", b"image/openraster"))
        stack = f"<image version='0.0.3' w='{size[0]}' h='{size[1]}'><stack>{entries}</stack></image>".encode()
        archive.writestr("stack.xml", other.get("stack", stack), zipfile.ZIP_DEFLATED)
        for name, picture in pictures.items():
            buffer = io.BytesIO()
            picture.save(buffer, "PNG")
            archive.writestr(name, buffer.getvalue())
    return path


def test_groups_offsets_and_modes(tmp_path: Path) -> None:
    plain = {"a.png": Image.new("RGBA", (8, 6), (0, 0, 200, 255)), "b.png": Image.new("RGBA", (4, 4), (200, 0, 0, 255))}
    group = "<stack opacity='0.5'><layer src='b.png' x='6' y='-2'/></stack><layer src='a.png'/>"
    image, _, _ = read_painting(in_groups(tmp_path / "group.ora", group, plain))
    pixels = np.asarray(image)
    assert tuple(pixels[0, 6, :3]) == (100, 0, 100) and tuple(pixels[2, 6, :3]) == tuple(pixels[0, 5, :3]) == (0, 0, 200)
    multiplied = "<layer name='shade' src='b.png' composite-op='svg:multiply' {}/><layer src='a.png'/>"
    with pytest.raises(FormatError, match="“shade” in the mode multiply") as error:
        read_painting(in_groups(tmp_path / "mode.ora", multiplied.format(""), plain))
    assert error.value.code == "ora-blend"
    hidden, _, _ = read_painting(in_groups(tmp_path / "hidden.ora", multiplied.format("visibility='hidden'"), plain))
    assert tuple(np.asarray(hidden)[0, 0, :3]) == (0, 0, 200)


def test_hostile_openraster_files_are_refused(tmp_path: Path) -> None:
    plain = {"a.png": Image.new("RGBA", (8, 6))}
    layer, bomb = "<layer src='a.png'/>", tmp_path / "bomb.ora"
    in_groups(bomb, layer, {})
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(200 << 20))
    lol = b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><image w='8' h='6'><stack/></image>"
    cases = {
        "ora-broken": [
            in_groups(tmp_path / "kind.ora", layer, plain, mimetype=b"application/zip"),
            in_groups(tmp_path / "entity.ora", layer, plain, stack=lol),
            in_groups(tmp_path / "path.ora", "<layer src='../../etc/passwd'/>", plain),
            in_groups(tmp_path / "deep.ora", "<stack>" * 40 + layer + "</stack>" * 40, plain),
        ],
        "art-too-large": [in_groups(tmp_path / "wide.ora", layer, plain, (90_000, 90_000)), bomb],
    }
    for code, paths in cases.items():
        for path in paths:
            with pytest.raises(PaintoverError) as error:
                read_painting(path)
            assert error.value.code == code, path.name


def test_flat_pictures_come_back_by_the_number_in_their_name(shot: OpenShot, desk: Path, painted: dict[int, UInt8]) -> None:
    saved(desk / "Tea_for_two.1030.final2.jpg", painted[1030], quality=95)
    saved(desk / "layers_1038.png", painted[1038])
    saved(desk / "opened.1038.png", layers_of(desk / "Tea_for_two.1038.ora")["ids"][..., :3], compress_level=1)
    taken = take_back(shot, desk, look=load_look("oil@1"))
    assert [each.number for each in taken.paintings] == [1030, 1038] and taken.passed == ("opened.1038.png: the template, saved anew",)
    assert np.array_equal(taken.paintings[1].pixels, painted[1038]) and not any(each.remarks for each in taken.paintings)
    elsewhere = saved(desk / "mine.png", painted[1038])
    assert refused(lambda: take_back(shot, desk, [elsewhere]), MissingError) == "paintover-number"
    assert take_back(shot, desk, [elsewhere], 1038, load_look("oil@1")).paintings[0].number == 1038
    twice = [desk / "layers_1038.png", saved(desk / "b.1038.png", painted[1038])]
    assert refused(lambda: take_back(shot, desk, twice)) == "paintover-double"


def test_what_cannot_be_right_is_refused(shot: OpenShot, exported: tuple[Path, Template], desk: Path, painted: dict[int, UInt8]) -> None:
    look = load_look("oil@1")
    assert refused(lambda: take_back(shot, desk), MissingError) == "paintover-none"
    assert refused(lambda: take_back(shot, desk / "nowhere"), MissingError) == "paintover-no-template"
    cropped = saved(desk / "a.1030.png", painted[1030][:, :300])
    assert refused(lambda: take_back(shot, desk, [cropped])) == "paintover-size"
    for name in ("beauty", "palette"):
        flat = saved(desk / f"b.1030.{name}.jpg", layers_of(desk / "Tea_for_two.1030.ora")[name][..., :3], quality=92)
        assert refused(lambda flat=flat: take_back(shot, desk, [flat], look=look)) == "paintover-untouched"  # type: ignore[misc]
    assert refused(lambda: take_back(shot, desk, [desk / "Tea_for_two.1030.ora"], look=look)) == "paintover-untouched"
    for name, pixels in layers_of(desk / "Tea_for_two.1030.ora").items():  # what a program saved that only opened it
        again = saved(desk / f"again.1030.{name}.png", pixels)
        assert refused(lambda again=again: take_back(shot, desk, [again], look=look)) == "paintover-untouched"  # type: ignore[misc]
    other = saved(desk / "c.1031.png", painted[1030])
    assert refused(lambda: take_back(shot, desk, [other]), MissingError) == "paintover-not-exported"
    assert refused(lambda: take_back(shot, desk, [other], 2000), MissingError) == "paintover-no-frame"
    assert refused(lambda: export_template(shot, (1, 1030), desk / "x", SIZE), MissingError) == "paintover-no-frame"
    assert refused(lambda: export_template(shot, range(1001, 1013), desk / "x", SIZE), LimitError) == "paintover-frames"
    page = json.loads((desk / PAGE).read_text())
    page["frames"][0]["files"][0]["name"] = "../../x.1030.ora"
    (desk / PAGE).write_text(json.dumps(page))
    assert refused(lambda: read_template(desk)).startswith("field-")


def test_a_shot_that_changed_is_refused_and_one_in_another_size_is_not(shot: OpenShot, desk: Path, painted: dict[int, UInt8]) -> None:
    file, path = shot.file, saved(desk / "a.1030.png", painted[1030])
    index = next(index for index, frame in enumerate(file.frames) if frame.number == 1030)
    frame = file.frames[index]

    def with_frame(**changes: object) -> OpenShot:
        frames = (*file.frames[:index], replace(frame, **changes), *file.frames[index + 1 :])  # type: ignore[arg-type]
        return OpenShot(replace(file, frames=frames), shot.read_blob)

    moved = replace(frame.camera, matrix=(*frame.camera.matrix[:12], frame.camera.matrix[12] + 1, *frame.camera.matrix[13:]))
    with pytest.raises(FormatError, match="its camera") as error:
        take_back(with_frame(camera=moved), desk, [path])
    assert error.value.code == "paintover-shot-changed"
    with pytest.raises(FormatError, match="what stands in it"):
        take_back(with_frame(meshes=frame.meshes[:-1]), desk, [path])
    assert take_back(with_frame(characters=()), desk, [path]).paintings
    assert take_back(demo(31, (640, 360)), desk, [path]).paintings  # the same frame, captured larger


def test_another_size_is_resampled_and_what_moved_is_said(shot: OpenShot, desk: Path, painted: dict[int, UInt8]) -> None:
    look, large = load_look("oil@1"), np.asarray(Image.fromarray(painted[1038]).resize((640, 360)))
    (painting,) = take_back(shot, desk, [saved(desk / "a.1038.png", large)], look=look).paintings
    assert painting.pixels.shape == (360, 640, 3) and painting.at(SIZE).shape == (180, 320, 3) and "resampled" in painting.remarks[0]
    moved = np.roll(painted[1038], (-3, 6), axis=(0, 1))
    (painting,) = take_back(shot, desk, [saved(desk / "b.1038.png", moved)], look=look).paintings
    assert painting.move is not None and "pixels to the right" in painting.remarks[0] and " up" in painting.remarks[0]
    assert abs(painting.move.right * 180 - 6) <= 1 and abs(painting.move.down * 180 + 3) <= 1
    scaled = Image.fromarray(painted[1038]).resize((340, 191)).crop((10, 5, 330, 185))
    (painting,) = take_back(shot, desk, [saved(desk / "c.1038.png", np.asarray(scaled))], look=look).paintings
    assert painting.move is not None and painting.move.scale == 1.06
    half = painted[1038].copy()
    half[:, :160] = layers_of(desk / "Tea_for_two.1038.ora")["palette"][:, :160, :3]
    (painting,) = take_back(shot, desk, [saved(desk / "d.1038.png", half)], look=look).paintings
    assert painting.move is None and re.match(r"(49|5[0-3])% of the frame is as it was", painting.remarks[0])
    speck = layers_of(desk / "Tea_for_two.1038.ora")["palette"][..., :3].copy()
    speck[90:98, 160:168] = 255
    (painting,) = take_back(shot, desk, [saved(desk / "e.1038.png", speck)], look=look).paintings  # little, but painted
    assert painting.move is None


def test_a_looks_own_frames_can_be_painted_over(shot: OpenShot, tmp_path: Path) -> None:
    look, folder = load_look("acrylic@1"), tmp_path / "desk"
    opened = OpenShot(replace(shot.file, frames=shot.file.frames[:4], shot=replace(shot.file.shot, cuts=(1003,))), shot.read_blob)
    template = export_template(opened, (1002, 1004), folder, SIZE, look, painted=True)
    painter, loader, head = Painter(look), ShotLoader(shot.file.shot, shot.read_blob, SIZE), opened.file.shot
    state = painter.start(ShotInfo(head.id, 1001, 1004, *SIZE, head.cuts, loader.opening(opened.file.frames[0])), Recipe("acrylic@1"))
    loader.shot = opened.file.shot
    frames = [painter.paint(state, [painter.guides(state, seen.geometry, passes)])[0] for seen, passes in loader.passes(opened.file.frames)]
    layers = layers_of(folder / "Tea_for_two.1004.ora")
    assert list(layers) == ["beauty", "palette", "painted", "ids", "lines", "paint"] and template.painted
    assert np.array_equal(layers["painted"][..., :3], frames[3].pixels)
    assert refused(lambda: take_back(opened, folder, [folder / "Tea_for_two.1004.ora"], look=look)) == "paintover-untouched"
    corrected = frames[3].pixels.copy()
    corrected[60:90, 100:160] = (250, 220, 60)
    place = saved(folder / "layers" / "Tea_for_two.1004.painted.png", corrected)  # over the flat picture, as Photoshop would
    (painting,) = take_back(opened, folder, look=look).paintings
    assert np.array_equal(painting.pixels, corrected) and painting.number == 1004 and not painting.remarks
    saved(folder / "kept" / place.name, corrected)
    assert refused(lambda: take_back(opened, folder, [place], look=look)) == "paintover-kept"


def painting_of(number: int, pixels: UInt8) -> Painting:
    return Painting(number, f"{number}.png", "", pixels)


@pytest.mark.parametrize("cut", [False, True])
def test_pairs_hold_what_the_painter_is_fed(shot: OpenShot, painted: dict[int, UInt8], cut: bool, tmp_path: Path) -> None:
    shot = OpenShot(replace(shot.file, shot=replace(shot.file.shot, cuts=(1037,))), shot.read_blob) if cut else shot
    look = load_look("pastel@1")
    look = replace(look, recipe={"seed": 5, "stroke_scale": 1.25})
    made = pairs_of(shot, [painting_of(number, painted[number]) for number in FRAMES], fields_of(look), tmp_path, SIZE)
    firsts = [1027, 1030, 1037, 1038] if cut else [1027, 1030, 1035, 1038]
    assert [int(path.stem.split("_")[-1]) for path in made] == firsts
    loader, painter, head = ShotLoader(shot.file.shot, shot.read_blob, SIZE), Painter(look), shot.file.shot
    info = ShotInfo(head.id, head.first, head.last, *SIZE, head.cuts, loader.opening(shot.file.frames[0]))
    state = painter.start(info, Recipe("pastel@1", seed=5, stroke_scale=1.25))
    fed = {}
    for frame, (seen, passes) in zip(shot.file.frames, loader.passes(shot.file.frames, causal=True), strict=True):
        if frame.number >= 1027:
            fed[frame.number] = painter.guides(state, seen.geometry, passes)
    for path, first in zip(made, firsts, strict=True):
        pair, numbers = load_file(path), range(first, first + 4)
        assert pair["guides"].shape[:3] == (4, 180, 320) and np.array_equal(pair["inks"], np.float32([*look.ground, *look.line]))
        assert [bool(flag) for flag in pair["graded"]] == [number in FRAMES for number in numbers] and pair["height"][0] == 180
        for k, number in enumerate(numbers):
            assert np.array_equal(pair["guides"][k], fed[number].channels)
            assert np.array_equal(pair["motion"][k], fed[number].motion_backward.astype(np.float16))
            assert np.array_equal(pair["occlusion"][k], fed[number].occlusion_backward)
            if number in FRAMES:
                assert np.array_equal(pair["target"][k], painted[number])
    assert style_in(made) == replace(
        style_of_look(look), **{k: v for k, v in asdict(style_in(made)).items() if k in ("strokes", "palette")}
    )


def test_what_was_not_painted_is_carried_by_true_motion(shot: OpenShot, painted: dict[int, UInt8], tmp_path: Path) -> None:
    made = pairs_of(shot, [painting_of(1038, painted[1038])], fields_of(load_look("ink@1")), tmp_path, SIZE)
    pair = load_file(made[0])
    frames = [shot.frame(number) for number in range(1034, 1039)]
    passes = list(ShotLoader(shot.file.shot, shot.read_blob, SIZE).passes(frames, causal=True))[1:]
    for k in range(1, 4):
        error = carried_error(pair["target"][k], pair["target"][k - 1], trail([step_back(passes[k][1])]))
        still = float(np.abs(pair["target"][k].astype(float) - pair["target"][k - 1]).mean() / 255)
        assert error is not None and error < 0.6 * still


def test_sizes_that_cannot_be_batched_are_refused(shot: OpenShot, painted: dict[int, UInt8], tmp_path: Path) -> None:
    fields = fields_of(load_look("ink@1"))
    assert refused(lambda: pairs_of(shot, [], fields, tmp_path, SIZE), MissingError) == "paintover-none"
    one = [painting_of(1038, painted[1038])]
    assert refused(lambda: pairs_of(shot, one, fields, tmp_path, (LEAST[0] - 8, 108)), LimitError) == "paintover-small"


def test_a_known_palette_is_found_again() -> None:
    rng = np.random.default_rng(3)
    wanted = PaletteSettings(0.4, 1.3, (0.2, 0.02, -0.05), (0.94, 0.0, 0.04), (0.01, -0.03), (0.004, 0.02))
    blocking = np.column_stack([rng.uniform(0.1, 0.95, 60), rng.uniform(-0.12, 0.12, (60, 2))])
    over = _mapped(blocking, wanted)
    over[:3] += 0.2  # things that were given another colour on purpose
    facts = [
        ObjectColour(1001, number, "", None, int(rng.integers(50, 5000)), tuple(map(float, one)), tuple(map(float, other)))  # type: ignore[arg-type]
        for number, (one, other) in enumerate(zip(blocking, over, strict=True))
    ]
    found = palette_of(facts)
    assert np.abs(_mapped(blocking, found) - _mapped(blocking, wanted)).max() < 0.025
    assert abs(found.chroma - 1.3) < 0.08 and misfit(facts, found) < 0.05
    assert palette_of([]) == PaletteSettings()


def test_a_new_look_takes_the_paintings_colours(shot: OpenShot, painted: dict[int, UInt8]) -> None:
    paintings = [painting_of(number, pixels) for number, pixels in painted.items()]
    style = style_for(shot, paintings, SIZE)
    facts = facts_of(shot, paintings, style, SIZE)
    assert {fact.frame for fact in facts} == set(FRAMES) and any(fact.name.startswith("rug") for fact in facts)
    before, after = misfit(facts, PaletteSettings()), misfit(facts, PaletteSettings(**style.palette))
    assert after < 0.45 * before and after < 0.06
    assert as_fields(style, 4)["recipe"] == {"seed": 4} and style.tuning == {}
    layers = style.strokes["layers"]
    assert all(0.7 < layer["width"] / layer["length"] < 1.1 for layer in layers) and 0.015 < layers[0]["width"] < 0.06  # dabs, as they are


def test_strokes_are_not_taken_for_dabs(shot: OpenShot) -> None:
    art = [np.asarray(Image.open(path)) for path in sorted((load_look("oil@1").folder / "art").glob("*.jpg"))]
    marks = marks_of([to_oklab(picture).astype(np.float64) for picture in art])
    assert not marks.dabs
