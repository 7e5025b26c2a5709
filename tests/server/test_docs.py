"""docs/api.md does what it says: its shell blocks are run, one after the other, against a real server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from render_server.app import create_app
from render_server.settings import Settings
from render_server.worker.png import decode_png
from tests.server.launch import FlatLooks
from tests.server.studio import trains

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_the_page_can_be_followed_with_curl_alone(tmp_path: Path) -> None:
    version = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    if not version or tuple(map(int, version.split()[1].split(".")[:2])) < (7, 82):
        pytest.skip("curl is older than its --json")
    script = "\n".join(re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    with trains(tmp_path / "data", workers=1) as server:
        told = {"SERVER": server.process.address, "TOKEN_FILE": str(tmp_path / "data" / "token"), "LOOK": "flat"}
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "event: done" in ended.stdout and '"state":"done"' in ended.stdout
    assert '"look":"first-look@1"' in ended.stdout and (tmp_path / "data" / "looks" / "first-look@1").is_dir()
    assert (tmp_path / "preview.png").read_bytes().startswith(b"\x89PNG") and '"figures":{"texture":' in ended.stdout
    assert decode_png((tmp_path / "painted.0001.png").read_bytes(), 128, 96).max() > 0


def test_the_page_names_every_call(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    documented = {re.sub(r"\{[a-z0-9]+\}", "{}", path).split("?")[0] for path in re.findall(r"`(?:[A-Z]+ )(/[^` ?]*)", page)}
    for path in create_app(Settings(data=tmp_path, workers=0), FlatLooks()).openapi()["paths"]:
        assert re.sub(r"\{[a-z0-9]+\}", "{}", path) in documented, path


def test_the_page_names_every_code(tmp_path: Path) -> None:
    page, root = PAGE.read_text(encoding="utf-8"), PAGE.parents[1] / "render_server"
    sources = [*(root / "api").glob("*.py"), *(root / "jobs").glob("*.py")]
    pattern = r'(?:Error|problem)\(\s*"([a-z]+(?:-[a-z]+)+)"'
    codes = {code for source in sources for code in re.findall(pattern, source.read_text(encoding="utf-8"))}
    assert len(codes) > 25
    starting = {"ledger-newer", "ledger-broken", "token-broken", "client-gone"}
    assert not {code for code in codes - starting if f"`{code}`" not in page}
