"""A take that was not finished, because its Maya or its server went away: what is needed to go on with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from maya_plugin.client import Connection, shot_status
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.shelf_of_takes import TakeRow, every_row
from maya_plugin.workflow.takes import StoredTake, list_takes
from maya_plugin.workflow.workplace import JointMap
from shot_format.errors import ServerError
from shot_format.shot import Shot


def unfinished_of(places: Iterable[Path], scene: str, camera: str) -> Optional[TakeRow]:
    """The newest take of a shot in any of these places, if it was not finished."""
    newest = next(iter(every_row(places, scene, camera)), None)
    return newest if newest is not None and newest.take.record.unfinished else None


def held_of(line: Connection, take: StoredTake) -> Optional[Shot]:
    """The take's shot, where the server has all of it: then nothing is left to be captured."""
    if take.record.since is not None:
        return None  # what changed is known only when all is captured
    try:
        held = shot_status(line, take.record.shot)
    except ServerError:
        return None
    return held.shot if held.closed else None


def earlier_of(take: StoredTake) -> Optional[StoredTake]:
    """The earlier take whose frames are kept, if it was begun so."""
    return next((each for each in list_takes(take.folder.parent) if each.name == take.record.since), None)


def request_of(take: StoredTake, size: tuple[int, int], pixel_aspect: float, joints: JointMap) -> CaptureRequest:
    """What it was captured as, under its shot's name. size, pixel_aspect, joints: what the scene and the artist say, where it does not."""
    record = take.record
    width, height = record.recipe.width or size[0], record.recipe.height or size[1]
    return CaptureRequest(record.camera, record.first, record.last, width, height, pixel_aspect, shot_id=record.shot, joints=joints)
