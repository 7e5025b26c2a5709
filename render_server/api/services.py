"""What the routes work with, and the small things that all of them do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any, Protocol

from fastapi import Depends, Header, Path, Request, Response

from render_server.engines.exporter import Exporter
from render_server.jobs import queue, trainings
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.jobs.roster import Roster
from render_server.jobs.shows import inside
from render_server.jobs.uploads import Uploads
from render_server.settings import Settings
from shot_format.codec import encode, to_json
from shot_format.limits import FRAME_NUMBER
from shot_format.messages import LookInfo


class Looks(Protocol):
    """The looks that this server paints in."""

    def list(self, show: str | None) -> list[LookInfo]:
        """List every look that is offered to a show (None: to any), the one that a bare name means first."""
        ...

    def find(self, name: str, show: str | None) -> LookInfo:
        """Find a look, "oil" or "oil@1", retired too. Raises MissingError ("look-unknown"), FormatError ("look-changed")."""
        ...

    def base(self, name: str, show: str | None) -> str | None:
        """The hash of the network that a look changes; None where it has its own. Raises what `find` raises."""
        ...

    def thumbnail(self, name: str, show: str | None) -> FilePath:
        """Say where a look's thumbnail (PNG) lies. Raises MissingError ("look-unknown", "thumbnail-missing")."""
        ...


@dataclass(frozen=True)
class Services:
    """One server's parts. art: the folder of collections; look_roots: every folder that looks lie in."""

    settings: Settings
    files: DataFolder
    ledger: Ledger
    uploads: Uploads
    looks: Looks
    roster: Roster
    exporter: Exporter
    art: FilePath
    look_roots: tuple[FilePath, ...]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _show(request: Request) -> str | None:
    """Whose token it was, as the guard found; a request that passed no guard has no answer, and fails."""
    show: str | None = request.state.show
    return show


async def _body(request: Request) -> bytes:
    return await request.body()


Parts = Annotated[Services, Depends(_services)]
Body = Annotated[bytes, Depends(_body)]
Id = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Number = Annotated[int, Path(ge=-FRAME_NUMBER, le=FRAME_NUMBER)]


Key = Annotated[str, Header(alias="Idempotency-Key", pattern="^[A-Za-z0-9._:-]{1,128}$")]
LastEvent = Annotated[int, Header(ge=0, alias="Last-Event-ID")]
Show = Annotated[str | None, Depends(_show)]  # None: the server's own token, which opens all shows


def _own_shot(shot: Id, show: Show) -> str:
    return inside(show, shot)


def _own_job(parts: Parts, job: Id, show: Show) -> str:
    queue.check_job(parts.ledger, job, show)
    return job


def _own_training(parts: Parts, training: Id, show: Show) -> str:
    trainings.check_training(parts.ledger, training, show)
    return training


OwnShot = Annotated[str, Depends(_own_shot)]  # the shot that the caller's show calls so, by its name in the ledger
OwnJob = Annotated[str, Depends(_own_job)]  # a job that the caller may see; any other is job-unknown
OwnTraining = Annotated[str, Depends(_own_training)]  # likewise


def reply(value: Any, status: int = 200) -> Response:
    """Write a message as a JSON response."""
    return text_reply(to_json(value), status)


def text_reply(text: str, status: int = 200) -> Response:
    """Send JSON that is written already."""
    return Response(text, status, media_type="application/json")


def reply_list(values: list[Any]) -> Response:
    """Write messages as a JSON list."""
    return reply(encode(values))
