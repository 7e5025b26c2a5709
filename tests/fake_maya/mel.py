"""`maya.mel` as far as the plug-in uses it: asking for a global variable."""

from __future__ import annotations

import re

from tests.fake_maya.session import current

GLOBALS = {"gPlayBackSlider": "timeControl1", "gShelfTopLevel": "ShelfLayout", "gMainWindow": "MayaWindow"}


def eval(statement: str) -> str:
    """The value of a global, as MEL gives it for an assignment: `$mine = $gTheirs`."""
    current()
    asked = re.fullmatch(r"\s*\$\w+\s*=\s*\$(\w+)\s*;?\s*", statement)
    if not asked or asked[1] not in GLOBALS:
        raise RuntimeError(f"Error occurred during execution of MEL script: {statement}")
    return GLOBALS[asked[1]]
