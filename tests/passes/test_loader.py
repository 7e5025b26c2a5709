import dataclasses

import numpy as np
import pytest

from render_server.passes.loader import ShotLoader
from shot_format.blobs import write_points
from shot_format.errors import FormatError, LimitError
from shot_format.shot import Mesh, MeshState, PassBlobs

from .shots import HALVES, SQUARE, UPRIGHT, Blobs, array, camera, matrix, person, png, shot, square, topology


def load(store, frame, size=None, **changes):
    return ShotLoader(shot(**changes), store.read, size).geometry(frame)


def passes_of(store, frames, size=None, causal=False, **changes):
    return [passes for _, passes in ShotLoader(shot(**changes), store.read, size).passes(frames, causal)]


def error_of(store, frame, code):
    with pytest.raises(FormatError) as caught:
        load(store, frame)
    assert caught.value.code == code
    assert "Frame 1" in caught.value.message and "'square'" in caught.value.message
    return caught.value.message


def test_a_frame_becomes_geometry():
    store = Blobs()
    geometry = load(store, square(store))
    (mesh,) = geometry.meshes
    assert (mesh.name, mesh.object_id, geometry.number) == ("square", 1, 1)
    np.testing.assert_array_equal(mesh.points, SQUARE + (0, 0, -4))
    np.testing.assert_array_equal(mesh.triangles, HALVES)
    np.testing.assert_array_equal(mesh.rest, SQUARE)
    assert (mesh.colours == (200, 100, 50)).all()
    assert geometry.view.fx == 64 and geometry.view.near == 0.5


def test_units_become_metres():
    store = Blobs()
    frame = square(store, z=-400.0, camera=camera(matrix=matrix(z=100.0)))
    geometry = load(store, frame, metres_per_unit=0.01)
    np.testing.assert_allclose(geometry.meshes[0].points[0], (-0.01, -0.01, -4))
    np.testing.assert_allclose(geometry.view.world_to_camera[3], (0, 0, -1, 1))
    assert geometry.view.near == pytest.approx(0.005) and geometry.view.far == pytest.approx(5.0)


def test_z_up_becomes_y_up_and_the_picture_stays():
    # The same scene with Z up: camera looks along +Y, and (x, y, z) stands for (x, z, -y).
    store = Blobs()
    to_z_up = np.array([(1.0, 0, 0), (0, 0, 1), (0, -1, 0)])
    upright = square(store, characters=(person(),))
    joints = tuple((*(np.array(j[:3]) @ to_z_up).tolist(), j[3]) for j in person().joints)
    lying = square(
        store,
        state=MeshState(1, store.add(topology()), matrix(y=4.0, axes=to_z_up)),
        camera=camera(matrix=matrix(axes=to_z_up)),
        characters=(dataclasses.replace(person(), joints=joints),),
    )
    y_up, z_up = load(store, upright, characters=("hero",)), load(store, lying, up_axis="z", characters=("hero",))
    np.testing.assert_allclose(z_up.view.world_to_camera, y_up.view.world_to_camera, atol=1e-12)
    np.testing.assert_allclose(z_up.meshes[0].points, y_up.meshes[0].points, atol=1e-12)
    np.testing.assert_allclose(z_up.skeletons[0].joints, y_up.skeletons[0].joints, atol=1e-12)


def test_a_scaled_camera_sees_the_same_picture():
    store = Blobs()
    scaled = square(store, camera=camera(matrix=matrix(z=1.0, axes=np.eye(3) * 7)))
    plain = square(store, camera=camera(matrix=matrix(z=1.0)))
    np.testing.assert_allclose(load(store, scaled).view.world_to_camera, load(store, plain).view.world_to_camera)


def test_a_flat_camera_is_refused():
    store = Blobs()
    with pytest.raises(FormatError, match="Frame 1: the camera") as caught:
        load(store, square(store, camera=camera(matrix=matrix(axes=np.diag((1.0, 0, 1))))))
    assert caught.value.code == "camera-flat"


