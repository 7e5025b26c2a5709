"""A Maya with the demo's scene, a small server, and a desk between them, for the panel's tests."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from maya_plugin.client import Address
from tests import fake_maya
from tests.client.small_server import TOKEN, Small, png, serving
from tests.fake_maya import Maya
from tests.fake_maya.load import load_shot

fake_maya.install()

from maya_plugin.host.maya_host import this_maya  # noqa: E402
from maya_plugin.workflow.desk import BUSY, Desk  # noqa: E402

PATIENCE = 120.0  # seconds that a test waits at most


@dataclass
class Studio:
    """The parts of a test; url, token: as the panel finds the server."""

    maya: Maya
    small: Small
    url: str
    desk: Desk
    patience: float = PATIENCE

    def until(self, ready: Callable[[], Any], step: Optional[Callable[[], None]] = None) -> None:
        """Let time pass until something is so."""
        ends = time.monotonic() + self.patience
        while not ready():
            assert time.monotonic() < ends, f"never came: {self.desk.state}, {self.desk.sentence}\n{self.desk.log.text()}"
            (step or self.desk.step)()
            time.sleep(0.002)

    def paint(self) -> None:
        """Paint the chosen shot to its end, and wait until its take is listed."""
        self.desk.paint()
        self.finish()

    def finish(self) -> None:
        """Wait until nothing is painted any more, and the takes are listed."""
        self.until(lambda: self.desk.state not in BUSY and not self.desk.busy)


@contextlib.contextmanager
def studio(scene: tuple[Any, Any, Any], folder: Path, token: str = TOKEN, url: str = "", version: str = "2025") -> Iterator[Studio]:
    """Open a Maya with a scene and a desk in it. scene: shot, frames, blobs. folder: where takes go."""
    maya = Maya(version=version, project=str(folder / "project"), user_folder=str(folder / "user"))
    fake_maya.start(maya)
    load_shot(maya.scene, *scene)
    resolution = maya.scene.node("defaultResolution").attributes
    resolution["width"].value, resolution["height"].value = scene[0].width, scene[0].height
    with serving() as (small, real_url):
        small.paint = lambda job, number: png(job.recipe.width or 0, job.recipe.height or 0, number)
        made = Studio(maya, small, real_url, Desk(this_maya(), lambda: Address(url or real_url, token)))
        try:
            yield made
        finally:
            made.desk.close()
            made.desk.join()
