"""UsdSkel: skinning in double precision (linear and dual quaternion), blend shapes, and the joints' places."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import UsdSkel

from render_server.scenes.usd_stage import Clock
from render_server.scenes.vectors import Float64

Int64 = NDArray[np.int64]


class Rig:
    """A skeleton with its animation."""

    def __init__(self, query: Any) -> None:
        self.prim = query.GetPrim()
        self.name = str(self.prim.GetPath())
        self.query = query
        self.joints = [str(name) for name in query.GetJointOrder()]
        self.parents = [query.GetTopology().GetParent(i) for i in range(len(self.joints))]
        self._last: tuple[int, Float64] | None = None

    @property
    def can_skin(self) -> bool:
        """Whether it has a bind pose to bend meshes from."""
        return bool(self.query.HasBindPose())

    def skinning(self, clock: Clock) -> Float64:
        """For each joint what carries bind pose to pose (J, 4, 4), in the skeleton's space."""
        if self._last is None or self._last[0] != clock.frame:
            self._last = (clock.frame, np.array(self.query.ComputeSkinningTransforms(clock.time), dtype=np.float64))
        return self._last[1]

    def places(self, clock: Clock) -> Float64:
        """Where the joints stand (J, 3), world space, scene units."""
        matrices = np.array(self.query.ComputeJointSkelTransforms(clock.time), dtype=np.float64).reshape(-1, 4, 4)
        world: Float64 = matrices[:, 3, :] @ clock.matrix(self.prim)
        return world[:, :3]

    def shape_weights(self, clock: Clock) -> dict[str, float]:
        """Blend shape weights by name."""
        animation = self.query.GetAnimQuery()
        if not animation:
            return {}
        weights = animation.ComputeBlendShapeWeights(clock.time) or []
        return {str(name): float(weight) for name, weight in zip(animation.GetBlendShapeOrder(), weights, strict=False)}


class Skin:
    """What bends one mesh. space: the prim whose world matrix places the bent points."""

    def __init__(self, rig: Rig, query: Any) -> None:
        self.space = rig.prim
        self._rig, self._query = rig, query
        self._joints: tuple[Int64, Float64] | None = None
        self._bind: Float64 = np.array(query.GetGeomBindTransform(), dtype=np.float64)
        self._dual = str(query.GetSkinningMethod()) == UsdSkel.Tokens.dualQuaternion
        self._shapes = Shapes(query) if query.HasBlendShapes() else None

    def bend(self, points: Float64, clock: Clock) -> Float64:
        """The mesh's points (V, 3) as the pose has them, in the skeleton's space."""
        if self._shapes is not None:
            points = self._shapes.add(points, self._rig.shape_weights(clock))
        if not self._query.HasJointInfluences():
            return points @ self._bind[:3, :3] + self._bind[3, :3]
        if self._joints is None or len(self._joints[0]) != len(points):
            self._joints = self._influences(len(points))
        bound = points @ self._bind[:3, :3] + self._bind[3, :3]
        skin = skin_dual if self._dual else skin_linear
        return skin(bound, self._rig.skinning(clock), *self._joints)

    def _influences(self, count: int) -> tuple[Int64, Float64]:
        """For each point its joints (V, K), in the skeleton's order, and their weights, summing to 1."""
        found = self._query.ComputeVaryingJointInfluences(count)
        indices = np.array(found[0] if found else [], dtype=np.int64).reshape(count, -1)
        weights = np.array(found[1] if found else [], dtype=np.float64).reshape(count, -1)
        own = self._query.GetJointOrder()
        number = {name: i for i, name in enumerate(self._rig.joints)}
        order = np.array([number.get(str(name), 0) for name in own] if own else range(len(self._rig.joints)), dtype=np.int64)
        indices = order[np.clip(indices, 0, max(len(order) - 1, 0))]
        return indices, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)


class Shapes:
    """A mesh's blend shapes with their in-betweens."""

    def __init__(self, query: Any) -> None:
        self._names = [str(name) for name in query.GetBlendShapeOrder() or []]
        self._query = UsdSkel.BlendShapeQuery(UsdSkel.BindingAPI(query.GetPrim()))
        self._offsets = [np.array(o, dtype=np.float64).reshape(-1, 3) for o in self._query.ComputeSubShapePointOffsets()]
        self._where = [np.array(w, dtype=np.int64) for w in self._query.ComputeBlendShapePointIndices()]

    def add(self, points: Float64, weights: dict[str, float]) -> Float64:
        """The points (V, 3) with the shapes added by their weights."""
        values, shapes, parts = self._query.ComputeSubShapeWeights([weights.get(name, 0.0) for name in self._names])
        moved = points.copy()
        for value, shape, part in zip(values, shapes, parts, strict=True):
            at = self._where[shape]
            if len(at):
                np.add.at(moved, at, value * self._offsets[part])
            else:
                moved += value * self._offsets[part]
        return moved


