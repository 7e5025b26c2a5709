"""Put a trained painter together as a look that can be installed.

python -m render_server.training.make_look --weights out/training/oil/weights --out render_server/looks/data/oil@1
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import safe_open

from render_server.looks.palette import PaletteSettings
from render_server.video_models.painter.settings import ScaffoldSettings

OIL_PALETTE = PaletteSettings(
    contrast=0.12,
    chroma=1.06,
    black=(0.07, 0.006, -0.018),
    white=(0.985, 0.0, 0.012),
    shadow=(0.002, -0.012),
    light=(0.003, 0.010),
    greys=((0.030, 0.045), (-0.030, 0.020), (-0.012, -0.045), (0.035, -0.012), (-0.035, -0.012), (0.012, 0.050)),
)
LINEAGE = (
    {
        "what": "procedural scenes and a procedural painter, both part of this software",
        "source": "render_server/training",
        "owner": "the Paintover authors",
        "licence": "Apache-2.0",
        "consent": "own work",
    },
)


def look_fields(weights: Path) -> dict[str, Any]:
    """What look.json says of the oil look."""
    with safe_open(weights / "weights.safetensors", framework="pt") as file:
        training = file.metadata() or {}
    return {
        "name": "oil",
        "version": 1,
        "title": "Oil",
        "description": "Thick oil in broken colour: warm lights, cool shadows, bristle marks lit from the upper left.",
        "palette": without_defaults(asdict(OIL_PALETTE), asdict(PaletteSettings())),
        "strokes": asdict(ScaffoldSettings()),
        "recipe": {"seed": 0, "stroke_scale": 1.0},
        "style": 0,
        "model_sha256": hashlib.sha256((weights / "weights.safetensors").read_bytes()).hexdigest(),
        "lineage": [{**entry, "steps": int(training.get("steps", 0)), "seed": int(training.get("seed", 0))} for entry in LINEAGE],
        "licence": "Apache-2.0",
    }


def without_defaults(fields: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Only what differs."""
    return {name: value for name, value in fields.items() if value != defaults[name]}


def make_look(weights: Path, out: Path) -> None:
    """Copy the weights and write look.json; the thumbnail and the model card are kept where they are."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "weights.safetensors"):
        shutil.copyfile(weights / name, out / name)
    (out / "look.json").write_text(json.dumps(look_fields(weights), indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and make the look."""
    parser = argparse.ArgumentParser(description="Put a trained painter together as a look.")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    make_look(given.weights, given.out)
    print(given.out)


if __name__ == "__main__":
    main()
