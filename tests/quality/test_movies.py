from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from render_server.quality.movies import movie
from shot_format.errors import MissingError, StorageError
from shot_format.shot import Rational

FILM = Rational(24000, 1001)


def frames(count: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    ramp = np.broadcast_to(np.linspace(30, 220, width).astype(np.uint8)[None, :, None], (height, width, 3))
    return [np.roll(ramp, index, axis=1) for index in range(count)]


def write(path: Path, pictures: list[np.ndarray], fps: Rational = FILM) -> None:
    with movie(path, pictures[0].shape[1], pictures[0].shape[0], fps) as add:
        for picture in pictures:
            add(picture)


def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    pictures = frames(12)
    write(tmp_path / "painted.mp4", pictures)
    reader = imageio_ffmpeg.read_frames(str(tmp_path / "painted.mp4"))
    about = next(reader)
    assert (about["codec"], about["size"], about["fps"]) == ("h264", (64, 48), 23.98)
    assert about["pix_fmt"].startswith("yuv420p(tv, bt709")
    read = [np.frombuffer(picture, np.uint8).reshape(48, 64, 3) for picture in reader]
    assert len(read) == 12
    assert np.abs(read[0].astype(int) - pictures[0]).mean() < 3
    assert [path.name for path in tmp_path.iterdir()] == ["painted.mp4"]


def test_the_rate_is_exact(tmp_path: Path) -> None:
    write(tmp_path / "long.mp4", frames(1) * 2400)
    count, length = imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "long.mp4"))
    assert count == 2400
    assert length == pytest.approx(2400 * 1001 / 24000, abs=0.02)


def test_odd_sizes_become_even(tmp_path: Path) -> None:
    write(tmp_path / "odd.mp4", frames(3, height=47, width=63))
    about = next(imageio_ffmpeg.read_frames(str(tmp_path / "odd.mp4")))
    assert about["size"] == (64, 48)


def test_an_error_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), movie(tmp_path / "half.mp4", 64, 48, FILM) as add:
        add(frames(1)[0])
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_fails_is_reported_and_the_old_movie_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "painted.mp4").write_bytes(b"old")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/bin/false")
    with pytest.raises(StorageError, match="movie-failed"):
        write(tmp_path / "painted.mp4", frames(40, 480, 640))
    assert (tmp_path / "painted.mp4").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nowhere"))
    with pytest.raises(MissingError, match="no-ffmpeg"):
        write(tmp_path / "painted.mp4", frames(1))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="disk-refused"):
        write(tmp_path / "file" / "painted.mp4", frames(1))
