"""Procedural painters, each another hand: what a network is shown as its targets."""

from __future__ import annotations

from render_server.training.painters import acrylic, gouache, ink, oil, pastel, watercolour
from render_server.training.painters.easel import SUPERSAMPLING, Painter

PAINTERS: dict[str, Painter] = {module.PAINTER.name: module.PAINTER for module in (oil, gouache, watercolour, ink, pastel, acrylic)}

__all__ = ["PAINTERS", "SUPERSAMPLING", "Painter"]
