"""Painted frames come back: each is read in a confined process, matched to its frame, and checked before anything learns from it."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from render_server.art.intake import MAX_STILL_BYTES, Copy, Decoded, decode_copy
from render_server.art.manifest import harmless
from render_server.art.originals import HEAD, content_type, open_original
from render_server.look_training.moved import Move, find_move
from render_server.look_training.openraster import Layer, flattened
from render_server.look_training.shot_frames import OpenShot, camera_sha256, things_sha256
from render_server.look_training.template import (
    BEAUTY,
    LINES,
    PAINTED,
    PALETTE,
    Template,
    TemplateFrame,
    kept_frame,
    read_template,
    template_layers,
)
from render_server.looks.registry import Look
from render_server.passes.geometry import Float32, UInt8
from render_server.passes.loader import ShotLoader
from render_server.quality.structure import true_edges
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors

SUFFIXES = (".ora", ".png", ".jpg", ".jpeg")
MAX_FILES = 500  # that are looked at in a folder
ASPECT = 0.005  # by which a painting's proportions may differ: programs round sizes
CELL = 4  # pixels a side, over whose mean a painting is held against the template
EXACT, ROUGH = (3.0, 0.0001), (26.0, 0.002)  # bytes by which a cell may differ and be untouched, and share of cells that must differ
UNTOUCHED = "paintover-untouched"
BARE = 0.25  # share of the frame that may be left as the template is before it is said
CHECK_HEIGHT = 360  # pixels, at which a painting is held against the silhouettes
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Painting:
    """A frame that was painted over. pixels: at the painting's own size, (H, W, 3) sRGB; sha256: of the file; remarks: in words."""

    number: int
    name: str
    sha256: str
    pixels: UInt8
    remarks: tuple[str, ...] = ()
    move: Move | None = None

    def at(self, size: tuple[int, int]) -> UInt8:
        """The painting at a size."""
        return resampled(self.pixels, size)


@dataclass(frozen=True)
class TakenBack:
    """What was found in a template's folder. passed: what was passed over and why."""

    template: Template
    paintings: tuple[Painting, ...]
    passed: tuple[str, ...] = ()


def take_back(shot: OpenShot, folder: Path, files: Sequence[Path] = (), number: int | None = None, look: Look | None = None) -> TakenBack:
    """Read painted frames. files: which; all that were painted in the template's folder where none. number: of the one file's frame,
    where its name does not say. look: the one that the template was exported with.

    Raises MissingError ("paintover-no-template", "paintover-not-exported", "paintover-no-frame", "paintover-none", "paintover-number"),
    FormatError ("paintover-size", "paintover-untouched", "paintover-shot-changed", "paintover-double", "paintover-kept", "ora-broken",
    "ora-blend", "art-…"), LimitError ("art-too-large", …), StorageError.
    """
    template = read_template(folder)
    passed: list[str] = []
    wanted = list(files) or _in_folder(folder, template, passed)
    if number is not None and len(wanted) > 1:
        raise FormatError("paintover-number", "One frame's number was given for several files; name one, or put numbers in their names.")
    found: dict[int, Painting] = {}
    for path in wanted:
        try:
            painting = _taken(shot, folder, template, path, _number(path, template) if number is None else number, look)
        except FormatError as error:
            if error.code != UNTOUCHED or files:
                raise
            passed.append(f"{harmless(path.name)}: the template, saved anew")
            continue
        if painting.number in found:
            both = f"'{found[painting.number].name}' and '{painting.name}'"
            raise FormatError("paintover-double", f"{both} are both frame {painting.number}; name the one that counts.")
        found[painting.number] = painting
    if not found:
        raise MissingError("paintover-none", f"No painted frame is in {folder}; paint over its files and save them, or name the files.")
    return TakenBack(template, tuple(found[key] for key in sorted(found)), tuple(passed))


