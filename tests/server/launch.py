"""Runs a real server for tests: settings as one JSON object on the command line, looks that need no weights."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from render_server.serving import end_with_parent, serve
from render_server.settings import Settings
from shot_format.errors import MissingError, PaintoverError
from shot_format.messages import LookInfo

FLAT = LookInfo("flat", 2, "Flat", "One colour an object.", "ab" * 32)


class FlatLooks:
    """One look, "flat", whose painter is tests/server/flat_worker.py."""

    def list(self, show: str | None) -> list[LookInfo]:
        return [FLAT]

    def find(self, name: str, show: str | None) -> LookInfo:
        if name not in ("flat", "flat@2"):
            raise MissingError("look-unknown", f"There is no look '{name}'.")
        return FLAT

    def base(self, name: str, show: str | None) -> str | None:
        return None

    def thumbnail(self, name: str, show: str | None) -> Path:
        self.find(name, show)
        raise MissingError("thumbnail-missing", f"The look '{name}' has no thumbnail.")


def main() -> int:
    options = json.loads(sys.argv[1])
    file_limit = options.pop("file_limit", None)
    if file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))
    for name in ("names", "origins"):
        options[name] = frozenset(options.get(name, ()))
    options["worker_command"] = tuple(options.get("worker_command", (sys.executable, "-m", "tests.server.flat_worker")))
    end_with_parent()
    try:
        serve(Settings(**{"port": 0, "workers": 0, "disk_floor": 0, **options, "data": Path(options["data"])}), FlatLooks())
    except PaintoverError as error:
        print(error.message, error.code, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
