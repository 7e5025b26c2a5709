"""Kill the worker, and the server, at random moments of trainings: the weights are those of an undisturbed one, and no training is lost.

PAINTOVER_TRAINING_KILLS: how many kills a test makes (50). PAINTOVER_REAL_TRAINING=1: with the real trainer, made small; it takes longer.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from tests.faults.studio import SEED
from tests.server.harness import Server, running
from tests.server.studio import TRAINER, add_art, events, kill_worker, state, training, wait_until, weights

KILLS = int(os.environ.get("PAINTOVER_TRAINING_KILLS", "50"))
REAL = bool(os.environ.get("PAINTOVER_REAL_TRAINING"))
PLAN = {"steps": 20, "preview_every": 10, "keep_every": 1} if REAL else {"steps": 400, "preview_every": 50, "keep_every": 5}
DEADLINE = 900.0 if REAL else 60.0  # seconds until a training must have kept something new


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALL_SECONDS", "0.01")


def serving(data: Path) -> AbstractContextManager[Server]:
    worker = (sys.executable, "-m", "tests.faults.real_worker") if REAL else TRAINER
    return running(data, workers=1, worker_command=worker)


def teach(server: Server) -> None:
    """Put art on it that the trainer takes."""
    if REAL:
        from tests.faults.test_real_training import add_stripes

        add_stripes(server)
    else:
        assert add_art(server).status_code == 201


def kept(server: Server, id: str) -> tuple[int, str]:
    found = state(server, id).get("checkpoint") or {"step": 0, "sha256": ""}
    return found["step"], found["sha256"]


def check(server: Server, id: str, right: str, kills: int, began: float) -> None:
    """The training is done, its log whole, its weights the right ones."""
    log = events(server, id)
    types = [event.type for event in log]
    assert types[-1] == "done" and "failed" not in types, log[-1]
    assert [event.number for event in log] == list(range(1, len(log) + 1))
    assert weights(server, id) == right
    assert not list((server.data / "trainings" / id).glob("*.checkpoint")) and not list(server.data.rglob(".partial-*"))
    resumed = types.count("resumed")
    print(f"\n{kills} kills in trainings, {resumed} resumed in the last, same weights, seed {SEED}, {time.monotonic() - began:.0f} s")


def test_killing_the_worker_in_a_training(tmp_path: Path) -> None:
    chance, began, kills = random.Random(SEED), time.monotonic(), 0
    with serving(tmp_path) as server:
        teach(server)
        undisturbed = training(server, **PLAN)
        assert events(server, undisturbed)[-1].type == "done"
        right, id = weights(server, undisturbed), training(server, **PLAN)
        while kills < KILLS:
            before = kept(server, id)
            # Mostly once something new was kept: five times in a row without that would rightly fail the training.
            if kills % 3:
                wait_until(lambda: kept(server, id) != before or state(server, id)["state"] == "done", DEADLINE)  # noqa: B023
            time.sleep(chance.uniform(0.0, 0.5))
            if state(server, id)["state"] == "done":
                check(server, id, right, kills, began)
                id = training(server, **PLAN)
                continue
            kill_worker(server)
            kills += 1
        check(server, id, right, kills, began)


def test_killing_the_server_in_a_training(tmp_path: Path) -> None:
    chance, began, kills = random.Random(SEED + 1), time.monotonic(), 0
    with serving(tmp_path) as server:
        teach(server)
        undisturbed = training(server, **PLAN)
        assert events(server, undisturbed)[-1].type == "done"
        right, id = weights(server, undisturbed), training(server, **PLAN)
    while kills < KILLS:
        with serving(tmp_path) as server:
            if state(server, id)["state"] == "done":
                check(server, id, right, kills, began)
                id = training(server, **PLAN)
            before = kept(server, id)
            if chance.random() < 0.7:
                wait_until(lambda: kept(server, id) != before or state(server, id)["state"] == "done", DEADLINE)  # noqa: B023
            time.sleep(chance.uniform(0.0, 0.5))
            children = psutil.Process(server.process.pid).children(recursive=True)
            os.kill(server.process.pid, signal.SIGKILL)
            kills += 1
            psutil.wait_procs(children, timeout=10)
    with serving(tmp_path) as server:
        check(server, id, right, kills, began)
