"""Scenes that become shots: the demo that is built by code, and the import of USD files."""
