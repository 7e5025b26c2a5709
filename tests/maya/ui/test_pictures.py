"""Every state of the panel as a real window, at 100 % and 200 %: dark, small enough to be kept, nothing cut off."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("PySide6")

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "pictures" / "panel"
STATES = {"no_server", "wrong_token", "old_server", "ready", "capturing", "painting", "stopped", "failed", "done"}
DARK, LARGEST = 0.4, 120_000


@pytest.fixture(scope="module", params=[1, 2], ids=["100 %", "200 %"])
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("pictures")
    command = [sys.executable, "-m", "tests.maya.ui.picture_states", str(folder), "--scale", str(request.param)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return request.param, folder, json.loads(done.stdout)


def test_every_state_is_dark_and_whole(pictures: tuple[int, Path, list[dict[str, Any]]]) -> None:
    scale, folder, seen = pictures
    assert {each["name"] for each in seen} >= STATES
    assert {each["name"]: each["wrong"] for each in seen if each["wrong"]} == {}
    for each in seen:
        assert each["brightness"] < DARK and each["bytes"] < LARGEST, each
        width = Image.open(folder / each["file"]).width
        assert width >= 400 * scale, "the picture is not as large as the scaling asks for"


def test_the_pages_show_every_state(pictures: tuple[int, Path, list[dict[str, Any]]]) -> None:
    _, _, seen = pictures
    page = (ROOT / "docs" / "maya.md").read_text("utf-8")
    for each in seen:
        assert (DOCS / each["file"]).is_file() and (DOCS / each["file"]).stat().st_size < LARGEST, "take the pictures again"
        assert f"pictures/panel/{each['name']}_100.png" in page
