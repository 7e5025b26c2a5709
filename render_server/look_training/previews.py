"""What a training shows while it runs: frames that it never trains on, before and now, beside the art; their figures; a page of curves."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from render_server.look_training.art import Art
from render_server.look_training.blocking import SHOWN_FROM, Order, whole
from render_server.look_training.sequences import Window, inputs_of
from render_server.look_training.session import Session, fast, paint
from render_server.look_training.study import FRAME, at_frame_scale
from render_server.look_training.style import Style
from render_server.quality.colour import to_oklab
from render_server.quality.filters import bands, blur, mean_gradient
from render_server.quality.reference import LEVELS, Reference, reference
from render_server.training.curves import plot
from render_server.video_models.painter.adapter import Weights, merged
from shot_format.files import write_whole

SCENES = (SHOWN_FROM + 3, SHOWN_FROM + 12)
FRAMES = 5
CROP = (144, 256)  # rows and columns, shown at twice the size
GAP = 6
LOG, PAGE = "log.jsonl", "index.html"

UInt8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Shown:
    """What previews are painted from and measured against."""

    windows: tuple[Window, ...]
    blocking: tuple[UInt8, ...]  # each window's last frame, as captured
    whole: Reference  # all of the art: its palette, its sharpness
    held: Reference  # what was held back: its texture
    learnt: Reference  # what was learnt from
    art: UInt8  # one picture, as large as a frame


def shown_orders(folder: Path, style: Style) -> list[Order]:
    """The windows that previews paint: whole frames of scenes that are never trained on."""
    return [Order(folder / f"shown_{seed}.safetensors", seed, style, whole(*FRAME), FRAMES) for seed in SCENES]


def make_shown(paths: list[Path], art: Art) -> Shown:
    """Read the windows and measure the art."""
    windows, blocking = [], []
    for path in paths:
        clip = load_file(path)
        windows.append(Window(clip["guides"], clip["motion"], clip["occlusion"], clip["inks"], FRAME[1]))
        blocking.append(clip["beauty"][-1].numpy())
    pictures = [at_frame_scale(picture) for picture in art.pictures]
    everything = reference([*pictures, *(piece for piece in art.held if len(art.held) and piece.shape[0] > 100)], *FRAME)
    return Shown(
        tuple(windows), tuple(blocking), everything, reference(art.held, *FRAME), reference(pictures, *FRAME), pictures[0]
    )  # fmt: skip


@torch.no_grad()
def paint_window(session: Session, adapter: Weights, window: Window, memory: bool = True) -> tuple[list[UInt8], list[float]]:
    """Paint a window on the network's own output; also the warp error of each frame after the first, sRGB 0..1."""
    learnt = fast(merged(session.base, adapter))
    before: Tensor | None = None
    frames, errors = [], []
    for t in range(len(window.guides)):
        inputs = inputs_of([window], [t], [before if memory else None], [t], session.course.device)
        frame = (paint(session.network, learnt, inputs)[0].float().clamp(0, 1) * 255).round()
        if before is not None:
            seen = inputs_of([window], [t], [before], [t], session.course.device)
            apart = (frame / 255 - seen.carried[0]).abs() * seen.usable[0]
            errors.append(float(apart.sum() / (3 * seen.usable.sum() + 1)))
        before = frame.to(torch.uint8)
        frames.append(before.permute(1, 2, 0).cpu().numpy())
    return frames, errors


def measure(shown: Shown, session: Session) -> tuple[dict[str, float], list[UInt8]]:
    """Figures of the running mean of the weights, and the last frame of each scene.

    palette, texture: 1 is the blocking's own distance to the art; texture is measured to what was held back, learnt to what was not;
    sharpness: relative to the art; warp_error: sRGB 0..1; warp_ratio: beside the same without memory.
    """
    rows, pictures = [], []
    for window, blocking in zip(shown.windows, shown.blocking, strict=True):
        frames, errors = paint_window(session, session.mean, window)
        _, without = paint_window(session, session.mean, window, memory=False)
        pictures.append(frames[-1])
        now, rough = _Look(frames[-1]), _Look(blocking)
        rows.append(
            {
                "palette": shown.whole.palette_distance(now.lab) / shown.whole.palette_distance(rough.lab),
                "texture": shown.held.texture_distance(now.details, 1) / shown.held.texture_distance(rough.details, 1),
                "learnt": shown.learnt.texture_distance(now.details, 1) / shown.learnt.texture_distance(rough.details, 1),
                "sharpness": now.gradient / shown.whole.sharpness,
                "warp_error": float(np.mean(errors)),
                "warp_ratio": float(np.mean(errors)) / max(1e-6, float(np.mean(without))),
            }
        )
    return {name: round(float(np.mean([row[name] for row in rows])), 5) for name in rows[0]}, pictures


