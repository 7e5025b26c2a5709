"""Mistakes of the kind that only a running Maya would show are planted into a copy of the host; the checks have to find every one.

The checks are the command tables of three versions of Maya, and mypy over the stubs of Maya's API.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_maya.tables import VERSIONS, check_source, commands

from maya_plugin.host.panel import AS_THE_ARTIST_HAS_IT, NOT_IN_THE_PICTURE  # isort: skip

ROOT = Path(__file__).resolve().parents[2]
HOST = "maya_plugin/host"
PLANTS = (  # file, what stands there, what is planted; each in a statement of its own
    ("untouched", "cmds.file(query=True, modified=True)", "cmds.file(query=True, modifed=True)"),
    ("untouched", "cmds.undoInfo(query=True, state=True)", "cmds.undoInfo(edit=True, state=True)"),
    ("untouched", "cmds.undoInfo(stateWithoutFlush=False)", "cmds.undoInfo(stateWithoutFlushing=False)"),
    ("untouched", 'cmds.optionVar(query="inViewMessageEnable")', 'cmds.optionVars(query="inViewMessageEnable")'),
    ("untouched", 'intValue=("inViewMessageEnable", 0)', 'intValue=("inViewMessageEnable", "0")'),
    ("stand_in", 'createNode("transform", name=name, skipSelect=True)', 'createNode("transform", name=name, skipSelection=True)'),
    ("stand_in", "parent=transform, skipSelect=True", "under=transform, skipSelect=True"),
    ("stand_in", 'cmds.connectAttr(f"{camera}.worldMatrix[0]"', 'cmds.connectAttrs(f"{camera}.worldMatrix[0]"'),
    ("stand_in", "setDoNotWrite(True)", "setNotWrite(True)"),
    ("nodes", "getDagPath(0)", "getDagPaths(0)"),
    ("nodes", "shapes=True, fullPath=True", "shapes=True, fullPaths=True"),
    ("panel", "widthHeight=(width + 10, height + 10)", "widthHeigth=(width + 10, height + 10)"),
    ("panel", "menuBarVisible=False", "menubarVisible=False"),
    ("panel", "cmds.modelPanel(panel, edit=True, camera=camera)", "cmds.modelPanel(panel, edit=True, lookThrough=camera)"),
    ("panel", "cmds.getPanel(withFocus=True)", "cmds.getPanel(focus=True)"),
    ("panel", "cmds.isolateSelect(panel, query=True, state=True)", "cmds.isolateSelect(panel, query=True, states=True)"),
    ("panel", "cmds.deleteUI(window, window=True)", "cmds.deleteUI(window, windows=True)"),
    ("beauty", "offScreen=True", "offscreen=True"),
    ("camera", "camera.getRenderingFrustum(aspect)", "camera.getRenderFrustum(aspect)"),
    ("camera", "camera.focalLength", "camera.focalLenght"),
    ("camera", "if camera.isOrtho()", "if camera.isOrthographic()"),
    ("camera", "if camera.lensSqueezeRatio != 1.0", "if camera.lensSqueeze != 1.0"),
    ("camera", "path.inclusiveMatrix().det3x3()", "path.inclusiveMatrx().det3x3()"),
    ("colours", "mesh.getConnectedShaders(instance)", "mesh.getConnectedShader(instance)"),
    ("colours", "node=material, exists=True", "node=material, exist=True"),
    ("meshes", "mesh.getTriangles()", "mesh.getTriangle()"),
    ("meshes", "mesh.numFaceVertices", "mesh.numFaceVertexes"),
    ("meshes", "om.MObjectHandle(path.node())", "om.MObjectHandel(path.node())"),
    ("meshes", "isIntermediateObject", "isIntermediate"),
    ("raw_points", "mesh.getPoint(index, OWN_SPACE)", "mesh.getPointAt(index, OWN_SPACE)"),
    ("raw_points", "om1.MDagPath()", "om1.MDagPaths()"),
    ("raw_points", "mesh.getFloatPoints(OWN_SPACE)", "mesh.getFloatPoint(OWN_SPACE)"),
    ("characters", 'cmds.ls(type="joint", long=True)', 'cmds.ls(type="joint", longNames=True)'),
    ("skipped", "cmds.allNodeTypes()", "cmds.allNodesTypes()"),
    ("scene", "cmds.currentUnit(query=True, time=True)", "cmds.currentUnit(query=True, frame=True)"),
    ("scene", "cmds.upAxis(query=True, axis=True)", "cmds.upAxis(edit=True, axis=True)"),
    ("scene", "cmds.about(batch=True)", 'cmds.about(batch="yes")'),
    ("scene_events", "MEventMessage.addEventCallback", "MEventMessage.addEventCallbacks"),
    ("scene_events", "om.MSceneMessage.kBeforeOpen", "om.MSceneMessage.kBeforeOpened"),
    ("escape", "isCancelled=True", "isCanceled=True"),
    ("escape", "cmds.progressWindow(endProgress=True)", "cmds.progressWindow(edit=True, endProgress=True)"),
    ("image_planes", "showInAllViews=False", "showInAllView=False"),
    ("image_planes", 'dataType="string"', 'datatype="string"'),
    ("image_planes", "inputSpaceNames=True", "inputSpaces=True"),
    ("image_planes", "source=True, destination=False", "source=True, dest=False"),
    ("image_planes", "isFromReferencedFile", "isReferenced"),
    ("installation", "cmds.optionVar(list=True)", "cmds.optionVar(lists=True)"),
    ("installation", "savePluginPrefs=True", "savePluginPref=True"),
    ("messages", "om.MGlobal.displayError", "om.MGlobal.displayErrors"),
    ("plug_in_command", "parser.flagArgumentInt(flag.long, 0)", "parser.flagArgumentInteger(flag.long, 0)"),
    ("shelf", "cmds.deleteUI(SHELF, layout=True)", "cmds.deleteUI(SHELF, layouts=True)"),
    ("shelf", "annotation=button.annotation, image1=button.icon.as_posix()", "annotation=button.annotation, image4=button.icon.as_posix()"),
    ("soon", "om.MTimerMessage.addTimerCallback", "om.MTimerMessage.addTimerCallbacks"),
    ("standalone", "prompt=False", "prompts=False"),
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The host and what it needs, free to be spoilt."""
    for package in ("maya_plugin/host", "maya_plugin/install", "maya_plugin/workflow", "shot_format"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "maya_plugin" / "__init__.py").touch()
    return tmp_path


