"""Whether a server can be painted with, and its looks: asked on a worker thread, told on the main thread."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Callable, Optional

from maya_plugin.client import Address, Connection, Patience, check_server, list_looks
from maya_plugin.client.jobs import fetch_thumbnail
from maya_plugin.workflow.errands import Errands
from shot_format.errors import PaintoverError
from shot_format.messages import LookInfo

PATIENCE = Patience(connect=2.0, answer=5.0, session=0.0)  # it is asked again soon
PAUSE_READY, PAUSE_NOT_READY = 20.0, 3.0  # seconds between looks at the server
OLD = ("version-differs",)
REFUSED = ("token-wrong", "token-missing", "token-broken")


@dataclass(frozen=True)
class ServerState:
    """What is known of the server.

    kind: "looking" (nothing yet), "ready", "none" (nobody answers, or no address is known), "refused" (the token), "old" (another
    version). sentence: what is wrong and what to do. thumbnails: PNGs by look, as `look_name` names them.
    """

    kind: str = "looking"
    address: str = ""
    version: str = ""
    sentence: str = ""
    looks: tuple[LookInfo, ...] = ()
    thumbnails: dict[str, bytes] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether it can be painted with."""
        return self.kind == "ready"

    def look(self, name: str) -> Optional[LookInfo]:
        """The look of a recipe: by name and version, or the newest by name."""
        return next((look for look in self.looks if name in (look_name(look), look.name)), None)


def look_name(look: LookInfo) -> str:
    """A look as a recipe names it, with its version."""
    return f"{look.name}@{look.version}"


@dataclass(frozen=True)
class _Found:
    """What one look at the server gave. line: for painting; None where it cannot be painted with."""

    address: Optional[Address]
    line: Optional[Connection]
    state: ServerState


NOTHING = _Found(None, None, ServerState())


class ServerWatch:
    """Looks at the server again and again. `step` and `look_now` are called on the main thread."""

    def __init__(self, find: Callable[[], Address], clock: Callable[[], float] = time.monotonic) -> None:
        self._find, self._clock = find, clock
        self._errands = Errands("server")
        self._next = 0.0
        self._found = NOTHING

    @property
    def state(self) -> ServerState:
        """What is known."""
        return self._found.state

    @property
    def connection(self) -> Optional[Connection]:
        """What to paint over; None where it cannot be painted."""
        return self._found.line

    def step(self) -> bool:
        """Take what is known, and ask again when it is time. Whether something changed."""
        before = self.state
        self._errands.drain()
        if not self._errands.busy and self._clock() >= self._next:
            self._errands.run(lambda: _look(self._find, self._found), self._learn, self._fail)
        return self.state != before

    def look_now(self) -> None:
        """Ask at once."""
        self._next = 0.0

    def close(self) -> None:
        """Ask no more."""
        self._errands.close()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        self._errands.join(seconds)

    def _learn(self, found: _Found) -> None:
        self._found = found
        self._next = self._clock() + (PAUSE_READY if found.state.ready else PAUSE_NOT_READY)

    def _fail(self, error: Exception) -> None:
        sentence = error.message if isinstance(error, PaintoverError) else str(error)
        self._learn(_Found(None, None, ServerState(_kind(error), sentence=sentence)))


def _look(find: Callable[[], Address], before: _Found) -> _Found:
    """On the worker: find the server, ask for its version, its looks, their pictures."""
    address = find()
    try:
        with Connection(address, PATIENCE) as line:
            version, looks = check_server(line), list_looks(line)
            pictures = _thumbnails(line, looks, before.state.thumbnails)
    except PaintoverError as error:
        return _Found(address, None, ServerState(_kind(error), address.url, sentence=error.message))
    same = before.line is not None and before.address == address
    return _Found(address, before.line if same else Connection(address), ServerState("ready", address.url, version, "", looks, pictures))


def _thumbnails(line: Connection, looks: tuple[LookInfo, ...], known: dict[str, bytes]) -> dict[str, bytes]:
    """Pictures of the looks; those that are known already are not asked for again, for a version never changes."""
    found = {}
    for name in map(look_name, looks):
        picture = known.get(name) or fetch_thumbnail(line, name)
        if picture:
            found[name] = picture
    return found


def _kind(error: Exception) -> str:
    code, status = getattr(error, "code", ""), getattr(error, "status", 0)
    if code in OLD:
        return "old"
    return "refused" if code in REFUSED or status in (401, 403) else "none"
