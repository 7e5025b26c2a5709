"""Finding nodes by name, and matrices as the shot format has them."""

from __future__ import annotations

from typing import cast

from maya import cmds
from maya.api import OpenMaya as om

from shot_format.errors import MissingError
from shot_format.shot import Matrix

METRES = 0.01  # the API counts in centimetres, whatever unit the artist works in


def dag_path(name: str) -> om.MDagPath:
    """The DAG path that a name means. Raises MissingError ("node-missing", "node-ambiguous")."""
    try:
        found = om.MSelectionList().add(name)
        path = found.getDagPath(0)
    except (RuntimeError, TypeError):
        raise MissingError("node-missing", f"The scene has no object '{name}'; choose one that is there.") from None
    if found.length() > 1:
        raise MissingError("node-ambiguous", f"The scene has several objects called '{name}'; give the whole path of one.")
    return path


def camera_path(name: str) -> om.MDagPath:
    """The path of a camera's shape, from the shape or its transform. Raises MissingError ("node-missing", "camera-missing")."""
    path = dag_path(name)
    if path.node().hasFn(om.MFn.kCamera):
        return path
    shapes = cmds.listRelatives(path.fullPathName(), shapes=True, fullPath=True) or []
    cameras = [found for found in map(dag_path, shapes) if found.node().hasFn(om.MFn.kCamera)]
    if not cameras:
        raise MissingError("camera-missing", f"'{name}' is no camera; choose a camera.")
    return cameras[0]


def matrix_of(matrix: om.MMatrix) -> Matrix:
    """A matrix row by row."""
    return cast(Matrix, tuple(map(matrix.__getitem__, range(16))))
