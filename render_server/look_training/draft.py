"""What a training leaves: a look's folder, ready to be installed."""

from __future__ import annotations

import io
import json
import platform
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from render_server.look_training.art import Art
from render_server.look_training.study import FRAME, at_frame_scale
from render_server.look_training.style import Style
from render_server.looks.card import card
from render_server.looks.install import CARD, WEIGHTS
from render_server.looks.lineage import Cost, Training
from render_server.looks.plan import Given, LookPlan
from render_server.looks.registry import read_look
from render_server.training.checkpoint import Weights, replace_file
from shot_format.blobs import sha256
from shot_format.codec import encode
from shot_format.files import write_whole
from shot_format.version import VERSION

LICENCE = "as its art"
THUMBNAIL = (320, 180)
ART_PIECES = 8  # pictures of the art that go with a look, for its figures
ART_AREA = 4 * FRAME[0] * FRAME[1]

UInt8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Made:
    """What was learnt, and how."""

    plan: LookPlan
    given: Given
    style: Style
    weights: Weights
    figures: dict[str, float]
    step: int
    seconds: float
    base_sha256: str


def write_draft(folder: Path, made: Made, art: Art, picture: UInt8) -> Path:
    """Write the folder anew; picture: a painted frame, which becomes the thumbnail. Returns the folder."""
    half = {name: value.detach().cpu().to(torch.float16).contiguous() for name, value in made.weights.items()}
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {
        "format": "pt",
        "base": made.plan.base,
        "base_sha256": made.base_sha256,
        "steps": str(made.step),
        "seed": str(made.plan.seed),
    }
    replace_file(folder / WEIGHTS, half, metadata)
    for number, piece in enumerate(art.pictures[:: -(-len(art.pictures) // ART_PIECES)]):
        smaller = at_frame_scale(piece, ART_AREA) if piece.shape[0] * piece.shape[1] > ART_AREA else piece
        write_whole(folder / "art" / f"{number:02d}.jpg", _encoded(smaller, "JPEG", quality=95, subsampling=0))
    small = np.asarray(Image.fromarray(picture).resize(THUMBNAIL, Image.Resampling.LANCZOS))
    write_whole(folder / "thumbnail.png", _encoded(small, "PNG", optimize=True))
    write_whole(folder / "look.json", (json.dumps(_fields(made, sha256((folder / WEIGHTS).read_bytes())), indent=1) + "\n").encode())
    write_whole(folder / CARD, card(read_look(folder)).encode())
    return folder


def _fields(made: Made, model_sha256: str) -> dict[str, Any]:
    plan, style = made.plan, made.style
    parents = [{"what": "the look that this one goes on from", "look": plan.start}] if plan.start else []
    return {
        "name": plan.name, "version": 1, "title": plan.title, "description": plan.description, **asdict(style),
        "recipe": {"seed": 0, "stroke_scale": 1.0}, "model_sha256": model_sha256, "lineage": parents, "licence": LICENCE,
        "training": encode(_training(made)),
    }  # fmt: skip


def _training(made: Made) -> Training:
    plan, given = made.plan, made.given
    names = ("minutes", "steps", "whole", "device", "start", "base", "preview_every")
    settings = {name: str(getattr(plan, name)) for name in names} | {"steps run": str(made.step)}
    return Training(
        art_manifest_sha256=given.manifest_sha256, art=given.art, code_version=f"paintover {VERSION}", settings=settings, seed=plan.seed,
        hardware=hardware(plan.device), cost=Cost(round(made.seconds, 1)), finished=_now(),
        base_sha256=made.base_sha256, figures=made.figures, overrides=given.overrides,
    )  # fmt: skip


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def hardware(device: str) -> str:
    """Name what trained."""
    if device == "cuda":
        return str(torch.cuda.get_device_name())
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {torch.get_num_threads()} threads"


def _encoded(picture: UInt8, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()
