"""How fast the plug-in is: the main thread's time at a frame, capture beside transfer and painting, live painting's round trip.

The scene is the stand-in's. What Maya itself would do at a frame (evaluate, deform, draw) is timed apart; all else counts as ours, the
stand-in's own bookkeeping too.
"""

from __future__ import annotations

import contextlib
import functools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from maya_plugin.client import Address, Connection, paint_shot
from render_server.cli.commands import DEFAULT_LOOK
from render_server.cli.servers import wait_for_worker
from render_server.scenes.demo import demo_shot, iter_demo_frames
from render_server.server_process import ServerProcess
from shot_format.folder import ShotFolder
from shot_format.messages import Recipe, ShotStatus
from tests import fake_maya
from tests.fake_maya import Maya, viewport
from tests.fake_maya.load import load_shot, material
from tests.fake_maya.meshes import MeshData, Shape
from tests.fake_maya.scene import Panel, Scene

fake_maya.install()

from maya_plugin.host.capture import SceneCapture  # noqa: E402
from maya_plugin.host.maya_host import this_maya  # noqa: E402
from maya_plugin.workflow.capture_run import Listener  # noqa: E402
from maya_plugin.workflow.desk import Desk  # noqa: E402
from maya_plugin.workflow.host import CaptureRequest  # noqa: E402
from maya_plugin.workflow.painting import Painting  # noqa: E402

SIZE = (512, 288)
FRAMES = 24
OVERLAP_FRAMES = 48
DRAFTS = 60
CLOTHS = ((1, 316, 317), (100, 32, 32))  # how many, and their points along two sides: 100,000 in all
PATIENCE = 120.0  # seconds


