"""H.264 movies, written frame by frame, that are whole or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import imageio_ffmpeg
import numpy as np

from render_server.passes.geometry import UInt8
from shot_format.errors import MissingError, StorageError
from shot_format.files import PARTIAL, storage_errors, sync_folder
from shot_format.shot import Rational

PATIENCE = 60  # seconds that the encoder has to finish


@contextlib.contextmanager
def movie(path: Path, width: int, height: int, fps: Rational) -> Iterator[Callable[[UInt8], None]]:
    """Write frames (height, width, 3) of sRGB to an MP4 that plays everywhere; it appears at its path when the block ends without an error.

    Odd sizes are made even by repeating the last row or column. Raises MissingError "no-ffmpeg", StorageError "movie-failed".
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f"{PARTIAL}{secrets.token_hex(8)}.mp4"
    command = _command(temporary, width + width % 2, height + height % 2, fps)
    with tempfile.TemporaryFile() as complaints:
        process = _start(command, complaints)
        try:
            yield lambda frame: _send(process, _even(frame), path, complaints)
            _finish(process, path, complaints)
            with storage_errors(path):
                _sync(temporary)
                os.replace(temporary, path)
                sync_folder(path.parent)
        finally:
            _stop(process)
            with contextlib.suppress(OSError):
                temporary.unlink()


def _command(path: Path, width: int, height: int, fps: Rational) -> list[str]:
    """BT.709 with the range of television: what players assume where a file says nothing, and it says so as well."""
    source = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -framerate {fps.numerator}/{fps.denominator} -i - "
    meaning = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    colour = f"-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{meaning} "
    encoder = "-c:v libx264 -preset fast -crf 16 -pix_fmt yuv420p -threads 2 -movflags +faststart -fflags +bitexact -f mp4"
    return [_ffmpeg(), "-loglevel", "error", "-y", *(source + colour + encoder).split(), str(path)]


def _ffmpeg() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MissingError("no-ffmpeg", "No ffmpeg was found to write movies with: reinstall imageio-ffmpeg.") from error


def _start(command: list[str], complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)  # noqa: S603 our own arguments
    except OSError as error:
        raise MissingError("no-ffmpeg", f"ffmpeg does not start ({error.strerror}): reinstall imageio-ffmpeg.") from error


def _even(frame: UInt8) -> UInt8:
    height, width = frame.shape[:2]
    return np.ascontiguousarray(np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))


def _send(process: subprocess.Popen[bytes], frame: UInt8, path: Path, complaints: IO[bytes]) -> None:
    if process.stdin is None:
        raise StorageError("movie-failed", f"{path} cannot be written: the encoder takes no frames.")
    try:
        process.stdin.write(frame.data)
    except OSError as error:
        raise _failure(path, complaints) from error


def _finish(process: subprocess.Popen[bytes], path: Path, complaints: IO[bytes]) -> None:
    try:
        process.communicate(timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failure(path, complaints) from error
    if process.returncode:
        raise _failure(path, complaints)


def _failure(path: Path, complaints: IO[bytes]) -> StorageError:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").split("\n")
    reason = next((line.strip() for line in reversed(lines) if line.strip()), "the encoder stopped")
    return StorageError("movie-failed", f"{path} cannot be written ({reason}): see that its disk has room and start again.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Never leave an encoder behind."""
    if process.poll() is None:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
