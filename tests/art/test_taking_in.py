"""Art comes from anywhere: what is good goes in once, what is bad leaves a clear error and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render_server.art.intake import CLIP_FRAMES, CLIPS, chosen
from render_server.art.manifest import MANIFEST
from render_server.art.originals import Original, gather
from render_server.art.store import Collection
from render_server.art_pictures.read import clips, read_piece
from render_server.quality.movies import movie
from shot_format.errors import FormatError, LimitError, MissingError, PaintoverError
from shot_format.shot import Rational
from tests.art.plant import RIGHTS, painting, png_bomb, put, saved, see_through, swapped_profile

ROOT = Path(__file__).resolve().parents[2]


def files(collection: Collection) -> set[str]:
    return {path.relative_to(collection.folder).as_posix() for path in collection.folder.rglob("*") if path.is_file()} - {"lock"}


def refused(collection: Collection, path: Path, kind: type[PaintoverError] = FormatError) -> str:
    before = files(collection)
    with pytest.raises(kind) as error:
        put(collection, path)
    assert files(collection) == before
    return error.value.code


def test_a_painting_goes_in_upright_in_srgb_and_bare(collection: Collection, tmp_path: Path) -> None:
    image = painting()
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Somebody's Name"
    path = saved(image, tmp_path / "a.png", exif=exif.tobytes(), icc_profile=swapped_profile())
    added = put(collection, path, title="The yard\u202e\n<b>")
    piece = added.piece
    assert added.fresh and piece.title == "The yard  <b>" and piece.rights == RIGHTS
    assert (piece.arrival.colour, piece.arrival.turned, piece.arrival.transparent) == ("converted", True, 0.0)
    data = collection.picture(piece.pictures[0]).read_bytes()
    assert b"Somebody" not in data and b"iCCP" not in data and b"eXIf" not in data
    (read,) = read_piece(collection, piece)
    assert read.shape[:2] == (image.width, image.height)
    wanted = np.rot90(np.asarray(image), -1)[..., [1, 0, 2]]  # the profile exchanges red and green
    assert np.abs(read.astype(int) - wanted).mean() < 12
    again = put(collection, path, title="Another title")
    assert not again.fresh and again.piece == piece and len(collection.manifest().pieces) == 1


def test_alpha_is_kept_and_said_and_white_shows_through(collection: Collection, tmp_path: Path) -> None:
    piece = put(collection, saved(see_through(painting()), tmp_path / "a.png")).piece
    assert 0.2 < piece.arrival.transparent < 0.5
    with Image.open(collection.picture(piece.pictures[0])) as image:
        assert image.mode == "RGBA"
    (read,) = read_piece(collection, piece)
    assert tuple(read[2, 2]) == (255, 255, 255)


def test_sixteen_bits_and_greys(collection: Collection, tmp_path: Path) -> None:
    deep = (np.asarray(painting().convert("L")).astype(np.uint16) << 8) + 200
    (read,) = read_piece(collection, put(collection, saved(Image.fromarray(deep), tmp_path / "deep.png")).piece)
    assert np.array_equal(read[..., 0], deep >> 8)


def test_a_wrong_suffix_is_no_harm(collection: Collection, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    painting().save(path, "PNG")
    assert put(collection, path).piece.arrival.format == "PNG"


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (SVG, "an SVG drawing"), (b"", "empty"), (b"hello", "no picture"), (b"GIF89a\1\0\1\0", "a GIF"), (b"8BPS\0\1", "Photoshop"),
        (b"II*\0aaaa", "a TIFF"), (b"RIFF\0\0\0\0WEBP", "WebP"), (b"\0\0\0\x18ftypheic", "HEIF"), (b"#EXTM3U\nhttp://a/b.ts", "no picture"),
        (b"v/1\x01\2\0", "OpenEXR"), (b"ffconcat version 1.0\nfile /etc/passwd", "no picture"),
    ],
)  # fmt: skip
def test_other_files_are_named(collection: Collection, tmp_path: Path, data: bytes, named: str) -> None:
    path = tmp_path / "evil.png"
    path.write_bytes(data)
    with pytest.raises(FormatError) as error:
        put(collection, path)
    assert error.value.code == "art-format" and named in error.value.message
    assert files(collection) == set()


def test_bombs_and_broken_pictures(collection: Collection, tmp_path: Path) -> None:
    whole = saved(painting(), tmp_path / "whole.png").read_bytes()
    hostile = {
        "bomb.png": (png_bomb(11_000, 11_000), LimitError, "art-too-large"),  # 121 million pixels in 120 kB
        "huge.png": (png_bomb(60_000, 60_000), LimitError, "art-too-large"),  # says so, and has none
        "cut.png": (whole[: len(whole) // 2], FormatError, "art-broken"),
        "head.png": (whole[:20], FormatError, "art-broken"),
        "cut.jpg": (b"\xff\xd8\xff\xe0" + bytes(64), FormatError, "art-broken"),
        "cut.mp4": (b"\0\0\0\x18ftypmp42" + bytes(200), FormatError, "art-broken"),
        "cut.mkv": (b"\x1aE\xdf\xa3" + bytes(200), FormatError, "art-broken"),
    }
    for name, (data, kind, code) in hostile.items():
        (tmp_path / name).write_bytes(data)
        assert refused(collection, tmp_path / name, kind) == code, name


def test_links_folders_pipes_and_missing_files(collection: Collection, tmp_path: Path) -> None:
    target = saved(painting(), tmp_path / "a.png")
    (tmp_path / "link.png").symlink_to(target)
    (tmp_path / "nowhere.png").symlink_to("/nowhere")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    assert refused(collection, tmp_path / "link.png") == "art-link"
    assert refused(collection, tmp_path / "nowhere.png") == "art-link"
    assert refused(collection, tmp_path / "pipe.png") == "art-no-file"
    assert refused(collection, tmp_path / "folder.png") == "art-no-file"
    assert refused(collection, tmp_path / "gone.png", MissingError) == "art-missing"
    found, passed = gather([tmp_path])
    assert [each.name for each in found] == ["a.png", "pipe.png"]
    assert sum("a link" in line for line in passed) == 2


@pytest.mark.parametrize(
    "name", ["../../../evil.png", "/etc/passwd", "C:\\evil.png", "a\0b.png", "<img src=x>.png", "..", "x" * 3000, "\udc80.png"]
)
def test_names_never_become_paths(collection: Collection, tmp_path: Path, name: str) -> None:
    path = saved(painting().resize((32, 32)), tmp_path / "a.png")
    piece = collection.add(Original(name, (path,)), RIGHTS, "me\n\x1b[31m").piece
    assert files(collection) == {MANIFEST, f"pictures/{piece.sha256}.png"}
    assert "/" not in piece.name and "\0" not in piece.name and len(piece.name) <= 1000 and piece.added.by == "me  [31m"
    assert collection.manifest().pieces == (piece,)


def test_a_movie_keeps_a_bounded_number_of_frames(collection: Collection, tmp_path: Path) -> None:
    with movie(tmp_path / "shot.mp4", 64, 48, Rational(24)) as write:
        for number in range(130):
            write(np.full((48, 64, 3), (number, 100, 250 - number), np.uint8))
    piece = put(collection, tmp_path / "shot.mp4").piece
    assert (piece.kind, piece.arrival.frames, piece.arrival.fps, piece.arrival.colour) == ("movie", 130, 24.0, "stated")
    assert tuple(picture.number for picture in piece.pictures) == chosen(130)
    assert len(piece.pictures) == CLIPS * CLIP_FRAMES and {len(run) % CLIP_FRAMES for run in clips(piece)} == {0}
    for picture, pixels in zip(piece.pictures, read_piece(collection, piece), strict=True):
        assert np.abs(pixels.mean(axis=(0, 1)) - (picture.number or 0, 100, 250 - (picture.number or 0))).max() < 4


def test_a_sequence_is_one_piece(collection: Collection, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    for number in (1003, 1001, 1002):
        saved(Image.new("RGB", (40, 30), (number - 1000, 0, 0)), tmp_path / "s" / f"beauty.{number}.png")
    (original,), _ = gather([tmp_path / "s"], sequence=True)
    piece = collection.add(original, RIGHTS, "me").piece
    assert piece.kind == "sequence" and [picture.number for picture in piece.pictures] == [1001, 1002, 1003]
    assert [int(pixels[0, 0, 0]) for pixels in read_piece(collection, piece)] == [1, 2, 3]
    assert not collection.add(original, RIGHTS, "me").fresh
    saved(Image.new("RGB", (20, 30)), tmp_path / "s" / "beauty.1004.png")
    (other,), _ = gather([tmp_path / "s"], sequence=True)
    before = files(collection)
    with pytest.raises(FormatError) as error:
        collection.add(other, RIGHTS, "me")
    assert error.value.code == "sequence-sizes" and files(collection) == before
    saved(Image.new("RGB", (40, 30)), tmp_path / "s" / "still.png")
    with pytest.raises(FormatError, match="sequence-numbers"):
        gather([tmp_path / "s"], sequence=True)


def test_long_shots_keep_runs_of_frames() -> None:
    assert chosen(96) == tuple(range(96))
    for count in (97, 500, 10_000):
        kept = chosen(count)
        assert len(set(kept)) == 96 and kept[0] == 0 and kept[-1] == count - 1
        assert all(
            second == first + 1
            for run in range(0, 96, 8)
            for first, second in zip(kept[run : run + 8], kept[run + 1 : run + 8], strict=False)
        )


SHUT_IN = """
import os, socket, sys
from render_server.art_pictures.confine import confine
open_before = open({existing!r}, "r+b")
confine(1 << 30, 20)
def refused(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "allowed"
print(refused(lambda: socket.socket()), refused(lambda: socket.socket(socket.AF_UNIX)),
      refused(lambda: open({fresh!r}, "wb").write(b"x" * 100000)), refused(lambda: os.write(open_before.fileno(), b"y")),
      refused(lambda: bytearray(2 << 30)), os.system("{python} -c 'import socket; socket.socket()' 2>/dev/null") != 0)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems cannot take the network away")
def test_the_reader_is_shut_in_and_so_is_what_it_starts(tmp_path: Path) -> None:
    existing = tmp_path / "existing"
    existing.write_bytes(b"as it was")
    code = SHUT_IN.format(existing=str(existing), fresh=str(tmp_path / "fresh"), python=sys.executable)
    ignoring = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n{code}"
    done = subprocess.run([sys.executable, "-c", ignoring], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.split() == ["PermissionError", "PermissionError", "OSError", "OSError", "MemoryError", "True"], done.stderr
    assert existing.read_bytes() == b"as it was" and not (tmp_path / "fresh").read_bytes()


ADD = """
import sys
from pathlib import Path
from render_server.art.store import open_collection
from tests.art.plant import put
put(open_collection(Path(sys.argv[1]), "show/oils"), Path(sys.argv[2]))
"""


def test_killed_in_the_middle_leaves_nothing_half_written(collection: Collection, tmp_path: Path) -> None:
    first = put(collection, saved(painting("oil", 2).resize((64, 36)), tmp_path / "first.png")).piece
    with movie(tmp_path / "long.mp4", 160, 96, Rational(24)) as write:
        for number in range(96):
            write(np.random.default_rng(number).integers(0, 255, (96, 160, 3), np.uint8))
    process = subprocess.Popen([sys.executable, "-c", ADD, str(tmp_path / "store"), str(tmp_path / "long.mp4")], cwd=ROOT)
    ends = time.monotonic() + 60
    while len(list((collection.folder / "pictures").glob("*"))) < 5 and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert collection.manifest().pieces == (first,)
    assert len(files(collection)) > 2  # frames that no manifest names
    second = put(collection, saved(painting("oil", 3).resize((64, 36)), tmp_path / "second.png")).piece
    assert files(collection) == {MANIFEST, *(f"pictures/{piece.sha256}.png" for piece in (first, second))}


def test_adds_at_the_same_time_lose_nothing(collection: Collection, tmp_path: Path) -> None:
    paths = [saved(painting("oil", number).resize((48, 27)), tmp_path / f"{number}.png") for number in range(3)]
    start, added = threading.Barrier(6), []

    def add(path: Path) -> None:
        start.wait()
        added.append(put(collection, path))

    threads = [threading.Thread(target=add, args=(path,)) for path in paths * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.fresh for each in added) == [False] * 3 + [True] * 3
    assert len(collection.manifest().pieces) == 3
    assert files(collection) == {MANIFEST, *(f"pictures/{piece.sha256}.png" for piece in collection.manifest().pieces)}


def test_the_web_half_adds_art_without_numpy(tmp_path: Path) -> None:
    path = saved(painting().resize((48, 27)), tmp_path / "a.png")
    code = (
        "import sys; from pathlib import Path\n"
        "from render_server.art import lineage, rights_file\n"
        "from render_server.art.manifest import Rights\n"
        "from render_server.art.originals import Original\n"
        "from render_server.art.store import open_collection\n"
        "open_collection(Path(sys.argv[1]), 'oils').add(Original('a', (Path(sys.argv[2]),)), Rights(), 'me')\n"
        "print([name for name in ('numpy', 'PIL', 'torch', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), str(path)], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
