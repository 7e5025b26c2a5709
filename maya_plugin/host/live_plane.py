"""A live frame in the viewport: shown as soon as it is painted, hidden as soon as the scene changes."""

from __future__ import annotations

from pathlib import Path

from maya_plugin.host.image_planes import COLOUR_AND_ALPHA, HIDDEN, PaintedPlane
from maya_plugin.workflow.host import CaptureRequest

LIVE = "live"  # the take that it shows


class LiveFrame:
    """One picture on a camera. Saved with the scene it would be of no use, so it is not written into its file."""

    def __init__(self, request: CaptureRequest) -> None:
        self._plane = PaintedPlane(request, LIVE, follows_time=False)
        self._plane.keep_out_of_file()

    def gone(self) -> bool:
        """Whether it was deleted, or its scene closed."""
        return self._plane.is_gone()

    def show(self, path: Path) -> None:
        """Show this picture until it is hidden."""
        self._plane.show_now(path, COLOUR_AND_ALPHA)

    def hide(self) -> None:
        """Show the blocking."""
        self._plane.show_now(None, HIDDEN)

    def remove(self) -> None:
        """Leave nothing behind."""
        self._plane.remove()
