"""`paintover quality`, whole: a shot with cuts, painted by a look that was never trained, measured and written down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from typer.testing import CliRunner

from render_server.cli.commands import app
from render_server.quality.table import BEGIN, END
from render_server.scenes.staging import FIRST, export_stage
from render_server.scenes.trial_shots import CUTS, cut_stage
from render_server.video_models.painter.network import PainterConfig, PainterNetwork

SMALL = {"channels": (16, 16, 16), "blocks": (1, 1, 1), "full": 16, "half": 16, "fine": 16, "condition": 16}
CUT, FRAMES = 4, 10
SIZE = (128, 72)


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A look of random weights that says that a procedural painter taught it."""
    folder = tmp_path_factory.mktemp("looks") / "gouache@7"
    folder.mkdir()
    torch.manual_seed(3)
    network = PainterNetwork(PainterConfig(**SMALL))
    save_file({name: value.half() for name, value in network.state_dict().items()}, folder / "weights.safetensors")
    (folder / "config.json").write_text(json.dumps(SMALL))
    fields = {
        "name": "gouache", "version": 7, "title": "Untrained", "description": "", "palette": {}, "strokes": {}, "recipe": {},
        "model_sha256": "0" * 64, "lineage": [{"source": "render_server/training"}], "licence": "Apache-2.0",
    }  # fmt: skip
    (folder / "look.json").write_text(json.dumps(fields))
    (folder / "art").mkdir()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (72, 128, 3), dtype=np.uint8)).save(folder / "art" / "00.jpg")
    return folder


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few frames about the first cut of the trial shot."""
    folder, whole, skipped = tmp_path_factory.mktemp("shots") / "parlour", cut_stage(), CUTS[0] - CUT
    stage = replace(
        whole,
        frames=FRAMES,
        cuts=(CUT,),
        act=lambda time: whole.act(time + skipped),
        camera=lambda time, size: whole.camera(time + skipped, size),
        there=lambda time, name: whole.there(time + skipped, name),
    )
    export_stage(stage, folder, SIZE)
    return folder


def arguments(shot: Path, look: Path, out: Path, *more: str | Path) -> list[str]:
    given = ["quality", shot, "--look", look, "--size", f"{SIZE[0]}x{SIZE[1]}", "--every", 4, "--out", out, *more]
    return [str(each) for each in given]


@pytest.fixture(scope="module")
def measured(shot: Path, look: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Where everything was left, and what was printed for programs."""
    out = tmp_path_factory.mktemp("quality")
    page = out / "page.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    result = CliRunner().invoke(app, arguments(shot, look, out, "--table", page, "--json"))
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout.splitlines()[-1])["measured"][0]


def test_all_is_printed_for_programs(measured: tuple[Path, dict[str, Any]]) -> None:
    told = measured[1]
    assert (told["look"], told["shot"], told["frames"], told["size"]) == ("gouache@7", "parlour", FRAMES, list(SIZE))
    assert len(told["checks"]) == 9 and all(check["value"] is not None for check in told["checks"])
    for video in ("painted", "blocking", "memoryless", "target"):
        assert told["summary"][video]["warp_error"] > 0
    assert told["summary"]["target"]["sharpness"] == 1
    assert told["memory_mb"][str(FRAMES)] > 100


def test_the_report_shows_the_cut_and_leads_to_everything(measured: tuple[Path, dict[str, Any]]) -> None:
    out = measured[0]
    folder = out / "gouache@7" / "parlour"
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert f"Frame {FIRST + CUT}: Cut" in text
    for name in (f"event_{FIRST + CUT}.png", "side_by_side.mp4", "painted.mp4", "figures.json", "contact_sheet.png"):
        assert f'"{name}"' in text and (folder / name).stat().st_size > 0
    assert 'href="gouache@7/parlour/report.html"' in (out / "index.html").read_text(encoding="utf-8")


def test_at_a_cut_memory_changes_nothing(measured: tuple[Path, dict[str, Any]]) -> None:
    figures = json.loads((measured[0] / "gouache@7" / "parlour" / "figures.json").read_text())["figures"]
    assert figures["painted"]["warp_error"][CUT] is None
    assert figures["ghosts"]["inside"][CUT] == 0
    assert figures["ghosts"]["bleed"][CUT] == 0


def test_ablations_come_in_pairs(measured: tuple[Path, dict[str, Any]]) -> None:
    figures = json.loads((measured[0] / "gouache@7" / "parlour" / "figures.json").read_text())["figures"]
    for video in ("memoryless", "target"):
        there = [index for index, value in enumerate(figures[video]["sharpness"]) if value is not None]
        assert there == [index for index in range(FRAMES) if index % 4 < 2]


def test_the_page_has_the_table_and_its_picture(measured: tuple[Path, dict[str, Any]]) -> None:
    out = measured[0]
    text = (out / "page.md").read_text(encoding="utf-8")
    assert "### Untrained (`gouache@7`)" in text and "| palette distance | ≤ 0.35 |" in text
    with Image.open(out / "pictures" / "quality" / "gouache_parlour.jpg") as picture:
        assert picture.width == 1400


def test_what_was_measured_can_be_kept(shot: Path, look: Path, measured: tuple[Path, dict[str, Any]]) -> None:
    out, told = measured
    report = out / "gouache@7" / "parlour" / "report.html"
    before = report.stat().st_mtime_ns
    result = CliRunner().invoke(app, arguments(shot, look, out, "--keep", "--json"))
    assert json.loads(result.stdout.splitlines()[-1])["measured"] == [told]
    assert report.stat().st_mtime_ns == before


def test_a_look_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["quality", "cut", "--look", "nobody", "--out", str(tmp_path / "out")])
    assert result.exit_code == 1 and "look-unknown" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
def test_stopped_in_the_middle_nothing_is_half_written(shot: Path, look: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "render_server.cli", *arguments(shot, look, tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "2"})
    folder = tmp_path / "gouache@7" / "parlour"
    ends = time.monotonic() + 120
    while not list(folder.glob(".partial-*")) and time.monotonic() < ends and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said.decode()
    assert "Stopped" in said.decode()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
