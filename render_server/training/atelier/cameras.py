"""Camera moves: static, pan, whip pan, dolly, crane, zoom, orbit and handheld."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render_server.passes.geometry import View
from render_server.training.atelier.shapes import Float

MOVES = ("static", "pan", "dolly", "crane", "handheld", "orbit", "zoom", "whip")


@dataclass(frozen=True)
class Camera:
    """A camera that moves evenly and looks at a moving point."""

    eye: Float
    target: Float
    eye_velocity: Float  # metres a frame
    target_velocity: Float
    focal: float  # of the image's height
    shake: float = 0.0  # metres
    zoom: float = 0.0  # by how much the focal length grows in a frame, as a share

    def view(self, frame: float, width: int, height: int) -> View:
        eye = self.eye + self.eye_velocity * frame
        target = self.target + self.target_velocity * frame
        if self.shake:
            eye = eye + self.shake * np.sin(frame * np.array([0.31, 0.43, 0.27]) + np.array([0.0, 1.0, 2.0]))
            target = target + self.shake * 2 * np.sin(frame * np.array([0.23, 0.37, 0.41]) + np.array([3.0, 0.5, 1.5]))
        return look_at(eye, target, self.focal * height * np.exp(self.zoom * frame), width, height)


def look_at(eye: Float, target: Float, focal: float, width: int, height: int) -> View:
    """A view from eye towards target with +y up."""
    back = (eye - target) / np.linalg.norm(eye - target)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(back, right), back], axis=1)
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[3, :3] = -eye @ turn
    return View(matrix, focal, focal, width / 2, height / 2, 0.05, 1000.0, width, height)


def draw_camera(rng: np.random.Generator, eye: Float, target: Float, focal: float) -> Camera:
    """A random move that starts at eye and looks at target."""
    move = MOVES[int(rng.integers(len(MOVES)))]
    away = float(np.linalg.norm(eye - target))
    still = np.zeros(3)
    side = np.cross([0.0, 1.0, 0.0], (eye - target) / away)
    speed = away * float(rng.uniform(0.002, 0.014)) * float(rng.choice([-1, 1]))
    if move == "pan":
        return Camera(eye, target, still, side * speed * 1.5, focal)
    if move == "zoom":
        return Camera(eye, target, still, still, focal, zoom=float(rng.uniform(0.004, 0.02) * rng.choice([-1, 1])))
    if move == "whip":
        return Camera(eye, target, still, side * speed * 8.0, focal)
    if move == "dolly":
        forward = (target - eye) / away * speed
        return Camera(eye, target, forward, forward, focal, shake=0.004)
    if move == "crane":
        return Camera(eye, target, np.array([0.0, abs(speed) * 0.7, 0.0]) + side * speed * 0.5, still, focal)
    if move == "handheld":
        return Camera(eye, target, side * speed * 0.3, still, focal, shake=0.03)
    if move == "orbit":
        return Camera(eye, target, side * speed, still, focal)
    return Camera(eye, target, still, still, focal)