def skin_linear(points: Float64, transforms: Float64, joints: Int64, weights: Float64) -> Float64:
    """Linear blend skinning. points (V, 3), transforms (J, 4, 4) for row vectors, joints and weights (V, K)."""
    blended = np.einsum("vk,vkij->vij", weights, transforms[joints])
    result: Float64 = np.einsum("vi,vij->vj", points, blended[:, :3, :3]) + blended[:, 3, :3]
    return result


def skin_dual(points: Float64, transforms: Float64, joints: Int64, weights: Float64) -> Float64:
    """Dual quaternion skinning; scale and shear are blended linearly beforehand, as UsdSkel does."""
    rotation, stretch = _polar(transforms[:, :3, :3])
    real = _quaternions(rotation)
    moved = np.concatenate([np.zeros((len(transforms), 1)), transforms[:, 3, :3]], axis=1)
    dual = 0.5 * _times(moved, real)
    points = np.einsum("vi,vij->vj", points, np.einsum("vk,vkij->vij", weights, stretch[joints]))
    heaviest = np.take_along_axis(joints, weights.argmax(axis=1)[:, None], axis=1)
    side = np.where(np.einsum("vkq,voq->vk", real[joints], real[heaviest]) < 0, -1.0, 1.0)
    blended = np.einsum("vk,vkq->vq", weights * side, real[joints])
    length = np.linalg.norm(blended, axis=1, keepdims=True)
    blended_dual = np.einsum("vk,vkq->vq", weights * side, dual[joints]) / length
    blended = blended / length
    shift = 2.0 * _times(blended_dual, blended * (1.0, -1.0, -1.0, -1.0))[:, 1:]
    return _rotate(points, blended) + shift


def _polar(matrices: Float64) -> tuple[Float64, Float64]:
    """Row-vector matrices (J, 3, 3) as stretch times rotation: rotations, stretches."""
    u, s, v = np.linalg.svd(matrices)
    flip = np.where(np.linalg.det(u @ v) < 0, -1.0, 1.0)
    u = u * np.stack([np.ones_like(flip), np.ones_like(flip), flip], axis=1)[:, None, :]
    rotation: Float64 = u @ v
    return rotation, matrices @ np.swapaxes(rotation, 1, 2)


def _quaternions(rotation: Float64) -> Float64:
    """Quaternions (J, 4), real part first, of row-vector rotations (J, 3, 3)."""
    m = np.swapaxes(rotation, 1, 2)  # column vectors
    signs = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    squares = np.maximum(1.0 + np.diagonal(m, axis1=1, axis2=2) @ signs.T, 0.0)  # four times each part's square
    skew = [m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]]
    sums = [m[:, 1, 0] + m[:, 0, 1], m[:, 2, 0] + m[:, 0, 2], m[:, 2, 1] + m[:, 1, 2]]
    candidates = np.stack([
        np.stack([squares[:, 0], skew[0], skew[1], skew[2]], axis=1),
        np.stack([skew[0], squares[:, 1], sums[0], sums[1]], axis=1),
        np.stack([skew[1], sums[0], squares[:, 2], sums[2]], axis=1),
        np.stack([skew[2], sums[1], sums[2], squares[:, 3]], axis=1),
    ], axis=1)  # fmt: skip
    best = np.take_along_axis(candidates, squares.argmax(axis=1)[:, None, None], axis=1)[:, 0]
    quaternions: Float64 = best / np.linalg.norm(best, axis=1, keepdims=True)
    return quaternions


def _times(a: Float64, b: Float64) -> Float64:
    """Products of quaternions (N, 4)."""
    w1, v1, w2, v2 = a[:, :1], a[:, 1:], b[:, :1], b[:, 1:]
    real = w1 * w2 - (v1 * v2).sum(axis=1, keepdims=True)
    return np.concatenate([real, w1 * v2 + w2 * v1 + np.cross(v1, v2)], axis=1)


def _rotate(points: Float64, quaternions: Float64) -> Float64:
    w, v = quaternions[:, :1], quaternions[:, 1:]
    turned: Float64 = points + 2.0 * np.cross(v, np.cross(v, points) + w * points)
    return turned


def find_rigs(prims: list[Any], predicate: Any) -> tuple[list[Rig], dict[str, tuple[Rig, Any]]]:
    """All skeletons among prims, and for each skinned prim (by path) its skeleton and skinning query."""
    cache = UsdSkel.Cache()
    rigs: dict[str, Rig] = {}
    bound: dict[str, tuple[Rig, Any]] = {}
    roots = [UsdSkel.Root(prim) for prim in prims if prim.IsA(UsdSkel.Root)]
    for root in roots:
        cache.Populate(root, predicate)
    for prim in prims:
        query = cache.GetSkelQuery(UsdSkel.Skeleton(prim)) if prim.IsA(UsdSkel.Skeleton) else None
        if query:
            rigs[str(prim.GetPath())] = Rig(query)
    for binding in (binding for root in roots for binding in cache.ComputeSkelBindings(root, predicate)):
        rig = rigs.get(str(binding.GetSkeleton().GetPrim().GetPath()))
        if rig:
            bound |= {str(target.GetPrim().GetPath()): (rig, target) for target in binding.GetSkinningTargets()}
    return list(rigs.values()), bound