def test_another_size_scales_the_lens():
    store = Blobs()
    view = load(store, square(store), (128, 96)).view
    assert (view.fx, view.fy, view.cx, view.cy, view.width, view.height) == (128, 128, 64, 48, 128, 96)


def test_a_size_that_distorts_is_refused():
    with pytest.raises(FormatError, match="try 128x96") as caught:
        ShotLoader(shot(), Blobs().read, (128, 128))
    assert caught.value.code == "size-aspect"
    ShotLoader(shot(), Blobs().read, (128, 94))  # rounding is no distortion


@pytest.mark.parametrize("size", [(0, 0), (8, 6), (9000, 6750)])
def test_a_size_out_of_bounds_is_refused(size):
    with pytest.raises(LimitError) as caught:
        ShotLoader(shot(), Blobs().read, size)
    assert caught.value.code == "size-limit"


def test_hidden_meshes_are_dropped_and_never_read():
    store = Blobs()
    hidden = MeshState(1, store.add(topology()), visible=False)
    assert load(store, square(store, state=hidden)).meshes == ()
    assert store.reads == []


def test_points_replace_the_rest_shape():
    store = Blobs()
    state = MeshState(1, store.add(topology()), matrix(z=-4.0), points=store.add(write_points((SQUARE * 2).tobytes())))
    (mesh,) = load(store, square(store, state=state)).meshes
    np.testing.assert_array_equal(mesh.points, SQUARE * 2 + (0, 0, -4))
    np.testing.assert_array_equal(mesh.rest, SQUARE)


def test_the_rest_matrix_places_the_rest_shape():
    store = Blobs()
    (mesh,) = load(store, square(store), meshes=(Mesh(1, "square", rest_matrix=matrix(x=5.0)),)).meshes
    np.testing.assert_array_equal(mesh.rest, SQUARE + (5, 0, 0))


def test_what_stands_still_is_read_once():
    store = Blobs()
    loader = ShotLoader(shot(), store.read)
    first, second = (loader.geometry(square(store, number)) for number in (1, 2))
    assert len(store.reads) == 1
    assert first.meshes[0] is second.meshes[0]
    loader.geometry(square(store, 3, z=-5.0))
    assert len(store.reads) == 1


def test_broken_meshes_are_named():
    store = Blobs()
    wrong = HALVES.copy()
    wrong[1, 2] = 4
    assert "point 4 of 4" in error_of(store, square(store, state=MeshState(1, store.add(topology(triangles=wrong)))), "mesh-index")
    few = store.add(write_points(SQUARE[:3].tobytes()))
    error_of(store, square(store, state=MeshState(1, store.add(topology()), points=few)), "mesh-points")
    for value in (np.nan, np.inf):
        bad = SQUARE.copy()
        bad[2, 1] = value
        error_of(store, square(store, state=MeshState(1, store.add(topology(bad)))), "mesh-not-finite")
        points = store.add(write_points(bad.tobytes()))
        error_of(store, square(store, state=MeshState(1, store.add(topology()), points=points)), "mesh-not-finite")
    error_of(store, square(store, state=MeshState(1, store.add(b"something else"))), "blob-broken")
    with pytest.raises(LimitError, match="Frame 1, mesh 'square'"):
        load(store, square(store, state=MeshState(1, store.add(b"PVT1" + bytes([255] * 8)))))


def test_a_matrix_that_overflows_is_refused():
    store = Blobs()
    error_of(store, square(store, state=MeshState(1, store.add(topology(SQUARE * 4)), matrix(axes=UPRIGHT * 1e308))), "mesh-not-finite")


def test_beauty_is_decoded_and_scaled():
    store = Blobs()
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, 32:] = (250, 120, 10)
    for kind, slack in (("PNG", 0), ("JPEG", 8)):
        frame = square(store, beauty=store.add(png(pixels, kind)))
        for size, right in (((64, 48), 48), ((32, 24), 24)):
            (passes,) = passes_of(store, [frame], size)
            assert passes.beauty.shape == (size[1], size[0], 3)
            assert np.abs(passes.beauty[:, right:].astype(int) - (250, 120, 10)).max() <= slack


