"""Paintover inside Maya. docs/maya-td.md says what is for whom."""

from maya_plugin.private_packages import add_private_packages

add_private_packages()
