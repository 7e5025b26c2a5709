"""What an artist paints over: frames of a shot as layered files, and a page that binds each file to its exact frame."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Optional

import numpy as np
from PIL import Image

from render_server.look_training.feeding import easel_for, recipe_of
from render_server.look_training.openraster import Layer, openraster, png
from render_server.look_training.shot_frames import OpenShot, camera_sha256, things_sha256
from render_server.looks.registry import Look
from render_server.passes.geometry import Passes, UInt8
from render_server.passes.loader import ShotLoader
from render_server.provenance.record import shot_sha256
from render_server.quality.colourmaps import id_colours
from render_server.quality.structure import true_edges
from render_server.video_models.base import ShotInfo
from render_server.video_models.painter.model import Painter
from shot_format.blobs import sha256
from shot_format.codec import from_json, rules, to_json
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors, write_whole
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import LookName
from shot_format.shot import FrameNumber, Name, Sha256, Side

PAGE, FLAT, KEPT = "paintovers.json", "layers", "kept"  # FLAT: the same layers as plain PNGs; KEPT: what cannot quickly be made again
MOST = 10  # frames of one shot; more teach nothing that these do not
BEAUTY, PALETTE, PAINTED, IDS, LINES, PAINT = "beauty", "palette", "painted", "ids", "lines", "paint"
_LINE = (20, 22, 28)


@dataclass(frozen=True)
class TemplateFile:
    """One file of the template. name: below its folder, with `/`."""

    name: Annotated[str, rules(pattern=r"((layers|kept)/)?[A-Za-z0-9_-]{1,64}\.-?[0-9]{1,9}(\.[a-z]{1,16})?\.(ora|png)")]
    sha256: Sha256


@dataclass(frozen=True)
class TemplateFrame:
    """One frame: the hashes that say whether the shot's frame is still what was painted over, and its files, the layered one first."""

    number: FrameNumber
    camera_sha256: Sha256
    things_sha256: Sha256
    files: Annotated[tuple[TemplateFile, ...], rules(minItems=1, maxItems=8)]


@dataclass(frozen=True)
class Template:
    """The whole of paintovers.json. look: whose palette the blocking is shown in; None: the blocking's own colours alone. painted: what
    that look paints is there, too, to be painted over."""

    shot: Name
    shot_sha256: Sha256
    width: Side
    height: Side
    frames: Annotated[tuple[TemplateFrame, ...], rules(minItems=1, maxItems=MOST)]
    look: Optional[LookName] = None
    painted: bool = False
    format: Annotated[int, rules(minimum=1, maximum=1)] = 1

    def frame(self, number: int) -> TemplateFrame:
        """Raises MissingError ("paintover-not-exported")."""
        found = next((frame for frame in self.frames if frame.number == number), None)
        if found is None:
            there = ", ".join(str(frame.number) for frame in self.frames)
            raise MissingError("paintover-not-exported", f"Frame {number} is not in the template, which has {there}; export it first.")
        return found


def export_template(
    shot: OpenShot,
    numbers: Sequence[int],
    folder: Path,
    size: tuple[int, int],
    look: Look | None = None,
    progress: Callable[[int, int], None] | None = None,
    painted: bool = False,
) -> Template:
    """Write the template of some frames; what was painted in the folder before is left alone, and so is a file that somebody saved into.

    painted: with the frames as the look paints them, to correct it.
    Raises MissingError ("paintover-no-frame"), LimitError ("paintover-frames"), FormatError ("size-aspect"), StorageError.
    """
    chosen = sorted(set(numbers))
    if not 1 <= len(chosen) <= MOST:
        raise LimitError("paintover-frames", f"{len(chosen)} frames were asked for; a template has 1 to {MOST}.")
    wanted = [shot.frame(number) for number in chosen]
    name, frames = file_name(shot.file.shot.name), []
    by_look = frames_of_look(shot, look, chosen, size) if look and painted else {}
    for index, frame in enumerate(wanted, 1):
        layers = template_layers(shot, frame.number, size, look, by_look.get(frame.number))
        files = [(f"{name}.{frame.number}.ora", openraster(layers))]
        files += [(f"{FLAT}/{name}.{frame.number}.{each.name}.png", png(Image.fromarray(each.pixels))) for each in layers[:-1]]
        files += [(_kept(name, number), png(Image.fromarray(picture))) for number, picture in by_look.items() if number == frame.number]
        for place, data in files:
            _write(folder / place, data)
        hashes = tuple(TemplateFile(place, sha256(data)) for place, data in files)
        frames.append(TemplateFrame(frame.number, camera_sha256(shot, frame), things_sha256(frame), hashes))
        if progress:
            progress(index, len(wanted))
    head = shot.file.shot
    template = Template(head.name[:200], shot_sha256(head), *size, tuple(frames), look.key if look else None, bool(by_look))
    write_whole(folder / PAGE, (to_json(template, indent=1) + "\n").encode())
    return template


