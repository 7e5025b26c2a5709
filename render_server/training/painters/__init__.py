"""Procedural painters, each another hand: what a network is shown as its targets beside the oil painter's."""

from __future__ import annotations

from render_server.training.painters import acrylic, gouache, ink, pastel, watercolour
from render_server.training.painters.easel import Painter

PAINTERS: dict[str, Painter] = {module.PAINTER.name: module.PAINTER for module in (gouache, watercolour, ink, pastel, acrylic)}

__all__ = ["PAINTERS", "Painter"]