def _in_folder(folder: Path, template: Template, passed: list[str]) -> list[Path]:
    """Every picture below a folder that is not the template's own file as it was written."""
    untouched = {file.sha256 for frame in template.frames for file in frame.files}
    with storage_errors(folder):
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not path.name.startswith("."))
        if len(paths) > MAX_FILES:
            raise LimitError("paintover-files", f"{folder} holds more than {MAX_FILES} pictures; name the painted ones.")
        found = []
        for path in paths:
            if path.is_symlink() or path.stat().st_size > MAX_STILL_BYTES:
                passed.append(f"{harmless(path.name)}: a link, or too large")
            elif hashlib.sha256(path.read_bytes()).hexdigest() not in untouched:
                found.append(path)
    return found


def _number(path: Path, template: Template) -> int:
    """The frame that a file's name speaks of: the last of its numbers that is a frame of the template."""
    digits = [int(each) for each in re.findall(r"(?<![0-9])-?[0-9]{1,9}", path.stem)]
    known = {frame.number for frame in template.frames}
    numbers = [value for each in digits for value in (each, abs(each)) if value in known]
    if numbers:
        return numbers[-1]
    if digits:
        return abs(digits[-1])
    raise MissingError("paintover-number", f"'{harmless(path.name)}' does not say which frame it is; say so with --frame.")


def _taken(shot: OpenShot, folder: Path, template: Template, path: Path, number: int, look: Look | None) -> Painting:
    name = harmless(path.name)
    shot.frame(number)
    known = template.frame(number)
    _check_shot(shot, known)
    picture, sha256, lossy = read_painting(path)
    size, remarks = (template.width, template.height), []
    width, height = picture.size
    if abs(width / height / (size[0] / size[1]) - 1) > ASPECT:
        words = f"'{name}' is {width}x{height}; the template is {size[0]}x{size[1]}, and a painting must have its proportions."
        raise FormatError("paintover-size", f"{words} Crop nothing and add no border.")
    if (width, height) != size:
        remarks.append(f"it is {width}x{height} and was resampled: the template is {size[0]}x{size[1]}")
    layers = template_layers(shot, number, size, look, kept_frame(folder, template, known))
    base = np.asarray(flattened(layers).convert("RGB"))
    pixels, through = _on(picture, base)
    if through > BARE:
        remarks.append(f"{through:.0%} of it is see-through; the template shows there")
    bare = _bare(name, resampled(pixels, size), layers, ROUGH if lossy or picture.size != size else EXACT)
    if bare > BARE and not template.painted:  # over what the look paints, what is left bare says: this is right
        remarks.append(f"{bare:.0%} of the frame is as it was in the template; what is left bare is learned as bare")
    move = find_move(*_small(shot, number, pixels, size))
    if move is not None and move.certain:
        remarks.append(_moved(move, size[1]))
    return Painting(number, name, sha256, pixels, tuple(remarks), move if move is not None and move.certain else None)


def _check_shot(shot: OpenShot, known: TemplateFrame) -> None:
    """Refuse where the frame is no longer what was painted over."""
    frame = shot.frame(known.number)
    changed = [
        words
        for words, now, then in (
            ("its camera", camera_sha256(shot, frame), known.camera_sha256),
            ("what stands in it", things_sha256(frame), known.things_sha256),
        )
        if now != then
    ]
    if changed:
        words = f"Frame {known.number} was changed since its template was exported ({' and '.join(changed)}); the painting no longer fits."
        todo = "Export the frame again into another folder, lay the painting over it there and mend what moved, or take the old shot."
        raise FormatError("paintover-shot-changed", f"{words} {todo}")


