"""Where a look comes from: the art it was trained on, what was run, on which machine, and what that cost. Part of its look.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Optional

from shot_format.codec import rules
from shot_format.shot import Name, Sha256


@dataclass(frozen=True)
class Cost:
    """What a training took. joules: None where no driver told."""

    seconds: Annotated[float, rules(minimum=0)]
    joules: Optional[Annotated[float, rules(minimum=0)]] = None


@dataclass(frozen=True)
class ArtPiece:
    """One piece of art that taught the look. Owner, licence and consent stand in the manifest; the first two are repeated here."""

    sha256: Sha256
    title: Name
    owner: Name
    licence: Name


@dataclass(frozen=True)
class Training:
    """How a look was made: enough to say so to a lawyer, and to make it again.

    art_manifest_sha256: of the art collection's manifest as it was then; base_sha256: of the base network's weights, None where the look
    has weights of its own; settings: as they were given, by name; overrides: rights that were overridden, in the words of whoever did.
    """

    art_manifest_sha256: Sha256
    art: Annotated[tuple[ArtPiece, ...], rules(minItems=1, maxItems=10_000)]
    code_version: Name
    settings: dict[str, str]
    seed: int
    hardware: Name
    cost: Cost
    finished: Name  # UTC, ISO 8601
    base_sha256: Optional[Sha256] = None
    figures: dict[str, float] = field(default_factory=dict)
    overrides: tuple[Name, ...] = ()
