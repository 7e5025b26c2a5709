"""The whole road, as a stranger walks it: `paintover demo`, with the real server, worker and painter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import psutil
import pytest
from PIL import Image

FRAMES = 6
SIZE = (256, 144)
NUMBERS = range(1001, 1001 + FRAMES)


def paintover(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "render_server.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280)


def pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.png"))}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    done = paintover("demo", "--frames", FRAMES, "--size", "256x144", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout.splitlines()[-1])


def test_leaves_all_that_is_promised(demo):
    out, _ = demo
    for number in NUMBERS:
        with Image.open(out / "frames" / f"painted.{number}.png") as image:
            assert image.size == SIZE
    for name in ("painted.mp4", "side_by_side.mp4"):
        frames, _ = imageio_ffmpeg.count_frames_and_secs(str(out / name))
        assert frames == FRAMES
    assert (out / "contact_sheet.png").is_file()
    assert "<svg" in (out / "report.html").read_text()
    take = json.loads((out / "take.json").read_text())
    assert sorted(take["frames"]) == [str(number) for number in NUMBERS]
    assert not list(out.glob(".*")), "scratch folders are left behind"


def test_says_what_it_measured(demo):
    out, said = demo
    assert said["frames"] == FRAMES
    assert said["out"] == str(out)
    for name in ("seconds_to_first_frame", "fps", "warp_error", "warp_error_memoryless", "warp_error_blocking"):
        assert said[name] > 0
    assert 0 < said["model_share"] < 1
    assert -1 < said["structure"] <= 1


def test_paints(demo):
    """The frames are neither the blocking nor noise: they differ from it, and keep its colours at large."""
    out, _ = demo
    painted = np.asarray(Image.open(out / "frames" / "painted.1001.png"), float)
    assert painted.std() > 20
    sheet = np.asarray(Image.open(out / "contact_sheet.png"))
    assert sheet.shape[1] > SIZE[0]


def test_the_same_recipe_gives_the_same_bytes_and_another_seed_others(demo, tmp_path):
    out, _ = demo
    for seed in (0, 1):
        done = paintover("render", out / "shot", "--out", tmp_path / str(seed), "--seed", seed, "--data", tmp_path / "data", "--no-report")
        assert done.returncode == 0, done.stderr
    first = pictures(out / "frames")
    assert len(first) == FRAMES
    assert pictures(tmp_path / "0" / "frames") == first
    other = pictures(tmp_path / "1" / "frames")
    assert all(other[name] != first[name] for name in first)


def test_ctrl_c_leaves_no_process_and_no_half_written_file(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "render_server.cli", "demo", "--size", "256x144", "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    ends = time.monotonic() + 120
    while not list(out.glob("frames/painted.*.png")):
        assert process.poll() is None and time.monotonic() < ends
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    assert family, "the server and its worker should run now"
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said.decode()
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    assert not list(out.rglob(".partial-*"))
    for path in out.glob("frames/*.png"):
        Image.open(path).load()
