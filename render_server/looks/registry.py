"""The looks that are there. Standard library only: the web half lists looks without numpy or torch.

A look is a folder named like oil@1 with look.json, weights.safetensors, thumbnail.png and MODEL_CARD.md; config.json too where its weights
are whole and not changes to a base, which is a folder without look.json, like painter@1. Looks come from this package and from every folder
in PAINTOVER_LOOKS; in a name that exists twice, the first found counts. A look that belongs to a show is named like hero/wash@3 and lies
in a folder of the show's name; no other name makes a folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render_server.looks.lineage import Training
from shot_format.codec import decode
from shot_format.errors import FormatError, MissingError, PaintoverError
from shot_format.messages import LOOK

OWN_LOOKS = Path(__file__).parent / "data"
GROUND, LINE = (0.97, 0.0, 0.01), (0.2, 0.0, 0.0)  # OKLab, where a look does not say


@dataclass(frozen=True)
class Look:
    """A trained style at a version."""

    name: str
    version: int
    title: str
    description: str
    folder: Path
    palette: dict[str, Any]  # for looks.palette
    strokes: dict[str, Any]  # for video_models.painter.settings
    recipe: dict[str, Any]  # defaults for what a recipe leaves open
    tuning: dict[str, Any]  # for looks.palette; empty: none
    light: dict[str, Any]  # for looks.moods; empty: the blocking's own
    ground: tuple[float, float, float]  # OKLab, of the paper or canvas ...
    line: tuple[float, float, float]  # ... and of lines
    model_sha256: str  # of weights.safetensors
    lineage: tuple[dict[str, Any], ...]  # what it was trained on, each with owner and licence
    licence: str
    training: Training | None = None  # None for looks that ship
    for_shot: dict[str, str] | None = None  # id and name of the one shot that it is a correction for; None: for any

    @property
    def show(self) -> str | None:
        """The show that it belongs to; None: all of them."""
        return self.name.rpartition("/")[0] or None

    @property
    def key(self) -> str:
        """Name and version, like oil@1."""
        return f"{self.name}@{self.version}"

    @property
    def file_name(self) -> str:
        """The key as a file's name: a show's slash makes no folder."""
        return self.key.replace("/", ".")

    def stranger(self, shot_id: str, shot_name: str) -> str:
        """What is to be said where a correction for one shot paints another; nothing where it need not be."""
        own = self.for_shot
        if own is None or own.get("id") == shot_id or own.get("name") == shot_name:
            return ""
        return f"The look {self.key} was corrected for the shot '{own.get('name', '')}' alone; in this one nobody has seen it."

    @property
    def thumbnail(self) -> Path:
        """A small picture of the look."""
        return self.folder / "thumbnail.png"


def looks_folders() -> tuple[Path, ...]:
    """Where looks are sought: PAINTOVER_LOOKS, then this package."""
    extra = os.environ.get("PAINTOVER_LOOKS", "")
    return (*(Path(part) for part in extra.split(os.pathsep) if part), OWN_LOOKS)


def look_folders(root: Path) -> Iterator[Path]:
    """Every look's folder below a place, those of shows too; what is just being written is passed over."""
    for path in sorted([*root.glob("*/look.json"), *root.glob("*/*/look.json")]):
        if not any(part.startswith(".") for part in path.relative_to(root).parts):
            yield path.parent


def read_placed(root: Path, folder: Path) -> Look:
    """Read a look's folder below a place; one of a show must lie where its name says. Raises FormatError ("look-broken")."""
    look, where = read_look(folder), folder.relative_to(root).as_posix()
    if ("/" in where or look.show) and where != look.key:
        raise FormatError("look-broken", f"The look in {where} says that it is {look.key}; put it where its name says.")
    return look


def list_looks(folders: Sequence[Path] | None = None, on_broken: Callable[[PaintoverError], None] | None = None) -> tuple[Look, ...]:
    """Every look, by name and then the newest version first. on_broken: told of one that cannot be read, which is then passed over."""
    found: dict[str, Look] = {}
    for root in looks_folders() if folders is None else folders:
        for folder in look_folders(root):
            try:
                look = read_placed(root, folder)
                found.setdefault(look.key, look)
            except PaintoverError as error:
                if on_broken is None:
                    raise
                on_broken(error)
    return tuple(sorted(found.values(), key=lambda look: (look.name, -look.version)))


def load_look(name: str, folders: Sequence[Path] | None = None) -> Look:
    """The look of a name like oil@1, or the newest version of a name like oil. Raises MissingError ("look-unknown"), FormatError."""
    places = looks_folders() if folders is None else folders
    for root in places if re.fullmatch(LOOK, name) and "@" in name else ():  # no other look's fault can keep this one away
        if (root / name / "look.json").is_file() and (look := read_placed(root, root / name)).key == name:
            return look
    looks = list_looks(places)
    for look in looks:
        if name in (look.key, look.name):
            return look
    there = ", ".join(look.key for look in looks) or "none"
    raise MissingError("look-unknown", f'There is no look "{name}"; there are: {there}.')


def _colour(value: Sequence[float]) -> tuple[float, float, float]:
    lightness, a, b = (float(number) for number in value)
    return lightness, a, b


def read_look(folder: Path) -> Look:
    """Read one look's folder."""
    try:
        fields = json.loads((folder / "look.json").read_text(encoding="utf-8"))
        if not re.fullmatch(LOOK, f"{fields['name']}@{int(fields['version'])}"):
            raise ValueError("its name is none")
        return Look(
            name=str(fields["name"]), version=int(fields["version"]), title=str(fields["title"]), description=str(fields["description"]),
            folder=folder, palette=dict(fields["palette"]), strokes=dict(fields["strokes"]), recipe=dict(fields["recipe"]),
            tuning=dict(fields.get("tuning", {})), light=dict(fields.get("light", {})),
            ground=_colour(fields.get("ground", GROUND)), line=_colour(fields.get("line", LINE)),
            model_sha256=str(fields["model_sha256"]), lineage=tuple(fields["lineage"]),
            licence=str(fields["licence"]),
            training=decode(Training, fields["training"], "training") if "training" in fields else None,
            for_shot={key: str(value) for key, value in fields["for_shot"].items()} if fields.get("for_shot") else None,
        )  # fmt: skip
    except (FormatError, OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(
            "look-broken", f"The look in {folder.name} cannot be read ({error}); install it again or take it away."
        ) from error
