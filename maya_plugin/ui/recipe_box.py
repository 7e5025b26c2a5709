"""How it is painted: look, strengths, seed."""

from __future__ import annotations

import math
import random

from maya_plugin.ui.look_picker import LookPicker
from maya_plugin.ui.parts import Form, Number, Section, Slide, button, row
from maya_plugin.ui.theme import em
from maya_plugin.workflow.desk import Desk
from maya_plugin.workflow.server_watch import look_name
from maya_plugin.workflow.settings import MAX_SEED, STROKE_SCALE

SHORT_SEED = 9999  # the highest that the dice gives: people tell each other seeds
WIDEST = "× 0.00"  # of the sliders' texts: all sliders end in one line
_SPAN = math.log(STROKE_SCALE[1] / STROKE_SCALE[0])


class RecipeBox(Section):
    """Shows and sets the recipe."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Look")
        self._desk = desk
        self._looks = LookPicker()
        self._strokes = Slide(_to_share, _to_scale, lambda scale: f"× {scale:.2f}", WIDEST)
        self._steady = Slide(_same, _same, lambda share: f"{share:.0%}", WIDEST)
        self._steady.setToolTip("How far each painted frame is drawn to the one before it: against shimmer, for softer strokes")
        self._seed = Number(0, MAX_SEED, "The same seed paints the same strokes")
        form = Form(em(self) // 2)
        form.add("Stroke size", self._strokes)
        form.add("Steadiness", self._steady)
        form.add("Seed", row(self._seed, button("Another", self._roll, "Take another seed: other strokes of the same kind"), None))
        self.body.addWidget(self._looks)
        self.body.addLayout(form)
        self._looks.picked.connect(lambda look: desk.change(look=look))
        self._strokes.moved.connect(lambda scale: desk.change(stroke_scale=scale))
        self._steady.moved.connect(lambda share: desk.change(accumulation=share))
        self._seed.chosen.connect(lambda seed: desk.change(seed=seed))

    def refresh(self) -> None:
        """Show what the desk says."""
        look = self._desk.look
        self._looks.put(self._desk.server, look_name(look) if look else "")
        self._strokes.put(self._desk.settings.stroke_scale)
        self._steady.put(self._desk.settings.accumulation)
        self._seed.put(self._desk.settings.seed)

    def _roll(self) -> None:
        self._desk.change(seed=random.randint(0, SHORT_SEED))


def _same(share: float) -> float:
    return share


def _to_share(scale: float) -> float:
    return math.log(scale / STROKE_SCALE[0]) / _SPAN


def _to_scale(share: float) -> float:
    scale = round(STROKE_SCALE[0] * math.exp(share * _SPAN), 2)
    return min(max(scale, STROKE_SCALE[0]), STROKE_SCALE[1])
