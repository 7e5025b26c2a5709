"""Our passes against those that an independent path tracer made of the same scene."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from render_server.passes.loader import ShotLoader
from render_server.passes.meshes import Z_UP_TO_Y_UP
from render_server.scenes.usd import import_usd
from shot_format.folder import ShotFolder

DATA = Path(os.environ.get("PAINTOVER_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SCENE = DATA / "shots" / "jump.usdc"
FRAMES = (1001, 1047, 1095)
SIZE = (480, 270)
SILHOUETTE = 3  # pixels: nearer to an edge the path tracer's pixels mix what lies on both sides

pytestmark = pytest.mark.skipif(not SCENE.is_file(), reason="the reference scene is not there")


@pytest.fixture(scope="module", params=FRAMES)
def pair(request, tmp_path_factory):
    """What we see and make of a frame, and the reference's arrays."""
    number = request.param
    folder = tmp_path_factory.mktemp("jump") / "shot"
    import_usd(SCENE, folder, camera=None, frames=(number, number + 1), size=SIZE)
    shot = ShotFolder(folder)
    file = shot.read()
    ours = next(iter(ShotLoader(file.shot, shot.read_blob, SIZE).passes(file.frames)))
    with np.load(DATA / "reference" / "jump" / f"passes.{number}.npz") as theirs:
        return *ours, dict(theirs)


def inside(theirs):
    """Pixels whose surroundings show one object only."""
    ids, side = theirs["object_index"], 2 * SILHOUETTE + 1
    return (ids > 0) & (ndimage.minimum_filter(ids, side) == ndimage.maximum_filter(ids, side))


def test_depth(pair):
    _, ours, theirs = pair
    where = inside(theirs)
    assert where.mean() > 0.8
    error = np.abs(ours.depth[where] / theirs["depth"][where] - 1)
    assert np.median(error) <= 1e-4
    assert np.percentile(error, 99) <= 1e-4


def test_forward_motion(pair):
    _, ours, theirs = pair
    where = inside(theirs)
    error = np.linalg.norm(ours.motion_forward[where] - theirs["motion_forward"][where], axis=-1)
    assert np.median(error) <= 0.01
    assert np.percentile(error, 99) <= 0.05
    assert np.linalg.norm(theirs["motion_forward"][where], axis=-1).max() > 0.5  # there is something to agree about


def test_object_regions(pair):
    _, ours, theirs = pair
    ids = np.unique(ours.object_id)
    partner = {our: np.bincount(theirs["object_index"][ours.object_id == our]).argmax() for our in ids}
    assert len(set(partner.values())) == len(ids), "two of our objects are one of theirs"
    agree = np.vectorize(partner.get)(ours.object_id) == theirs["object_index"]
    assert agree.mean() >= 0.995


def test_normals(pair):
    # The reference shades facets flat, we shade round things smoothly: so only half of the pixels must agree exactly.
    seen, ours, theirs = pair
    where = inside(theirs)
    world = ours.normal[where] @ seen.view.world_to_camera[:3, :3].T @ Z_UP_TO_Y_UP.T
    cosine = np.abs((world * theirs["normal_world"][where]).sum(axis=-1))  # its normals do not turn to the camera
    angle = np.degrees(np.arccos(np.clip(cosine, 0, 1)))
    assert np.median(angle) < 0.1
    assert np.percentile(angle, 90) < 15
