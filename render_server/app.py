"""The web application: every part of the web half, wired together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from anyio import to_thread
from fastapi import FastAPI

from render_server.api import art, blobs, exports, jobs, leases, looks, operations, problems, shots, training_leases, trainings
from render_server.api.guard import Guard, Rules
from render_server.api.installed_looks import InstalledLooks
from render_server.api.services import Looks, Services
from render_server.api.token import Tokens, ensure_token
from render_server.art.store import art_folder
from render_server.engines.base import Engine
from render_server.engines.exporter import Exporter
from render_server.engines.local import LocalEngine
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.jobs.lending import take_back_all, take_back_expired
from render_server.jobs.roster import Roster
from render_server.jobs.training_results import install_waiting
from render_server.jobs.uploads import Uploads
from render_server.looks.registry import looks_folders
from render_server.settings import Settings
from shot_format.errors import StorageError
from shot_format.files import storage_errors

EXPIRY_TIME = 1.0  # seconds between looks for leases that ran out

_log = logging.getLogger("paintover")


def create_app(settings: Settings, server_looks: Looks | None = None) -> FastAPI:
    """Make the application. It opens the data folder at once; its engine works while its lifespan lasts.

    server_looks: in place of those in settings. No other server may use the data folder (see serving.py). Raises PaintoverError.
    """
    files = DataFolder(settings.data)
    parts = _open(settings, files, server_looks or InstalledLooks(files.looks, (settings.looks,) if settings.looks else None))
    worker_token = settings.worker_token or secrets.token_urlsafe(32)
    engine = LocalEngine(settings, parts.ledger, parts.roster, files, worker_token)
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers=problems.HANDLERS,
        lifespan=_lifespan(parts, engine),
    )
    app.state.services = parts
    for module in (operations, shots, exports, blobs, jobs, leases, looks, art, trainings, training_leases):
        app.include_router(module.router)
    tokens = Tokens(ensure_token(files.token), files.tokens)
    app.add_middleware(Guard, rules=Rules(settings.allowed_hosts(), settings.origins, tokens, worker_token, settings.body_time))
    return app


def _open(settings: Settings, files: DataFolder, server_looks: Looks) -> Services:
    with storage_errors(files.root):
        files.make()
    ledger = Ledger(files.ledger)
    uploads = Uploads(ledger, files)
    take_back_all(ledger)
    with storage_errors(files.root):
        files.sweep()
        uploads.sweep()
    roots = (files.looks, *((settings.looks,) if settings.looks else looks_folders()))
    install_waiting(ledger, files, roots)
    return Services(settings, files, ledger, uploads, server_looks, Roster(), Exporter(ledger, files), art_folder(files.root), roots)


def _lifespan(parts: Services, engine: Engine) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.ledger.bell.attach()
        expiry = asyncio.create_task(_watch_leases(parts.ledger, engine))
        engine.start()
        try:
            yield
        finally:
            expiry.cancel()
            await to_thread.run_sync(parts.exporter.stop)
            await to_thread.run_sync(engine.stop)
            parts.ledger.close()

    return lifespan


async def _watch_leases(ledger: Ledger, engine: Engine) -> None:
    while True:
        await asyncio.sleep(EXPIRY_TIME)
        try:
            for silent in await to_thread.run_sync(take_back_expired, ledger):
                engine.drop(silent)
        except StorageError as error:  # a full disk must not end the watch
            _log.warning("%s", error)
