"""Put the trained hands together as looks that can be installed: the base once, and each hand's changes to it.

python -m render_server.training.make_look --weights out/training/painters/weights --out render_server/looks/data
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file

from render_server.looks.moods import MOODS
from render_server.looks.palette import PaletteSettings, Tuning
from render_server.training.checkpoint import replace_file
from render_server.training.make_art import underpaintings
from render_server.training.offers import OFFERS, VERSION
from render_server.training.painters import PAINTERS
from shot_format.blobs import sha256
from shot_format.files import write_whole

TUNED = 0.9  # how far a shot's colours are drawn to the art's
BASE = f"painter@{VERSION}"
LINEAGE = (
    {
        "what": "procedural scenes and a procedural painter, both part of this software",
        "source": "render_server/training",
        "owner": "the Paintover authors",
        "licence": "Apache-2.0",
        "consent": "own work",
    },
)


def look_fields(hand: str, sha256: str, training: dict[str, str]) -> dict[str, Any]:
    """What look.json says of a hand's look; its colours are tuned to those that its art was painted over."""
    offer, painter = OFFERS[hand], PAINTERS[hand]
    box = painter.boxes[offer.box]
    return {
        "name": hand,
        "version": VERSION,
        "title": offer.title,
        "description": offer.description,
        "palette": without_defaults(asdict(box.palette), asdict(PaletteSettings())),
        "tuning": asdict(Tuning.to(underpaintings(hand), TUNED)),
        "light": asdict(MOODS[offer.mood]) if offer.mood else {},
        "ground": box.ground,
        "line": box.line,
        "strokes": asdict(painter.strokes),
        "recipe": {"seed": 0, "stroke_scale": 1.0},
        "model_sha256": sha256,
        "lineage": [{**entry, "steps": int(training.get("steps", 0)), "seed": int(training.get("seed", 0))} for entry in LINEAGE],
        "licence": "Apache-2.0",
    }


def without_defaults(fields: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Only what differs."""
    return {name: value for name, value in fields.items() if value != defaults[name]}


def make_look(weights: Path, hand: str, out: Path) -> Path:
    """Write the base and the hand's look; its art, made before, is kept, as are a thumbnail and a model card. Returns the look's folder."""
    base, look = out / BASE, out / f"{hand}@{VERSION}"
    for folder in (base, look):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(base / "config.json", (weights / "config.json").read_bytes())
    write_whole(base / "weights.safetensors", (weights / "base.safetensors").read_bytes())
    source = weights / f"{hand}.safetensors"
    with safe_open(source, framework="pt") as file:
        training = file.metadata()
    metadata = {**training, "base": BASE, "base_sha256": sha256((base / "weights.safetensors").read_bytes())}
    replace_file(look / "weights.safetensors", load_file(source), metadata)
    fields = look_fields(hand, sha256((look / "weights.safetensors").read_bytes()), training)
    write_whole(look / "look.json", (json.dumps(fields, indent=2) + "\n").encode())
    return look


def main() -> None:
    """Read the command line and make the looks."""
    parser = argparse.ArgumentParser(description="Put the trained hands together as looks.")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    for hand in OFFERS:
        print(make_look(given.weights, hand, given.out))


if __name__ == "__main__":
    main()