def test_a_broken_beauty_names_its_frame():
    store = Blobs()
    whole = png(np.zeros((48, 64, 3), np.uint8))
    with pytest.raises(FormatError, match="Frame 1: the beauty") as caught:
        passes_of(store, [square(store, beauty=store.add(whole[: len(whole) // 2]))])
    assert caught.value.code == "image-broken"
    with pytest.raises(LimitError, match="Frame 1"):
        passes_of(store, [square(store, beauty=store.add(png(np.zeros((1, 9000), np.uint8))))])


def test_consecutive_frames_have_true_motion():
    store = Blobs()
    frames = [square(store, number, state=MeshState(1, store.add(topology()), matrix(x=0.25 * number, z=-4.0))) for number in (1, 2, 3)]
    middle = passes_of(store, frames)[1]
    hit = middle.object_id == 1
    np.testing.assert_allclose(middle.motion_forward[hit], np.broadcast_to((4.0, 0.0), (hit.sum(), 2)), atol=1e-5)
    np.testing.assert_allclose(middle.motion_backward[hit], np.broadcast_to((-4.0, 0.0), (hit.sum(), 2)), atol=1e-5)
    assert not passes_of(store, frames, causal=True)[1].motion_forward.any()


def test_at_a_cut_nothing_was_seen_before():
    store = Blobs()
    frames = [square(store, number) for number in (1, 2, 3)]
    first, second, third = passes_of(store, frames, cuts=(2,))
    assert first.occlusion_forward.all() and second.occlusion_backward.all()
    assert not second.motion_backward.any()
    hit = second.object_id == 1
    assert not second.occlusion_forward[hit].any() and not third.occlusion_backward[hit].any()
    assert passes_of(store, frames, causal=True, cuts=(2,))[1].occlusion_backward.all()


def ready_made(store, **arrays):
    return square(store, passes=PassBlobs(**{name: store.add(array(values)) for name, values in arrays.items()}))


def test_ready_made_passes_replace_computed_ones():
    store = Blobs()
    depth = np.full((48, 64), np.inf, np.float32)
    depth[:, :32] = 2.5
    motion = np.full((48, 64, 2), (3.0, -1.5), np.float32)
    (passes,) = passes_of(store, [ready_made(store, depth=depth, motion_forward=motion)])
    np.testing.assert_array_equal(passes.depth, depth)
    np.testing.assert_array_equal(passes.motion_forward, motion)
    assert (passes.object_id == 1).any()
    (half,) = passes_of(store, [ready_made(store, depth=depth, motion_forward=motion)], (32, 24))
    assert half.depth.shape == (24, 32) and (half.depth[:, :16] == 2.5).all() and np.isinf(half.depth[:, 16:]).all()
    np.testing.assert_array_equal(half.motion_forward, np.full((24, 32, 2), (1.5, -0.75), np.float32))


def test_ready_made_rest_positions_are_turned_upright():
    store = Blobs()
    rest = np.full((48, 64, 3), (1.0, 2.0, 3.0), np.float32)
    (passes,) = passes_of(store, [ready_made(store, rest_position=rest)], up_axis="z")
    np.testing.assert_array_equal(passes.rest_position[0, 0], (1.0, 3.0, -2.0))


def test_broken_ready_made_passes_are_named():
    store = Blobs()
    with pytest.raises(FormatError, match="Frame 1: .*depth") as caught:
        passes_of(store, [ready_made(store, depth=np.zeros((24, 32), np.float32))])
    assert caught.value.code == "pass-shape"
    with pytest.raises(FormatError, match="Frame 1: .*depth") as caught:
        passes_of(store, [ready_made(store, depth=np.full((48, 64), np.nan, np.float32))])
    assert caught.value.code == "pass-not-finite"
