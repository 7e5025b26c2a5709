"""A look of a show, such as hero/wash@3, on its way through the plug-in: its slash never makes a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from maya_plugin.client.jobs import content_key
from maya_plugin.workflow.changed import can_keep
from maya_plugin.workflow.server_watch import ServerState, look_name
from maya_plugin.workflow.takes import FrameContent, TakeRecord, list_takes, new_take, shot_folder
from shot_format.messages import LookInfo, Recipe

WASH = LookInfo("hero/wash", 3, "Wash", "Thin.", "ab" * 32, "cd" * 32, "candidate", "candidate on 2026-11-25 by ana: trained")
RECIPE = Recipe("hero/wash@3", model_sha256="ab" * 32, look_sha256="cd" * 32)


def test_a_take_lies_where_any_take_lies(tmp_path: Path) -> None:
    root = shot_folder(tmp_path, "scene", "camera")
    record = TakeRecord("shot", "camera", 1, 2, RECIPE)
    folder = new_take(root, record)
    assert folder == root / "v001" and [path.name for path in folder.iterdir()] == ["take.json"]
    assert [take.record for take in list_takes(root)] == [record]


def test_the_panel_finds_it_by_the_name_that_a_recipe_has() -> None:
    server = ServerState("ready", looks=(WASH,))
    assert look_name(WASH) == RECIPE.look
    assert server.look("hero/wash@3") is WASH and server.look("hero/wash") is WASH and server.look("wash@3") is None


def test_a_take_is_kept_only_while_the_look_is_the_very_same() -> None:
    record = TakeRecord("shot", "camera", 1, 2, RECIPE, contents=(FrameContent(1, "ef" * 32),))
    assert can_keep(record, Recipe("hero/wash@3"), WASH)
    assert not can_keep(record, Recipe("hero/wash@3"), replace(WASH, sha256="01" * 32))
    assert can_keep(replace(record, recipe=replace(RECIPE, look_sha256=None)), Recipe("hero/wash@3"), WASH)  # made by an older server


def test_another_content_is_another_take() -> None:
    keys = {content_key("shot", Recipe("hero/wash"), (look,)) for look in (WASH, replace(WASH, sha256="01" * 32))}
    assert len(keys) == 2
