"""What a model panel shows, really rendered: the scene's visible meshes through the panel's camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from render_server.passes.compute import compute_passes
from render_server.passes.geometry import FrameGeometry, Mesh, UInt8, View
from tests.fake_maya.lens import rendering_frustum
from tests.fake_maya.meshes import MeshData
from tests.fake_maya.scene import DagPath, Node, Panel, Scene

METRES = 0.01
ORNAMENTS = (
    "grid",
    "manipulators",
    "headsUpDisplay",
    "selectionHiliteDisplay",
    "locators",
    "cameras",
    "joints",
    "imagePlane",
    "nurbsCurves",
)
ORNAMENT_COLOUR = (255, 0, 255)


def save_picture(scene: Scene, panel: Panel, size: tuple[int, int], path: Path) -> None:
    """Write what a panel shows. Its first picture is black, as Maya's may be before its settings have taken effect."""
    picture = draw(scene, panel, size) if panel.drawn else np.zeros((size[1], size[0], 3), np.uint8)
    panel.drawn += 1
    Image.fromarray(picture).save(path)


def draw(scene: Scene, panel: Panel, size: tuple[int, int]) -> UInt8:
    """What a panel shows, (H, W, 3) sRGB; anything of the viewport's own that is switched on leaves its mark."""
    camera = scene.one(panel.camera)
    assert isinstance(camera, DagPath)
    geometry = FrameGeometry(0, view(scene, camera, size), tuple(_meshes(scene, panel)))
    picture = compute_passes(None, geometry, None).beauty.copy()
    get = lambda name: scene.get(camera.node, name)  # noqa: E731
    marks = [panel.options.get(name, True) for name in ORNAMENTS] + [
        get("displayGateMask"),
        get("displayResolution"),
        get("displayFilmGate"),
    ]
    marks += [bool(scene.option_vars.get("inViewMessageEnable"))]
    if any(marks):
        picture[: size[1] // 8] = ORNAMENT_COLOUR
    return picture


def view(scene: Scene, path: DagPath, size: tuple[int, int]) -> View:
    """A camera's view, as the viewport has it: with overscan and 2-D pan and zoom, which a render would not have."""
    node, (width, height) = path.node, size
    get = lambda name: scene.get(node, name)  # noqa: E731
    near = get("nearClipPlane")
    left, right, bottom, top = rendering_frustum(
        get("focalLength"), (get("horizontalFilmAperture"), get("verticalFilmAperture")),
        (get("horizontalFilmOffset"), get("verticalFilmOffset")), get("filmFit"), get("filmFitOffset"), get("cameraScale"),
        width / height, near,
    )  # fmt: skip
    grow = get("overscan") * (get("zoom") if get("panZoomEnabled") else 1.0)
    middle, half = ((left + right) / 2, (bottom + top) / 2), ((right - left) / 2 * grow, (top - bottom) / 2 * grow)
    post = get("preScale") * get("postScale")
    fx, fy = width * near / (2 * half[0]), height * near / (2 * half[1])
    across, up = -middle[0] / half[0], -middle[1] / half[1]  # where the optical axis meets the picture, -1 to 1
    across, up = (
        (each * get("preScale") + get(name)) * get("postScale") for each, name in ((across, "filmTranslateH"), (up, "filmTranslateV"))
    )
    matrix = _upright(scene, scene.world_matrix(path))
    matrix[3, :3] *= METRES
    return View(
        world_to_camera=np.linalg.inv(matrix), fx=fx * post, fy=fy * post, cx=(across + 1) / 2 * width, cy=(1 - up) / 2 * height,
        near=near * METRES, far=get("farClipPlane") * METRES, width=width, height=height,
    )  # fmt: skip


def _upright(scene: Scene, matrix: Any) -> Any:
    """A world matrix with +Y up."""
    if scene.up_axis == "y":
        return matrix.copy()
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    return matrix @ turn


def _meshes(scene: Scene, panel: Panel) -> list[Mesh]:
    if not panel.options.get("polymeshes", True):
        return []
    found = []
    for number, path in enumerate(scene.every_path(), 1):
        if path.node.type != "mesh" or not scene.is_visible(path) or not _isolated(scene, panel, path):
            continue
        shape = path.node.mesh.now(scene.time)
        matrix = _upright(scene, scene.world_matrix(path))
        points = (shape.points.astype(float) @ matrix[:3, :3] + matrix[3, :3]) * METRES
        counts, corners = shape.triangles()
        triangles = np.array(corners, np.int32).reshape(-1, 3)
        colours = np.repeat(_face_colours(scene, path.node.mesh, len(counts)), counts, axis=0)
        found.append(Mesh(path.node.name, number % 65535 + 1, points, triangles, colours, points.astype(np.float32), path.full))
    return found


def _face_colours(scene: Scene, data: MeshData, faces: int) -> UInt8:
    """One sRGB colour a face, from its material."""
    palette = [_shown(scene, engine) for engine in data.shaders] + [(160, 160, 160)]
    numbers = np.zeros(faces, np.int32) if data.face_shaders is None else data.face_shaders
    return np.array(palette, np.uint8)[numbers if data.shaders else np.full(faces, -1)]


def _shown(scene: Scene, engine: Node) -> tuple[int, ...]:
    source = engine.attributes["surfaceShader"].source
    assert source is not None
    linear = np.array(scene.get(source[0], "color"))
    code = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return tuple(int(value) for value in np.rint(code * 255))


def _isolated(scene: Scene, panel: Panel, path: DagPath) -> bool:
    if not panel.isolated:
        return True
    members = scene.node(panel.isolate_set).members
    return any(node in members for node in path.nodes)