class _Look:
    """One picture, measured."""

    def __init__(self, picture: UInt8) -> None:
        self.lab = to_oklab(picture)
        self.details = bands(self.lab, blur(self.lab), LEVELS)
        self.gradient = mean_gradient(self.lab)


def write_sheet(path: Path, shown: Shown, before: list[UInt8], now: list[UInt8]) -> None:
    """Blocking, before and now of each scene, the art, and parts of both at twice the size."""
    rows = [_beside([blocking, old, new]) for blocking, old, new in zip(shown.blocking, before, now, strict=True)]
    art = _fitted(shown.art)
    rows.append(_beside([art, _enlarged(now[0]), _enlarged(art)]))
    width = max(row.shape[1] for row in rows)
    gap = np.full((GAP, width, 3), 30, np.uint8)
    write_png(path, np.concatenate([part for row in rows for part in (row, gap)][:-1]))


def write_png(path: Path, picture: UInt8) -> None:
    """A picture as a file that is there whole or not at all."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    write_whole(path, buffer.getvalue())


def _beside(pictures: list[UInt8]) -> UInt8:
    gap = np.full((FRAME[1], GAP, 3), 30, np.uint8)
    return np.concatenate([part for picture in pictures for part in (picture, gap)][:-1], axis=1)


def _fitted(picture: UInt8) -> UInt8:
    """Cut to a frame's proportions, and as large."""
    height, width = picture.shape[:2]
    rows, columns = min(height, round(width * FRAME[1] / FRAME[0])), min(width, round(height * FRAME[0] / FRAME[1]))
    top, left = (height - rows) // 2, (width - columns) // 2
    part = Image.fromarray(np.ascontiguousarray(picture[top : top + rows, left : left + columns]))
    return np.asarray(part.resize(FRAME, Image.Resampling.LANCZOS))


def _enlarged(picture: UInt8) -> UInt8:
    """The middle at 200 %."""
    top, left = (FRAME[1] - CROP[0]) // 2, (FRAME[0] - CROP[1]) // 2
    return picture[top : top + CROP[0], left : left + CROP[1]].repeat(2, axis=0).repeat(2, axis=1)


def note(folder: Path, step: int, seconds: float, loss: float | None, figures: dict[str, float], remarks: tuple[str, ...]) -> None:
    """Add a line to the log, and write the page anew: the newest sheet, a curve of each figure, remarks."""
    entry = {"step": step, "seconds": round(seconds, 1), "loss": loss, "figures": figures, "remarks": remarks}
    with (folder / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")
    told = list(read_log(folder).values())
    losses = [(each["step"], each["loss"]) for each in told if each["loss"] is not None]
    plots = [plot("training loss", {"loss": losses})] if losses else []
    pairs = [("palette",), ("texture", "learnt"), ("sharpness",), ("warp_error",), ("warp_ratio",)]
    plots += [plot(", ".join(names), {name: [(each["step"], each["figures"][name]) for each in told] for name in names}) for names in pairs]
    words = "".join(f"<p><b>{escape(remark)}</b></p>" for remark in remarks)
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{value:.3f}</td></tr>" for name, value in figures.items())
    write_whole(
        folder / PAGE,
        (
            '<!doctype html><meta charset="utf-8"><title>Training of a look</title><body style="font: 15px sans-serif; margin: 24px">'
            f"<p>Step {step}, {seconds / 60:.1f} minutes. Each row: blocking, before, now. Below: the art, and parts of now and art"
            f' twice as large.</p>{words}<img src="{sheet_name(step)}" style="max-width: 100%"><table>{rows}</table>{"".join(plots)}'
        ).encode(),
    )


def read_log(folder: Path) -> dict[int, dict[str, Any]]:
    """What was measured, by step; a step that was done again counts once."""
    place = folder / LOG
    lines = place.read_text("utf-8").splitlines() if place.exists() else []
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # the last line of a training that was killed
            continue
        found[int(entry["step"])] = entry
    return dict(sorted(found.items()))


def sheet_name(step: int) -> str:
    """Of the sheet of a step."""
    return f"preview_{step:06d}.png"
