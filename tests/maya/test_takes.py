"""Takes on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maya_plugin.workflow.takes import TakeRecord, delete_take, list_takes, new_take, shot_folder, take_root, write_record
from shot_format.errors import StorageError
from shot_format.messages import Recipe

RECORD = TakeRecord("shot-1", "crane", 1001, 1003, Recipe("oil", seed=3))


def test_every_take_has_a_new_folder_also_after_one_was_deleted(tmp_path: Path) -> None:
    folders = [new_take(tmp_path, RECORD) for _ in range(3)]
    assert [folder.name for folder in folders] == ["v001", "v002", "v003"]
    delete_take(list_takes(tmp_path)[1])
    assert new_take(tmp_path, RECORD).name == "v004"
    assert [take.folder.name for take in list_takes(tmp_path)] == ["v001", "v003", "v004"]


def test_a_take_says_what_it_is_and_which_frames_it_has(tmp_path: Path) -> None:
    folder = new_take(tmp_path, RECORD)
    done = TakeRecord("shot-1", "crane", 1001, 1003, RECORD.recipe, "job-1")
    write_record(folder, done)
    for number in (1003, 999, 1001):
        (folder / f"painted.{number}.png").write_bytes(b"x")
    take = list_takes(tmp_path)[0]
    assert take.record == done and [path.name for path in take.frames] == [f"painted.{n}.png" for n in (999, 1001, 1003)]


def test_folders_that_are_no_takes_are_passed_over(tmp_path: Path) -> None:
    new_take(tmp_path, RECORD)
    (tmp_path / "v002").mkdir()
    (tmp_path / "v003").mkdir()
    (tmp_path / "v003" / "take.json").write_text("{")
    (tmp_path / "notes").mkdir()
    assert [take.folder.name for take in list_takes(tmp_path)] == ["v001"]
    assert new_take(tmp_path, RECORD).name == "v004"


def test_the_first_place_that_can_be_written_to_is_taken(tmp_path: Path) -> None:
    locked = tmp_path / "a file"
    locked.write_text("in the way")
    root = take_root([locked, tmp_path / "home"], "Szene Ä 1.ma", "ns:cam|camShape")
    assert root == tmp_path / "home" / "paintover" / "Szene_Ä_1.ma" / "ns_cam_camShape" and root.is_dir() and not list(root.iterdir())
    with pytest.raises(StorageError):
        take_root([locked], "scene", "camera")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_project_is_passed_over(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir(mode=0o555)
    assert take_root([project, tmp_path], "scene", "camera").is_relative_to(tmp_path / "paintover")


def test_paths_are_short_enough_for_windows_where_the_place_leaves_room() -> None:
    deep = Path("C:/Projekte Ünï/" + "sub folder/" * 10)
    long = "s010_" + "a very long name " * 6
    assert len(str(deep)) > 110
    root = shot_folder(deep, long, f"{long}:cam")
    assert len(str(root)) + len("/v001/.painting/.partial-0123456789abcdef") <= 259
    assert root != shot_folder(deep, long[:-30] + "b", f"{long}:cam"), "two scenes share a folder"
    assert root == shot_folder(deep, long, f"{long}:cam") and root.parent.name.startswith("s010_a_very")
    assert shot_folder(Path("C:/show"), "s010", "crane") == Path("C:/show/paintover/s010/crane")
