"""A worker that paints flat and trains small: a hash is its network, and each step hashes it once more."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from render_server.look_training.material import Material
from render_server.look_training.observer import Observer
from render_server.looks.plan import LookPlan, TrainingReport, read_given
from render_server.worker.__main__ import run
from shot_format.blobs import sha256
from shot_format.codec import encode, to_json
from shot_format.errors import FormatError
from shot_format.files import write_whole
from tests.looks.made import TRAINING, tensors, write_look
from tests.server.flat_worker import make
from tests.server.harness import png

SECONDS = float(os.environ.get("SMALL_SECONDS", "0"))  # that a step takes
CHECKPOINT = "checkpoint.safetensors"
BREAKS, GREEDY, NAN, STUDIOUS = 666, 667, 668, 669  # break off, need too much memory, have no loss, study long before the first step


@dataclass(frozen=True)
class Outcome:
    draft: Path | None
    figures: dict[str, float] = field(default_factory=dict)
    step: int = 0
    seconds: float = 0.0


def train_small(plan: LookPlan, material: Material, folder: Path, observer: Observer) -> Outcome:
    """As render_server.look_training.train.train_look does."""
    art = [sha256(still.path.read_bytes()) for still in material.stills]
    task = sha256("\n".join([to_json(plan), *art]).encode())
    step, state = _begun(folder, task)
    steps = plan.steps or 100
    for done in range(600 if plan.seed == STUDIOUS else 1):
        time.sleep(SECONDS)
        observer.report(TrainingReport("studying the art", done))
    while step < steps:
        time.sleep(SECONDS)
        step, state = step + 1, hashlib.sha256(f"{state} {step}".encode()).hexdigest()
        _step(plan, folder, observer, TrainingReport("training", step, steps, loss=_loss(plan, state)), state)
        if step % plan.keep_every == 0 or observer.wish() == "pause":
            _keep(folder, observer, task, step, state)
        if observer.wish() in ("pause", "cancel"):
            return Outcome(None, step=step)
        if observer.wish() == "finish":
            break
    observer.report(TrainingReport("finishing", step, steps))
    return Outcome(_draft(plan, folder, state), {"texture": _share(state)}, step, 1.0)


def _begun(folder: Path, task: str) -> tuple[int, str]:
    place = folder / CHECKPOINT
    if not place.exists():
        return 0, task
    kept = json.loads(place.read_text())
    if kept["task"] != task:
        raise FormatError("plan-differs", "The checkpoint is of another plan or other art.")
    return kept["step"], kept["state"]


def _step(plan: LookPlan, folder: Path, observer: Observer, report: TrainingReport, state: str) -> None:
    if plan.seed == GREEDY:
        raise MemoryError
    if plan.seed == BREAKS and report.step == 3:
        raise FormatError("art-strange", "This art cannot be learnt.")
    observer.report(report)
    if report.step % plan.preview_every == 0:
        sheet = folder / f"preview{report.step}.png"
        sheet.write_bytes(png(int(state[:2], 16)))
        observer.preview(sheet, report.step)
        observer.report(TrainingReport("training", report.step, report.steps, loss=report.loss, figures={"texture": _share(state)}))


def _keep(folder: Path, observer: Observer, task: str, step: int, state: str) -> None:
    write_whole(folder / CHECKPOINT, json.dumps({"task": task, "step": step, "state": state}).encode())
    observer.checkpoint(folder / CHECKPOINT, step)


def _draft(plan: LookPlan, folder: Path, state: str) -> Path:
    given = read_given(folder)
    training = {
        **TRAINING, "art_manifest_sha256": given.manifest_sha256, "art": encode(given.art), "overrides": list(given.overrides),
        "seed": plan.seed, "settings": {"steps": str(plan.steps), "start": given.start or ""},
    }  # fmt: skip
    draft = write_look(folder / "draft", f"{plan.name}@1", tensors({"state": state}), training, title=plan.title)
    (draft / "config.json").write_text("{}")
    (folder / "index.html").write_text("<title>a training</title>")
    return draft


def _loss(plan: LookPlan, state: str) -> float:
    return float("nan") if plan.seed == NAN else _share(state)


def _share(state: str) -> float:
    return int(state[:8], 16) / 0xFFFFFFFF


if __name__ == "__main__":
    sys.exit(run(make, train_small, lambda: ("cpu",)))  # type: ignore[arg-type]
