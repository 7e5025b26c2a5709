import numpy as np
import pytest
from PIL import Image

from render_server.passes.export import ARRAYS, export_passes
from shot_format.blobs import write_topology
from shot_format.errors import CancelledError, MissingError
from shot_format.folder import ShotFolder
from shot_format.shot import Frame, Mesh, MeshState

from .shapes import sphere
from .shots import camera, matrix, person, shot

NUMBERS = range(11, 15)


@pytest.fixture
def folder(tmp_path):
    """A shot of four frames: a ball that rolls, and a person."""
    made = ShotFolder(tmp_path / "shot")
    ball = sphere((0, 0, 0), steps=8)
    blob = made.add_blob(
        write_topology(ball.points.astype("<f4").tobytes(), ball.triangles.astype("<u4").tobytes(), ball.colours.tobytes())
    )
    frames = [
        Frame(n, camera(), (MeshState(1, blob, matrix(x=0.1 * (n - 11), z=-4.0)),), (person(),)) for n in NUMBERS
    ]  # fmt: skip
    made.write(shot((Mesh(1, "ball"),), first=11, last=14, characters=("hero",)), tuple(frames))
    return made


def export(folder, out, **more):
    """Export, and give back every file there is then, in order of frames, the sheet last."""
    sheet = export_passes(folder, out, **more)
    assert sheet == out / "passes.png"
    return [*sorted(out.glob("passes.*.npz")), sheet]


def contents(paths):
    return [path.read_bytes() for path in paths]


def test_every_frame_gets_its_arrays_and_the_shot_a_sheet(folder, tmp_path):
    told = []
    paths = export(folder, tmp_path / "out", progress=lambda done, total: told.append((done, total)))
    assert [path.name for path in paths] == [*(f"passes.{n}.npz" for n in NUMBERS), "passes.png"]
    assert told == [(i, 4) for i in range(5)]
    with np.load(paths[1]) as arrays:
        assert set(arrays) == {"source", *ARRAYS}
        assert arrays["depth"].shape == (48, 64) and arrays["depth"].dtype == np.float32
        hit = arrays["object_id"] == 1
        np.testing.assert_allclose(arrays["depth"][24, 33], 3.0, atol=0.02)
        assert arrays["motion_forward"][hit][:, 0].mean() == pytest.approx(0.1 * 64 / 3.3, rel=0.1)
        assert not arrays["occlusion_backward"].all()
    assert Image.open(paths[-1]).size[0] > 1000


def test_a_range_knows_the_frames_around_it(folder, tmp_path):
    whole = export(folder, tmp_path / "whole")
    part = export(folder, tmp_path / "part", frames=(12, 13))
    assert [path.name for path in part] == ["passes.12.npz", "passes.13.npz", "passes.png"]
    assert contents(part[:2]) == contents(whole[1:3])


def test_an_interrupted_export_goes_on_and_ends_alike(folder, tmp_path):
    whole = export(folder, tmp_path / "whole")

    def stop(done, total):
        if done == 2:
            raise CancelledError("cancelled", "Stopped.")

    with pytest.raises(CancelledError):
        export_passes(folder, tmp_path / "out", progress=stop)
    first = tmp_path / "out" / "passes.11.npz"
    written = first.stat().st_mtime_ns
    damaged = tmp_path / "out" / "passes.12.npz"
    damaged.write_bytes(damaged.read_bytes()[:-500])
    resumed = export(folder, tmp_path / "out")
    assert contents(resumed) == contents(whole)
    assert first.stat().st_mtime_ns == written
    export_passes(folder, tmp_path / "out", again=True)
    assert first.stat().st_mtime_ns != written


def test_files_of_another_size_or_shot_are_not_taken_for_whole(folder, tmp_path):
    export_passes(folder, tmp_path / "out")
    paths = export(folder, tmp_path / "out", size=(32, 24))
    with np.load(paths[0]) as arrays:
        assert arrays["depth"].shape == (24, 32)


def test_a_range_without_frames_is_refused(folder, tmp_path):
    with pytest.raises(MissingError, match="11 to 14") as caught:
        export_passes(folder, tmp_path / "out", frames=(20, 30))
    assert caught.value.code == "frames-missing"
    assert not (tmp_path / "out").exists()


def test_an_empty_picture_makes_a_sheet_too(tmp_path):
    made = ShotFolder(tmp_path / "shot")
    made.write(shot((), first=1, last=1), (Frame(1, camera()),))
    paths = export(made, tmp_path / "out")
    assert [path.name for path in paths] == ["passes.1.npz", "passes.png"]
