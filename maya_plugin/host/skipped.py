"""What the scene holds and the capture cannot take, by name, so that the artist knows before painting."""

from __future__ import annotations

from collections.abc import Iterable

from maya import cmds

from maya_plugin.host.nodes import dag_path
from shot_format.limits import MAX_SKIPPED
from shot_format.shot import Skipped

REASONS = {
    "nurbsSurface": "NURBS surfaces are not taken; convert it to polygons",
    "subdiv": "subdivision surfaces are not taken; convert it to polygons",
    "xgmDescription": "XGen is not taken",
    "xgmSplineDescription": "XGen is not taken",
    "pfxHair": "hair is not taken",
    "hairSystem": "hair is not taken",
    "fluidShape": "fluids are not taken",
    "particle": "particles are not taken",
    "nParticle": "particles are not taken",
    "instancer": "particle instances are not taken",
    "stroke": "Paint Effects are not taken",
    "gpuCache": "GPU caches are not taken; import the geometry",
    "aiStandIn": "Arnold stand-ins are not taken",
    "RedshiftProxyMesh": "Redshift proxies are not taken",
    "mayaUsdProxyShape": "USD stages are not taken",
    "bifrostGraphShape": "Bifrost graphs are not taken",
}


def find_skipped() -> list[Skipped]:
    """Every visible thing of a kind that is not taken, and meshes that are taken without their smoothing."""
    known = set(cmds.allNodeTypes())
    kinds = [kind for kind in REASONS if kind in known]  # ls refuses types of plug-ins that are not loaded
    others = cmds.ls(type=kinds, long=True) or [] if kinds else []  # asked for no type, ls gives everything
    found = [Skipped(name, REASONS.get(cmds.nodeType(name), "it is of a kind that is not taken")) for name in _visible(others)]
    smooth = [
        name for name in _visible(cmds.ls(type="mesh", long=True, noIntermediate=True) or []) if cmds.getAttr(f"{name}.displaySmoothMesh")
    ]
    found += [Skipped(name, "its smooth preview is not taken, only the mesh itself") for name in smooth]
    return found[: MAX_SKIPPED // 2]  # others add to it


def _visible(names: Iterable[str]) -> list[str]:
    return [name for name in names if dag_path(name).isVisible()]
