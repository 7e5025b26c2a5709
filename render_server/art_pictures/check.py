"""Goes through a collection before it is trained on: measures every piece in use, and says what was found."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import Image

from render_server.art.manifest import Manifest, Piece, manifest_hash
from render_server.art.rights import gaps
from render_server.art.store import Collection
from render_server.art_pictures.family import Kinship, kinship, ready
from render_server.art_pictures.findings import (
    LEVELS,
    Finding,
    kin_finding,
    picture_findings,
    rights_findings,
    twin_findings,
)
from render_server.art_pictures.measure import Measured, fitted, measure
from render_server.art_pictures.read import read_picture, shown
from render_server.passes.geometry import UInt8
from shot_format.errors import FormatError, MissingError

THUMBNAIL = (720, 540)  # pixels, at most
THUMBNAIL_QUALITY = 86


@dataclass(frozen=True)
class Reviewed:
    """One piece, what is measured and found of it, the worst first, and a small JPEG of it. None where it cannot be read."""

    piece: Piece
    findings: tuple[Finding, ...]
    measured: Measured | None = None
    kin: Kinship | None = None
    thumbnail: bytes = b""

    @property
    def level(self) -> str:
        """The worst of what was found; "good" where nothing is, or only what is noted for the record."""
        return self.findings[0].level if self.findings and self.findings[0].level != "note" else "good"


@dataclass(frozen=True)
class Review:
    """A collection, gone through."""

    manifest: Manifest
    show: str | None
    pieces: tuple[Reviewed, ...]

    @property
    def sha256(self) -> str:
        """Of the manifest at that time."""
        return manifest_hash(self.manifest)


def check_collection(collection: Collection, show: str | None = None, progress: Callable[[int, int], None] | None = None) -> Review:
    """Check every piece that is in use. show: whose clearance is asked for.

    Raises MissingError ("art-unknown"), FormatError, StorageError.
    """
    manifest = collection.manifest()
    missing = {gap.piece: gap.missing for gap in gaps(manifest, show)}
    reviewed: list[Reviewed] = []
    small: list[UInt8] = []
    for number, piece in enumerate(manifest.usable, 1):
        rights = rights_findings(missing.get(piece.sha256, ()))
        try:
            picture = read_picture(collection, shown(piece))
        except (MissingError, FormatError) as error:
            lost = Finding("damaged", "stop", error.message, "Retire it and add the original again.")
            reviewed.append(Reviewed(piece, (*rights, lost)))
        else:
            measured = measure(picture)
            small.append(ready(picture))
            findings = (*rights, *picture_findings(piece, measured))
            reviewed.append(Reviewed(piece, findings, measured, thumbnail=_thumbnail(picture)))
        if progress:
            progress(number, len(manifest.usable))
    return Review(manifest, show, tuple(_together(reviewed, small)))


def _together(reviewed: list[Reviewed], small: list[UInt8]) -> list[Reviewed]:
    """Add what only shows when the pieces are held against one another, and put the worst first."""
    twins = twin_findings([(each.piece, each.measured) for each in reviewed if each.measured])
    family = iter(kinship(small) or ())
    done = []
    for each in reviewed:
        kin = next(family, None) if each.measured else None
        findings = [*each.findings, *twins.get(each.piece.sha256, ()), *(kin_finding(kin) if kin else ())]
        done.append(replace(each, kin=kin, findings=tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))))
    return done


def _thumbnail(picture: UInt8) -> bytes:
    file = io.BytesIO()
    fitted(Image.fromarray(picture), *THUMBNAIL).save(file, "JPEG", quality=THUMBNAIL_QUALITY, subsampling=0)
    return file.getvalue()
