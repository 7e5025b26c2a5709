"""Small scenes whose passes can be worked out by hand."""

from __future__ import annotations

import numpy as np

from render_server.passes.geometry import FrameGeometry, Mesh, View

WIDTH, HEIGHT, FOCAL = 96, 64, 80.0


def view(matrix=None, width=WIDTH, height=HEIGHT, focal=FOCAL, near=0.1, far=1000.0):
    """A camera at its world matrix (row vectors), at the origin where None."""
    world_to_camera = np.eye(4) if matrix is None else np.linalg.inv(matrix)
    return View(world_to_camera, focal, focal, width / 2, height / 2, near, far, width, height)


def moved(x=0.0, y=0.0, z=0.0):
    matrix = np.eye(4)
    matrix[3, :3] = x, y, z
    return matrix


def turned(degrees):
    """A camera turned about the vertical axis; positive is to the left."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(4)
    matrix[0, :3], matrix[2, :3] = (c, 0, -s), (s, 0, c)
    return matrix


def mesh(points, triangles, object_id=1, topology=None, colour=(128, 128, 128), rest=None):
    points = np.asarray(points, dtype=np.float64)
    triangles = np.asarray(triangles, dtype=np.int32).reshape(-1, 3)
    colours = np.tile(np.array(colour, dtype=np.uint8), (len(triangles), 1))
    rest = points if rest is None else rest
    return Mesh(f"mesh {object_id}", object_id, points, triangles, colours, np.asarray(rest, np.float32), topology or f"{object_id}")


def wall(left, right, bottom, top, z, object_id=1, **more):
    """A rectangle that faces the camera at depth -z."""
    points = [(left, bottom, z), (right, bottom, z), (right, top, z), (left, top, z)]
    return mesh(points, [(0, 1, 2), (0, 2, 3)], object_id, **more)


def floor(y=-1.0, near=50.0, far=-200.0, side=200.0, object_id=1):
    """A ground plane that reaches behind the camera."""
    points = [(-side, y, near), (side, y, near), (side, y, far), (-side, y, far)]
    return mesh(points, [(0, 1, 2), (0, 2, 3)], object_id)


def sphere(centre, radius=1.0, steps=24, object_id=1, turn=0.0):
    """A sphere of steps x 2 steps quads, turned about the vertical by so many degrees."""
    up, around = np.meshgrid(np.linspace(0, np.pi, steps + 1), np.arange(2 * steps) * np.pi / steps + np.radians(turn), indexing="ij")
    points = np.stack([np.sin(up) * np.cos(around), np.cos(up), -np.sin(up) * np.sin(around)], axis=-1) * radius + np.asarray(centre)
    i, j = np.meshgrid(np.arange(steps), np.arange(2 * steps), indexing="ij")
    a, b = i * 2 * steps + j, i * 2 * steps + (j + 1) % (2 * steps)
    c, d = a + 2 * steps, b + 2 * steps
    triangles = np.stack([np.stack([a, c, b], -1), np.stack([b, c, d], -1)], axis=2)
    return mesh(points.reshape(-1, 3), triangles, object_id)


def box(centre, size=1.0, object_id=1, turn=0.0):
    """A cube turned about the vertical by so many degrees."""
    corners = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]) * size
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [t for a, b, c, d in faces for t in ((a, b, c), (a, c, d))]
    return mesh(corners @ turned(turn)[:3, :3] + np.asarray(centre), triangles, object_id)


def frame(*meshes, number=1, camera=None):
    return FrameGeometry(number, camera or view(), meshes)


def pixel_centres(width=WIDTH, height=HEIGHT):
    """x (H, W) and y (H, W)."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    return x, y
