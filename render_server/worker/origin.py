"""Says in each frame where it comes from, as the worker knows it: the look it loaded, the shot it was lent, the software it runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render_server.looks.install import base_of
from render_server.looks.registry import Look
from render_server.provenance.metadata import metadata_chunks
from render_server.provenance.record import FrameRecord, pixels_sha256, shot_sha256, software_versions
from render_server.video_models.base import VideoModel
from shot_format.messages import Recipe
from shot_format.shot import Shot


@dataclass(frozen=True)
class Origin:
    """What is the same for every frame of a job."""

    recipe: Recipe
    shot_sha256: str
    base_sha256: str | None
    art_manifest_sha256: str | None
    blend_art_manifest_sha256: str | None = None

    @classmethod
    def of(cls, recipe: Recipe, shot: Shot, model: VideoModel) -> Origin:
        """Read it from what paints; a model without a look says nothing of base and art."""
        look = getattr(model, "look", None)
        if not isinstance(look, Look):
            return cls(recipe, shot_sha256(shot), None, None)
        base, second = base_of(look.folder), getattr(model, "second", None)
        art = [each.training.art_manifest_sha256 if isinstance(each, Look) and each.training else None for each in (look, second)]
        return cls(recipe, shot_sha256(shot), base.sha256 if base else None, *art)

    def chunks(self, number: int, picture: NDArray[np.uint8], source_sha256: str) -> bytes:
        """The metadata of one frame, as chunks of its PNG."""
        height, width = picture.shape[:2]
        record = FrameRecord(
            frame=number,
            width=width,
            height=height,
            pixels_sha256=pixels_sha256(width, height, np.ascontiguousarray(picture).tobytes()),
            recipe=self.recipe,
            shot_sha256=self.shot_sha256,
            source_sha256=source_sha256,
            software=dict(software_versions()),
            base_sha256=self.base_sha256,
            art_manifest_sha256=self.art_manifest_sha256,
            blend_art_manifest_sha256=self.blend_art_manifest_sha256,
        )
        return metadata_chunks(record)
