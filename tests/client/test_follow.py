"""Following a job: no event lost, none twice, whatever happens to the stream."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace

import pytest

from maya_plugin.client import Address, Connection, follow, submit
from maya_plugin.client.upload import ShotUpload
from shot_format.errors import CancelledError, ServerError
from shot_format.messages import Event, JobRequest, Problem, Recipe
from tests.client.conftest import QUICK, SCALE
from tests.client.proxy import Fault, bad_network
from tests.client.shots import make_head
from tests.client.small_server import NOW, TOKEN, Small


def start_job(connection: Connection, small: Small) -> str:
    """Make a job that nobody paints: its events come from the test."""
    with ShotUpload(connection, make_head()):
        job = submit(connection, JobRequest("shot-1", Recipe("oil"))).id
    small.wait_for(lambda: len(small.events[job]) == 2)
    return job


def fill(small: Small, job: str, count: int) -> None:
    small.events[job] += [Event(n, job, "resumed", NOW) for n in range(len(small.events[job]) + 1, count)]
    small.add_event(job, "done")


def test_events_come_as_they_happen(connection: Connection, small: Small) -> None:
    job = start_job(connection, small)
    events = follow(connection, job)
    assert [next(events).type, next(events).type] == ["queued", "started"]
    small.add_event(job, "resumed")
    assert next(events).type == "resumed"
    small.add_event(job, "done")
    assert [event.type for event in events] == ["done"]


def test_cut_after_every_event(connection: Connection, small: Small) -> None:
    small.events_a_stream = 1
    job, count = start_job(connection, small), 400 * SCALE
    fill(small, job, count)
    assert [event.number for event in follow(connection, job)] == list(range(1, count + 1))
    assert sum("/events" in path for _, path in small.requests) == count


@pytest.mark.parametrize("seed", range(3))
def test_cut_at_any_byte(url: str, connection: Connection, small: Small, seed: int) -> None:
    job, numbers = start_job(connection, small), random.Random(seed)
    fill(small, job, 200)
    with bad_network(url, lambda: Fault(down=numbers.randint(1, 4000), reset=numbers.random() < 0.5)) as proxy:
        with Connection(Address(proxy.url, TOKEN), QUICK) as broken:
            assert [event.number for event in follow(broken, job)] == list(range(1, 201))
        assert proxy.cuts > 5


def test_taken_up_behind_a_given_event(connection: Connection, small: Small) -> None:
    job = start_job(connection, small)
    fill(small, job, 10)
    assert [event.number for event in follow(connection, job, after=7)] == [8, 9, 10]


def test_events_that_come_again_are_passed_over(connection: Connection, small: Small) -> None:
    job = start_job(connection, small)
    small.events[job] += [small.events[job][1], small.events[job][0]]
    small.events[job].append(Event(3, job, "done", NOW))
    assert [event.number for event in follow(connection, job)] == [1, 2, 3]


def test_a_gap_is_refused(connection: Connection, small: Small) -> None:
    job = start_job(connection, small)
    small.events[job].append(Event(9, job, "done", NOW))
    with pytest.raises(ServerError) as caught:
        list(follow(connection, job))
    assert caught.value.code == "server-answer"


@pytest.mark.parametrize("change", [{"job": "other"}, {"type": "frame"}])
def test_events_that_make_no_sense_are_refused(connection: Connection, small: Small, change: dict[str, str]) -> None:
    job = start_job(connection, small)
    small.events[job].append(replace(Event(3, job, "resumed", NOW), **change))
    with pytest.raises(ServerError) as caught:
        list(follow(connection, job))
    assert caught.value.code == "server-answer"


def test_a_silent_stream_is_taken_up_again(connection: Connection, small: Small) -> None:
    small.comment_time = 30.0
    job = start_job(connection, small)
    threading.Timer(1.5 * QUICK.silence, fill, (small, job, 5)).start()
    assert [event.number for event in follow(connection, job)] == [1, 2, 3, 4, 5]
    assert sum("/events" in path for _, path in small.requests) == 2


def test_an_unknown_job(connection: Connection) -> None:
    with pytest.raises(ServerError) as caught:
        list(follow(connection, "nothing"))
    assert caught.value.code == "job-unknown" and caught.value.status == 404


def test_stop_is_quick_while_nothing_happens(connection: Connection, small: Small) -> None:
    job, stop = start_job(connection, small), threading.Event()
    with connection.session(stop.is_set) as session:
        events = follow(session, job)
        assert [next(events).number, next(events).number] == [1, 2]
        threading.Timer(0.1, stop.set).start()
        began = time.monotonic()
        with pytest.raises(CancelledError):
            next(events)
    assert time.monotonic() - began < QUICK.silence


def test_the_problem_comes_with_the_failure(connection: Connection, small: Small) -> None:
    job, problem = start_job(connection, small), Problem("No", 500, "It broke.", "worker-died")
    small.add_event(job, "failed", problem=problem)
    assert list(follow(connection, job))[-1].problem == problem
