"""The panel's tests run without a screen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.maya.ui.studio import Studio, studio


@pytest.fixture
def room(demo: tuple[Any, Any, Any], tmp_path: Path) -> Iterator[Studio]:
    """A studio whose server answers."""
    with studio(demo, tmp_path) as open_studio:
        open_studio.until(lambda: open_studio.desk.server.ready and not open_studio.desk.busy)
        yield open_studio
