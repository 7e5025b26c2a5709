"""`maya.standalone`: what mayapy calls before it can use Maya."""

from __future__ import annotations

from tests.fake_maya.session import current


def initialize(name: str = "python") -> None:
    """Start Maya without a window."""
    if not isinstance(name, str):
        raise TypeError("a name is needed")
    current().batch = True


def uninitialize() -> None:
    """End it."""
    current()
