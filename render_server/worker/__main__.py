"""`python -m render_server.worker --server URL`: paint for a server; its worker token comes in PAINTOVER_WORKER_TOKEN."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from render_server.lifeline import die_with_parent
from render_server.looks.registry import looks_folders
from render_server.memory import ready_for_torch
from render_server.worker.link import Link
from shot_format.errors import PaintoverError

if TYPE_CHECKING:
    from render_server.look_training.material import Material
    from render_server.look_training.observer import Observer
    from render_server.look_training.train import Outcome
    from render_server.looks.plan import LookPlan
    from render_server.video_models.base import VideoModel
    from render_server.worker.training import Trainer, TrainLook
    from shot_format.messages import Recipe

TOKEN_VARIABLE = "PAINTOVER_WORKER_TOKEN"  # noqa: S105 - a variable's name


class Warm(Protocol):
    """What gives a recipe its model."""

    def warm_up(self) -> None:
        """Load what the first job will need."""

    def of(self, recipe: Recipe) -> VideoModel:
        """Give the model that a recipe asks for."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m render_server.worker", description=__doc__)
    parser.add_argument("--server", required=True, help="the server's URL")
    parser.add_argument("--name", default=f"{socket.gethostname().lower()[:40]}-{secrets.token_hex(4)}", help="new for every start")
    parser.add_argument("--certificate", type=Path, help="the server's TLS certificate, the only one that is trusted")
    parser.add_argument("--looks", type=Path, help="a folder of looks in place of those that ship")
    parser.add_argument("--store", type=Path, help="the server's folder of installed looks, where this machine can read it")
    parser.add_argument("--scratch", type=Path, help="a folder to train in; the user's cache where not given")
    parser.add_argument("--child", action="store_true", help="end with the parent process, which holds standard input")
    return parser.parse_args()


def devices_here() -> tuple[str, ...]:
    """What looks can be trained on."""
    import torch

    return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)


def run(
    make_models: Callable[[Sequence[Path]], Warm],
    train: TrainLook | None = None,
    devices: Callable[[], tuple[str, ...]] = devices_here,
) -> int:
    """Work until the server is gone, or the process is.

    make_models: loads what paints, from folders of looks. train: trains looks on these devices; None: this worker only paints.
    """
    options = arguments()
    if options.child:
        die_with_parent()
    ready_for_torch()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    link = Link(options.server, os.environ.pop(TOKEN_VARIABLE, ""), options.certificate)
    try:
        from render_server.worker.loop import work

        models = make_models(_folders(options))
        models.warm_up()
        work(link, options.name, models.of, _trainer(options, train, devices()) if train else None)
    except PaintoverError as error:
        print(error.message, file=sys.stderr)
        return 1


def _folders(options: argparse.Namespace) -> tuple[Path, ...]:
    others = (options.looks,) if options.looks else looks_folders()
    return (options.store, *others) if options.store else others


def _trainer(options: argparse.Namespace, train: TrainLook, devices: tuple[str, ...]) -> Trainer:
    from render_server.worker.scratch import default_scratch
    from render_server.worker.training import Trainer

    return Trainer(train, devices, options.scratch or default_scratch(), _folders(options))


def train_installed(plan: LookPlan, material: Material, folder: Path, observer: Observer) -> Outcome:
    """Train with what this package has; it is loaded when the first training comes."""
    from render_server.look_training.train import train_look

    return train_look(plan, material, folder, observer)


def installed(looks: Sequence[Path]) -> Warm:
    """Give the models of the looks that are there. Loading torch takes seconds, so it is done only when a parent is being watched."""
    from render_server.worker.models import Models

    return Models(looks)


if __name__ == "__main__":
    sys.exit(run(installed, train_installed))
