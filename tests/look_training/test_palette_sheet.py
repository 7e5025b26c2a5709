"""The palette of a look as a sheet and as a script: each object's colours are what they are, and a script does what it says."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render_server.cli.palette import run_palette
from render_server.look_training.feeding import look_of
from render_server.look_training.palette_sheet import MARGIN, SWATCH, draw_palette, hex_of, script_of, see_palette
from render_server.look_training.shot_frames import OpenShot
from render_server.looks.colour_script import keys_of, read_script, script_text
from render_server.looks.palette import to_oklab
from render_server.looks.registry import load_look
from render_server.passes.loader import ShotLoader
from render_server.scenes.demo import export_demo
from shot_format.blobs import sha256
from shot_format.errors import LimitError
from shot_format.folder import ShotFolder
from shot_format.messages import ColourKey
from shot_format.shot import ShotFile
from tests.look_training.studio import demo
from tests.server.harness import make_shot

BLUE = (60, 120, 200)
SIZE = (128, 72)


def cube() -> OpenShot:
    """A cube before nothing, captured in one colour all over."""
    made = make_shot(1)
    buffer = io.BytesIO()
    Image.new("RGB", (made.shot.width, made.shot.height), BLUE).save(buffer, "PNG")
    beauty = buffer.getvalue()
    blobs = {**made.blobs, sha256(beauty): beauty}
    frames = tuple(replace(frame, beauty=sha256(beauty)) for frame in made.frames)
    return OpenShot(ShotFile(made.shot, frames), blobs.__getitem__)


def test_colours_are_what_they_are_known_to_be() -> None:
    shot, grey = cube(), look_of({"palette": {"chroma": 0.0}})
    seen = see_palette(shot, grey, 1)
    (only,) = seen.objects
    assert (only.name, hex_of(only.blocking)) == ("cube", "#3c78c8")
    light = to_oklab(np.array(BLUE) / 255.0)[0]
    assert only.given == pytest.approx([light, 0, 0], abs=0.006)
    loader = ShotLoader(shot.file.shot, shot.read_blob, (seen.pictures[0].shape[1], seen.pictures[0].shape[0]))
    assert only.share == float((loader.opening(shot.file.frames[0])[1].object_id == 1).mean())
    sheet = draw_palette(seen)
    for place, colour in enumerate((only.blocking, only.given)):
        assert "#" + bytes(sheet[-MARGIN - 30, MARGIN + place * SWATCH + 20]).hex() == hex_of(colour)
    script = script_of(seen, shot, grey, 1)
    (line,) = script.objects
    assert (line.name, line.is_, line.to, line.blocking) == ("cube", hex_of(only.given), hex_of(only.given), "#3c78c8")


def test_objects_come_by_size_and_a_changed_script_does_what_it_says(tmp_path: Path) -> None:
    shot, oil = demo(1, SIZE), load_look("oil@1")
    seen = see_palette(shot, oil, 1001)
    shares = [each.share for each in seen.objects]
    assert shares == sorted(shares, reverse=True) and 10 < len(shares) <= 40 and sum(shares) <= 1 and len(seen.art) > 0
    text = script_text(script_of(seen, shot, oil, 1001))
    rug = next(each for each in seen.objects if each.name == "rug")
    (tmp_path / "colours.json").write_text(text.replace(f'"to": "{hex_of(rug.given)}"', '"to": "#4a8f86"', 1))
    keys = keys_of(read_script(tmp_path / "colours.json"))
    assert keys == (ColourKey("rug", 1001, hex_of(rug.given), "#4a8f86"),)
    after = see_palette(shot, oil, 1001, keys)
    for one, two in zip(seen.objects, after.objects, strict=True):
        wanted = to_oklab(np.array([0x4A, 0x8F, 0x86]) / 255.0) if one.name == "rug" else one.given
        assert np.linalg.norm(two.wanted - wanted) < (0.02 if one.name == "rug" else 1e-12)
    assert draw_palette(after).shape[1] == draw_palette(seen).shape[1]


def test_the_command_writes_both_and_never_over_a_changed_script(tmp_path: Path) -> None:
    export_demo(tmp_path / "shot", 1, SIZE)
    sheet = run_palette("ink", str(tmp_path / "shot"), None, tmp_path / "out", None, tmp_path / "data")
    script = tmp_path / "out" / "colours.json"
    assert Image.open(sheet).format == "PNG" and keys_of(read_script(script)) is None
    assert {line.name for line in read_script(script).objects} <= {mesh.name for mesh in ShotFolder(tmp_path / "shot").read().shot.meshes}
    run_palette("ink", str(tmp_path / "shot"), 1001, tmp_path / "out", None, tmp_path / "data")
    script.write_text(re.sub('"to": "#[0-9a-f]{6}"', '"to": "#123456"', script.read_text(), count=1))
    kept = script.read_bytes()
    with pytest.raises(LimitError, match="colours-there"):
        run_palette("oil", str(tmp_path / "shot"), None, tmp_path / "out", None, tmp_path / "data")
    assert script.read_bytes() == kept
