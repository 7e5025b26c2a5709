"""Takes a picture of every state of the panel, as a real Qt window without a screen, and checks each.

    python -m tests.maya.ui.picture_states OUT --scale 2 [--server URL --token-file FILE --look oil --size 480x270]

The scale is Qt's own, so this is a process of its own. With a server the pictures hold its looks and what it paints; without one the
painter is the small server of the client's tests, which gives the blocking back in sepia. Prints what it found as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path


def main() -> None:
    """Take all pictures."""
    asked = _arguments()
    os.environ["QT_QPA_PLATFORM"], os.environ["QT_SCALE_FACTOR"] = "offscreen", str(asked.scale)
    from tests.maya.ui import photographer  # Qt reads the scale when it is imported

    asked.out.mkdir(parents=True, exist_ok=True)
    seen = photographer.take_pictures(asked)
    json.dump([asdict(each) for each in seen], sys.stdout)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--server")
    parser.add_argument("--token-file", type=Path)
    parser.add_argument("--look", default="")
    parser.add_argument("--size", default="128x72")
    parser.add_argument("--frames", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    main()