class MayasOwn:
    """Adds up what the stand-in does in Maya's place at a frame: seconds, and of them the thread's own on a processor."""

    def __init__(self) -> None:
        self._inside = False
        self.reset()

    def reset(self) -> None:
        """Begin again."""
        self.seconds = self.processor = 0.0

    def timed(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with its time added up; one that another calls counts once."""

        @functools.wraps(act)
        def run(*args: Any, **more: Any) -> Any:
            if self._inside:
                return act(*args, **more)
            self._inside, began, thread = True, time.perf_counter(), time.thread_time()
            try:
                return act(*args, **more)
            finally:
                self._inside = False
                self.seconds += time.perf_counter() - began
                self.processor += time.thread_time() - thread

        return run

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Time evaluation and drawing; deforming is timed by the meshes themselves."""
        with (
            mock.patch.object(Scene, "set_time", self.timed(Scene.set_time)),
            mock.patch.object(viewport, "save_picture", self.timed(viewport.save_picture)),
        ):
            yield


def waving_cloths(own: MayasOwn, count: int, side: int, other: int, phase: float = 0.0) -> Maya:
    """A scene of cloths that all wave at every frame. phase: another one gives other points."""
    maya = Maya()
    fake_maya.start(maya)
    scene = maya.scene
    scene.add("camera", "shotCamShape", scene.add("transform", "shotCam", translate=(side / 2, other / 2, 1.5 * side)))
    scene.panels["modelPanel4"], scene.focus = Panel("modelPanel4", "|shotCam|shotCamShape", {"grid": True}), "modelPanel4"
    rest, corners = _grid(side, other)
    counts, colour = np.full(len(corners) // 3, 3, np.int32), material(scene, (200, 90, 40))
    for number in range(count):
        at = own.timed(functools.partial(_wave, rest, counts, corners, phase + number))
        top = scene.add("transform", f"cloth{number}", translate=(0.0, 0.0, -10.0 * number))
        scene.add("mesh", f"cloth{number}Shape", top).mesh = MeshData(at, [colour])
    return maya


def _grid(side: int, other: int) -> tuple[Any, Any]:
    points = np.stack(np.meshgrid(np.arange(side), np.arange(other), [0.0], indexing="ij"), -1).reshape(-1, 3).astype(np.float32)
    a = (np.arange(side - 1)[:, None] * other + np.arange(other - 1)).ravel()
    return points, np.stack([a, a + other, a + 1, a + 1, a + other, a + other + 1], 1).astype(np.int32).ravel()


def _wave(rest: Any, counts: Any, corners: Any, phase: float, now: float) -> Shape:
    points = rest.copy()
    points[:, 2] = 5 * np.sin(0.1 * points[:, 0] + 0.3 * now + phase)
    return Shape(points, counts, corners)


def bench_main_thread() -> list[dict[str, Any]]:
    """Capture without a server: milliseconds of the main thread at a frame, ours and Maya's."""
    return [_main_thread(*cloths, beauty) for cloths in CLOTHS for beauty in (False, True)]


def _main_thread(count: int, side: int, other: int, beauty: bool) -> dict[str, Any]:
    own, ours, processor, mayas = MayasOwn(), [], [], []
    waving_cloths(own, count, side, other)
    with own.watching():
        began = time.perf_counter()
        capture = SceneCapture(CaptureRequest("shotCam", 1, FRAMES, *SIZE, beauty=beauty))
        start = time.perf_counter() - began - own.seconds
        for _ in range(FRAMES):
            own.reset()
            began, thread = time.perf_counter(), time.thread_time()
            next(capture)
            ours.append(time.perf_counter() - began - own.seconds)
            processor.append(time.thread_time() - thread - own.processor)
            mayas.append(own.seconds)
        capture.close()
    return {
        "meshes": count,
        "vertices": count * side * other,
        "beauty": beauty,
        "ours_ms_median": 1e3 * statistics.median(ours[1:]),
        "ours_ms_p95": 1e3 * _share(ours[1:], 0.95),
        "ours_cpu_ms_median": 1e3 * statistics.median(processor[1:]),
        "mayas_ms_median": 1e3 * statistics.median(mayas[1:]),
        "once_ms": 1e3 * (start + ours[0]),
    }


class _Clock(Listener):
    """When the first painted frame was here, and how many were."""

    def __init__(self) -> None:
        self.began, self.first, self.frames = time.perf_counter(), 0.0, 0

    def arrived(self, frame: Any) -> None:
        self.frames += 1
        self.first = self.first or time.perf_counter() - self.began


def bench_overlap(line: Connection) -> dict[str, Any]:
    """Capture, transfer and painting at once, beside the same one after the other."""
    own, recipe = MayasOwn(), Recipe(DEFAULT_LOOK, width=SIZE[0], height=SIZE[1])
    request = CaptureRequest("shotCam", 1, OVERLAP_FRAMES, *SIZE)
    with own.watching(), tempfile.TemporaryDirectory() as scratch:
        waving_cloths(own, *CLOTHS[0])
        capture_alone, megabytes = _spool(request, Path(scratch, "shot"))
        began = time.perf_counter()
        paint_shot(line, ShotFolder(Path(scratch, "shot")), recipe, Path(scratch, "alone"))
        paint_alone = time.perf_counter() - began
        waving_cloths(own, *CLOTHS[0], phase=0.5)
        together = _paint_together(own, line, request, recipe, Path(scratch, "together"))
    return {
        "frames": OVERLAP_FRAMES,
        "megabytes": megabytes,
        "capture_alone_s": capture_alone,
        "upload_and_painting_alone_s": paint_alone,
        "one_after_the_other_s": capture_alone + paint_alone,
        **together,
    }


def _spool(request: CaptureRequest, place: Path) -> tuple[float, float]:
    """Capture into a folder; seconds of the capture, and megabytes."""
    began = time.perf_counter()
    capture = SceneCapture(request)
    items = list(capture)
    seconds, folder = time.perf_counter() - began, ShotFolder(place)
    for _, blobs in items:
        for blob in blobs.values():
            folder.add_blob(blob)
    folder.write(capture.shot, tuple(frame for frame, _ in items))
    return seconds, sum(len(blob) for _, blobs in items for blob in blobs.values()) / 1e6


def _paint_together(own: MayasOwn, line: Connection, request: CaptureRequest, recipe: Recipe, folder: Path) -> dict[str, Any]:
    clock, steps = _Clock(), []
    painting = Painting(this_maya(), line, request, recipe, folder, clock)
    captured, there, painted = 0.0, 0, 0
    going = True
    while going:
        before = painting.captured or painting.waiting
        own.reset()
        began = time.perf_counter()
        going = painting.step()
        if not before:
            steps.append(time.perf_counter() - began - own.seconds)
        if painting.captured and not captured:
            captured, painted = time.perf_counter() - clock.began, clock.frames
            status = line.ask(ShotStatus, "GET", f"/v1/shots/{painting.shot.id}")
            there = len(status.frames) - len(status.missing)  # at least: a frame may lack several blobs
        if painting.waiting:
            time.sleep(0.002)
    if painting.error is not None:
        raise painting.error
    return {
        "together_s": time.perf_counter() - clock.began,
        "captured_after_s": captured,
        "first_painted_after_s": clock.first,
        "on_server_when_captured": there,
        "painted_when_captured": painted,
        "step_ms_median": 1e3 * statistics.median(steps[1:]),
        "step_ms_p95": 1e3 * _share(steps[1:], 0.95),
    }


def bench_live(address: Address) -> dict[str, Any]:
    """Go to another frame, and wait until its draft is shown: from the begin of its capture, and from the moment of coming to rest."""
    frames, blobs = [], {}
    for frame, new in iter_demo_frames(DRAFTS + 3, SIZE):
        frames.append(frame)
        blobs.update(new)
    shot, maya = demo_shot(DRAFTS + 3, SIZE), Maya()
    fake_maya.start(maya)
    load_shot(maya.scene, shot, frames, blobs)
    resolution = maya.scene.node("defaultResolution").attributes
    resolution["width"].value, resolution["height"].value = SIZE
    desk = Desk(this_maya(), lambda: address)
    try:
        _step_until(desk, lambda: desk.server.ready)
        desk.change(look=DEFAULT_LOOK)
        desk.set_live(True)
        drafts = [_draft(maya, desk, shot.first + number) for number in range(DRAFTS + 3)][3:]
    finally:
        desk.close()
        desk.join()
    trips, waits, captures = zip(*drafts)
    return {
        "drafts": len(drafts),
        "round_trip_ms_p50": 1e3 * statistics.median(trips),
        "round_trip_ms_p95": 1e3 * _share(trips, 0.95),
        "from_rest_ms_p50": 1e3 * statistics.median(waits),
        "from_rest_ms_p95": 1e3 * _share(waits, 0.95),
        "main_thread_ms_p50": 1e3 * statistics.median(captures),
    }


def _draft(maya: Maya, desk: Desk, number: int) -> tuple[float, float, float]:
    """Seconds of the round trip, from rest to picture, and of the step that captures."""
    maya.scene.set_time(number)
    desk.step()  # sees that the time is another, and hides what is shown
    began = ended = 0.0
    while not desk.live.painting and not desk.live.shown:
        began = time.perf_counter()
        desk.step()
        ended = time.perf_counter()
        time.sleep(0.002)
        if desk.live.error:
            raise desk.live.error
    _step_until(desk, lambda: desk.live.shown)
    return time.perf_counter() - began, desk.live.seconds or 0.0, ended - began


def _step_until(desk: Desk, ready: Callable[[], Any]) -> None:
    ends = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > ends:
            raise TimeoutError(desk.log.text())
        desk.step()
        time.sleep(0.002)


def _share(values: Any, share: float) -> float:
    return float(sorted(values)[min(len(values) - 1, int(share * len(values)))])


def bench_maya() -> dict[str, Any]:
    """Everything, with one server and its painter, warm."""
    with tempfile.TemporaryDirectory() as scratch, ServerProcess(Path(scratch, "data")) as server:
        wait_for_worker(server)
        address = Address(server.address, server.token)
        with Connection(address) as line:
            return {"main_thread": bench_main_thread(), "live": bench_live(address), "overlap": bench_overlap(line)}
