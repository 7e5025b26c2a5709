"""What the commands say to bad input: one sentence, a stable code, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from render_server.cli.commands import app, parse_frames, parse_size
from render_server.scenes.demo import export_demo
from shot_format.errors import FormatError


def refused(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 1
    return " ".join(result.stderr.split())


@pytest.mark.parametrize(("text", "size"), [("640x360", (640, 360)), ("1920×1080", (1920, 1080)), (None, None)])
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["640", "x", "640x", "0x0", "640x360x2", "wide"])
def test_broken_sizes(text):
    with pytest.raises(FormatError) as error:
        parse_size(text)
    assert error.value.code == "size-broken"


@pytest.mark.parametrize(("text", "frames"), [("1-2", (1, 2)), ("-5-3", (-5, 3)), ("-9--2", (-9, -2)), ("7", (7, 7)), (None, None)])
def test_frames(text, frames):
    assert parse_frames(text) == frames


@pytest.mark.parametrize("text", ["2-1", "a-b", "1-", "1-2-3", ""])
def test_broken_frames(text):
    with pytest.raises(FormatError) as error:
        parse_frames(text)
    assert error.value.code == "frames-broken"


def test_no_shot(tmp_path):
    assert "shot-missing" in refused("render", tmp_path / "none", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_missing_blob(tmp_path):
    export_demo(tmp_path / "shot", 1, (64, 36))
    next((tmp_path / "shot" / "blobs").glob("*/*")).unlink()
    assert "blob-missing" in refused("passes", tmp_path / "shot", "--out", tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.npz"))


def test_damaged_blob(tmp_path):
    export_demo(tmp_path / "shot", 1, (64, 36))
    blob = next((tmp_path / "shot" / "blobs").glob("*/*"))
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    assert "blob-hash" in refused("passes", tmp_path / "shot", "--out", tmp_path / "out")


def test_no_server(tmp_path):
    export_demo(tmp_path / "shot", 1, (64, 36))
    (tmp_path / "token").write_text("a" * 64)
    said = refused(
        "render", tmp_path / "shot", "--out", tmp_path / "out", "--server", "http://127.0.0.1:9", "--token-file", tmp_path / "token"
    )
    assert "server-unreachable" in said


def test_no_camera_and_no_scene(tmp_path):
    assert "usd-missing" in refused("import", tmp_path / "none.usd", tmp_path / "out")
    (tmp_path / "broken.usda").write_text("#usda 1.0\n(")
    assert "usd-broken" in refused("import", tmp_path / "broken.usda", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_help_does_not_load_torch():
    import subprocess
    import sys

    code = "import sys; from render_server.cli.commands import app; print('torch' in sys.modules or 'numpy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