def read_painting(path: Path) -> tuple[Image.Image, str, bool]:
    """A painting, merged, RGB or RGBA, the hash of its file, and whether that is a JPEG. Only the confined process sees the bytes
    as more than bytes.

    Raises FormatError ("art-format", "art-link", "art-broken", "ora-broken", "ora-blend"), LimitError ("art-too-large", "art-too-heavy"),
    MissingError ("art-missing"), StorageError.
    """
    pictures: list[Decoded] = []
    with open_original(path) as source, tempfile.TemporaryFile() as file:
        digest, size = hashlib.sha256(), 0
        head = source.read(HEAD)
        layered = head.startswith(_ZIP)
        kind = "openraster" if layered else content_type(head, path.name)
        if kind not in ("openraster", "png", "jpeg"):
            raise FormatError("art-format", f"'{harmless(path.name)}' is a movie; a painted frame is an .ora, a PNG or a JPEG.")
        source.seek(0)
        while block := source.read(1 << 20):
            size += len(block)
            if size > MAX_STILL_BYTES:
                raise LimitError("art-too-large", f"'{harmless(path.name)}' is larger than {MAX_STILL_BYTES >> 20} MiB; save it smaller.")
            digest.update(block)
            with storage_errors(path):
                file.write(block)
        copy = Copy(file, "openraster" if layered else "still", kind, digest.hexdigest(), size, (size,))
        decode_copy(copy, path.name, pictures.append)
    if len(pictures) != 1:
        raise FormatError("art-broken", f"'{harmless(path.name)}' cannot be read; save it anew.")
    with Image.open(io.BytesIO(pictures[0].png), formats=("PNG",)) as image:
        return image.convert("RGBA" if image.mode == "RGBA" else "RGB"), digest.hexdigest(), kind == "jpeg"


def _on(picture: Image.Image, base: UInt8) -> tuple[UInt8, float]:
    """A painting with the template where it is see-through, (H, W, 3), and how much of it is."""
    if picture.mode != "RGBA":
        return np.asarray(picture), 0.0
    through = 1.0 - float(np.asarray(picture.getchannel("A"), np.float64).mean()) / 255
    ground = Image.fromarray(resampled(base, picture.size)).convert("RGBA")
    ground.alpha_composite(picture)
    return np.asarray(ground.convert("RGB")), through


def _bare(name: str, pixels: UInt8, layers: Sequence[Layer], tolerance: tuple[float, float]) -> float:
    """The share of a painting that is as the template was; of what JPEG and resampling do to a picture, nothing counts.

    Raises FormatError ("paintover-untouched") where all of it is, or is one of the layers that only help.
    """
    cells = _cells(pixels)
    same = np.zeros(cells.shape[:2], np.bool_)
    for layer in layers[:-1]:
        below = [each for each in layers if not each.hidden] if layer.name == LINES else []
        shown = np.asarray(flattened([*below, replace(layer, hidden=False)]).convert("RGB"))
        alike = np.abs(cells - _cells(shown)).max(axis=-1) <= tolerance[0]
        if float(np.mean(~alike)) < tolerance[1]:
            raise FormatError(UNTOUCHED, f"'{name}' is the template, with nothing painted on it; save the painted picture.")
        if layer.name in (BEAUTY, PALETTE, PAINTED):
            same |= alike
    return float(same.mean())


def _cells(picture: UInt8) -> Float32:
    rows, columns = picture.shape[0] // CELL, picture.shape[1] // CELL
    cells = picture[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL, 3).mean(axis=(1, 3), dtype=np.float32)
    return np.asarray(cells, np.float32)


def _small(shot: OpenShot, number: int, pixels: UInt8, size: tuple[int, int]) -> tuple[UInt8, np.ndarray]:
    """The painting and its frame's silhouettes, small."""
    factor = min(1.0, CHECK_HEIGHT / size[1])
    small = (round(size[0] * factor), round(size[1] * factor))
    _, passes = ShotLoader(shot.file.shot, shot.read_blob, small).opening(shot.frame(number))
    return resampled(pixels, small), true_edges(passes.object_id, passes.depth)


def _moved(move: Move, height: int) -> str:
    across, down = round(move.right * height), round(move.down * height)
    parts = [f"{abs(across)} pixels to the {'right' if across > 0 else 'left'}"] if across else []
    parts += [f"{abs(down)} pixels {'down' if down > 0 else 'up'}"] if down else []
    parts += [f"scaled to {move.scale:.0%}"] if move.scale != 1.0 else []
    return f"it seems to be moved against the template: {', '.join(parts)}; move it back in the painting program"


def resampled(picture: UInt8, size: tuple[int, int]) -> UInt8:
    """A picture at a size (width, height)."""
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
