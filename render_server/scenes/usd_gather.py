"""Walks a USD stage and collects what is drawn, in scene order, and what had to be left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pxr import Usd, UsdGeom, UsdLux

from render_server.scenes.usd_colour import Colours
from render_server.scenes.usd_instances import CopyPiece, Instancer
from render_server.scenes.usd_mesh import MeshPiece
from render_server.scenes.usd_piece import Piece
from render_server.scenes.usd_shapes import ShapePiece, is_shape
from render_server.scenes.usd_skel import Rig, Skin, find_rigs
from render_server.scenes.usd_stage import Clock, unresolved
from shot_format.errors import LimitError
from shot_format.limits import MAX_MESHES

SHOWN = (UsdGeom.Tokens.default_, UsdGeom.Tokens.render)
AREA_LIGHTS = ("RectLight", "DiskLight", "SphereLight", "CylinderLight", "PortalLight", "GeometryLight")


@dataclass
class Scene:
    """What a stage holds. skipped: (prim, sentence)."""

    pieces: list[Piece] = field(default_factory=list)
    rigs: list[Rig] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    colours: Colours = field(default_factory=Colours)


def gather(stage: Any, clocks: list[Clock], subdivide: bool) -> Scene:
    """Collect a stage's pieces. clocks: the shot's frames. Raises LimitError ("too-many-meshes")."""
    return _Walk(stage, clocks, subdivide).scene


class _Walk:
    def __init__(self, stage: Any, clocks: list[Clock], subdivide: bool) -> None:
        self._clocks, self._subdivide = clocks, subdivide
        self._predicate = Usd.TraverseInstanceProxies(Usd.PrimDefaultPredicate)
        self.scene = Scene(skipped=unresolved(stage))
        self.scene.rigs, self._bound = find_rigs(list(Usd.PrimRange.Stage(stage, self._predicate)), self._predicate)
        for prim, piece in self._below(Usd.PrimRange.Stage(stage, self._predicate)):
            self._add(prim, piece)

    def _below(self, prims: Any) -> Any:
        """Pairs of gprim and piece; instancers are given with None, and nothing below them."""
        walk = iter(prims)
        for prim in walk:
            if prim.IsA(UsdGeom.PointInstancer):
                walk.PruneChildren()
                yield prim, None
            elif prim.IsA(UsdGeom.Gprim) and _is_for_rendering(prim):
                yield prim, self._piece(prim)
            elif prim.IsA(UsdLux.NonboundableLightBase) or prim.IsA(UsdLux.BoundableLightBase):
                self._note_light(prim)

    def _add(self, prim: Any, piece: Piece | None) -> None:
        new = self._copies(prim) if prim.IsA(UsdGeom.PointInstancer) else [piece] if piece else []
        self.scene.pieces += new
        if len(self.scene.pieces) > MAX_MESHES:
            raise LimitError("too-many-meshes", f"The scene has more than {MAX_MESHES} objects; hide or merge some.")

    def _piece(self, prim: Any) -> Piece | None:
        path, colours = str(prim.GetPath()), self.scene.colours
        if prim.IsA(UsdGeom.Mesh):
            self._note_loop(prim)
            return MeshPiece(prim, colours, self._skin(path), self._subdivide)
        if is_shape(prim):
            return ShapePiece(prim, colours)
        self.scene.skipped.append((path, f"{prim.GetTypeName()} cannot be drawn; only meshes and simple shapes can"))
        return None

    def _skin(self, path: str) -> Skin | None:
        rig, query = self._bound.get(path, (None, None))
        if rig is None:
            return None
        if not rig.can_skin:
            self.scene.skipped.append((path, f"its skeleton {rig.name} has no bind pose; it is drawn unbent"))
            return None
        return Skin(rig, query)

    def _copies(self, prim: Any) -> list[Piece]:
        """All objects of a point instancer."""
        if not _is_for_rendering(prim):
            return []
        instancer, made = Instancer(prim), {}
        targets = UsdGeom.PointInstancer(prim).GetPrototypesRel().GetForwardedTargets()
        pieces: list[Piece] = []
        for copy, number in enumerate(instancer.prototypes(self._clocks)[: MAX_MESHES + 1]):
            if number not in made:
                made[number] = self._prototype(prim, targets, number)
            root, below = made[number]
            pieces += [CopyPiece(instancer, copy, root, shape_prim, shape) for shape_prim, shape in below]
        return pieces

    def _prototype(self, instancer: Any, targets: list[Any], number: int) -> tuple[Any, list[tuple[Any, Piece]]]:
        root = instancer.GetStage().GetPrimAtPath(targets[number]) if 0 <= number < len(targets) else None
        if not root:
            self.scene.skipped.append((str(instancer.GetPath()), f"its prototype {number} is missing"))
            return root, []
        found = []
        for prim, piece in self._below(Usd.PrimRange(root, self._predicate)):
            if piece is not None:
                found.append((prim, piece))
            elif prim.IsA(UsdGeom.PointInstancer):
                self.scene.skipped.append((str(prim.GetPath()), "a point instancer within another one's prototype cannot be drawn"))
        return root, found

    def _note_loop(self, prim: Any) -> None:
        if self._subdivide and UsdGeom.Mesh(prim).GetSubdivisionSchemeAttr().Get() == UsdGeom.Tokens.loop:
            self.scene.skipped.append((str(prim.GetPath()), "its Loop subdivision is not refined; its cage is drawn"))

    def _note_light(self, prim: Any) -> None:
        if prim.GetTypeName() in AREA_LIGHTS:
            self.scene.skipped.append((str(prim.GetPath()), "an area light's own shape is not drawn"))


def _is_for_rendering(prim: Any) -> bool:
    """Purpose default or render; proxies and guides stand in for what is drawn already."""
    return UsdGeom.Imageable(prim).ComputePurpose() in SHOWN
