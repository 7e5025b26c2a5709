"""The page docs/shot-format.md and the schema beside it say what the code does."""

from __future__ import annotations

import copy
import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from render_server.passes.loader import ShotLoader
from render_server.scenes.demo import demo_shot, iter_demo_frames
from shot_format import limits
from shot_format.codec import decode, encode, type_hints
from shot_format.errors import FormatError
from shot_format.folder import ShotFolder
from shot_format.joint_names import COCO_18
from shot_format.schema import json_schema
from shot_format.shot import Camera, CharacterPose, FilmBack, Frame, Mesh, MeshState, PassBlobs, Rational, Shot, ShotFile, Skipped, Source

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "shot-format.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs" / "shot.schema.json").read_text(encoding="utf-8"))
TYPES = (Shot, Rational, Source, Mesh, Skipped, Frame, Camera, FilmBack, MeshState, CharacterPose, PassBlobs)


@pytest.fixture(scope="module")
def cube(tmp_path_factory: pytest.TempPathFactory) -> ShotFolder:
    """The shot that the page's exporter writes, run by a Python without any package."""
    folder = tmp_path_factory.mktemp("page")
    script = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(script) == 1
    (folder / "exporter.py").write_text(script[0], encoding="utf-8")
    subprocess.run([sys.executable, "-I", "-S", str(folder / "exporter.py"), str(folder / "cube")], check=True)
    return ShotFolder(folder / "cube")


def test_the_page_s_exporter_writes_a_valid_shot(cube: ShotFolder) -> None:
    file = cube.verify()
    assert len(file.frames) == 24 and file.shot.name == "A cube"


def test_the_page_s_cube_stands_in_the_picture_and_turns(cube: ShotFolder) -> None:
    file = cube.read()
    (_, passes), (_, after), *_ = ShotLoader(file.shot, cube.read_blob).passes(file.frames[:3])
    middle = passes.depth[180, 320]
    assert 6.5 < middle < 7.1  # a cube of side 2, eight units away
    assert (passes.normal[passes.object_id == 1, 2] > 0).all()
    assert passes.motion_forward[180, 320, 0] > 1 and abs(passes.motion_forward[180, 320, 1]) < 0.5
    assert np.abs(passes.rest_position[passes.object_id == 1]).max() <= 2**0.5 + 1e-5
    assert after.number == 2


def test_the_page_s_exporter_is_short() -> None:
    lines = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
    assert len([line for line in lines if line.strip()]) <= 40


def test_the_page_names_every_field() -> None:
    fields = {name for kind in TYPES for name in type_hints(kind)}
    assert {name for name in fields if f"`{name}`" not in PAGE} == set()


def test_the_page_names_every_code() -> None:
    sources = [
        "shot_format/blobs.py",
        "shot_format/codec.py",
        "shot_format/folder.py",
        "render_server/passes/meshes.py",
        "render_server/passes/pictures.py",
    ]
    used = {code for source in sources for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', (ROOT / source).read_text(encoding="utf-8"))}
    assert {code for code in used if f"`{code}`" not in PAGE} == set()


def test_the_page_s_limits_and_key_points_are_the_code_s() -> None:
    for value in (limits.MAX_SIDE, limits.MAX_FRAMES, limits.MAX_MESHES, limits.MAX_CHARACTERS, limits.MAX_SKIPPED, limits.MAX_NAME):
        assert re.search(rf"\b{value}\b", PAGE)
    for number, name in enumerate(COCO_18):
        assert f"{number} {name.replace('_', ' ')} |" in PAGE


def test_the_schema_is_up_to_date() -> None:
    assert json_schema() == SCHEMA, "run: python -m shot_format.schema > docs/shot.schema.json"
    done = subprocess.run([sys.executable, "-m", "shot_format.schema"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout) == SCHEMA


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    """Two frames of the demo, with few meshes and one field of every kind, as plain JSON."""
    shot = encode(demo_shot(2))
    frames = [encode(frame) for frame, _ in iter_demo_frames(2)]
    kept = [m["object_id"] for m in shot["meshes"][:2]] + [shot["meshes"][-1]["object_id"]]
    shot["meshes"] = [m for m in shot["meshes"] if m["object_id"] in kept]
    shot["skipped"] = [{"name": "fur", "reason": "no geometry"}]
    for frame in frames:
        frame["meshes"] = [m for m in frame["meshes"] if m["object_id"] in kept]
        frame["beauty"] = "a" * 64
        frame["passes"] = {"depth": "b" * 64}
    return {"shot": shot, "frames": frames}


def by_codec(data: Any) -> bool:
    try:
        decode(ShotFile, data, "shot.json")
    except FormatError:
        return False
    return True


CHECKER = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_accepts_the_whole_demo() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    frames = tuple(frame for frame, _ in iter_demo_frames(2))
    CHECKER.validate(json.loads(json.dumps(encode(ShotFile(demo_shot(2), frames)))))


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] + [place for key, value in inner for place in places(value, (*path, key))]


WRONG: list[Any] = [None, True, -1, 0, 7, 2.5, 1e9, 70_000, "", "x", "Z" * 64, "a" * 2000, [], [1, 2, 3], {}, {"numerator": 1}]


def test_the_schema_and_the_codec_judge_alike(demo: dict[str, Any]) -> None:
    chance = random.Random(11)
    everywhere = [place for place in places(demo) if place]
    verdicts = []
    for _ in range(600):
        changed = copy.deepcopy(demo)
        *above, last = chance.choice(everywhere)
        parent = changed
        for key in above:
            parent = parent[key]
        kind = chance.randrange(4)
        if kind == 0:
            del parent[last]
        elif kind == 1 and isinstance(parent, dict):
            parent["unknown_field"] = 1
        else:
            parent[last] = chance.choice(WRONG)
        verdicts.append((CHECKER.is_valid(changed), by_codec(changed)))
        assert verdicts[-1][0] == verdicts[-1][1], f"{above}, {last}: {parent}"
    assert by_codec(demo) and CHECKER.is_valid(demo)
    assert sum(ours for _, ours in verdicts) > 20 and sum(not ours for _, ours in verdicts) > 300
