"""The model card of a shipped look: what it is, what it was trained on and how, what it measures, where it is weak.

python -m render_server.training.model_card --weights out/training/painters/weights --measured out/quality --out render_server/looks/data
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from render_server.looks.registry import Look, read_look
from render_server.quality.measured import FILE
from render_server.training.make_look import BASE
from render_server.training.offers import OFFERS, VERSION
from render_server.training.painters import PAINTERS
from render_server.video_models.painter.adapter import RANK
from shot_format.files import write_whole

TEMPLATE = Path(__file__).with_name("model_card.md")


@dataclass(frozen=True)
class Training:
    """What was run, as the log of the training says."""

    steps: int
    hours: float
    clips: int
    hardware: str
    remark: str


def card(look: Look, training: Training, measured: list[dict[str, object]]) -> str:
    """The card as Markdown."""
    offer = OFFERS[look.name]
    return TEMPLATE.read_text(encoding="utf-8").format(
        title=look.title, version=look.version, description=look.description, name=look.name, licence=look.licence, mood=offer.mood,
        box=offer.box, clips=training.clips // len(PAINTERS), all_clips=training.clips, steps=training.steps, hours=training.hours,
        hardware=training.hardware, remark=training.remark, figures=_figures(measured), **_sizes(look),
    )  # fmt: skip


def _sizes(look: Look) -> dict[str, str]:
    """How large the network is, in numbers and on disk."""
    base, own = (folder / "weights.safetensors" for folder in (look.folder.parent / BASE, look.folder))
    with safe_open(base, framework="pt") as file:
        numbers = sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    megabytes = {"base_size": base.stat().st_size / 1e6, "own_size": own.stat().st_size / 1e6}
    return {"parameters": f"{numbers / 1e6:.1f}", "rank": str(RANK)} | {name: f"{size:.1f} MB" for name, size in megabytes.items()}


def _figures(measured: list[dict[str, object]]) -> str:
    """A table of the figures on each shot."""
    if not measured:
        return "Not measured yet.\n"
    checks = [{check["name"]: check for check in each["checks"]} for each in measured]  # type: ignore[attr-defined]
    lines = ["| figure | wanted | " + " | ".join(str(each["shot"]) for each in measured) + " |", "| --- | --- |" + " --- |" * len(measured)]
    for name, check in checks[0].items():
        lines.append(f"| {name} | {check['wanted']} | " + " | ".join(each[name]["shown"] for each in checks) + " |")
    origin = measured[0]
    return "\n".join(lines) + f"\n\n{origin['frames']} frames at 512 × 288, {origin['machine']}, {origin['date']}.\n"


def read_training(weights: Path, hardware: str, remark: str) -> Training:
    """From the log beside the weights."""
    last = json.loads((weights.parent / "log.jsonl").read_text().splitlines()[-1])
    clips = len(list((weights.parent / "clips").glob("clip_000*.safetensors")))
    return Training(last["step"], last["seconds"] / 3600, clips, hardware, remark)


def main() -> None:
    """Read the command line and write the cards."""
    parser = argparse.ArgumentParser(description="Write the model cards of the shipped looks.")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--measured", type=Path, required=True, help="the folder of paintover quality's reports")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the looks")
    parser.add_argument("--hardware", required=True)
    parser.add_argument("--remark", default="", help="what else should be known of the training")
    given = parser.parse_args()
    training = read_training(given.weights, given.hardware, given.remark)
    for hand in OFFERS:
        look = read_look(given.out / f"{hand}@{VERSION}")
        measured = [json.loads(path.read_text()) for path in sorted((given.measured / look.key).glob(f"*/{FILE}"))]
        write_whole(look.folder / "MODEL_CARD.md", card(look, training, measured).encode())


if __name__ == "__main__":
    main()
