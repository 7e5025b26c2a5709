"""The plain colours of a mesh's faces, from the materials they have."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from maya import cmds
from maya.api import OpenMaya as om

Rgb = tuple[int, int, int]
GREY: Rgb = (128, 128, 128)
COLOUR_OF = (("baseColor", "base"), ("color", ""), ("outColor", ""))  # of a material: its colour, and what that is multiplied by


def face_colours(mesh: om.MFnMesh, instance: int) -> list[Rgb]:
    """One sRGB colour a face; grey where a face has no material, or a textured one."""
    engines, numbers = mesh.getConnectedShaders(instance)
    colours = [engine_colour(om.MFnDependencyNode(engine).name()) for engine in engines]
    return [colours[number] if number >= 0 else GREY for number in numbers]


def triangle_colours(counts: Iterable[int], faces: list[Rgb]) -> bytes:
    """The faces' colours, one a triangle; counts: how many triangles each face has."""
    return b"".join(bytes(colour) * count for colour, count in zip(faces, counts))


def engine_colour(engine: str) -> Rgb:
    """The colour of a shading engine's material."""
    materials = cmds.listConnections(f"{engine}.surfaceShader", source=True, destination=False) or []
    for material in materials:
        for attribute, weight in COLOUR_OF:
            plug = f"{material}.{attribute}"
            if cmds.attributeQuery(attribute, node=material, exists=True):
                return GREY if cmds.listConnections(plug, source=True, destination=False) else _srgb(_linear(material, attribute, weight))
    return GREY


def _linear(material: str, attribute: str, weight: str) -> list[float]:
    weighted = weight and cmds.attributeQuery(weight, node=material, exists=True)
    strength = cmds.getAttr(f"{material}.{weight}") if weighted else 1.0
    return [strength * value for value in cmds.getAttr(f"{material}.{attribute}")[0]]


def _srgb(linear: Iterable[float]) -> Rgb:
    red, green, blue = (_code(value) for value in linear)
    return (red, green, blue)


@functools.lru_cache(4096)
def _code(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    return round(255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))