def _write(place: Path, data: bytes) -> None:
    """Raises LimitError ("paintover-there") where a file is there that is another: it may be somebody's day of painting."""
    with storage_errors(place):
        known = place.read_bytes() if place.is_file() else None
    if known is not None and known != data:
        raise LimitError(
            "paintover-there",
            f"{place} is there already and is another file; nothing that was painted is written over. Name another folder.",
        )
    if known is None:
        write_whole(place, data)


def read_template(folder: Path) -> Template:
    """Read paintovers.json. Raises MissingError ("paintover-no-template"), FormatError."""
    place = folder / PAGE
    if not place.is_file():
        raise MissingError("paintover-no-template", f"There is no {PAGE} in {folder}; name the folder that 'paintovers export' wrote.")
    with storage_errors(place):
        return from_json(Template, place.read_bytes(), MAX_JSON_BYTES, PAGE)


def kept_frame(folder: Path, template: Template, known: TemplateFrame) -> UInt8 | None:
    """What the look paints at a frame, as it was exported; None where it was not. Raises FormatError ("paintover-kept")."""
    if not template.painted:
        return None
    file = next((file for file in known.files if file.name.startswith(f"{KEPT}/")), None)
    place = folder / file.name if file else folder
    with storage_errors(place):
        data = place.read_bytes() if file and place.is_file() else b""
    if file is None or sha256(data) != file.sha256:
        raise FormatError("paintover-kept", f"The folder '{KEPT}' of the template was changed; export the template again, and put it back.")
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


def _kept(name: str, number: int) -> str:
    return f"{KEPT}/{name}.{number}.{PAINTED}.png"


def frames_of_look(shot: OpenShot, look: Look, numbers: Sequence[int], size: tuple[int, int]) -> dict[int, UInt8]:
    """Frames as a look paints them, each with the memory of all frames of its part of the shot before it."""
    painter, loader, head = Painter(look), ShotLoader(shot.file.shot, shot.read_blob, size), shot.file.shot
    found: dict[int, UInt8] = {}
    for opening in sorted({shot.opens_at(number) for number in numbers}):
        last = max(number for number in numbers if shot.opens_at(number) == opening)
        frames = [frame for frame in shot.file.frames if opening <= frame.number <= last]
        info = ShotInfo(head.id, head.first, head.last, *size, head.cuts, loader.opening(frames[0]))
        state = painter.start(info, recipe_of(look))
        for seen, passes in loader.passes(frames, causal=True):
            [frame] = painter.paint(state, [painter.guides(state, seen.geometry, passes)])
            if frame.number in numbers:
                found[frame.number] = frame.pixels
    return found


def template_layers(shot: OpenShot, number: int, size: tuple[int, int], look: Look | None, painted: UInt8 | None = None) -> list[Layer]:
    """The layers of one frame, the lowest first; the last one is empty. painted: what the look paints there."""
    frame, loader = shot.frame(number), ShotLoader(shot.file.shot, shot.read_blob, size)
    _, passes = loader.opening(frame)
    layers = [Layer(BEAUTY, passes.beauty, locked=True)]
    if look is not None:
        layers.append(Layer(PALETTE, easel_for(shot, look, size, number).colours(frame), locked=True))
    if painted is not None:
        layers.append(Layer(PAINTED, painted, locked=True))
    layers.append(Layer(IDS, id_colours(passes.object_id), hidden=True, locked=True))
    layers.append(Layer(LINES, _lines(passes), hidden=True, locked=True))
    return [*layers, Layer(PAINT, np.zeros((size[1], size[0], 4), np.uint8), selected=True)]


def _lines(passes: Passes) -> UInt8:
    """Silhouettes as a line on nothing."""
    lines = np.zeros((*passes.object_id.shape, 4), np.uint8)
    lines[true_edges(passes.object_id, passes.depth)] = (*_LINE, 255)
    return lines


def file_name(name: str) -> str:
    """A shot's name as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:60] or "shot"
