"""What is measured of one picture of art, without any learned network: enough to say what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import fft

from render_server.art_pictures.marks import Borders, Box, find_borders, find_signature
from render_server.passes.geometry import Float32, Float64, UInt8
from render_server.quality.colour import to_oklab

LARGEST = 2048  # pixels a side: marks are sought in a copy of that size ...
MARKS = 768  # ... and signatures in one of this width, so that a letter has about one size
TILE = 256  # pixels: of the spectrum
BROAD, FINE = (0.125, 0.25), (0.35, 0.5)  # cycles a pixel
NORMAL = 1.4  # how much weaker fine detail may be than broad, in powers of ten; paintings measure 0.2 to 1.15
SCALES = (0.75, 0.6, 0.5, 0.4, 0.33, 0.25)
PATCH = 16  # pixels: a patch that is flatter than EVEN is empty
EVEN = 0.006  # OKLab
HASH = 8  # bits a side
SWATCHES = 7


@dataclass(frozen=True)
class Measured:
    """One picture's figures.

    blockiness: how much the edges of JPEG's blocks stand out; steepness: how much weaker fine detail is than broad, in powers of ten;
    held: the size at which the picture would lose nothing; empty: share without any stroke; colourfulness: chroma of its most colourful
    hundredth; hashes: of the picture and of its mirror image; small: 32 by 32 lightness, to tell twins; palette: colours and shares.
    """

    width: int
    height: int
    blockiness: float
    steepness: float | None
    held: tuple[int, int]
    borders: Borders
    signature: Box | None
    empty: float
    colourfulness: float
    hashes: tuple[int, int]
    small: Float32
    palette: tuple[tuple[str, float], ...]


def measure(picture: UInt8) -> Measured:
    """Measure a picture, sRGB (H, W, 3)."""
    height, width = picture.shape[:2]
    image = Image.fromarray(picture)
    middle = fitted(image, LARGEST, LARGEST)
    marks = fitted(image, MARKS, MARKS)
    lab = to_oklab(np.asarray(marks))
    small = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), np.float32)
    light = _lightness(_centre(picture, LARGEST))
    steepness = spectrum_steepness(light)
    return Measured(
        width=width, height=height, blockiness=blockiness(light), steepness=steepness, held=_held(image, steepness),
        borders=find_borders(np.asarray(middle)), signature=find_signature(_lightness(np.asarray(marks)) / np.float32(255)),
        empty=_empty(lab), colourfulness=float(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 99)),
        hashes=(perceptual_hash(small), perceptual_hash(small[:, ::-1])), small=small, palette=_palette(image),
    )  # fmt: skip


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scale down to fit, proportions kept; a smaller picture stays as it is."""
    factor = min(width / image.width, height / image.height)
    if factor >= 1:
        return image
    return image.resize((max(round(image.width * factor), 1), max(round(image.height * factor), 1)), Image.Resampling.LANCZOS)


def _lightness(picture: UInt8) -> Float32:
    return picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def _centre(picture: UInt8, side: int) -> UInt8:
    """The middle of a large picture, at its own size: scaling would blur blocks away."""
    top, left = max((picture.shape[0] - side) // 2, 0), max((picture.shape[1] - side) // 2, 0)
    return picture[top : top + side, left : left + side]


def blockiness(light: Float32) -> float:
    """How much the steps at one in eight columns and rows stand out, in units of the mean step. JPEG leaves them; paint does not.

    Only one of the eight places may stand out: after scaling by two every other one does. And it must do so all over the picture: one long
    straight edge is no grid.
    """
    return float(np.mean([_steps(light), _steps(light.T)]))


def _steps(light: Float32) -> float:
    if light.shape[1] < 32:
        return 0.0
    steps = np.abs(np.diff(light, axis=1))
    above = (steps[:, 1:-1] - (steps[:, :-2] + steps[:, 2:]) / 2).mean(axis=0)
    places = np.sort([float(np.median(above[place::8])) for place in range(8)])
    return float((places[-1] - max(places[-2], 0.0)) / (float(steps.mean()) + 0.05))


def spectrum_steepness(light: Float32) -> float | None:
    """How much weaker the finest detail is than that twice as broad, in powers of ten. None where a picture is too small or too empty."""
    size = min(TILE, *light.shape)
    if size < 64:
        return None
    window = np.hanning(size)[:, None] * np.hanning(size)[None]
    power: Float64 = np.zeros((size, size // 2 + 1))
    for top in np.linspace(0, light.shape[0] - size, 3).astype(int):
        for left in np.linspace(0, light.shape[1] - size, 4).astype(int):
            tile = light[top : top + size, left : left + size]
            power += np.abs(fft.rfft2((tile - tile.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    broad, fine = (float(power[(radius >= low) & (radius < high)].mean()) for low, high in (BROAD, FINE))
    return float(np.log10(broad / fine)) if fine > 0 and broad > 1.0 else None


def _held(image: Image.Image, steepness: float | None) -> tuple[int, int]:
    """The size at which fine detail is as strong as it should be: what the picture holds, whatever it was blown up to."""
    if steepness is None or steepness <= NORMAL:
        return image.size
    for scale in SCALES:
        size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
        now = spectrum_steepness(_lightness(_centre(np.asarray(image.resize(size, Image.Resampling.LANCZOS)), LARGEST)))
        if now is None or now <= NORMAL:
            return size
    return size


def _empty(lab: Float32) -> float:
    rows, columns = lab.shape[0] // PATCH, lab.shape[1] // PATCH
    if not rows or not columns:
        return 0.0
    patches = lab[: rows * PATCH, : columns * PATCH].reshape(rows, PATCH, columns, PATCH, 3)
    return float((patches.std(axis=(1, 3)).max(axis=2) < EVEN).mean())


def perceptual_hash(small: Float32) -> int:
    """64 bits that stay nearly the same when a picture is scaled, saved again or recoloured a little: the signs of its broadest waves."""
    waves = fft.dctn(small, norm="ortho")[:HASH, :HASH].ravel()
    bits = waves > np.median(waves[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _palette(image: Image.Image) -> tuple[tuple[str, float], ...]:
    """The picture's main colours, dark to light, with their shares."""
    small = fitted(image, 128, 128).quantize(SWATCHES, Image.Quantize.MEDIANCUT, kmeans=4)
    table = np.asarray(small.getpalette() or [0, 0, 0], np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(small).ravel(), minlength=len(table))
    order = [index for index in np.argsort(to_oklab(table)[:, 0]) if counts[index]]
    return tuple((f"#{bytes(table[index]).hex()}", float(counts[index] / counts.sum())) for index in order)
