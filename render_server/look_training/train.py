"""The road of one training, from art to a look's folder.

Everything is a function of plan, art and base: which clip is seen at which step, where patches lie, when the rate is halved. What a
checkpoint does not hold is worked out again, so a training that was killed ends with the same weights as one that was not.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from render_server.look_training.art import Art, read_art
from render_server.look_training.blocking import SCENES_FROM, Order, render_all
from render_server.look_training.draft import Made, write_draft
from render_server.look_training.grading import Weights as LossWeights
from render_server.look_training.grading import make_critic
from render_server.look_training.material import Material
from render_server.look_training.observer import Observer
from render_server.look_training.patches import oklab
from render_server.look_training.previews import SCENES, Shown, make_shown, measure, note, sheet_name, shown_orders, write_sheet
from render_server.look_training.session import CHECKPOINT, HALVED, Course, Session, begin, go_on, keep, train_step
from render_server.look_training.study import style_of
from render_server.look_training.style import Style
from render_server.looks.install import WEIGHTS, base_sha256
from render_server.looks.plan import LookPlan, TrainingReport, read_given
from render_server.looks.registry import OWN_LOOKS, load_look, read_look
from render_server.training.checkpoint import Progress, Weights
from shot_format.codec import to_json
from shot_format.errors import FormatError, MissingError

CLIPS = 72
TRIED = (3, 9)  # steps that the machine's speed is measured by: some to warm up, then some that count
TRIED_STEPS = 1000  # the length of the plan while the speed is measured
LEAST_STEPS = 40
MOST_HALVED = 3
PATIENCE = 8  # previews without anything better, after which a training ends ...
BETTER = 0.005  # ... by this much at least, in the sum of palette and texture distance
BY_HEART = 1.08  # times its best, the texture distance to what was held back, while that to what is learnt falls: it learns by heart


@dataclass(frozen=True)
class Outcome:
    """What came of it. draft: the look's folder, to be given to looks.install.install_look; None where it was paused or cancelled."""

    draft: Path | None
    figures: dict[str, float]
    step: int
    seconds: float


def train_look(plan: LookPlan, material: Material, folder: Path, observer: Observer) -> Outcome:
    """Train, or go on with the training whose checkpoint the folder holds; everything that it writes is in the folder.

    folder/given.json says whose art it is (looks.plan.write_given). folder/checkpoint.safetensors is all that another machine needs to go
    on; what else lies there is a cache that is made again.
    Raises FormatError ("plan-differs": the checkpoint is of another plan or other art; "training-diverged"), MissingError ("art-empty",
    "look-unknown").
    """
    return _Road(plan, material, folder, observer).go()


