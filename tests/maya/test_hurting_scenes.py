"""Scenes that hurt: each is taken, or refused in a sentence, and is as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from shot_format.blobs import read_points, read_topology
from shot_format.errors import CancelledError, FormatError, LimitError, MissingError, PaintoverError
from shot_format.folder import check_frame
from shot_format.shot import Frame, Shot
from tests.fake_maya import Maya
from tests.fake_maya.load import SKELETON, material
from tests.fake_maya.meshes import MeshData, Shape, box, still
from tests.fake_maya.scene import Node
from tests.maya.state import snapshot

from maya_plugin.host import meshes as host_meshes  # isort: skip
from maya_plugin.host import raw_points  # isort: skip
from maya_plugin.host.capture import SceneCapture  # isort: skip
from maya_plugin.workflow.host import CaptureRequest  # isort: skip

Taken = tuple[Shot, list[Frame], dict[str, bytes]]


@pytest.fixture(autouse=True)
def unharmed(maya: Maya) -> Iterator[None]:
    """Whatever a test captures, the scene has to be as the test left it; it states so by calling `take`."""
    yield
    assert maya.scene.script_errors == [] and maya.scene.windows == set()


def take(maya: Maya, **changes: Any) -> Taken:
    """Capture without the beauty, check every frame against the format, and that the scene is as before."""
    values: dict[str, Any] = {"camera": "shotCam", "first": 1, "last": 3, "width": 64, "height": 48, "beauty": False, **changes}
    before = snapshot(maya)
    capture = SceneCapture(CaptureRequest(**values))
    frames, blobs = [], {}
    for frame, new in capture:
        check_frame(capture.shot, frame)
        frames.append(frame)
        blobs.update(new)
    assert snapshot(maya) == before
    return capture.shot, frames, blobs


def add_mesh(maya: Maya, name: str, data: MeshData | None = None, parent: Node | None = None, **values: Any) -> Node:
    top = maya.scene.add("transform", name, parent, **values)
    maya.scene.add("mesh", f"{name}Shape", top).mesh = data or box()
    return top


def test_negative_frames_and_a_time_between_frames(maya: Maya) -> None:
    add_mesh(maya, "cube", translate=lambda time: (time, 0.0, 0.0))
    maya.scene.time, maya.scene.modified, maya.scene.selection = 12.375, True, ["cube"]
    maya.scene.undo_queue.append(("artist's own", lambda: None))
    _, frames, _ = take(maya, first=-3, last=1)
    assert [(frame.number, frame.meshes[0].matrix[12]) for frame in frames] == [(n, float(n)) for n in range(-3, 2)]


def test_one_frame_and_five_thousand(maya: Maya) -> None:
    add_mesh(maya, "cube")
    assert len(take(maya, first=7, last=7)[1]) == 1
    _, frames, blobs = take(maya, first=1, last=5000)
    assert len(frames) == 5000 and len(blobs) == 1


def test_two_thousand_meshes(maya: Maya) -> None:
    data = box()
    for number in range(2000):
        add_mesh(maya, f"piece{number}", data, translate=(float(number), 0.0, 0.0))
    shot, frames, blobs = take(maya, last=2)
    assert len(shot.meshes) == len(frames[0].meshes) == 2000 and len(blobs) == 1
    assert frames[1].meshes[1999].matrix[12] == 1999.0


def test_a_mesh_of_half_a_million_points_that_moves(maya: Maya) -> None:
    side = 708
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side), [0.0], indexing="ij"), -1).reshape(-1, 3).astype(np.float32)
    a = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    triangles = np.stack([a, a + 1, a + side, a + 1, a + side + 1, a + side], 1).astype(np.int32).ravel()
    counts = np.full(len(triangles) // 3, 3, np.int32)
    add_mesh(maya, "cloth", MeshData(lambda time: Shape(grid + np.float32(time), counts, triangles)))
    _, frames, blobs = take(maya, last=2)
    state = frames[1].meshes[0]
    assert state.points is not None and read_points(blobs[state.points]).vertices == side * side
    assert read_topology(blobs[state.topology]).triangles == 2 * (side - 1) ** 2


def test_topology_that_changes_is_sent_again(maya: Maya) -> None:
    few, many = box().now(0.0), still(np.random.default_rng(0).random((12, 3)), [3] * 4, range(12)).now(0.0)  # type: ignore[arg-type]
    add_mesh(maya, "blob", MeshData(lambda time: many if time == 2.0 else few))
    _, frames, blobs = take(maya)
    names = [frame.meshes[0].topology for frame in frames]
    assert names[0] == names[2] != names[1] and read_topology(blobs[names[1]]).vertices == 12
    assert [frame.meshes[0].points for frame in frames] == [None] * 3


def test_a_mesh_without_points_and_an_intermediate_one_are_not_there(maya: Maya) -> None:
    add_mesh(maya, "nothing", still(np.zeros((0, 3)), [], []))
    original = add_mesh(maya, "skinned")
    maya.scene.add("mesh", "skinnedShapeOrig", original, intermediateObject=True).mesh = box()
    shot, frames, _ = take(maya)
    assert [mesh.name for mesh in shot.meshes] == ["nothing", "skinned"] and [s.object_id for s in frames[0].meshes] == [2]


def test_z_up_and_metres(maya: Maya) -> None:
    maya.scene.up_axis, maya.scene.units["linear"] = "z", "m"
    add_mesh(maya, "cube", translate=(250.0, 0.0, 0.0))
    shot, frames, _ = take(maya)
    assert (shot.up_axis, shot.metres_per_unit) == ("z", 0.01)
    assert frames[0].meshes[0].matrix[12] == 250.0 and frames[0].camera.near == 0.1  # centimetres, whatever the artist's unit


def test_scaled_and_mirrored_parents(maya: Maya) -> None:
    group = maya.scene.add("transform", "mirror", scale=(-2.0, 2.0, 2.0))
    add_mesh(maya, "cube", parent=group, translate=(1.0, 2.0, 3.0), rotate=(10.0, 20.0, 30.0))
    _, frames, _ = take(maya)
    path = next(maya.scene.paths(maya.scene.node("cubeShape")))
    assert frames[0].meshes[0].matrix == pytest.approx(tuple(maya.scene.world_matrix(path).ravel()))
    assert np.linalg.det(np.array(frames[0].meshes[0].matrix).reshape(4, 4)[:3, :3]) == pytest.approx(-8.0)


def test_instances_share_their_points(maya: Maya) -> None:
    first = add_mesh(maya, "tree", MeshData(lambda time: Shape(box().now(0.0).points * np.float32(time), *box_faces())))
    second = maya.scene.add("transform", "tree2", translate=(5.0, 0.0, 0.0))
    maya.scene.put_under(first.children[0], second)
    shot, frames, blobs = take(maya, last=2)
    assert [mesh.name for mesh in shot.meshes] == ["tree", "tree2"]
    one, two = frames[1].meshes
    assert (one.topology, one.points) == (two.topology, two.points) and two.matrix[12] == 5.0 and len(blobs) == 2


def box_faces() -> tuple[Any, Any]:
    shape = box().now(0.0)
    return shape.counts, shape.vertices


@pytest.mark.parametrize("how", ["visibility", "parent", "layer", "lod", "override"])
def test_what_is_hidden_is_not_taken_in_any_frame_in_which_it_is_hidden(maya: Maya, how: str) -> None:
    group = maya.scene.add("transform", "group")
    cube = add_mesh(maya, "cube", parent=group)
    at_two = lambda time: time != 2.0  # noqa: E731
    layer = maya.scene.add("displayLayer", "layer1")
    if how == "layer":
        layer.attributes["visibility"].curve = at_two
        cube.attributes["drawOverride"].source = (layer, "drawInfo")
    elif how == "override":
        cube.attributes["overrideEnabled"].value = True
        cube.attributes["overrideVisibility"].curve = at_two
    else:
        {"visibility": cube, "parent": group, "lod": cube}[how].attributes["lodVisibility" if how == "lod" else "visibility"].curve = at_two
    _, frames, _ = take(maya)
    assert [len(frame.meshes) for frame in frames] == [1, 0, 1]


def test_colours_come_from_the_materials_face_by_face(maya: Maya) -> None:
    red, textured = material(maya.scene, (200, 30, 40)), material(maya.scene, (1, 2, 3))
    shader = textured.attributes["surfaceShader"].source
    assert shader is not None
    shader[0].attributes["color"].source = (maya.scene.add("file", "file1"), "outColor")
    data = box()
    data.shaders, data.face_shaders = [red, textured], np.array([0, 0, 0, 0, 1, -1], np.int32)
    add_mesh(maya, "cube", data)
    shot, frames, blobs = take(maya)
    colours = bytes(read_topology(blobs[frames[0].meshes[0].topology]).colours)
    assert colours == bytes((200, 30, 40)) * 8 + bytes((128, 128, 128)) * 4 and shot.meshes[0].colour == (200, 30, 40)


def _character(maya: Maya, prefix: str, rename: dict[str, str] | None = None, labels: bool = False) -> None:
    names = rename or {}
    made: dict[str, Node] = {}
    for number, (joint, above, keys) in enumerate(SKELETON):
        name = f"{prefix}{names.get(joint, joint)}"
        made[joint] = maya.scene.add("joint", name, made.get(above), translate=(float(number), float(keys[0]), 0.0))
        if labels:
            kinds = {"Arm": 10, "ForeArm": 11, "Hand": 12, "UpLeg": 2, "Leg": 3, "Foot": 4}
            side = 2 if joint.startswith("Right") else 1
            kind = kinds.get(joint.replace("Right", "").replace("Left", ""), 0)
            made[joint].attributes["side"].value, made[joint].attributes["type"].value = (side, kind) if kind else (0, 0)


def test_two_characters_of_different_rigs_in_nested_namespaces(maya: Maya) -> None:
    _character(maya, "show:seq:mia:")
    numbers = {joint: f"bone{n:02d}" for n, (joint, _, _) in enumerate(SKELETON)}
    _character(maya, "otto_", numbers, labels=True)
    shot, frames, _ = take(maya)
    assert shot.characters == ("otto_bone00", "show:seq:mia") or shot.characters == ("show:seq:mia", "otto_bone00")
    poses = {pose.name: pose.joints for pose in frames[0].characters}
    assert [joint[3] for joint in poses["show:seq:mia"]] == [1.0] * 18
    assert [joint[3] for joint in poses["otto_bone00"]] == [0.0, *[1.0] * 13, 0.0, 0.0, 0.0, 0.0]  # labels say nothing of faces
    assert poses["show:seq:mia"][4][:3] == pytest.approx(poses["otto_bone00"][4][:3])


def test_a_humanik_definition_counts_before_names(maya: Maya) -> None:
    """The joints' names say the opposite sides; the artist's definition is right."""
    swapped = {joint: joint.replace("Right", "Tmp").replace("Left", "Right").replace("Tmp", "Left") for joint, _, _ in SKELETON}
    _character(maya, "mia:", swapped)
    definition = maya.scene.add("HIKCharacterNode", "Character1")
    for bone in [name for name in definition.attributes if name.startswith(("Left", "Right")) and not name.endswith("Shoulder")]:
        definition.attributes[bone].source = (maya.scene.node(f"mia:{swapped[bone]}"), "message")
    pose = take(maya)[1][0].characters[0]
    wrist = maya.scene.world_matrix(next(maya.scene.paths(maya.scene.node("mia:LeftHand"))))
    assert pose.joints[4][:3] == pytest.approx(tuple(wrist[3, :3] / 100))


def test_the_same_rig_twice_without_namespaces(maya: Maya) -> None:
    for side in "ab":
        _character(maya, f"{side}_")
    assert take(maya)[0].characters == ("a_Hips", "b_Hips")


def test_a_skeleton_that_nobody_knows_is_named_and_can_be_mapped(maya: Maya) -> None:
    numbers = {joint: f"bone{n:02d}" for n, (joint, _, _) in enumerate(SKELETON)}
    _character(maya, "thing:", numbers)
    shot, frames, _ = take(maya)
    assert shot.characters == () and frames[0].characters == () and [each.name for each in shot.skipped] == ["thing"]
    joints = ["" for _ in range(18)]
    for number, (_, _, keys) in enumerate(SKELETON):
        if len(keys) == 1:
            joints[keys[0]] = f"thing:bone{number:02d}"
    shot, frames, _ = take(maya, joints=(("thing", tuple(joints)),))
    assert shot.characters == ("thing",) and [joint[3] for joint in frames[0].characters[0].joints] == [1.0] * 18


def test_odd_sizes_and_names_of_any_script(maya: Maya) -> None:
    add_mesh(maya, "Würfel")
    maya.scene.file_name = "C:/Projekte/Ünï cödé/日本 テスト.ma"
    shot, frames, _ = take(maya, width=1917, height=803)
    assert shot.source.scene == "日本 テスト" and frames[0].camera.cx == pytest.approx(1917 / 2) and shot.meshes[0].name == "Würfel"


@pytest.mark.parametrize(
    ("attribute", "value", "code"),
    [("orthographic", True, "camera-orthographic"), ("filmRollValue", 10.0, "camera-film-roll"), ("farClipPlane", 0.01, "camera-broken")],
)
def test_a_camera_that_cannot_be_painted_is_refused_in_a_sentence(maya: Maya, attribute: str, value: object, code: str) -> None:
    maya.scene.node("shotCamShape").attributes[attribute].value = value
    before = snapshot(maya)
    with pytest.raises(FormatError) as caught:
        SceneCapture(CaptureRequest("shotCam", 1, 3, 64, 48))
    assert caught.value.code == code and snapshot(maya) == before


def test_what_cannot_be_taken_is_named_if_it_can_be_seen(maya: Maya) -> None:
    for kind in ("nurbsSurface", "fluidShape", "pfxHair", "nParticle", "gpuCache"):
        top = maya.scene.add("transform", f"{kind}Top")
        maya.scene.add(kind, f"{kind}Seen", top)
        hidden = maya.scene.add("transform", f"{kind}HiddenTop", visibility=False)
        maya.scene.add(kind, f"{kind}Hidden", hidden)
    cube = add_mesh(maya, "cube")
    cube.children[0].attributes["displaySmoothMesh"].value = 2
    camera = maya.scene.node("shotCamShape")
    camera.attributes["lensSqueezeRatio"].value, camera.attributes["shakeEnabled"].value = 2.0, True
    skipped = take(maya)[0].skipped
    seen = {each.name.rpartition("|")[2] for each in skipped}
    assert seen == {"nurbsSurfaceSeen", "fluidShapeSeen", "pfxHairSeen", "nParticleSeen", "gpuCacheSeen", "cubeShape", "shotCamShape"}
    assert len([each for each in skipped if each.name == "shotCamShape"]) == 2


def test_points_are_asked_for_one_by_one_where_memory_cannot_be_trusted(maya: Maya, monkeypatch: pytest.MonkeyPatch) -> None:
    add_mesh(maya, "cube", MeshData(lambda time: Shape(box().now(0.0).points * np.float32(time), *box_faces())))
    right = take(maya)[1]
    monkeypatch.setattr(raw_points, "_from_memory", lambda path, count: b"\0" * 12 * count)
    assert take(maya)[1] == right


def test_too_many_meshes_are_refused(maya: Maya, monkeypatch: pytest.MonkeyPatch) -> None:
    add_mesh(maya, "one")
    add_mesh(maya, "two")
    monkeypatch.setattr(host_meshes, "MAX_MESHES", 1)
    with pytest.raises(LimitError):
        take(maya)


def test_frame_rates(maya: Maya) -> None:
    add_mesh(maya, "cube")
    rates = {"film": (24, 1), "ntscf": (60, 1), "23.976fps": (24000, 1001), "29.97df": (30000, 1001), "12fps": (12, 1), "120fps": (120, 1)}
    for unit, rate in rates.items():
        maya.scene.units["time"] = unit
        fps = take(maya)[0].fps
        assert (fps.numerator, fps.denominator) == rate
    maya.scene.units["time"] = "hour"
    with pytest.raises(PaintoverError):
        take(maya)


def test_a_camera_whose_name_means_two_is_refused(maya: Maya) -> None:
    for group in ("a", "b"):
        top = maya.scene.add("transform", "cam", maya.scene.add("transform", group))
        maya.scene.add("camera", "camShape", top)
    with pytest.raises(MissingError) as caught:
        SceneCapture(CaptureRequest("cam", 1, 3, 64, 48))
    assert caught.value.code == "node-ambiguous"
    assert take(maya, camera="|b|cam")[1]


def test_an_artist_who_scrubs_during_the_capture_stays_where_he_went(maya: Maya) -> None:
    add_mesh(maya, "cube")
    capture = SceneCapture(CaptureRequest("shotCam", 1, 3, 64, 48, beauty=False))
    next(capture)
    maya.scene.set_time(77.0)
    capture.close()
    assert maya.scene.time == 77.0 and next(capture, None) is None


@pytest.mark.parametrize("event", ["scene1", "scene6", "scene18"])  # before a new scene, before another is opened, before Maya exits
def test_a_scene_that_is_closed_during_the_capture_ends_it(maya: Maya, event: str) -> None:
    add_mesh(maya, "cube")
    before = snapshot(maya)
    capture = SceneCapture(CaptureRequest("shotCam", 1, 3, 64, 48))
    next(capture)
    maya.fire(event)
    assert snapshot(maya) == before
    with pytest.raises(CancelledError) as caught:
        next(capture)
    assert caught.value.code == "scene-closed"


def test_a_panel_and_a_camera_that_somebody_else_deleted_are_no_trouble(maya: Maya) -> None:
    before = snapshot(maya)
    capture = SceneCapture(CaptureRequest("shotCam", 1, 3, 64, 48))
    ours = next(name for name in maya.scene.panels if name != "modelPanel4")
    del maya.scene.panels[ours]
    maya.scene.windows.clear()
    maya.scene.remove(next(node for node in maya.scene.nodes if node.name.startswith("paintoverCapture") and node.type == "transform"))
    capture.close()
    assert snapshot(maya) == before


def test_a_capture_that_is_left_open_and_closed_twice_is_harmless(maya: Maya) -> None:
    add_mesh(maya, "cube")
    maya.scene.time = 9.0
    before = snapshot(maya)
    capture = SceneCapture(CaptureRequest("shotCam", 1, 3, 64, 48))
    next(capture)
    capture.close()
    capture.close()
    assert snapshot(maya) == before
