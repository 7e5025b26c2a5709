"""Drop this file into Maya's viewport to take Paintover out of Maya. Painted takes and the pairing with a server stay."""

from __future__ import annotations

import sys


def onMayaDroppedPythonFile(*_args: object, **_kwargs: object) -> None:
    """What Maya calls."""
    try:
        from maya_plugin.host import installation

        installation.uninstall_here()
    finally:
        sys.modules.pop(__name__, None)
