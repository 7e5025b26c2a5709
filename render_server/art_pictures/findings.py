"""What is wrong with a piece of art, and what to do about it, in the words of people who make pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render_server.art.manifest import Piece
from render_server.art.rights import SHOW
from render_server.art_pictures.family import Kinship
from render_server.art_pictures.marks import Box
from render_server.art_pictures.measure import Measured
from render_server.passes.geometry import Float32

LEVELS = ("stop", "mend", "look", "note")  # no training; better mended first; have a look; for the record
SMALLEST = 256  # pixels of the shorter side
BLOCKY = 0.3  # JPEG below a quality of about 30; untouched art measures under 0.11
POOR_JPEG = 50
SOFT = 1.6  # blown up by half or more; untouched art measures under 1.15
EMPTY = 0.85
GREY = 0.012  # OKLab chroma
SEE_THROUGH = 0.02
ALIKE, SURE = 10, 0.75  # bits of 64 that may differ, and how well the small pictures must agree


@dataclass(frozen=True)
class Finding:
    """One thing about one piece. box: where in the picture."""

    code: str
    level: str
    what: str
    todo: str
    box: Box | None = None


def rights_findings(missing: tuple[str, ...]) -> list[Finding]:
    """What of the rights is missing, as art.rights says."""
    if not missing:
        return []
    words = ", ".join(f"clearance for {name[len(SHOW) :]}" if name.startswith(SHOW) else name for name in missing)
    return [Finding("rights-missing", "stop", f"Rights are missing: {words}.", "State them with art set; no training before that.")]


def picture_findings(piece: Piece, measured: Measured) -> list[Finding]:
    """What the picture itself shows."""
    found = [
        _small(measured), _mush(piece, measured), _soft(measured), _border(measured), _signature(measured),
        _colour(piece, measured), _transparent(piece), _empty(measured),
    ]  # fmt: skip
    return [finding for finding in found if finding is not None]


def _small(measured: Measured) -> Finding | None:
    if min(measured.width, measured.height) >= SMALLEST:
        return None
    what = f"Only {measured.width} × {measured.height} pixels: too few for strokes to be learned."
    return Finding("too-small", "mend", what, "Scan or export it anew, 1,000 pixels or more on the longer side.")


def _mush(piece: Piece, measured: Measured) -> Finding | None:
    quality = piece.arrival.jpeg_quality
    poor = quality is not None and quality < POOR_JPEG
    if not poor and measured.blockiness <= BLOCKY:
        return None
    why = f"JPEG quality about {quality}" if poor else "blocks of JPEG show in it"
    return Finding("mush", "mend", f"Compressed to mush: {why}.", "Find the original, or an export of quality 85 or more.")


def _soft(measured: Measured) -> Finding | None:
    if measured.steepness is None or measured.steepness <= SOFT:
        return None
    width, height = measured.held
    what = f"Blown up or blurred: it holds no more than {width} × {height} pixels would."
    if min(measured.held) >= SMALLEST:
        return Finding("soft", "look", what, "If a sharper original exists, take that; else scale it down to what it holds.")
    return Finding("soft", "mend", what, "Find the original: fine strokes are gone from this one.")


def _border(measured: Measured) -> Finding | None:
    borders = measured.borders
    if not borders:
        return None
    depths = {"left": borders.left, "top": borders.top, "right": borders.right, "bottom": borders.bottom}
    words = ", ".join(f"{side} {depth * 100:.1f} %" for side, depth in depths.items() if depth)
    return Finding(
        "border", "mend", f"A border of one colour: {words}.", "Crop it off, or it will be painted into every frame.", borders.inside
    )


def _signature(measured: Measured) -> Finding | None:
    box = measured.signature
    if box is None:
        return None
    corner = f"{'lower' if box.top > 0.5 else 'upper'} {'right' if box.left > 0.5 else 'left'}"
    what = f"Something like a signature, {corner}."
    return Finding("signature", "look", what, "If it is one, crop it or paint it out: it would be learned as a kind of stroke.", box)


def _colour(piece: Piece, measured: Measured) -> Finding | None:
    arrival = piece.arrival
    if arrival.colour == "unknown":
        todo = "Export it anew as sRGB, or with its profile: its colours may be wrong here."
        return Finding("colour-unknown", "look", f"Its colour space is not known: {arrival.profile}.", todo)
    if measured.colourfulness < GREY:
        return Finding("grey", "look", "It has no colours.", "Keep it only if the look is to be grey: it pulls the palette to grey.")
    if arrival.colour == "converted":
        return Finding(
            "colour-converted", "note", f"Its colours were converted from {arrival.profile} to sRGB.", "See that they look right."
        )
    return None


def _transparent(piece: Piece) -> Finding | None:
    share = piece.arrival.transparent
    if not share:
        return None
    level = "mend" if share > SEE_THROUGH else "look"
    what = f"{share * 100:.1f} % of it is see-through, and white shows there."
    return Finding("transparent", level, what, "Flatten it onto the paper or canvas that it is meant to stand on.")


def _empty(measured: Measured) -> Finding | None:
    if measured.empty <= EMPTY:
        return None
    what = f"Almost empty: {measured.empty * 100:.0f} % of it is without a stroke."
    return Finding("empty", "mend", what, "Crop it to what is painted, or leave it out.")


def twin_findings(pieces: list[tuple[Piece, Measured]]) -> dict[str, list[Finding]]:
    """Pieces that show the same picture, by a perceptual hash: scaled, saved again, recoloured a little, or mirrored."""
    found: dict[str, list[Finding]] = {}
    for index, (piece, measured) in enumerate(pieces):
        for other, its in pieces[:index]:
            mirrored = _twins(measured, its)
            if mirrored is None:
                continue
            words = "the mirror image of" if mirrored else "nearly the same picture as"
            for one, two in ((piece, other), (other, piece)):
                todo = "Keep the better one and retire the other: what is there twice counts twice."
                found.setdefault(one.sha256, []).append(Finding("twin", "mend", f"It is {words} “{two.title}” ({two.key}).", todo))
    return found


def _twins(one: Measured, other: Measured) -> bool | None:
    """Whether two pictures are mirror images of each other (true) or the same (false); None where neither."""
    for mirrored, bits in enumerate(one.hashes):
        small = one.small[:, ::-1] if mirrored else one.small
        if (bits ^ other.hashes[0]).bit_count() <= ALIKE and _agreement(small, other.small) >= SURE:
            return bool(mirrored)
    return None


def _agreement(one: Float32, other: Float32) -> float:
    """Correlation; of a picture without any contrast, 0."""
    if not one.std() or not other.std():
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def kin_finding(kin: Kinship) -> list[Finding]:
    """The odd one out."""
    if not kin.odd:
        return []
    far = f"{kin.of_palette:.1f} times as far from the others as is common in palette, {kin.of_texture:.1f} times in texture"
    what = f"The odd one out: {far}."
    return [Finding("odd", "look", what, "If it is of another hand or time, leave it out, or give it a look of its own.")]
