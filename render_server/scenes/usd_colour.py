"""Colours of a USD prim's faces: displayColor, else the diffuse colour of the bound preview material, else grey.

USD's colours are linear; the shot's are sRGB. A texture counts with its mean colour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pxr import UsdGeom, UsdShade

from render_server.scenes.vectors import Float64

UInt8 = NDArray[np.uint8]
Int64 = NDArray[np.int64]
GREY = (0.18, 0.18, 0.18)  # linear
SHADER_DEFAULT = (0.18, 0.18, 0.18)  # what UsdPreviewSurface takes where nothing is said


@dataclass
class Colours:
    """Finds colours, and remembers what it had to leave out: (prim, sentence)."""

    skipped: list[tuple[str, str]] = field(default_factory=list)
    _materials: dict[str, Float64] = field(default_factory=dict)

    def faces(self, prim: Any, counts: Int64, indices: Int64) -> UInt8:
        """sRGB colours (F, 3) of a gprim's faces; counts and indices as a USD mesh has them."""
        shown = _display_colours(prim, counts, indices)
        return to_srgb(shown if shown is not None else self._material_colours(prim, len(counts)))

    def _material_colours(self, prim: Any, count: int) -> Float64:
        binding = UsdShade.MaterialBindingAPI(prim)
        colours = np.tile(self._diffuse(binding.ComputeBoundMaterial()[0]), (count, 1))
        for subset in binding.GetMaterialBindSubsets():
            chosen = np.array(subset.GetIndicesAttr().Get() or [], dtype=np.int64)
            material = UsdShade.MaterialBindingAPI(subset.GetPrim()).ComputeBoundMaterial()[0]
            colours[chosen[(chosen >= 0) & (chosen < count)]] = self._diffuse(material)
        return colours

    def _diffuse(self, material: Any) -> Float64:
        if not material:
            return np.array(GREY)
        path = str(material.GetPath())
        if path not in self._materials:
            self._materials[path] = self._read(material)
        return self._materials[path]

    def _read(self, material: Any) -> Float64:
        shader = material.ComputeSurfaceSource()[0]
        if not shader or shader.GetShaderId() != "UsdPreviewSurface":
            self._skip(material, "its shader is no UsdPreviewSurface; its objects are grey")
            return np.array(GREY)
        return self._value(material, shader.GetInput("diffuseColor"))

    def _value(self, material: Any, diffuse: Any) -> Float64:
        """A colour input's value, through connections to a constant or to a texture."""
        if not diffuse:
            return np.array(SHADER_DEFAULT)
        for attribute in diffuse.GetValueProducingAttributes():
            owner = UsdShade.Shader(attribute.GetPrim())
            if owner and owner.GetShaderId() == "UsdUVTexture":
                return self._texture(material, owner)
            value = attribute.Get()
            if value is not None and len(value) == 3:
                return np.clip(np.array(value, dtype=np.float64), 0.0, None)
        self._skip(material, "its diffuse colour comes from a network that is not understood; its objects are grey")
        return np.array(GREY)

    def _texture(self, material: Any, shader: Any) -> Float64:
        asset = _input(shader, "file")
        place = (asset.resolvedPath or asset.path) if asset else ""
        mean = mean_colour(Path(place), str(_input(shader, "sourceColorSpace") or "auto") != "raw") if place else None
        if mean is None:
            self._skip(material, f"its texture {asset.path if asset else ''} cannot be read; a flat colour stands in for it")
            fallback = _input(shader, "fallback")
            return np.array(GREY if fallback is None else list(fallback)[:3], dtype=np.float64)
        scale, bias = (_input(shader, name) for name in ("scale", "bias"))
        mean = mean * (1.0 if scale is None else np.array(scale)[:3]) + (0.0 if bias is None else np.array(bias)[:3])
        return np.clip(mean, 0.0, None)

    def _skip(self, material: Any, reason: str) -> None:
        self.skipped.append((str(material.GetPath()), reason))


def mean_colour(path: Path, encoded: bool) -> Float64 | None:
    """A picture's mean colour, linear; encoded: whether its values are sRGB. None where it cannot be read."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (256, 256))
            values = np.asarray(image.convert("RGB"), dtype=np.float64).reshape(-1, 3) / 255.0
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    mean: Float64 = (to_linear(values) if encoded else values).mean(axis=0)
    return mean


def to_srgb(linear: Float64) -> UInt8:
    """Linear Rec. 709 to 8-bit sRGB."""
    x = np.clip(np.nan_to_num(linear), 0.0, 1.0)
    encoded = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255.0).astype(np.uint8)


def to_linear(srgb: Float64) -> Float64:
    """sRGB in 0..1 to linear."""
    linear: Float64 = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return linear


def _input(shader: Any, name: str) -> Any:
    found = shader.GetInput(name)
    values = [a.Get() for a in found.GetValueProducingAttributes()] if found else []
    return values[0] if values else None


def _display_colours(prim: Any, counts: Int64, indices: Int64) -> Float64 | None:
    """displayColor for each face, linear, or None where there is none that fits."""
    primvar = UsdGeom.PrimvarsAPI(prim).FindPrimvarWithInheritance("displayColor")
    values = primvar.ComputeFlattened() if primvar and primvar.HasValue() else None
    if values is None or not len(values):
        return None
    colours = np.array(values, dtype=np.float64).reshape(-1, 3)
    return _per_face(colours, str(primvar.GetInterpolation()), counts, indices)


def _per_face(colours: Float64, interpolation: str, counts: Int64, indices: Int64) -> Float64 | None:
    """Values of any interpolation as one a face; corners are averaged."""
    faces = len(counts)
    if interpolation == UsdGeom.Tokens.constant or len(colours) == 1:
        return np.tile(colours[0], (faces, 1))
    if interpolation == UsdGeom.Tokens.uniform and len(colours) == faces:
        return colours
    if interpolation in (UsdGeom.Tokens.vertex, UsdGeom.Tokens.varying) and len(indices) and len(colours) > indices.max():
        return _means(colours[indices], counts)
    if interpolation == UsdGeom.Tokens.faceVarying and len(colours) == len(indices):
        return _means(colours, counts)
    return None


def _means(corners: Float64, counts: Int64) -> Float64:
    face = np.repeat(np.arange(len(counts)), counts)
    sums = np.stack([np.bincount(face, corners[:, k], minlength=len(counts)) for k in range(3)], axis=1)
    return np.asarray(sums / np.maximum(counts, 1)[:, None])
