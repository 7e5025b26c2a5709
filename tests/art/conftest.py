from __future__ import annotations

from pathlib import Path

import pytest

from render_server.art.store import Collection, open_collection


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return open_collection(tmp_path / "store", "show/oils")