def test_every_planted_mistake_is_found(copy: Path) -> None:
    assert len(PLANTS) >= 30
    planted = [_plant(copy, *plant) for plant in PLANTS]
    assert len({(file, lines) for file, lines in planted}) == len(PLANTS), "two plants share a statement"
    found = set(_findings(copy))
    missed = [
        plant[2]
        for plant, (file, lines) in zip(PLANTS, planted, strict=True)
        if not any((file, line) in found for line in range(lines[0], lines[1] + 1))
    ]
    assert missed == []


def test_the_host_itself_has_no_such_mistake() -> None:
    for path in (ROOT / HOST).glob("*.py"):
        assert list(check_source(path.read_text("utf-8"))) == [], path.name


@pytest.mark.parametrize("version", VERSIONS)
def test_every_viewport_option_is_one_in_every_version(version: str) -> None:
    for option in (*AS_THE_ARTIST_HAS_IT, *NOT_IN_THE_PICTURE):
        flag = commands(version)["modelEditor"][option]
        assert {"q", "e"} <= set(flag.modes), option


def _plant(copy: Path, file: str, right: str, wrong: str) -> tuple[str, tuple[int, int]]:
    """Plant a mistake and say in which lines its statement stands."""
    path = copy / HOST / f"{file}.py"
    text = path.read_text("utf-8")
    assert right in text, f"{file}.py no longer has {right}"
    at = text[: text.index(right)].count("\n") + 1
    text = text.replace(right, wrong, 1)
    path.write_text(text, "utf-8")
    simple = (ast.Assign, ast.Expr, ast.Return, ast.Delete, ast.AugAssign)
    around = [n for n in ast.walk(ast.parse(text)) if isinstance(n, simple) and n.lineno <= at <= (n.end_lineno or 0)]
    return path.name, min(((n.lineno, n.end_lineno or at) for n in around), key=lambda lines: lines[1] - lines[0], default=(at, at))


def _findings(copy: Path) -> Iterator[tuple[str, int]]:
    """File and line of all that the checks find."""
    for path in (copy / HOST).glob("*.py"):
        for finding in check_source(path.read_text("utf-8")):
            yield path.name, finding.line
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", str(copy / "cache"), "-p", "maya_plugin.host"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    for name, line in re.findall(r"^maya_plugin.host.(\w+\.py):(\d+): error", done.stdout, re.MULTILINE):
        yield name, int(line)
    assert done.returncode == 1, done.stdout + done.stderr
