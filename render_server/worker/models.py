"""Which video model paints a look, loaded once and kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch

from render_server.looks.content import content_sha256, members
from render_server.looks.registry import Look, list_looks, load_look
from render_server.video_models.base import VideoModel
from render_server.video_models.painter.blending import BlendedPainter
from render_server.video_models.painter.model import Painter
from render_server.worker.rehearsal import rehearse
from shot_format.blobs import sha256
from shot_format.errors import FormatError
from shot_format.messages import Blend, Recipe

KEPT = 2  # models in memory at once

_log = logging.getLogger("paintover.worker")


class Models:
    """The models of the looks in some folders, or of those that ship where `folders` is None."""

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        self._folders = folders
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._loaded: dict[str, VideoModel] = {}

    def warm_up(self) -> None:
        """Load the first look's model and paint with it, before the first job asks for it."""
        looks = list_looks(self._folders, on_broken=lambda error: _log.warning("%s", error))
        if looks:
            rehearse(self._load(looks[0], None), looks[0].key)

    def of(self, recipe: Recipe) -> VideoModel:
        """Give the model that a recipe asks for. Raises MissingError ("look-unknown"), FormatError ("look-changed", "blend-bases", …)."""
        look = self._look(recipe)
        if recipe.blend is None:
            return self._load(look, recipe.look_sha256)
        return self._load(look, recipe.look_sha256, self._look(recipe.blend), recipe.blend.look_sha256)

    def _look(self, named: Recipe | Blend) -> Look:
        look = load_look(named.look, self._folders)
        if named.model_sha256 != look.model_sha256:
            raise FormatError(
                "look-changed", f"The worker's look {look.key} has another model than the server's; install the same on both."
            )
        return look

    def _load(self, look: Look, sha256: str | None, second: Look | None = None, second_sha256: str | None = None) -> VideoModel:
        pairs = [(look, sha256), *([(second, second_sha256)] if second else [])]
        key = " + ".join(f"{each.key} {each.model_sha256} {named}" for each, named in pairs)
        model = self._loaded.pop(key, None) or _painter(pairs, self._device)
        self._loaded[key] = model
        while len(self._loaded) > KEPT:
            del self._loaded[next(iter(self._loaded))]
        return model


def _painter(pairs: Sequence[tuple[Look, str | None]], device: str) -> VideoModel:
    """What paints in one look, or in two; each with the hash that its files must have."""
    for look, look_sha256 in pairs:
        _check(look, look_sha256)
    looks = [look for look, _ in pairs]
    model = BlendedPainter(looks[0], looks[1], device) if len(looks) > 1 else Painter(looks[0], device)
    return cast(VideoModel, model)  # it takes its own states back, which the protocol cannot say


def _check(look: Look, look_sha256: str | None) -> None:
    if look_sha256 is not None and content_sha256(members(look.folder)) != look_sha256:
        raise FormatError("look-changed", f"The files of the look {look.key} are not those that the recipe names; install it again.")
    weights = look.folder / "weights.safetensors"
    if weights.is_file() and sha256(weights.read_bytes()) != look.model_sha256:
        raise FormatError("look-changed", f"The weights of the look {look.key} are not those that it names; install it again.")
