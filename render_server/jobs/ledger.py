"""The ledger: one SQLite file, written ahead and synced at every commit, so that what was answered survives."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import DatabaseError

from render_server.jobs.bell import Bell
from render_server.jobs.tables import VERSION, metadata, version
from shot_format.errors import PaintoverError, StorageError

_BUSY_SECONDS = 10
_POOL = 48  # more than the web server's threads, so that none waits for a connection


class Ledger:
    """Opens the ledger, or makes it. `read` and `write` give a transaction; every write is committed to disk when its block ends.

    Raises PaintoverError ("ledger-newer", "ledger-broken") or StorageError ("disk-full", "disk-refused").
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bell = Bell()
        self._writer = threading.Lock()  # waiting here is fair and prompt; SQLite's own waiting sleeps
        self._engine = _engine(path)
        with _refusals(path):
            self._prepare()

    def _prepare(self) -> None:
        with self.write() as tx:
            metadata.create_all(tx)
            found = tx.execute(select(version.c.number)).scalar()
            if found is None:
                tx.execute(insert(version).values(number=VERSION))
            elif found < VERSION:
                tx.execute(update(version).values(number=VERSION))
            elif found > VERSION:
                raise PaintoverError(
                    "ledger-newer",
                    f"{self.path} was written by a newer Paintover (ledger version {found}, this one knows {VERSION}); "
                    "update Paintover, or choose another data folder.",
                )

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one unchanging state of the ledger."""
        with _refusals(self.path), self._engine.begin() as tx:
            yield tx

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Change the ledger: all of the block or, where it raises, nothing."""
        with _refusals(self.path), self._writer, self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def check_writable(self) -> None:
        """Write something that changes nothing. Raises StorageError."""
        with self.write() as tx:
            tx.execute(update(version).values(number=version.c.number))

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def now() -> str:
    """Give the time as the ledger writes it: UTC, ISO 8601, milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def hashed(text: str) -> str:
    """Give a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def _engine(path: Path) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, pool_size=_POOL, max_overflow=0, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say (see _begin), not where the driver guesses
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        refusal = _refusal(path, error.orig)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(path: Path, error: BaseException | None) -> PaintoverError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte; Python 3.10 has none
    if code in (11, 26):  # SQLITE_CORRUPT, SQLITE_NOTADB
        return PaintoverError("ledger-broken", f"{path} is damaged or no ledger; put a copy back, or choose another data folder.")
    if code in (10, 13):  # SQLITE_IOERR, SQLITE_FULL: a quota or a file size limit shows as an input/output error
        return StorageError("disk-full", f"There is no room to write {path}; free some space and start again.")
    if code in (5, 6, 8, 14):  # SQLITE_BUSY, SQLITE_LOCKED, SQLITE_READONLY, SQLITE_CANTOPEN
        return StorageError("disk-refused", f"{path} cannot be used: {error}.")
    return None
