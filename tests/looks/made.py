"""Looks for tests: of a show, whole, with weights that a painter can load, and small where it need not paint."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

from render_server.looks.card import card
from render_server.looks.registry import OWN_LOOKS, read_look
from shot_format.blobs import sha256

TRAINING = {
    "art_manifest_sha256": "ab" * 32,
    "art": [{"sha256": "cd" * 32, "title": "Harbour at dusk", "owner": "The production", "licence": "work for hire"}],
    "code_version": "paintover 0.1.0",
    "settings": {"minutes": "30"},
    "seed": 7,
    "hardware": "two cores",
    "cost": {"seconds": 1800.0},
    "finished": "2026-11-25T12:00:00Z",
}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def tensors(metadata: dict[str, str], value: int = 0) -> bytes:
    """A safetensors file with one small tensor."""
    head = {"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}} | ({"__metadata__": metadata} if metadata else {})
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + bytes((value, 1, 2, 3))


def write_look(folder: Path, key: str, weights: bytes, training: dict[str, Any] | None = None, **more: Any) -> Path:
    """A look's folder with everything in it."""
    name, version = key.split("@")
    fields = {
        "name": name, "version": int(version), "title": "A wash", "description": "Thin.", "palette": {}, "strokes": {}, "recipe": {},
        "model_sha256": sha256(weights), "lineage": [], "licence": "the production's own", **more,
    }  # fmt: skip
    fields |= {"training": training} if training else {}
    (folder / "art").mkdir(parents=True, exist_ok=True)
    (folder / "weights.safetensors").write_bytes(weights)
    (folder / "look.json").write_text(json.dumps(fields))
    (folder / "thumbnail.png").write_bytes(PIXEL)
    look = read_look(folder)
    (folder / "MODEL_CARD.md").write_text(card(look) if look.training else "# A look\n")
    return folder


def small_look(folder: Path, key: str = "hero/wash@3", value: int = 0, **more: Any) -> Path:
    """A look with weights of its own that no painter could use."""
    write_look(folder, key, tensors({}, value), TRAINING if "/" in key else None, **more)
    (folder / "config.json").write_text("{}")
    return folder


def small_adapter(folder: Path, base: Path, key: str = "hero/wash@3", **more: Any) -> Path:
    """A look that changes a base; the base is made where it is not there."""
    if not base.is_dir():
        base.mkdir(parents=True)
        (base / "weights.safetensors").write_bytes(tensors({}, 9))
        (base / "config.json").write_text("{}")
    named = sha256((base / "weights.safetensors").read_bytes())
    return write_look(folder, key, tensors({"base": base.name, "base_sha256": named}), {**TRAINING, "base_sha256": named}, **more)


def painting_look(folder: Path, key: str = "hero/wash@3") -> Path:
    """A look that paints: the shipped watercolour under another name, with paler colours."""
    shutil.copytree(OWN_LOOKS / "watercolour@1", folder)
    name, version = key.split("@")
    fields = json.loads((folder / "look.json").read_text())
    base = sha256((OWN_LOOKS / "painter@1" / "weights.safetensors").read_bytes())
    fields |= {"name": name, "version": int(version), "training": {**TRAINING, "base_sha256": base}}
    fields["palette"]["chroma"] = 0.4
    (folder / "look.json").write_text(json.dumps(fields))
    return folder
