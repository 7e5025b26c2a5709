"""Runs a server until it is told to stop."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import json
import logging
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from render_server.jobs.bell import Bell
from render_server.jobs.data_folder import DataFolder
from render_server.lifeline import when_parent_ends
from render_server.settings import DEFAULT_PORT, Settings, default_data_folder
from shot_format.errors import PaintoverError
from shot_format.files import storage_errors, write_whole

KEEP_ALIVE_TIME = 30  # seconds; longer than between two heartbeats
STREAMS_END_TIME = 1  # seconds that answers on their way get when the server stops
_HARD_END_TIME = 3.0


def serve_until_stopped(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    data: Path | None = None,
    cert: Path | None = None,
    key: Path | None = None,
    names: Iterable[str] = (),
) -> None:
    """Run a server on this machine until SIGINT or SIGTERM. names: what else clients may call it. Raises what `serve` raises."""
    folder = data or default_data_folder()
    serve(Settings(data=folder, host=host, port=port, names=frozenset(names), certificate=cert, key=key))


def serve(settings: Settings, looks: Any = None, announce: Callable[[str], None] | None = None) -> None:
    """Run a server until SIGINT or SIGTERM; everything it started has then ended.

    announce: told where the server is, once it can be called; printed where None. looks: in place of those in settings.
    Raises PaintoverError: "tls-missing", "tls-broken", "data-in-use", "port-in-use", "host-refused", "ledger-newer", …; StorageError.
    """
    from render_server.app import create_app

    _check_exposure(settings)
    files = DataFolder(settings.data)
    with storage_errors(files.root):
        files.make()
    with _alone(files.lock), _bound(settings) as bound, _stop_signals():
        settings = replace(settings, port=bound.getsockname()[1])
        app = create_app(settings, looks)
        write_whole(files.address, json.dumps({"address": settings.address(), "pid": os.getpid()}).encode())
        try:
            (announce or _say)(f"Paintover serves at {settings.address()}; the token is in {files.token}. Ctrl-C stops it.")
            _run(settings, app, bound, app.state.services.ledger.bell)
        finally:
            files.address.unlink(missing_ok=True)


def _say(text: str) -> None:
    print(text, flush=True)


def end_with_parent() -> None:
    """Stop this process's server, cleanly if it can, when the parent that holds its standard input is gone."""
    when_parent_ends(_end)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_HARD_END_TIME)
    os._exit(1)


def _run(settings: Settings, app: Any, bound: socket.socket, bell: Bell) -> None:
    import uvicorn

    from render_server.http_protocol import patient_protocol

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            bell.close()  # event streams and waiting workers would otherwise hold the server up
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        date_header=False,
        http=patient_protocol(settings.body_time),
        ws="none",
        lifespan="on",
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        timeout_keep_alive=KEEP_ALIVE_TIME,
        timeout_graceful_shutdown=STREAMS_END_TIME,
    )
    with contextlib.suppress(KeyboardInterrupt):  # raised once more by uvicorn after it has stopped
        Server(config).run([bound])


def _check_exposure(settings: Settings) -> None:
    if settings.certificate is None:
        if not _is_loopback(settings.host):
            raise PaintoverError("tls-missing", f"Beyond this machine ({settings.host}) a server needs TLS: give it --cert and --key.")
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "no PEM of a certificate and its key"
        raise PaintoverError("tls-broken", f"The TLS certificate or key cannot be used ({reason}); check --cert and --key.") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold the data folder; the system lets go of it when this process ends, however it ends."""
    with storage_errors(place), open(place, "ab") as file:
        try:
            _lock(file.fileno())
        except BlockingIOError:
            raise PaintoverError(
                "data-in-use", f"Another server works in {place.parent}; stop it, or choose another folder with --data."
            ) from None
        yield


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP, for asyncio turns off the gathering of small packets (40 ms an answer) only where it reads that name.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        if os.name != "nt":  # there it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((settings.host, settings.port))
            bound.listen()  # whoever reads the address from now on may call: the call waits until the loop runs
        except OSError as error:
            raise _bind_error(settings, error) from error
        yield bound


def _bind_error(settings: Settings, error: OSError) -> PaintoverError:
    if error.errno == errno.EADDRINUSE:
        return PaintoverError("port-in-use", f"Port {settings.port} is in use, perhaps by another server; choose another with --port.")
    return PaintoverError("host-refused", f"This machine cannot listen on {settings.host}:{settings.port}: {error.strerror}.")


@contextlib.contextmanager
def _stop_signals() -> Iterator[None]:
    """Let SIGTERM end the server as SIGINT does: by an exception that passes every `finally`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
