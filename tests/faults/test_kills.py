"""Kill the worker, and the server, at random moments: nothing is lost, torn, doubled or different, and nobody has to do anything."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.studio import KILLS, Client, Studio, Tally, check, undisturbed


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_killing_the_worker(studio: Studio, tmp_path: Path) -> None:
    tally = Tally()
    studio.start()
    right = undisturbed(studio)
    client = Client(studio, tmp_path)
    client.start()
    while tally.kills < KILLS and client.is_alive():
        # Mostly while it paints; now and then while it still starts. Five times in a row without a frame would rightly fail the job.
        if tally.kills % 4:
            client.wait_for_frame(60)
        time.sleep(studio.random.uniform(0.0, 0.8))
        tally.kills += studio.kill_worker()
    _finish(studio, client, right, tally)
    studio.process.stop()
    print("\n" + tally.line("worker"))
    assert not tally.problems


def test_killing_the_server(studio: Studio, tmp_path: Path) -> None:
    tally = Tally()
    studio.start()
    right = undisturbed(studio)
    client = Client(studio, tmp_path)
    client.start()
    while tally.kills < KILLS and client.is_alive():
        # Half of them wait for a frame, so that jobs come to an end; the others fall into uploads, starts and sweeps.
        if studio.random.random() < 0.5:
            client.wait_for_frame(60)
        time.sleep(studio.random.uniform(0.0, 0.8))
        studio.kill_server()
        tally.kills += 1
        studio.start()
    _finish(studio, client, right, tally)
    left = [place for place in studio.data.rglob(".partial-*")]
    studio.process.stop()
    print("\n" + tally.line("server"))
    assert not tally.problems and not left


def _finish(studio: Studio, client: Client, right: list[bytes], tally: Tally) -> None:
    client.enough.set()
    client.join(300)
    if client.error is not None:
        raise client.error
    assert not client.is_alive(), "the last job does not end"
    check(studio, client.painted, right, tally)
