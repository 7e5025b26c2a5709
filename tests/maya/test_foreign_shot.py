"""A shot that nobody here made, through the whole capture, against what another renderer makes of the same file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from render_server.passes.compute import iter_passes
from render_server.passes.loader import ShotLoader
from tests.fake_maya import Maya
from tests.maya.state import snapshot

pytest.importorskip("pxr")
from tests.fake_maya.load_usd import load_usd

from maya_plugin.host.capture import SceneCapture  # isort: skip
from maya_plugin.workflow.host import CaptureRequest  # isort: skip

FRAME, SIZE = 1047, (480, 270)


def test_depth_motion_and_joints_of_the_captured_shot(maya: Maya, shared_shots: Path) -> None:
    maya.scene.remove(maya.scene.node("shotCam"))
    camera = load_usd(maya.scene, shared_shots / "jump.usdc", range(FRAME, FRAME + 2))
    before = snapshot(maya)
    capture = SceneCapture(CaptureRequest(camera, FRAME, FRAME + 1, *SIZE, beauty=False))
    frames, blobs = [], {}
    for frame, new in capture:
        frames.append(frame)
        blobs.update(new)
    assert snapshot(maya) == before
    loader = ShotLoader(capture.shot, blobs.__getitem__)
    passes = next(iter(iter_passes(loader.geometry(frame) for frame in frames)))
    with np.load(shared_shots.parent / "reference" / "jump" / f"passes.{FRAME}.npz") as reference:
        depth, motion, ids = reference["depth"], reference["motion_forward"], reference["object_index"]
    inside = (ids > 0) & (ndimage.minimum_filter(ids, 7) == ndimage.maximum_filter(ids, 7))  # the other renderer mixes at silhouettes
    assert inside.mean() > 0.8
    assert np.percentile(np.abs(passes.depth[inside] / depth[inside] - 1), 99) <= 1e-4
    assert np.percentile(np.linalg.norm(passes.motion_forward[inside] - motion[inside], axis=-1), 99) <= 0.05
    (pose,) = frames[0].characters
    assert all(score == 1.0 for *_, score in pose.joints[1:14])
    hips = (np.array(pose.joints[8][:3]) + pose.joints[11][:3]) / 2
    assert capture.shot.up_axis == "z" and 0.5 < hips[2] < 1.6  # a person's hips, in metres above the floor
