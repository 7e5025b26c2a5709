"""How many workers start, and on what: told by the system's own tool, without loading a GPU library."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from render_server.engines.devices import cuda_devices, worker_devices

TWO = "GPU 0: NVIDIA H200 (UUID: GPU-aaaa)\nGPU 1: NVIDIA H200 (UUID: GPU-bbbb)\n"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the tool is looked for."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path / "nvidia-smi"


def install(tool: Path, says: str, code: int = 0) -> None:
    tool.write_text(f"#!/bin/sh\ncat <<'END'\n{says}END\nexit {code}\n")
    tool.chmod(0o755)


def test_one_worker_a_gpu(tool: Path) -> None:
    install(tool, TWO)
    assert cuda_devices({}) == ["0", "1"]
    assert worker_devices(None, {}) == ["0", "1"]
    assert worker_devices(3, {}) == ["0", "1", "0"]
    assert worker_devices(0, {}) == []


def test_one_worker_where_there_is_no_gpu(tool: Path) -> None:
    assert worker_devices(None, {}) == [None]
    install(tool, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", 9)
    assert worker_devices(None, {}) == [None]
    assert worker_devices(2, {}) == [None, None]


def test_what_the_environment_allows_is_what_counts(tool: Path) -> None:
    install(tool, TWO)
    assert cuda_devices({"CUDA_VISIBLE_DEVICES": "1"}) == ["1"]
    assert cuda_devices({"CUDA_VISIBLE_DEVICES": "GPU-bbbb, 0"}) == ["GPU-bbbb", "0"]
    assert worker_devices(None, {"CUDA_VISIBLE_DEVICES": ""}) == [None]
    assert worker_devices(None, {"CUDA_VISIBLE_DEVICES": "-1"}) == [None]
