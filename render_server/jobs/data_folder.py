"""Where everything lies below the data folder. Every name is made here, from an id that was checked."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from shot_format.files import PARTIAL


@dataclass(frozen=True)
class DataFolder:
    """The places of one server's files."""

    root: Path

    def make(self) -> None:
        """Make the folders that are not there yet; only their owner may look inside."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.blobs, self.uploads, self.frames, self.looks, self.trainings, self.logs):
            folder.mkdir(exist_ok=True)

    def of(self, show: str | None) -> DataFolder:
        """Where a show's blobs lie; nothing of another show is below it. None: here."""
        return self if show is None else DataFolder(self.root / "shows" / show)

    def shows(self) -> list[str]:
        """The shows that sent something."""
        return sorted(place.name for place in self.root.glob("shows/*"))

    def sweep(self) -> None:
        """After a start: delete the temporary files of whatever was being written when the server stopped."""
        folders = ("", "blobs/*/", "frames/*/", "exports/*/", "tokens/", "trainings/*/", "shows/*/blobs/*/")
        for folder in folders:
            for place in self.root.glob(f"{folder}{PARTIAL}*"):
                place.unlink(missing_ok=True)
        for room in self.looks.glob(f"{PARTIAL}*"):
            shutil.rmtree(room, ignore_errors=True)

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.sqlite"

    @property
    def token(self) -> Path:
        return self.root / "token"

    @property
    def tokens(self) -> Path:
        return self.root / "tokens"

    @property
    def signing_key(self) -> Path:
        return self.root / "signing.key"

    @property
    def address(self) -> Path:
        return self.root / "server.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def frames(self) -> Path:
        return self.root / "frames"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def looks(self) -> Path:
        return self.root / "looks"

    @property
    def trainings(self) -> Path:
        return self.root / "trainings"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def blob(self, sha256: str) -> Path:
        """Where a whole blob lies."""
        return self.blobs / sha256[:2] / sha256

    def upload(self, sha256: str, length: int) -> Path:
        """Where a blob of so many bytes lies while it comes in."""
        return self.uploads / f"{sha256}.{length}"

    def job(self, job: str) -> Path:
        """Where a job's painted frames lie."""
        return self.frames / job

    def export(self, shot: str) -> Path:
        """Where a shot's passes lie as files for other tools."""
        return self.exports / shot

    def painted(self, job: str, number: int) -> Path:
        """Where a painted frame lies."""
        return self.job(job) / f"{number:06d}.png"

    def training(self, training: str) -> Path:
        """Where a training's checkpoints, previews and archive lie."""
        return self.trainings / training

    def checkpoint(self, training: str, step: int, sha256: str) -> Path:
        """Where a checkpoint lies. The hash is in the name, so that no other takes its place."""
        return self.training(training) / f"{step:07d}-{sha256[:16]}.checkpoint"

    def preview(self, training: str, step: int, sha256: str) -> Path:
        """Where a preview sheet lies."""
        return self.training(training) / f"{step:07d}-{sha256[:16]}.png"

    def result(self, training: str, sha256: str) -> Path:
        """Where the archive of a finished look lies until it is installed."""
        return self.training(training) / f"{sha256[:16]}.paintover"
