"""What the whole scene says of a shot: frame rate, up axis, name."""

from __future__ import annotations

import re
from pathlib import PurePath

from maya import cmds

from shot_format.errors import FormatError
from shot_format.shot import Rational

RATES = {
    "game": 15, "film": 24, "pal": 25, "ntsc": 30, "show": 48, "palf": 50, "ntscf": 60, "sec": 1, "millisec": 1000,
}  # fmt: skip
NTSC = {"23.976": 24, "29.97": 30, "47.952": 48, "59.94": 60}


def frame_rate() -> Rational:
    """Frames a second. Raises FormatError ("rate-wrong") for time units that have none."""
    unit = str(cmds.currentUnit(query=True, time=True))
    if unit in RATES:
        return Rational(RATES[unit])
    number = re.fullmatch(r"([0-9.]+)(fps|df)", unit)
    if number and number[1] in NTSC:
        return Rational(NTSC[number[1]] * 1000, 1001)
    if number and float(number[1]).is_integer():
        return Rational(int(float(number[1])))
    raise FormatError("rate-wrong", f"The scene's time unit '{unit}' is no number of frames a second; choose one in the preferences.")


def up_axis() -> str:
    """Whether y or z is up."""
    return str(cmds.upAxis(query=True, axis=True))


def scene_name() -> str:
    """The scene's name without folder and ending; "untitled" where it was never saved."""
    return PurePath(str(cmds.file(query=True, sceneName=True) or "untitled")).stem


def software() -> str:
    """Maya and its version."""
    return f"Maya {cmds.about(version=True)}"


def is_batch() -> bool:
    """Whether there is no window, and no viewport to draw in."""
    return bool(cmds.about(batch=True))
