"""A colour script: the file in which an artist says which objects of a shot are to have another colour than the look gives them.

`paintover look palette` writes one with every object as it is; what is changed in it becomes part of the recipe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Optional

from shot_format.codec import decode, encode, parse, rules, to_json
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors
from shot_format.limits import MAX_COLOUR_KEYS, MAX_COLOURS_BYTES
from shot_format.messages import ColourKey, LookName
from shot_format.shot import FrameNumber, Name

MAX_LINES = 1024  # of a script; those that change nothing are not kept
MAX_SCRIPT_BYTES = 1024 * 1024

Hex = Annotated[str, rules(pattern="#[0-9a-fA-F]{6}")]


@dataclass(frozen=True)
class Line:
    """One object: the colour that the look gives it, and the one that it shall have. blocking, share: for people."""

    name: Name
    is_: Hex  # "is" in the file
    to: Hex
    from_frame: Optional[FrameNumber] = None  # the script's own frame where None
    blocking: Optional[Hex] = None
    share: Optional[float] = None  # of the picture


@dataclass(frozen=True)
class ColourScript:
    """The whole file. frame: at which the colours were seen."""

    shot: Name
    look: LookName
    frame: FrameNumber
    objects: Annotated[tuple[Line, ...], rules(maxItems=MAX_LINES)]
    format: Annotated[int, rules(minimum=1, maximum=1)] = 1


def script_text(script: ColourScript) -> str:
    """The file's text, a line an object, so that lines can be changed and deleted by hand."""
    head = {name: value for name, value in encode(script).items() if name != "objects"}
    lines = (json.dumps(_renamed(encode(line), "is_", "is"), ensure_ascii=False) for line in script.objects)
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "objects": [\n ' + ",\n ".join(lines) + "\n]}\n"


def read_script(path: Path) -> ColourScript:
    """Raises MissingError ("colours-missing"), FormatError ("json-broken", "field-…"), LimitError ("json-too-large")."""
    if not path.is_file():
        raise MissingError("colours-missing", f"There is no colour script {path}; 'paintover look palette' writes one.")
    with storage_errors(path), path.open("rb") as file:
        data = file.read(MAX_SCRIPT_BYTES + 1)
    whole = re.sub(rb",(?=\s*\n\s*\])", b"", data)  # left where the last line was deleted; no text of JSON goes over a line's end
    fields = parse(whole, MAX_SCRIPT_BYTES, path.name)
    if isinstance(fields, dict) and isinstance(fields.get("objects"), list):
        fields["objects"] = [_renamed(each, "is", "is_") if isinstance(each, dict) else each for each in fields["objects"]]
    return decode(ColourScript, fields, path.name)


def keys_of(script: ColourScript) -> tuple[ColourKey, ...] | None:
    """What a recipe says of a script: the objects that are changed; None where there is none. Raises what `check_keys` raises."""
    found = [
        ColourKey(line.name, script.frame if line.from_frame is None else line.from_frame, line.is_.lower(), line.to.lower())
        for line in script.objects
    ]
    changed = {key.object for key in found if key.given != key.wanted}
    keys = tuple(sorted((key for key in found if key.object in changed), key=_place))
    check_keys(keys)
    return keys or None


def check_keys(keys: Sequence[ColourKey]) -> None:
    """Raises FormatError ("colours-keys") where they are not in order or one comes twice, LimitError ("colours-large")."""
    for before, key in pairwise(keys):
        if _place(before) >= _place(key):
            raise FormatError(
                "colours-keys", f"The colour script has '{key.object}' at frame {key.frame} twice, or not in the order of names and frames."
            )
    if len(keys) > MAX_COLOUR_KEYS or len(to_json(keys).encode()) > MAX_COLOURS_BYTES:
        raise LimitError(
            "colours-large",
            f"The colour script changes too much: {MAX_COLOUR_KEYS} lines and {MAX_COLOURS_BYTES >> 10} KiB are what a frame can tell of.",
        )


def _place(key: ColourKey) -> tuple[str, int]:
    return key.object, key.frame


def _renamed(fields: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in fields.items()}
