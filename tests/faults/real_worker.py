"""A worker that paints flat and trains with the real trainer, made small."""

from __future__ import annotations

import sys
from pathlib import Path

from render_server.look_training.material import Material
from render_server.look_training.observer import Observer
from render_server.look_training.train import Outcome
from render_server.looks.plan import LookPlan
from render_server.worker.__main__ import run, train_installed
from tests.look_training.test_train import make_small
from tests.server.flat_worker import make


def train(plan: LookPlan, material: Material, folder: Path, observer: Observer) -> Outcome:
    make_small()
    return train_installed(plan, material, folder, observer)


if __name__ == "__main__":
    sys.exit(run(make, train))  # type: ignore[arg-type]
