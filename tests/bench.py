"""`make bench`: how fast this machine is at what matters, in one run. Speeds of shared machines wander: compare ratios, and mind the load.

Prints tables for people and, last, one JSON object.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from maya_plugin.client import Address, Connection, paint_shot
from maya_plugin.client.bench import bench_upload
from render_server.cli.commands import DEFAULT_LOOK
from render_server.cli.servers import wait_for_worker
from render_server.cli.take import processor
from render_server.looks.registry import load_look
from render_server.memory import SPINNING, ready_for_torch
from render_server.passes.bench import bench_passes
from render_server.passes.loader import ShotLoader
from render_server.scenes.demo import export_demo
from render_server.server_process import ServerProcess
from render_server.video_models.base import ShotInfo
from render_server.video_models.painter.bench import bench_network, bench_strokes
from render_server.video_models.painter.model import Painter
from shot_format.folder import ShotFolder
from shot_format.messages import Recipe
from tests.bench_maya import CLOTHS, SIZE, bench_maya

PAINTER_SIZES = ((512, 288), (960, 540))
PAINTER_FRAMES = 24
WARM_UP = 3
JOB_FRAMES = 96
JOB_SIZE = (512, 288)

people = Console(stderr=True, highlight=False)


def as_the_worker() -> None:
    """Treat memory and threads as the worker does. torch, which is loaded by now, reads this when it is loaded: so begin once more."""
    set_before = SPINNING in os.environ
    ready_for_torch()
    if not set_before:
        os.execv(sys.executable, [sys.executable, "-m", "tests.bench"])  # noqa: S606


def machine() -> dict[str, Any]:
    """Name the machine, its load and the date: a figure without them says nothing."""
    return {
        "processor": processor(),
        "system": platform.platform(),
        "load_1_min": os.getloadavg()[0],
        "date": datetime.now(timezone.utc).isoformat(timespec="minutes"),
    }


def bench_painter(width: int, height: int) -> dict[str, float]:
    """Paint a stretch of the demo shot: the network alone, and with its guides made one after the other."""
    recipe = Recipe(look=DEFAULT_LOOK)
    painter = Painter(load_look(DEFAULT_LOOK))
    with tempfile.TemporaryDirectory() as folder:
        shot = export_demo(Path(folder), PAINTER_FRAMES + WARM_UP, (width, height))
        file = ShotFolder(Path(folder))
        state = painter.start(ShotInfo(shot.name, shot.first, shot.last, width, height), recipe)
        model, guides = [], []
        loader = ShotLoader(shot, file.read_blob)
        passes = loader.passes(file.read().frames, causal=True)
        for _ in range(PAINTER_FRAMES + WARM_UP):
            start = time.perf_counter()
            seen, current = next(passes)
            drawn = painter.guides(state, seen.geometry, current)
            middle = time.perf_counter()
            painter.paint(state, [drawn])
            model.append(time.perf_counter() - middle)
            guides.append(middle - start)
    return {
        "width": width,
        "height": height,
        "model_fps_median": 1 / statistics.median(model[WARM_UP:]),
        "model_ms_median": 1e3 * statistics.median(model[WARM_UP:]),
        "model_ms_p95": 1e3 * sorted(model[WARM_UP:])[int(0.95 * PAINTER_FRAMES)],
        "guides_ms_median": 1e3 * statistics.median(guides[WARM_UP:]),
    }


def bench_guides(width: int, height: int) -> dict[str, float]:
    """The strokes' guides of some frames of the demo shot, by stage."""
    with tempfile.TemporaryDirectory() as folder:
        shot = export_demo(Path(folder), PAINTER_FRAMES, (width, height))
        file = ShotFolder(Path(folder))
        frames = ShotLoader(shot, file.read_blob).passes(file.read().frames, causal=True)
        return bench_strokes([(seen.geometry, passes) for seen, passes in frames])


def bench_job() -> dict[str, float]:
    """Paint the demo through client, server and worker: how much of the time is not the model's, and how long the first frame takes."""
    with tempfile.TemporaryDirectory() as scratch, ServerProcess(Path(scratch, "data")) as server:
        wait_for_worker(server)
        export_demo(Path(scratch, "shot"), JOB_FRAMES, JOB_SIZE)
        with Connection(Address(server.address, server.token)) as connection:
            paint_shot(connection, ShotFolder(Path(scratch, "shot")), Recipe(DEFAULT_LOOK, seed=1, last=1008), Path(scratch, "warm"))
            take = paint_shot(connection, ShotFolder(Path(scratch, "shot")), Recipe(DEFAULT_LOOK), Path(scratch, "out"))
    model = sum(frame.model_seconds for frame in take.frames)
    return {
        "frames": len(take.frames),
        "seconds": take.seconds,
        "frames_per_second": len(take.frames) / take.seconds,
        "share_outside_model": 1 - model / take.seconds,
        "seconds_to_first_frame": take.first_frame_seconds,
    }


def bench_upload_ratio() -> dict[str, Any]:
    """Upload to a real server beside a bare socket copy of the same bytes."""
    with tempfile.TemporaryDirectory() as scratch, ServerProcess(Path(scratch), workers=0) as server:
        return dict(bench_upload(server.address, server.token))


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows of figures as a table."""
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()))
    people.print(table)


def main() -> None:
    """Run every part and print it."""
    as_the_worker()
    results: dict[str, Any] = {"machine": machine()}
    show("Machine", [results["machine"]])
    results["passes"] = bench_passes()
    show("Passes (rasterised, with motion and occlusion)", results["passes"])
    results["network"] = [bench_network(*size) for size in PAINTER_SIZES]
    show("Network, from guides to bytes, beside plain matrix products of the same run", results["network"])
    results["strokes"] = bench_guides(*JOB_SIZE)
    show(f"The strokes' guides at {JOB_SIZE[0]}×{JOB_SIZE[1]}, thread time", [results["strokes"]])
    results["painter"] = [bench_painter(*size) for size in PAINTER_SIZES]
    show("Painter", results["painter"])
    results["job"] = bench_job()
    show(f"A job of {JOB_FRAMES} frames at {JOB_SIZE[0]}×{JOB_SIZE[1]}, worker warm", [results["job"]])
    results["upload"] = bench_upload_ratio()
    show("Upload", [results["upload"]])
    results["maya"] = bench_maya()
    size = f"{SIZE[0]}×{SIZE[1]}"
    show(f"Maya: main thread at a frame, {CLOTHS[0][1] * CLOTHS[0][2]:,} points that all move", results["maya"]["main_thread"])
    show(f"Maya: live painting at {size}", [results["maya"]["live"]])
    show(f"Maya: capture, transfer and painting at once, {size}", [results["maya"]["overlap"]])
    sys.stdout.write(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
