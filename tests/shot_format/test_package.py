"""The contract as a package: what it offers, what it imports, where it runs."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Optional

import pytest

import shot_format
from shot_format.errors import FormatError, LimitError, PaintoverError, ServerError
from shot_format.version import VERSION, fits

PACKAGE = Path(shot_format.__file__).parent
ROOT = PACKAGE.parent
EXPORTED = {
    "blobs": "Array Buffer JPEG PNG Points Topology image_type read_array read_points read_topology sha256 write_array write_points "
    "write_topology",
    "codec": "Reader Rules decode encode from_json parse rules split_rules to_json type_hints",
    "errors": "CancelledError FormatError LimitError MissingError PaintoverError ServerError StorageError",
    "files": "PARTIAL storage_errors swap_folder sync_folder write_whole",
    "folder": "ShotFolder check_frame check_frames check_shot",
    "limits": "FRAME_NUMBER MAX_BEAUTY_BYTES MAX_BLEND_KEYS MAX_BLOB_BYTES MAX_CHARACTERS MAX_COLOURS_BYTES MAX_COLOUR_KEYS MAX_FRAMES "
    "MAX_FRAME_JSON_BYTES MAX_JSON_BYTES MAX_JSON_DEPTH MAX_MESHES MAX_NAME MAX_PACK_BYTES MAX_SIDE MAX_SKIPPED MAX_TRIANGLES "
    "MAX_VERTICES MIN_SIDE",
    "joint_names": "BODY COCO_18 ENOUGH JointMatch LIMBS NO_MATCH bare_name key_points match_joints",
    "messages": "Blend BlendKey BlobsRequest ClaimRequest ColourKey EVENT_TYPES EXPORT_STATES Event ExportStatus FrameStatus HexColour "
    "JOB_STATES Job JobRequest JobState LOOK LOOK_STATES Lack Lease LeasedFrames LookInfo LookName PASS_FILES PaintedFrame PassFile "
    "Problem Proof ProvenFrame Recipe ShotStatus SignedProof",
    "pass_names": "EXPORT_FILE PICTURES pass_file_name",
    "pack": "HEAD_BYTES read_pack write_pack",
    "schema": "json_schema",
    "shot": "Byte Camera CharacterPose Colour FORMAT_VERSION FilmBack Frame FrameNumber IDENTITY Id Joint Matrix Mesh MeshState Name "
    "ObjectId PassBlobs Positive Rational Score Sha256 Shot ShotFile Side Skipped Source frame_blobs",
    "version": "VERSION fits",
}


def trees() -> dict[str, ast.Module]:
    return {path.stem: ast.parse(path.read_text("utf-8")) for path in PACKAGE.glob("*.py")}


@pytest.mark.parametrize("module", EXPORTED)
def test_exported_names(module: str) -> None:
    """A name that another program may use is not lost, and none is added, without somebody meaning it."""
    assert sorted(_public(trees()[module])) == sorted(EXPORTED[module].split())


def _public(tree: ast.Module) -> set[str]:
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            names |= {each.id for each in ast.walk(target) if isinstance(each, ast.Name)} if target else set()
    return {name for name in names if not name.startswith("_") and name != "T"}


def test_only_the_standard_library_is_imported() -> None:
    standard = getattr(sys, "stdlib_module_names", None)
    if standard is None:
        pytest.skip("this Python does not list its own modules")
    for stem, tree in trees().items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in {*standard, "shot_format"}, f"{stem} imports {name}"


EVERYTHING = """
import importlib, json, sys, tempfile
from pathlib import Path
for name in {modules!r}:
    importlib.import_module("shot_format." + name)
from shot_format.codec import from_json, to_json
from shot_format.messages import LeasedFrames
from shot_format.schema import json_schema
from shot_format.shot import ShotFile
file = from_json(ShotFile, sys.stdin.buffer.read(), 1 << 24, "shot")
print(json.dumps([sys.version_info[:2], to_json(file), json_schema(), json_schema(LeasedFrames)]))
"""


def test_it_runs_on_python_3_9() -> None:
    python = _python_3_9()
    if python is None:
        pytest.skip("there is no Python 3.9 here")
    from shot_format.codec import to_json
    from shot_format.messages import LeasedFrames
    from shot_format.schema import json_schema
    from shot_format.shot import ShotFile
    from tests.client.shots import make_frames, make_head

    text = to_json(ShotFile(make_head(), tuple(frame for frame, _ in make_frames(make_head()))))
    modules = sorted(set(trees()) - {"__init__"})
    command = [python, "-c", EVERYTHING.format(modules=modules)]
    done = subprocess.run(command, input=text.encode(), capture_output=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    told = [[3, 9], text, json_schema(), json_schema(LeasedFrames)]
    assert json.loads(done.stdout) == json.loads(json.dumps(told))


def _python_3_9() -> Optional[str]:
    candidates = [os.environ.get("PAINTOVER_PYTHON_39"), shutil.which("python3.9")]
    candidates += [str(path) for path in Path.home().glob(".pyenv/versions/3.9.*/bin/python")]
    return next((each for each in candidates if each and _runs(each)), None)


def _runs(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, timeout=60).returncode == 0


def test_errors_survive_the_way_between_processes() -> None:
    for error in (FormatError("a-code", "A sentence."), LimitError("b", "B."), ServerError("c", "C.", 409)):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert type(again) is type(error) and vars(again) == vars(error) and str(again) == str(error)


def test_every_error_is_of_the_tree_that_the_module_draws() -> None:
    module = importlib.import_module("shot_format.errors")
    kinds = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, PaintoverError)]
    assert sorted(kind.__name__ for kind in kinds) == sorted(re.findall(r"\w+Error", module.__doc__ or ""))


def test_one_version_for_all() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'\nversion = "{VERSION}"\n' in project


@pytest.mark.parametrize(
    ("ours", "theirs", "right"), [("0.1.0", "0.1.9", True), ("0.1.0", "0.2.0", False), ("1.0", "2.0", False), ("0.1.0", "", False)]
)
def test_versions_fit(ours: str, theirs: str, right: bool) -> None:
    assert fits(ours, theirs) is right
