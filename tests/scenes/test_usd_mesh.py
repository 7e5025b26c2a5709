"""Meshes from USD: shapes, colours, visibility, instances."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pxr import Gf, Sdf, UsdGeom, UsdLux, UsdShade

from render_server.scenes.usd_colour import to_srgb
from tests.scenes.stages import BOX, BOX_FACES, SQUARE, Build, Shown, area, volume

RED, GREEN, BLUE = (1, 0, 0), (0, 1, 0), (0, 0, 1)


def test_a_still_mesh_is_stored_once(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/box", BOX, BOX_FACES)
    shown = build.shot()
    assert shown.names() == ["/box"]
    assert volume(shown, "/box") == 8
    assert [shown.state("/box", n).points for n in (1, 2, 3)] == [None] * 3
    assert len({shown.state("/box", n).topology for n in (1, 2, 3)}) == 1
    assert len(list((shown.folder.path / "blobs").rglob("*"))) == 2  # one folder, one blob


def test_a_moving_matrix_moves_no_points(tmp_path: Path) -> None:
    build = Build(tmp_path)
    mesh = build.mesh("/group/box", BOX, BOX_FACES)
    move = UsdGeom.Xformable(mesh).AddTranslateOp()
    move.Set((0, 0, 0), 1)
    move.Set((4, 0, 0), 3)
    shown = build.shot()
    assert shown.points("/group/box", 2).mean(axis=0).tolist() == [2, 0, 0]
    assert shown.state("/group/box", 3).points is None
    assert shown.shot.meshes[0].rest_matrix[12:15] == (0, 0, 0)


def test_cached_points_are_interpolated_at_whole_frames(tmp_path: Path) -> None:
    build = Build(tmp_path)
    points = build.mesh("/cloth").GetPointsAttr()
    points.Clear()
    points.Set([Gf.Vec3f(x, y, z) for x, y, z in SQUARE], 1)
    points.Set([Gf.Vec3f(x, y, z + 2) for x, y, z in SQUARE], 3)
    shown = build.shot()
    assert [shown.points("/cloth", n)[0, 2] for n in (1, 2, 3)] == [0, 1, 2]
    assert shown.state("/cloth", 1).points is None and shown.state("/cloth", 2).points
    assert len({shown.state("/cloth", n).topology for n in (1, 2, 3)}) == 1


def test_connections_that_change_get_their_own_topology(tmp_path: Path) -> None:
    build = Build(tmp_path)
    mesh = build.mesh("/water")
    for time, faces in ((1, [(0, 1, 2, 3)]), (2, [(0, 1, 2)]), (3, [(0, 1, 2, 3)])):
        mesh.GetFaceVertexCountsAttr().Set([len(f) for f in faces], time)
        mesh.GetFaceVertexIndicesAttr().Set([i for f in faces for i in f], time)
        mesh.GetPointsAttr().Set([Gf.Vec3f(x * time, y, z) for x, y, z in SQUARE], time)
    shown = build.shot()
    assert [len(shown.triangles("/water", n)) for n in (1, 2, 3)] == [2, 1, 2]
    assert [shown.points("/water", n)[1, 0] for n in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize("scheme, kept", [("none", 2), ("bilinear", 2), ("loop", 2), ("catmullClark", 8)])
def test_subdivision_schemes(tmp_path: Path, scheme: str, kept: int) -> None:
    build = Build(tmp_path)
    build.mesh("/mesh", scheme=scheme)
    shown = build.shot()
    assert len(shown.triangles("/mesh")) == kept
    assert ("/mesh" in shown.skipped()) == (scheme == "loop")


def test_subdivision_can_be_refused(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/mesh", BOX, BOX_FACES, scheme="catmullClark")
    assert volume(build.shot(subdivide=False), "/mesh") == 8


def test_creases_hold_a_box_together(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/soft", BOX, BOX_FACES, scheme="catmullClark")
    edges = {tuple(sorted((f[i], f[(i + 1) % 4]))) for f in BOX_FACES for i in range(4)}
    flat = [i for edge in sorted(edges) for i in edge]
    build.mesh(
        "/hard", BOX, BOX_FACES, scheme="catmullClark", creaseIndices=flat, creaseLengths=[2] * 12, creaseSharpnesses=[10.0]*12,
    )  # fmt: skip
    shown = build.shot()
    assert volume(shown, "/hard") == pytest.approx(8)
    corners = np.abs(shown.points("/soft")[:8])
    assert np.allclose(corners, 5 / 9) and np.abs(shown.points("/soft")).max() == 1


def test_left_handed_and_mirrored_meshes_are_turned(tmp_path: Path) -> None:
    build = Build(tmp_path)
    inside_out = [face[::-1] for face in BOX_FACES]
    build.mesh("/left", BOX, inside_out, orientation="leftHanded")
    mirrored = build.mesh("/mirrored", BOX, BOX_FACES)
    UsdGeom.Xformable(mirrored).AddScaleOp().Set((-1, 1, 1))
    both = build.mesh("/both", BOX, inside_out, orientation="leftHanded")
    UsdGeom.Xformable(both).AddScaleOp().Set((-1, 1, 1))
    shown = build.shot()
    assert [volume(shown, name) for name in shown.names()] == [8, 8, 8]


def test_holes_are_left_open(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/box", BOX, BOX_FACES, holeIndices=[1])
    assert len(build.shot().triangles("/box")) == 10


def test_concave_polygons_keep_their_area(tmp_path: Path) -> None:
    build = Build(tmp_path)
    arrow = [(0, 0, 0), (2, -2, 0), (0, 2, 0), (-2, -2, 0)]
    comb = [
        (0, 0, 0),
        (5, 0, 0),
        (5, 3, 0),
        (4, 3, 0),
        (4, 1, 0),
        (3, 1, 0),
        (3, 3, 0),
        (2, 3, 0),
        (2, 1, 0),
        (1, 1, 0),
        (1, 3, 0),
        (0, 3, 0),
    ]
    for start in range(4):
        build.mesh(f"/arrow{start}", arrow[start:] + arrow[:start])
    build.mesh("/comb", comb, [tuple(range(12))])
    shown = build.shot()
    for name, wanted in [(f"/arrow{i}", 4.0) for i in range(4)] + [("/comb", 11.0)]:
        points, triangles = shown.points(name), shown.triangles(name)
        signed = np.cross(points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]])[:, 2] / 2
        assert signed.sum() == pytest.approx(wanted) and (signed > 0).all()


def test_hidden_guides_and_proxies_are_left_out(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/shown")
    build.mesh("/guide", purpose="guide")
    build.mesh("/proxy", purpose="proxy")
    build.mesh("/render", purpose="render")
    build.mesh("/hidden", visibility="invisible")
    assert build.shot().names() == ["/shown", "/render"]


def test_visibility_follows_the_frames(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/always")
    UsdGeom.Xform.Define(build.stage, "/group")
    build.mesh("/group/blinks")
    visibility = UsdGeom.Imageable(build.stage.GetPrimAtPath("/group")).CreateVisibilityAttr()
    for time, value in ((1, "invisible"), (2, "inherited"), (3, "invisible")):
        visibility.Set(value, time)
    shown = build.shot()
    assert [shown.state("/group/blinks", n).visible for n in (1, 2, 3)] == [False, True, False]


def display(build: Build, path: str, values: Sequence[tuple[float, ...]], interpolation: str, indices: list[int] | None = None) -> None:
    primvar = UsdGeom.PrimvarsAPI(build.stage.GetPrimAtPath(path)).CreatePrimvar(
        "displayColor", Sdf.ValueTypeNames.Color3fArray, interpolation
    )
    primvar.Set([Gf.Vec3f(*v) for v in values])
    if indices:
        primvar.SetIndices(indices)


def test_display_colours_of_every_interpolation(tmp_path: Path) -> None:
    build = Build(tmp_path)
    faces = [(0, 1, 2), (0, 2, 3)]
    for name in ("constant", "uniform", "vertex", "faceVarying", "indexed"):
        build.mesh(f"/{name}", SQUARE, faces)
    display(build, "/constant", [(0.5, 0.5, 0.5)], "constant")
    display(build, "/uniform", [RED, GREEN], "uniform")
    display(build, "/vertex", [RED, RED, RED, BLUE], "vertex")
    display(build, "/faceVarying", [RED] * 3 + [GREEN] * 3, "faceVarying")
    display(build, "/indexed", [RED, GREEN], "uniform", [1, 0])
    shown = build.shot()
    assert shown.colours("/constant").tolist() == [[188, 188, 188]] * 2  # linear 0.5 is sRGB 188
    assert shown.colours("/uniform").tolist() == [[255, 0, 0], [0, 255, 0]]
    assert shown.colours("/vertex").tolist() == [[255, 0, 0], to_srgb(np.array([2 / 3, 0, 1 / 3])).tolist()]
    assert shown.colours("/faceVarying").tolist() == [[255, 0, 0], [0, 255, 0]]
    assert shown.colours("/indexed").tolist() == [[0, 255, 0], [255, 0, 0]]


def test_display_colour_is_inherited_from_a_group(tmp_path: Path) -> None:
    build = Build(tmp_path)
    UsdGeom.Xform.Define(build.stage, "/group")
    build.mesh("/group/mesh")
    display(build, "/group", [BLUE], "constant")
    assert build.shot().colours("/group/mesh").tolist() == [[0, 0, 255]] * 2


def material(build: Build, path: str, colour: tuple[float, ...] | None = None, texture: str | None = None) -> UsdShade.Material:
    made = UsdShade.Material.Define(build.stage, path)
    surface = UsdShade.Shader.Define(build.stage, f"{path}/surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    made.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    diffuse = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    if colour:
        diffuse.Set(Gf.Vec3f(*colour))
    if texture:
        reader = UsdShade.Shader.Define(build.stage, f"{path}/texture")
        reader.CreateIdAttr("UsdUVTexture")
        reader.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(texture)
        reader.CreateInput("fallback", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(0, 0, 1, 1))
        diffuse.ConnectToSource(reader.ConnectableAPI(), "rgb")
    return made


def bind(build: Build, path: str, made: UsdShade.Material) -> None:
    UsdShade.MaterialBindingAPI.Apply(build.stage.GetPrimAtPath(path)).Bind(made)


def test_material_colours_and_subsets(tmp_path: Path) -> None:
    build = Build(tmp_path)
    mesh = build.mesh("/mesh", BOX, BOX_FACES)
    bind(build, "/mesh", material(build, "/mat/red", RED))
    subset = UsdGeom.Subset.CreateGeomSubset(mesh, "part", UsdGeom.Tokens.face, [1, 3], "materialBind")
    UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(material(build, "/mat/grey", (0.5, 0.5, 0.5)))
    shown = build.shot()
    by_face = shown.colours("/mesh").reshape(6, 2, 3)[:, 0]
    assert [tuple(c) for c in by_face.tolist()] == [(255, 0, 0), (188, 188, 188), (255, 0, 0), (188, 188, 188), (255, 0, 0), (255, 0, 0)]
    assert shown.shot.meshes[0].colour == (255, 0, 0)
    assert len(shown.shot.meshes) == 1


def test_a_texture_counts_with_its_mean_colour(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), (200, 100, 50)).save(tmp_path / "wood.png")
    build = Build(tmp_path)
    build.mesh("/mesh")
    bind(build, "/mesh", material(build, "/mat", texture="./wood.png"))
    assert build.shot().colours("/mesh").tolist() == [[200, 100, 50]] * 2


@pytest.mark.parametrize("content", [None, b"not a picture"])
def test_a_texture_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "lost.png").write_bytes(content)
    build = Build(tmp_path)
    build.mesh("/mesh")
    bind(build, "/mesh", material(build, "/mat", texture="./lost.png"))
    shown = build.shot()
    assert shown.colours("/mesh").tolist() == [[0, 0, 255]] * 2
    assert "lost.png" in shown.skipped()["/mat"]


def test_other_shaders_are_named(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/mesh")
    made = material(build, "/mat", RED)
    UsdShade.Shader(build.stage.GetPrimAtPath("/mat/surface")).CreateIdAttr("ArnoldStandardSurface")
    bind(build, "/mesh", made)
    assert "UsdPreviewSurface" in build.shot().skipped()["/mat"]


SHAPES: dict[str, tuple[dict[str, Any], float]] = {
    "Cube": ({"size": 2.0}, 8.0),
    "Sphere": ({"radius": 1.5}, 4 / 3 * np.pi * 1.5**3),
    "Cylinder": ({"radius": 1.0, "height": 3.0, "axis": "X"}, 3 * np.pi),
    "Cone": ({"radius": 1.0, "height": 3.0, "axis": "Z"}, np.pi),
    "Capsule": ({"radius": 1.0, "height": 2.0, "axis": "Y"}, 2 * np.pi + 4 / 3 * np.pi),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_simple_shapes_become_meshes(tmp_path: Path, kind: str) -> None:
    values, wanted = SHAPES[kind]
    build = Build(tmp_path)
    shape = getattr(UsdGeom, kind).Define(build.stage, "/shape")
    for name, value in values.items():
        shape.GetPrim().GetAttribute(name).Set(value)
    display(build, "/shape", [GREEN], "constant")
    shown = build.shot()
    assert volume(shown, "/shape") == pytest.approx(wanted, rel=0.015)
    assert set(map(tuple, shown.colours("/shape").tolist())) == {(0, 255, 0)}
    extent = np.ptp(shown.points("/shape"), axis=0)
    tall = {"X": 0, "Y": 1, "Z": 2}.get(str(values.get("axis", "")))
    assert tall is None or extent.argmax() == tall


def test_a_shape_may_grow(tmp_path: Path) -> None:
    build = Build(tmp_path)
    radius = UsdGeom.Sphere.Define(build.stage, "/ball").CreateRadiusAttr()
    radius.Set(1.0, 1)
    radius.Set(3.0, 3)
    shown = build.shot()
    assert [round(shown.points("/ball", n)[:, 1].max(), 6) for n in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize("axis, across", [("X", 0), ("Y", 1), ("Z", 2)])
def test_a_plane_faces_along_its_axis(tmp_path: Path, axis: str, across: int) -> None:
    build = Build(tmp_path)
    plane = UsdGeom.Plane.Define(build.stage, "/plane")
    plane.CreateAxisAttr(axis)
    plane.CreateWidthAttr(4.0)
    plane.CreateLengthAttr(2.0)
    shown = build.shot()
    facing = area(shown, "/plane")
    assert facing[across] == pytest.approx(8) and np.abs(np.delete(facing, across)).max() < 1e-9
    wide = {"X": 2, "Y": 0, "Z": 0}[axis]
    assert np.ptp(shown.points("/plane"), axis=0)[wide] == 4


def test_native_instances_become_objects_of_their_own(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.stage.CreateClassPrim("/proto")
    build.mesh("/proto/leaf", BOX, BOX_FACES)
    for i in range(2):
        copy = build.stage.DefinePrim(f"/copy{i}", "Xform")
        copy.GetInherits().AddInherit("/proto")
        copy.SetInstanceable(True)
        UsdGeom.XformCommonAPI(copy).SetTranslate((3.0 * i, 0, 0))
    shown = build.shot()
    assert shown.names() == ["/copy0/leaf", "/copy1/leaf"]
    assert [shown.points(name).mean(axis=0)[0] for name in shown.names()] == [0, 3]
    assert len({shown.state(name, 1).topology for name in shown.names()}) == 1


def instancer(build: Build) -> UsdGeom.PointInstancer:
    made = UsdGeom.PointInstancer.Define(build.stage, "/crowd")
    build.mesh("/crowd/protos/box/mesh", BOX, BOX_FACES)
    build.mesh("/crowd/protos/flat/mesh")
    UsdGeom.XformCommonAPI(build.stage.GetPrimAtPath("/crowd/protos/flat/mesh")).SetTranslate((0, 5, 0))
    made.CreatePrototypesRel().SetTargets(["/crowd/protos/box", "/crowd/protos/flat"])
    made.CreateProtoIndicesAttr([0, 1, 0])
    positions = made.CreatePositionsAttr()
    positions.Set([Gf.Vec3f(0, 0, 0), Gf.Vec3f(4, 0, 0), Gf.Vec3f(8, 0, 0)], 1)
    positions.Set([Gf.Vec3f(0, 2, 0), Gf.Vec3f(4, 2, 0), Gf.Vec3f(8, 2, 0)], 3)
    return made


def test_point_instances(tmp_path: Path) -> None:
    build = Build(tmp_path)
    made = instancer(build)
    made.CreateScalesAttr([Gf.Vec3f(1), Gf.Vec3f(1), Gf.Vec3f(2)])
    shown = build.shot()
    assert shown.names() == ["/crowd[0]/mesh", "/crowd[1]/mesh", "/crowd[2]/mesh"]
    assert [shown.points(name, 2).mean(axis=0).tolist() for name in shown.names()] == [[0, 1, 0], [4, 6, 0], [8, 1, 0]]
    assert volume(shown, "/crowd[2]/mesh") == 64
    assert shown.state("/crowd[0]/mesh", 1).topology == shown.state("/crowd[2]/mesh", 1).topology


def test_point_instances_that_are_switched_off_are_not_shown(tmp_path: Path) -> None:
    build = Build(tmp_path)
    made = instancer(build)
    made.CreateInvisibleIdsAttr().Set([1], 2)
    made.GetInvisibleIdsAttr().Set([], 1)
    made.GetInvisibleIdsAttr().Set([], 3)
    shown = build.shot()
    assert [shown.state("/crowd[1]/mesh", n).visible for n in (1, 2, 3)] == [True, False, True]


def test_point_instances_that_come_later(tmp_path: Path) -> None:
    build = Build(tmp_path)
    made = instancer(build)
    places = [Gf.Vec3f(4 * i, 0, 0) for i in range(3)]
    made.GetPositionsAttr().Clear()
    for time, count in ((1, 1), (2, 3), (3, 2)):
        made.GetProtoIndicesAttr().Set([0] * count, time)
        made.GetPositionsAttr().Set(places[:count], time)
    shown = build.shot()
    assert [[shown.state(name, n).visible for n in (1, 2, 3)] for name in shown.names()] == [
        [True, True, True],
        [False, True, True],
        [False, True, False],
    ]
    assert shown.points("/crowd[2]/mesh", 2).mean(axis=0).tolist() == [8, 0, 0]


def test_what_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/mesh")
    UsdGeom.BasisCurves.Define(build.stage, "/hair")
    UsdGeom.Points.Define(build.stage, "/sparks")
    UsdLux.RectLight.Define(build.stage, "/panel")
    UsdLux.DistantLight.Define(build.stage, "/sun")
    build.mesh("/empty", [], [])
    shown = build.shot()
    assert set(shown.skipped()) == {"/hair", "/sparks", "/panel", "/empty"}
    assert "BasisCurves" in shown.skipped()["/hair"]


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/mesh")
    build.stage.DefinePrim("/prop", "Xform").GetReferences().AddReference("./gone.usda")
    skipped = build.shot().skipped()
    assert "gone.usda" in skipped["/prop"] or "gone.usda" in " ".join(skipped.values())


def test_object_ids_follow_the_scene_s_order(tmp_path: Path) -> None:
    build = Build(tmp_path)
    for name in ("z", "a", "m"):
        build.mesh(f"/{name}")
    shown: Shown = build.shot()
    assert [(mesh.object_id, mesh.name) for mesh in shown.shot.meshes] == [(1, "/z"), (2, "/a"), (3, "/m")]
