"""`paintover maya …` and `paintover pair`, as a technical director types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maya_plugin.client import find_server, read_pairing
from render_server.cli.commands import app
from tests.client.small_server import TOKEN, serving


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("MAYA_APP_DIR", str(tmp_path / "maya"))
    for name in ("PAINTOVER_SERVER", "PAINTOVER_TOKEN_FILE", "PAINTOVER_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def server() -> Iterator[str]:
    with serving() as (_, url):
        yield url


def run(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], input=typed)


def test_install_for_one_maya_and_out_again(home: Path) -> None:
    assert run("maya", "install", "--maya", "2026").exit_code == 0
    modules = home / "maya" / "2026" / "modules"
    assert (modules / "paintover.mod").is_file() and (modules / "paintover" / "plug-ins" / "paintover.py").is_file()
    assert "Uninstalled" in run("maya", "uninstall", "--maya", "2026").stderr
    assert "nothing" in run("maya", "uninstall", "--maya", "2026").stderr
    assert not modules.exists()


def test_a_bundle_to_hand_out(home: Path) -> None:
    for _ in range(2):
        assert run("maya", "bundle", "--out", home / "out").exit_code == 0
    (bundle,) = (home / "out").iterdir()
    assert (bundle / "install_paintover.py").is_file()


def test_pairing_asks_the_server_before_it_keeps_the_token(home: Path, server: str) -> None:
    for wrong, code in (((server,), "token-wrong"), (("http://127.0.0.1:9",), "server-unreachable"), (("ftp://x",), "server-address")):
        refused = run("pair", *wrong, typed="another-token\n")
        assert refused.exit_code == 1 and code in refused.stderr and read_pairing() is None
    assert run("pair", server, typed=f"{TOKEN}\n").exit_code == 0
    assert find_server().url == server
    token = home / "token"
    token.write_text(f"{TOKEN}\n")
    assert TOKEN not in run("pair", server, "--token-file", token).output
    assert run("pair", "--forget").exit_code == 0 and read_pairing() is None


def test_what_is_missing_is_told(home: Path) -> None:
    assert "server-missing" in run("pair").stderr
    assert "token-missing" in run("pair", "http://127.0.0.1:8188", "--token-file", home / "none").stderr
