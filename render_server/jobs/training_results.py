"""What comes of a training: the look's archive is kept first, and from then on no worker is needed to install it.

The version is reserved in the ledger before anything is installed, so that a server that is killed in between installs the same look again,
which changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select, update

from render_server.jobs import arrivals, bell, tables, training_files, training_leases, trainings
from render_server.jobs.arrivals import Arrived
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.looks.archive import import_look
from render_server.looks.registry import Look
from render_server.looks.trainings import LAST_STATES, Training
from render_server.looks.versions import next_version
from shot_format.errors import FormatError, LimitError, MissingError, PaintoverError
from shot_format.messages import Problem

_FINAL = (FormatError, MissingError, LimitError)  # another try would meet them again
_trainings = tables.trainings

_log = logging.getLogger("paintover.trainings")


def enter_result(
    ledger: Ledger, files: DataFolder, roots: Sequence[Path], training: str, token: str, sha256: str, arrived: Arrived
) -> None:
    """Keep the archive of a training's look, and reserve the look's version. roots: where looks lie.

    Raises FormatError ("file-hash"), ConflictError ("lease-lost", "training-cancelled"), StorageError.
    """
    try:
        training_files.check_sent(arrived, sha256)
        with ledger.write() as tx:
            row = training_leases.running(tx, training, token)
            arrivals.settle(arrived, files.result(training, sha256))
            tx.execute(update(_trainings).where(_trainings.c.id == training).values(result_sha256=sha256))
            _reserve(tx, roots, row)
    finally:
        with suppress(FileNotFoundError):
            arrived.place.unlink()


def install(ledger: Ledger, files: DataFolder, roots: Sequence[Path], training: str) -> Training:
    """Install a look whose archive is here, as a candidate, and end its training. Raises FormatError and the like where it is not right."""
    try:
        look = _installed(ledger, files, roots, training)
    except _FINAL as error:
        problem = Problem("The look cannot be installed", 422, error.message, error.code)
        _end(ledger, files, training, "failed", problem)
        raise
    return _end(ledger, files, training, "done", look=look.key)


def install_waiting(ledger: Ledger, files: DataFolder, roots: Sequence[Path]) -> None:
    """After a start: install what was kept and not yet installed."""
    waiting = select(_trainings.c.id).where(_trainings.c.result_sha256.is_not(None), _trainings.c.state.not_in(LAST_STATES))
    with ledger.read() as tx:
        found = list(tx.execute(waiting).scalars())
    for training in found:
        try:
            install(ledger, files, roots, training)
        except PaintoverError as error:
            _log.warning("Training %s: %s", training, error)


def _installed(ledger: Ledger, files: DataFolder, roots: Sequence[Path], training: str) -> Look:
    while True:
        with ledger.read() as tx:
            row = trainings.find_training(tx, training)
        try:
            why = f"trained on {row.art}, {len(row.pieces.split())} pieces"
            version = int(row.look.rpartition("@")[2])
            archive = files.result(training, row.result_sha256)
            return import_look(archive, files.looks, row.who, why, version, partial(_check, row))
        except FormatError as error:
            if error.code != "look-exists":  # somebody else took the number
                raise
        with ledger.write() as tx:
            _reserve(tx, roots, row)


def _check(row: Row[Any], look: Look) -> None:
    plan, made = trainings.read_plan(row), look.training
    art = (made.art_manifest_sha256, {each.sha256 for each in made.art}) if made else None
    if look.name != plan.name or art != (row.manifest_sha256, set(row.pieces.split())):
        raise FormatError("look-lineage", f"The look that was sent does not say that it is {plan.name}, made of the art of this training.")


def _reserve(tx: Connection, roots: Sequence[Path], row: Row[Any]) -> None:
    """Give the look the next version that neither is installed nor reserved."""
    name = trainings.read_plan(row).name
    others = tx.execute(select(_trainings.c.look).where(_trainings.c.look.startswith(f"{name}@", autoescape=True))).scalars()
    version = max([next_version(name, roots), *(int(key.rpartition("@")[2]) + 1 for key in others if key)])
    tx.execute(update(_trainings).where(_trainings.c.id == row.id).values(look=f"{name}@{version}"))


def _end(ledger: Ledger, files: DataFolder, training: str, state: str, problem: Problem | None = None, look: str | None = None) -> Training:
    with ledger.write() as tx:
        row = trainings.find_training(tx, training)
        trainings.end(tx, training, state, row.lease_worker or row.who, problem, look)
        values: dict[str, Any] = {"lease_sha256": None, "lease_worker": None, "lease_ends": None, "result_sha256": None}
        tx.execute(update(_trainings).where(_trainings.c.id == training).values(values))
        told = trainings.read_training(tx, trainings.find_training(tx, training))
    training_files.sweep(ledger, files, training)
    ledger.bell.ring(bell.of_training(training))
    return told
