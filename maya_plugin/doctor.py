"""What is wrong, in plain words, and what to do next. `python -m maya_plugin.doctor` looks at the server; inside Maya the scene too."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

import httpx

from maya_plugin.client import Address, Connection, Patience, check_server, find_server, list_looks
from maya_plugin.private_packages import private_folder
from shot_format.codec import parse
from shot_format.errors import PaintoverError
from shot_format.version import VERSION

GOOD, DOUBTFUL, BAD = "good", "doubtful", "bad"
MARKS = {GOOD: "ok  ", DOUBTFUL: "look", BAD: "BAD "}
PATIENCE = Patience(connect=3.0, answer=5.0, session=0.0)
MOST_BYTES = 64 * 1024
NEXT = {
    "server-missing": "Ask whoever runs the server for its address and a token, then run 'paintover pair ADDRESS'.",
    "server-unreachable": "Is the server on, and the network up? Whoever runs it starts it with 'paintover serve'.",
    "server-answer": "Another program answers there. Check the port; Paintover's own is 8188.",
    "server-address": "Pair again with the right address: 'paintover pair ADDRESS'.",
    "version-differs": "Install the bundle that this server made: 'paintover maya bundle' on its machine.",
    "token-missing": "Ask whoever runs the server for the token, then run 'paintover pair ADDRESS'.",
    "token-broken": "Pair again: 'paintover pair ADDRESS'.",
    "token-wrong": "The server was given a new token since. Ask for it, then pair again: 'paintover pair ADDRESS'.",
    "pairing-broken": "Pair again: 'paintover pair ADDRESS'.",
    "certificate-broken": "Ask for the server's certificate, then pair again: 'paintover pair ADDRESS --certificate FILE'.",
    "camera-missing": "Make a camera, or look through one, then ask again.",
    "camera-orthographic": "Look through a perspective camera, then ask again.",
    "camera-film-roll": "Set the camera's film roll to 0 and roll the camera itself.",
    "camera-broken": "Set its clip planes and film back in the attribute editor.",
    "disk-refused": "Set a project whose folder you may write to.",
    "disk-full": "Free some space on that disk.",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. state: "good", "doubtful" or "bad"; next_step: what to do, "" where there is nothing to do."""

    state: str
    what: str
    next_step: str = ""


def examine(find: Callable[[], Address] = find_server) -> tuple[Finding, ...]:
    """Look at this installation and at the server; it stops at the first thing that makes the rest pointless."""
    return (*_installation(), *_guarded(_server(find)))


def examine_scene() -> tuple[Finding, ...]:
    """Look at the open scene, inside Maya."""
    from maya_plugin.host.fitness import usable_camera
    from maya_plugin.host.maya_host import this_maya
    from maya_plugin.workflow.takes import take_root

    def look() -> Iterator[Finding]:
        sight = this_maya().sight()
        doubts = usable_camera(sight.view, *sight.size)
        yield Finding(GOOD, f"The camera {sight.view} can be painted.")
        yield from (Finding(DOUBTFUL, f"{each.name}: {each.reason}.") for each in doubts)
        yield Finding(GOOD, f"Takes are kept in {take_root(this_maya().places(), sight.scene, sight.view)}.")

    return tuple(_guarded(look()))


def report(findings: Iterable[Finding]) -> str:
    """The findings as text, one a line, and what to do below."""
    lines = []
    for each in findings:
        lines.append(f"{MARKS[each.state]}  {each.what}")
        if each.next_step:
            lines.append(f"      -> {each.next_step}")
    return "\n".join(lines)


def worst(findings: Iterable[Finding]) -> str:
    """The worst state among the findings."""
    states = {each.state for each in findings}
    return next((state for state in (BAD, DOUBTFUL) if state in states), GOOD)


def _installation() -> Iterator[Finding]:
    yield Finding(GOOD, f"Paintover {VERSION} in Python {platform.python_version()} on {platform.system()}.")
    private = private_folder()
    own = private is not None and private in Path(httpx.__file__).resolve().parents
    yield Finding(GOOD, f"httpx {httpx.__version__}, {'from the bundle' if own else f'from {Path(httpx.__file__).parent.parent}'}.")


def _server(find: Callable[[], Address]) -> Iterator[Finding]:
    address = find()
    with Connection(address, PATIENCE) as line:
        version = check_server(line)
        yield Finding(GOOD, f"The server at {address.url} answers; it has version {version}.")
        looks = list_looks(line)
        yield Finding(GOOD, "It takes the token.")
        if looks:
            yield Finding(GOOD, f"It paints in {', '.join(f'{look.name}@{look.version}' for look in looks)}.")
        else:
            yield Finding(BAD, "It has no look to paint in.", "Whoever runs it installs one; 'paintover look' there lists what it has.")
        yield from _readiness(line)


def _readiness(line: Connection) -> Iterator[Finding]:
    told = parse(line.call_once("GET", "/ready", expected=(503,), limit=MOST_BYTES).body, MOST_BYTES, "ready")
    known = told if isinstance(told, dict) else {}
    if not known.get("worker"):
        yield Finding(BAD, "None of its workers is there to paint.", "Wait a minute if it was just started; else its log folder says why.")
    if not known.get("disk"):
        yield Finding(BAD, "Its disk is nearly full, so it takes no work.", "Whoever runs it frees some space below its data folder.")
    if known.get("worker") and known.get("disk"):
        yield Finding(GOOD, "It is ready to paint.")


def _guarded(findings: Iterator[Finding]) -> Iterator[Finding]:
    """End with what went wrong."""
    try:
        yield from findings
    except PaintoverError as error:
        yield Finding(BAD, error.message, NEXT.get(error.code, ""))


def main(find: Optional[Callable[[], Address]] = None) -> int:
    """Print what was found; 1 where something is bad."""
    findings = examine(find or find_server)
    print(report(findings))
    return 1 if worst(findings) == BAD else 0


if __name__ == "__main__":
    sys.exit(main())
