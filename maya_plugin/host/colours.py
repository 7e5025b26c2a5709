"""The plain colours of a mesh's faces, from the materials they have."""

from __future__ import annotations

import functools
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from maya import cmds
from maya.api import OpenMaya as om

Rgb = tuple[int, int, int]
GREY: Rgb = (128, 128, 128)
COLOUR_OF = (("baseColor", "base"), ("color", ""), ("outColor", ""))  # of a material: its colour, and what that is multiplied by


@dataclass(frozen=True)
class FaceColours:
    """The colours of a mesh's faces. palette: the materials', and grey at its end; numbers: which of them each face has, -1 for none."""

    palette: tuple[Rgb, ...]
    numbers: array[int]

    def main(self) -> Rgb:
        """The colour that most faces have."""
        faces: Counter[Rgb] = Counter()
        for number, count in Counter(self.numbers).items():
            faces[self.palette[number]] += count
        return min(faces, key=lambda colour: (-faces[colour], colour)) if faces else GREY

    def of_triangles(self, counts: Iterable[int]) -> bytes:
        """One colour a triangle. counts: how many triangles each face has. Most meshes have one material, or faces of one kind."""
        each, packed = array("i", counts), [bytes(colour) for colour in self.palette]
        used, kinds = set(self.numbers), set(each)
        if len(used) == 1:
            return packed[used.pop()] * sum(each)
        if len(kinds) == 1:
            (count,) = kinds
            packed = [colour * count for colour in packed]
            return b"".join(map(packed.__getitem__, self.numbers))
        return b"".join(packed[number] * count for number, count in zip(self.numbers, each))


class Materials:
    """The scene's materials as plain colours; each is looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, Rgb] = {}

    def of_faces(self, mesh: om.MFnMesh, instance: int) -> FaceColours:
        """The faces' sRGB colours; grey where a face has no material, or a textured one."""
        engines, numbers = mesh.getConnectedShaders(instance)
        colours = (self._colour(om.MFnDependencyNode(engine).name()) for engine in engines)
        return FaceColours((*colours, GREY), array("i", numbers))

    def _colour(self, engine: str) -> Rgb:
        if engine not in self._known:
            self._known[engine] = engine_colour(engine)
        return self._known[engine]


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
