"""The stand-in fails where Maya would."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.fake_maya import Maya
from tests.fake_maya.tables import TABLES, VERSIONS, commands
from tests.maya.state import snapshot

import maya.api.OpenMaya as om  # isort: skip
import maya.OpenMaya as om1  # isort: skip
from maya import cmds  # isort: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("command", "args", "flags"),
    [
        ("playblast", (), {"camera": "shotCam"}),
        ("playblast", (), {"offscreen": True}),
        ("playblast", (), {"widthHeight": 64}),
        ("playblast", (), {"frame": ["one"]}),
        ("imagePlane", (), {"edit": True, "name": "x"}),
        ("currentTime", (), {"query": True, "edit": True}),
        ("undoInfo", (), {"edit": True, "state": True}),
        ("ls", (), {"selections": True}),
        ("modelEditor", ("modelPanel4",), {"edit": True, "grids": False}),
        ("optionVar", (), {"intValue": ("x", "y")}),
    ],
)
def test_wrong_flags_modes_and_types_fail(maya: Maya, version: str, command: str, args: tuple[Any, ...], flags: dict[str, Any]) -> None:
    maya.version = version
    with pytest.raises(TypeError):
        getattr(cmds, command)(*args, **flags)


def test_unknown_commands_and_api_names_fail(maya: Maya) -> None:
    path = om.MSelectionList().add("shotCam").getDagPath(0)
    for owner, name in ((cmds, "playblastt"), (om, "MFnCamra"), (om.MFnCamera(path.extendToShape()), "getFrustum"), (om1, "MFnCamera")):
        with pytest.raises(AttributeError):
            getattr(owner, name)
    with pytest.raises(AttributeError):
        om.MFnDependencyNode(path.node()).mesh = 1


def test_the_tables_hold_every_command_that_is_listed() -> None:
    listed = (TABLES.parent / "commands.txt").read_text("ascii").split()
    assert all(sorted(commands(version)) == listed for version in VERSIONS)
    assert "Chad Dombrova" in (TABLES.parent / "LICENSE.pymel").read_text("utf-8")


def test_versions_differ_as_maya_does() -> None:
    assert "noEvaluation" in commands("2025")["getAttr"] and "noEvaluation" not in commands("2023")["getAttr"]
    assert (
        "actLikeMayaUIElement" in commands("2024")["workspaceControl"]
        and "actLikeMayaUIElement" not in commands("2023")["workspaceControl"]
    )


def test_no_other_thread_may_call(maya: Maya) -> None:
    raised: list[BaseException] = []

    def call() -> None:
        for act in (lambda: cmds.currentTime(query=True), lambda: om.MSelectionList().add("shotCam"), lambda: cmds.nonsense):
            try:
                act()
            except RuntimeError as error:
                raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert len(raised) == 3 and all("main thread" in str(error) for error in raised)


def test_locks_connections_and_references(maya: Maya) -> None:
    camera = maya.scene.node("shotCamShape")
    camera.attributes["overscan"].locked = True
    with pytest.raises(RuntimeError, match="locked"):
        cmds.setAttr("shotCamShape.overscan", 1.5)
    camera.referenced = True
    cmds.setAttr("shotCamShape.nearClipPlane", 1.0)
    assert maya.scene.references == ["setAttr shotCamShape.nearClipPlane"]
    with pytest.raises(RuntimeError, match="Referenced"):
        cmds.delete("shotCamShape")
    for wrong in ("shotCamShape.nothing", "nobody.visibility"):
        with pytest.raises(ValueError, match="No object matches"):
            cmds.getAttr(wrong)
    with pytest.raises(RuntimeError, match="one string"):
        cmds.setAttr(f"{cmds.createNode('imagePlane')}.imageName", 3)


def test_changes_are_noted_and_undone(maya: Maya) -> None:
    before = snapshot(maya)
    cmds.setAttr("shotCamShape.focalLength", 50.0)
    assert maya.scene.modified and cmds.undoInfo(query=True, undoName=True) == "setAttr"
    cmds.undo()
    maya.scene.modified = False
    assert snapshot(maya) == before
    cmds.undoInfo(stateWithoutFlush=False)
    cmds.setAttr("shotCamShape.focalLength", 50.0)
    assert cmds.undoInfo(query=True, undoQueueEmpty=True)


def test_image_planes_keep_pictures_by_path_and_complain_about_missing_files(maya: Maya, tmp_path: Path) -> None:
    _, plane = cmds.imagePlane(camera="shotCam")
    cmds.setAttr(f"{plane}.imageName", str(tmp_path / "missing.png"), type="string")
    assert "missing.png" in maya.scene.script_errors[0]
    picture = tmp_path / "there.png"
    picture.write_bytes(b"1")
    cmds.setAttr(f"{plane}.imageName", str(picture), type="string")
    picture.write_bytes(b"2")
    cmds.currentTime(5)
    assert maya.scene.image_cache[str(picture)] == b"1"


def test_numbers_are_told_in_the_artists_unit_by_commands_only(maya: Maya) -> None:
    maya.scene.node("shotCamShape").attributes["nearClipPlane"].value = 50.0
    cmds.currentUnit(linear="m")
    assert cmds.getAttr("shotCamShape.nearClipPlane") == 0.5
    assert om.MFnCamera(om.MSelectionList().add("shotCamShape").getDagPath(0)).nearClippingPlane == 50.0


def test_playblast_has_mayas_pitfalls(maya: Maya, tmp_path: Path) -> None:
    panel = cmds.modelPanel(parent=cmds.paneLayout(parent=cmds.window()))
    cmds.modelPanel(panel, edit=True, camera="shotCam")
    path = tmp_path / "a.png"
    options: dict[str, Any] = {
        "completeFilename": str(path), "format": "image", "compression": "png", "editorPanelName": panel, "viewer": False, "frame": [1],
    }  # fmt: skip
    cmds.playblast(widthHeight=(64, 48), offScreen=True, **options)
    assert path.read_bytes()[16:24] == bytes((0, 0, 0, 32, 0, 0, 0, 24)), "half the size, unless percent is given"
    with pytest.raises(RuntimeError, match="exists"):
        cmds.playblast(widthHeight=(64, 48), offScreen=True, **options)
    maya.batch = True
    with pytest.raises(RuntimeError, match="Playblast renderer"):
        cmds.playblast(forceOverwrite=True, **options)
