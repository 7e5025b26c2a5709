"""What a server needs to know before it starts. Nothing here changes while it runs."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

GIB = 1024**3
DEFAULT_PORT = 8188
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - to be recognised, not to be bound


def default_data_folder() -> Path:
    """Give the platform's place for a program's own data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "paintover"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "paintover"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "paintover"


@dataclass(frozen=True)
class Settings:
    """One server's settings.

    data: the folder that holds everything; port: 0 takes a free one; names: further host names it may be called by;
    origins: web pages that may call it (none by default: Maya sends no Origin); certificate, key: PEM files, needed beyond loopback;
    looks: a folder of looks in place of the installed ones; workers: None counts the GPUs, 0 starts none;
    worker_token: for workers that are started elsewhere; None makes one that only this server's own workers get;
    disk_floor: bytes that must be free before a job is taken. All times are in seconds.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    names: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    certificate: Path | None = None
    key: Path | None = None
    looks: Path | None = None
    workers: int | None = None
    worker_token: str | None = field(default=None, repr=False)
    worker_command: tuple[str, ...] = (sys.executable, "-m", "render_server.worker")
    lease_time: float = 30.0
    poll_time: float = 20.0
    comment_time: float = 10.0
    body_time: float = 30.0
    disk_floor: int = 2 * GIB

    def address(self) -> str:
        """Give the URL that clients call."""
        return self._url(self.host)

    def worker_address(self) -> str:
        """Give the URL that workers on this machine call."""
        return self._url("127.0.0.1" if self.host in EVERYWHERE else self.host)

    def allowed_hosts(self) -> frozenset[str]:
        """Give every value of the Host header that is answered. Names of this machine's own loopback are always good."""
        names = {self.host, *self.names, *LOOPBACK, *({socket.gethostname()} if self.host in EVERYWHERE else ())}
        shown = {_in_url(name) for name in names}
        default = 443 if self.certificate else 80
        return frozenset({f"{name}:{self.port}" for name in shown} | (shown if self.port == default else set()))

    def _url(self, host: str) -> str:
        return f"{'https' if self.certificate else 'http'}://{_in_url(host)}:{self.port}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
