"""The work behind `paintover look palette`: a sheet to look at, and a colour script to change."""

from __future__ import annotations

from pathlib import Path

from render_server.cli.paintover import find_look, opened
from render_server.look_training.palette_sheet import draw_palette, script_of, see_palette
from render_server.look_training.previews import write_png
from render_server.looks.colour_script import ColourScript, keys_of, read_script, script_text
from shot_format.errors import LimitError
from shot_format.files import storage_errors, write_whole

SHEET, SCRIPT = "palette.png", "colours.json"


def run_palette(name: str, shot: str, number: int | None, out: Path, colours: Path | None, data: Path | None) -> Path:
    """Write both and give the sheet's place. colours: a script whose effect is shown; then none is written.

    Raises MissingError ("look-unknown", "paintover-no-frame", "colours-missing"), LimitError ("colours-there"), what reading raises.
    """
    look = find_look(name, data)
    script = read_script(colours) if colours else None
    with opened(shot, None) as (open_shot, _):
        at = open_shot.file.frames[0].number if number is None else number
        palettes = see_palette(open_shot, look, at, None if script is None else keys_of(script) or ())
        if script is None:
            _write_script(out / SCRIPT, script_of(palettes, open_shot, look, at))
    write_png(out / SHEET, draw_palette(palettes))
    return out / SHEET


def _write_script(place: Path, script: ColourScript) -> None:
    text = script_text(script).encode()
    with storage_errors(place):
        known = place.read_bytes() if place.is_file() else None
    if known is not None and known != text:
        raise LimitError(
            "colours-there",
            f"{place} is there already and is another script; nothing is written over it. Name another folder.",
        )
    write_whole(place, text)
