"""Paintover's plug-in file, `plug-ins/paintover.py` in the bundle: Maya finds the functions here by their names."""

from maya_plugin.plug_in import initializePlugin, maya_useNewAPI, uninitializePlugin

__all__ = ["initializePlugin", "maya_useNewAPI", "uninitializePlugin"]