class _Road:
    """One call of train_look: what is made once and used in all of its parts."""

    def __init__(self, plan: LookPlan, material: Material, folder: Path, observer: Observer) -> None:
        self.plan, self.material, self.folder, self.observer = plan, material, folder, observer
        self.given = read_given(folder)
        self.base = OWN_LOOKS / plan.base
        if not (self.base / WEIGHTS).is_file():
            raise MissingError("look-unknown", f"The base {plan.base} is not here.")
        self.base_sha256 = base_sha256(self.base)
        self.key = _key(plan, material, self.base_sha256)
        self.began = time.monotonic()
        self.before: list[Any] = []

    def go(self) -> Outcome:
        """All of it."""
        self.tell("studying the art")
        art = read_art(self.material.stills)
        style, start = self._start(art)
        paths = self._blocking(style)
        clips, shown = paths[: -len(SCENES)], make_shown(paths[-len(SCENES) :], art)
        self.tell("studying the art")
        critic = make_critic(art, style, _colours(clips), LossWeights(), self.plan.seed).on(self.plan.device)
        course = Course(self.plan.seed, self.plan.steps or TRIED_STEPS, tuple(clips), self.material.pairs, self.plan.device)

        def fresh(steps: int) -> Session:
            return begin(replace(course, steps=steps), critic, self.base, start, self.plan.whole)

        session = self._session(fresh)
        _, self.before = measure(shown, fresh(session.course.steps))
        return self._train(session, shown, art, style)

    def _start(self, art: Art) -> tuple[Style, Weights | None]:
        """The style of the art, or of the look that the training goes on from, and that look's adapter."""
        look = self.given.start and read_look(Path(self.given.start)) or (load_look(self.plan.start) if self.plan.start else None)
        style = self.material.style
        if look is None:
            return style or style_of(art.pictures), None
        own = Style(look.palette, look.tuning, look.light, look.ground, look.line, look.strokes)
        return style or own, {name: value.float() for name, value in load_file(look.folder / WEIGHTS).items()}

    def _blocking(self, style: Style) -> list[Path]:
        """Windows that are trained on, then those that previews show."""
        place = self.folder / "clips" / hashlib.sha256(repr(style).encode()).hexdigest()[:16]
        orders = [Order(place / f"clip_{number:03d}.safetensors", SCENES_FROM + number, style) for number in range(CLIPS)]
        return render_all([*orders, *shown_orders(place, style)], lambda done, count: self.tell("rendering blocking", done, count))

    def _session(self, fresh: Callable[[int], Session]) -> Session:
        """The session that the folder holds, or a new one, of as many steps as the plan says or the minutes allow."""
        place = self.folder / CHECKPOINT
        if place.exists():
            with safe_open(place, framework="pt") as file:
                notes = Progress(**json.loads(file.metadata()["progress"])).notes
            if notes.get("key") != self.key:
                raise FormatError("plan-differs", "The folder holds the training of another plan or of other art; take another folder.")
            session = fresh(int(notes["steps"]))
            go_on(session, self.folder)
            return session
        steps = self.plan.steps or self._steps_that_fit(fresh(TRIED_STEPS))
        session = fresh(steps)
        session.progress = Progress(notes={"key": self.key, "steps": steps, "score": None, "best": 0, "waited": 0})
        self._keep(session)
        return session

    def _steps_that_fit(self, trial: Session) -> int:
        warm, counted = TRIED
        for _ in range(warm):
            train_step(trial)
        began = time.monotonic()
        for _ in range(counted):
            train_step(trial)
            self.tell("measuring the speed")
        each = (time.monotonic() - began) / counted
        left = 60 * self.plan.minutes - (time.monotonic() - self.began)
        shown = 8.0 / self.plan.preview_every  # seconds of a step that previews take, about
        return max(LEAST_STEPS, int(left / (each + shown)))

    def _train(self, session: Session, shown: Shown, art: Art, style: Style) -> Outcome:
        steps, losses, since = session.course.steps, list[float](), time.monotonic()
        wish = "go on"
        while session.progress.step < steps and wish == "go on" and session.progress.notes["waited"] < PATIENCE:
            loss = train_step(session)["loss"]
            if not math.isfinite(loss):
                self._step_back(session)
                continue
            losses = [*losses[-49:], loss]
            now, step = time.monotonic(), session.progress.step
            session.progress = replace(session.progress, seconds=session.progress.seconds + now - since)
            since = now
            self.tell("training", step, steps, session.progress.seconds, sum(losses) / len(losses))
            if step % self.plan.preview_every == 0 or step == steps:
                self._preview(session, shown, sum(losses) / len(losses))
            if step % self.plan.keep_every == 0 or step == steps:
                self._keep(session)
            wish = self.observer.wish()
        if wish in ("pause", "cancel"):
            if wish == "pause":
                self._keep(session)
            return Outcome(None, {}, session.progress.step, session.progress.seconds)
        return self._finish(session, shown, art, style)

    def _step_back(self, session: Session) -> None:
        """After a loss that is no number: go on from the last checkpoint, at half the rate."""
        go_on(session, self.folder)
        notes = session.progress.notes
        notes[HALVED] = notes.get(HALVED, 0) + 1
        if notes[HALVED] > MOST_HALVED:
            raise FormatError(
                "training-diverged", "The training ran away although its rate was halved again and again; take other art, or another seed."
            )
        self._keep(session)

    def _preview(self, session: Session, shown: Shown, loss: float) -> None:
        """Measure, keep the best, write the sheet and the page, and tell."""
        figures, pictures = measure(shown, session)
        notes, step = session.progress.notes, session.progress.step
        score = figures["palette"] + figures["texture"]
        best = notes["score"]
        if best is None or score < best - BETTER:
            notes.update(waited=0)
        else:
            notes.update(waited=notes["waited"] + 1)
        if best is None or score < best:
            notes.update(score=score, best=step, figures=figures)
            session.kept.update({f"best/{name}": value.clone() for name, value in session.mean.items()})
        remarks = _remarks(notes, figures)
        sheet = self.folder / sheet_name(step)
        write_sheet(sheet, shown, self.before, pictures)
        note(self.folder, step, session.progress.seconds, round(loss, 5), figures, remarks)
        self.observer.preview(sheet, step)
        self.tell("training", step, session.course.steps, session.progress.seconds, loss, figures, remarks)

    def _keep(self, session: Session) -> None:
        self.observer.checkpoint(keep(session, self.folder), session.progress.step)

    def _finish(self, session: Session, shown: Shown, art: Art, style: Style) -> Outcome:
        """Write the look: the best mean of the weights that was measured."""
        self.tell("finishing", session.progress.step, session.course.steps, session.progress.seconds)
        if session.progress.notes["score"] is None:  # finished before the first preview
            self._preview(session, shown, 0.0)
            self._keep(session)
        notes = session.progress.notes
        best = {name.removeprefix("best/"): value for name, value in session.kept.items() if name.startswith("best/")}
        session.mean = best
        figures, pictures = measure(shown, session)
        made = Made(
            self.plan, self.given, style, best, figures, int(notes["best"]), session.progress.seconds, self.base_sha256
        )  # fmt: skip
        draft = write_draft(self.folder / "look", made, art, pictures[0])
        return Outcome(draft, figures, int(notes["best"]), session.progress.seconds)

    def tell(
        self, stage: str, step: int = 0, steps: int = 0, seconds: float = 0.0, loss: float | None = None,
        figures: dict[str, float] | None = None, remarks: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Report to the observer."""
        spent = seconds or time.monotonic() - self.began
        left = spent / step * (steps - step) if step else 0.0
        self.observer.report(TrainingReport(stage, step, steps, round(spent, 2), round(left, 2), loss, figures or {}, remarks))


def _remarks(notes: dict[str, Any], figures: dict[str, float]) -> tuple[str, ...]:
    """Say where it learns its art by heart, or where it ends early."""
    found = []
    seen = notes.get("figures", figures)
    if figures["texture"] > BY_HEART * seen["texture"] and figures["learnt"] < seen["learnt"]:
        found.append("It comes closer to the art that it learns from, but not to what was held back: it begins to learn by heart.")
    if notes["waited"] >= PATIENCE:
        found.append(f"Nothing became better in {PATIENCE} previews: it ends here, with the best, of step {notes['best']}.")
    return tuple(found)


def _key(plan: LookPlan, material: Material, base: str) -> str:
    """What a checkpoint must have in common with what is asked for: all that has a say in the weights."""
    said = [to_json(plan), base, repr(material.style and asdict(material.style))]
    said += sorted(f"{still.sha256} {still.number}" for still in material.stills)
    said += [hashlib.sha256(path.read_bytes()).hexdigest() for path in material.pairs]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _colours(clips: list[Path]) -> Tensor:
    """Some of the blocking's colours, (N, 3) OKLab."""
    rows = []
    for path in clips:
        with safe_open(path, framework="pt") as clip:
            picture = clip.get_slice("guides")[0:1, ::8, ::8, 0:3].permute(0, 3, 1, 2).float() / 255
        rows.append(oklab(picture).permute(0, 2, 3, 1).reshape(-1, 3))
    return torch.cat(rows)
