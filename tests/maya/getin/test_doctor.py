"""The doctor says in plain words what is wrong, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.client import Address, find_server
from maya_plugin.client.tls import tls_context
from shot_format.version import VERSION
from tests.client.small_server import TOKEN, Small, serving
from tests.fake_maya import Maya

from maya_plugin import doctor  # isort: skip


@pytest.fixture
def small() -> Iterator[tuple[Small, str]]:
    with serving() as served:
        yield served


def _bad(findings: tuple[doctor.Finding, ...]) -> list[doctor.Finding]:
    return [each for each in findings if each.state == doctor.BAD]


def test_all_is_well(small: tuple[Small, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(lambda: Address(small[1], TOKEN)) == 0
    told = capsys.readouterr().out
    for words in (f"Paintover {VERSION}", "httpx", small[1], "takes the token", "oil@3", "ready to paint"):
        assert words in told
    assert "BAD" not in told and "->" not in told and TOKEN not in told


NOWHERE = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"), "/nowhere")


def _nobody() -> Address:
    return Address("http://127.0.0.1:9", TOKEN)


def _no_certificate() -> Address:
    return Address("https://127.0.0.1:9", TOKEN, Path("/nowhere.pem"))


@pytest.mark.parametrize(
    ("find", "what", "step"),
    [
        (
            lambda: find_server(environment={"XDG_CONFIG_HOME": "/nowhere", "XDG_DATA_HOME": "/nowhere"}),
            "No server is known",
            "paintover pair",
        ),
        (
            lambda: find_server("ftp://paint", environment={"XDG_CONFIG_HOME": "/nowhere"}, token_file=Path(__file__)),
            "no server address",
            "pair",
        ),
        (_nobody, "No server answers", "paintover serve"),
        (_no_certificate, "/nowhere.pem", ""),
    ],
)
def test_a_server_that_cannot_be_found(find: Callable[[], Address], what: str, step: str) -> None:
    tls_context.cache_clear()
    (bad,) = _bad(doctor.examine(find))
    assert what in bad.what and step in bad.next_step


@pytest.mark.parametrize(
    ("change", "what", "step"),
    [
        ({"health": {"status": "ok", "version": "9.9.9"}}, "version 9.9.9", "Install the bundle"),
        ({"health": {"hello": "world"}}, "not a Paintover server", "8188"),
        ({"look_list": []}, "no look", "installs one"),
        ({"readiness": {"ready": False, "disk": True, "worker": False}}, "None of its workers", "log"),
        ({"readiness": {"ready": False, "disk": False, "worker": True}}, "disk is nearly full", "frees"),
    ],
)
def test_a_server_that_cannot_paint(small: tuple[Small, str], change: dict[str, Any], what: str, step: str) -> None:
    for name, value in change.items():
        setattr(small[0], name, value)
    (bad,) = _bad(doctor.examine(lambda: Address(small[1], TOKEN)))
    assert what in bad.what and step in bad.next_step


def test_a_token_that_is_refused(small: tuple[Small, str]) -> None:
    findings = doctor.examine(lambda: Address(small[1], "an-old-token"))
    (bad,) = _bad(findings)
    assert "pair again" in bad.next_step and doctor.worst(findings) == doctor.BAD
    assert "an-old-token" not in doctor.report(findings)


@pytest.mark.parametrize("demo_maya", ["2025"], indirect=True)
@pytest.mark.parametrize(
    ("attribute", "value", "step"),
    [
        ("orthographic", True, "perspective"),
        ("filmRollValue", 20.0, "film roll"),
        ("farClipPlane", 0.001, "clip planes"),
    ],
)
def test_a_camera_that_cannot_be_painted(demo_maya: Maya, tmp_path: Path, attribute: str, value: Any, step: str) -> None:
    demo_maya.project, demo_maya.user_folder = str(tmp_path), f"{tmp_path}/maya/"
    assert not _bad(doctor.examine_scene())
    demo_maya.scene.node("craneShape").attributes[attribute].value = value
    (bad,) = _bad(doctor.examine_scene())
    assert (step in bad.next_step) or (attribute == "orthographic" and "camera" in bad.what)


@pytest.mark.parametrize("demo_maya", ["2025"], indirect=True)
def test_what_is_doubtful_in_the_scene(demo_maya: Maya, tmp_path: Path) -> None:
    demo_maya.project, demo_maya.user_folder = str(tmp_path), f"{tmp_path}/maya/"
    demo_maya.scene.node("craneShape").attributes["lensSqueezeRatio"].value = 2.0
    findings = doctor.examine_scene()
    assert doctor.worst(findings) == doctor.DOUBTFUL and "squeeze" in doctor.report(findings)


def test_a_scene_without_a_camera(maya: Maya, tmp_path: Path) -> None:
    maya.project, maya.user_folder = str(tmp_path), f"{tmp_path}/maya/"
    maya.scene.node("shotCamShape").attributes["orthographic"].value = True
    (bad,) = _bad(doctor.examine_scene())
    assert "no camera" in bad.what and "camera" in bad.next_step
