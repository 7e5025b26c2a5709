"""Everything of a scene that an artist would miss."""

from __future__ import annotations

from typing import Any

from tests.fake_maya import Maya


def snapshot(maya: Maya) -> dict[str, Any]:
    """The scene as plain values; two snapshots are equal where nothing was changed."""
    scene = maya.scene
    return {
        "nodes": sorted(node.name for node in scene.nodes),
        "values": {
            (node.name, name): (a.value, a.locked, a.curve, a.source and (a.source[0].name, a.source[1]))
            for node in scene.nodes
            for name, a in node.attributes.items()
        },
        "parents": {node.name: [parent.name for parent in node.parents] for node in scene.nodes},
        "sets": {node.name: [member.name for member in node.members] for node in scene.nodes},
        "time": scene.time,
        "selection": list(scene.selection),
        "modified": scene.modified,
        "undo": [name for name, _ in scene.undo_queue],
        "undo on": scene.undo_on,
        "option vars": dict(scene.option_vars),
        "panels": {name: (p.camera, dict(p.options), p.isolated) for name, p in scene.panels.items()},
        "windows": sorted(scene.windows),
        "focus": scene.focus,
        "units": dict(scene.units),
        "playback": dict(scene.playback),
        "reference edits": list(scene.references),
        "callbacks": sorted(maya.callbacks),
        "progress": dict(maya.progress),
        "script errors": list(scene.script_errors),
    }
