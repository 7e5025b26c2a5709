"""Trainings with a real server and a real worker: what becomes of them, in what order, and what survives."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from render_server.looks.registry import read_look
from tests.server.harness import Server, make_shot
from tests.server.small_trainer import BREAKS, GREEDY, NAN, STUDIOUS
from tests.server.studio import (
    add_art,
    ask,
    change,
    events,
    kill_worker,
    state,
    training,
    trains,
    wait_for_step,
    wait_until,
    weights,
    workers,
)

LONG = {"steps": 100, "seed": 11}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A worker whose steps take their time, so that there is something to interrupt."""
    os.environ["SMALL_SECONDS"] = "0.01"
    try:
        with trains(tmp_path_factory.mktemp("slow"), workers=1, lease_time=3.0) as server:
            assert add_art(server, shade=10).status_code == 201
            assert add_art(server, shade=20).status_code == 201
            yield server
    finally:
        del os.environ["SMALL_SECONDS"]


@pytest.fixture(scope="module")
def right(slow: Server) -> str:
    """The weights of the plan LONG, when nothing comes in between."""
    id = training(slow, **LONG)
    assert events(slow, id)[-1].type == "done"
    return weights(slow, id)


def test_a_look_is_trained_followed_and_installed(slow: Server) -> None:
    id = training(slow, title="Oils of the hero", by="ana")
    log = events(slow, id)
    assert [event.number for event in log] == list(range(1, len(log) + 1))
    types = Counter(event.type for event in log)
    assert log[0].type == "queued" and log[0].who == "ana, with the server's own token" and log[-1].type == "done"
    assert log[1].type == "started" and log[1].who.startswith("local-0-")
    assert types["preview"] == 4 and types["figures"] == 4
    told = state(slow, id)
    assert told["state"] == "done" and told["report"]["step"] == 40 and told["previews"] == [10, 20, 30, 40]
    assert told["look"] == log[-1].look and told["look"].startswith("hero/oils@")
    look = read_look(slow.data / "looks" / told["look"])
    assert look.title == "Oils of the hero" and look.training is not None
    assert look.training.art_manifest_sha256 == told["manifest_sha256"]
    assert [piece.sha256 for piece in look.training.art] == told["pieces"] and look.training.art[0].owner == "the production"
    history = json.loads((slow.data / "looks" / f"{told['look']}.history" / "0001.json").read_text())
    assert history["state"] == "candidate" and history["who"].startswith("ana") and "hero/oils, 2 pieces" in history["why"]
    curves = slow.user.get(f"/v1/trainings/{id}/curves").json()
    assert [point["step"] for point in curves["points"]] == sorted({point["step"] for point in curves["points"]})
    assert [point["step"] for point in curves["points"] if point["figures"]] == [10, 20, 30, 40]
    sheet = slow.user.get(f"/v1/trainings/{id}/previews/20")
    assert sheet.headers["content-type"] == "image/png" and sheet.content.startswith(b"\x89PNG")
    assert slow.user.get(f"/v1/trainings/{id}/previews/21").json()["code"] == "preview-unknown"
    assert not list((slow.data / "trainings" / id).glob("*.checkpoint")) and not list((slow.data / "trainings" / id).glob("*.paintover"))
    again = training(slow, title="Oils of the hero", by="ana")
    assert events(slow, again)[-1].type == "done" and weights(slow, again) == weights(slow, id)
    assert state(slow, again)["look"] == f"hero/oils@{look.version + 1}"


def test_painting_goes_first_and_the_training_goes_on_after(slow: Server, right: str) -> None:
    id = training(slow, **LONG)
    wait_for_step(slow, id, 5)
    slow.upload(made := make_shot(3))
    job = slow.job(made)
    assert slow.events(job)[-1].type == "done"
    assert state(slow, id)["state"] in ("running", "queued")
    log = events(slow, id)
    types = [event.type for event in log if event.type in ("started", "gave-way", "resumed", "done")]
    assert types == ["started", "gave-way", "resumed", "done"]
    assert state(slow, id)["attempts"] <= 1 and weights(slow, id) == right
    report = next(
        event.report for event in log[log.index(next(e for e in log if e.type == "resumed")) :] if event.report and event.report.step
    )
    assert report.step > 5, "it goes on from what it kept"


def test_painting_goes_first_before_the_first_step_too(slow: Server) -> None:
    id = training(slow, seed=STUDIOUS)
    wait_until(lambda: state(slow, id).get("report"))
    slow.upload(made := make_shot(2))
    assert slow.events(slow.job(made))[-1].type == "done"
    told = state(slow, id)
    assert told["state"] in ("queued", "running") and told["report"]["stage"] == "studying the art" and "checkpoint" not in told
    for act in ("pause", "resume", "pause", "resume", "cancel"):  # whatever is asked while another wish is on its way
        change(slow, id, act)
    assert events(slow, id)[-1].type in ("cancelled", "paused") and state(slow, id)["state"] == "cancelled"


def test_what_is_painted_is_lent_before_what_is_trained(slow: Server) -> None:
    first = training(slow, steps=60, seed=2)
    wait_until(lambda: state(slow, first)["state"] == "running")
    second = training(slow, steps=10, seed=3)
    slow.upload(made := make_shot(2))
    job = slow.job(made)
    assert slow.events(job)[-1].type == "done"
    assert state(slow, second)["state"] == "queued", "the second training was asked for before the job, and waits"
    assert events(slow, first)[-1].type == events(slow, second)[-1].type == "done"


def test_pause_resume_finish_and_cancel(slow: Server) -> None:
    id = training(slow, steps=2000, seed=4)
    wait_for_step(slow, id, 5)
    assert change(slow, id, "pause", "ben")["wish"] == "pause"
    log = events(slow, id)
    assert [event.type for event in log if event.who.startswith("ben")] == ["asked"] and log[-1].type == "paused"
    paused = state(slow, id)
    assert paused["state"] == "paused" and paused["wish"] == "go on" and paused["checkpoint"]["step"] == paused["report"]["step"]
    following = training(slow, steps=5, seed=5)
    assert events(slow, following)[-1].type == "done" and state(slow, id)["state"] == "paused"
    assert change(slow, id, "resume")["state"] == "queued"
    wait_for_step(slow, id, paused["checkpoint"]["step"] + 5)
    assert change(slow, id, "finish")["wish"] == "finish"
    done = events(slow, id, log[-1].number)
    assert done[-1].type == "done" and state(slow, id)["report"]["step"] < 2000 and state(slow, id)["look"]
    other = training(slow, steps=2000, seed=6)
    wait_for_step(slow, other, 5)
    assert change(slow, other, "cancel")["state"] == "cancelled"
    assert events(slow, other)[-1].type == "cancelled"
    assert not list((slow.data / "trainings" / other).glob("*.checkpoint"))
    for act in ("pause", "resume", "finish", "cancel"):
        assert change(slow, other, act)["state"] == "cancelled" and change(slow, id, act)["state"] == "done"
    wait_until(lambda: not any((slow.data / "scratch").glob("*/work/*")))


def test_what_waits_is_paused_resumed_finished_and_cancelled_too(slow: Server) -> None:
    busy = training(slow, steps=2000, seed=7)
    wait_until(lambda: state(slow, busy)["state"] == "running")
    waiting = training(slow, steps=2000, seed=8)
    assert change(slow, waiting, "pause")["state"] == "paused"
    assert change(slow, waiting, "finish")["state"] == "queued"
    never = training(slow, seed=9)
    assert change(slow, never, "cancel")["state"] == "cancelled"
    change(slow, busy, "cancel")
    assert events(slow, waiting)[-1].type == "paused"  # the log to there; the rest follows
    log = [event.type for event in events(slow, waiting, 2)]
    assert log[:2] == ["queued", "asked"] and log[-1] == "done" and state(slow, waiting)["report"]["step"] < 50


def test_trainings_that_cannot_go_on_say_why(slow: Server) -> None:
    broken = training(slow, seed=BREAKS)
    last = events(slow, broken)[-1]
    assert last.type == "failed" and last.problem is not None and last.problem.code == "art-strange"
    greedy = training(slow, seed=GREEDY)
    log = events(slow, greedy)
    assert [event.type for event in log if event.type != "progress"] == ["queued", "started", "resumed", "failed"]
    assert log[-1].problem is not None and log[-1].problem.code == "memory-full"
    nan = training(slow, seed=NAN)
    assert events(slow, nan)[-1].type == "done" and all(
        "loss" not in point for point in slow.user.get(f"/v1/trainings/{nan}/curves").json()["points"]
    )


def test_a_killed_worker_loses_nothing(slow: Server, right: str) -> None:
    id = training(slow, **LONG)
    for kept in (5, 40, 70):
        wait_for_step(slow, id, kept)
        kill_worker(slow)
    log = events(slow, id)
    assert log[-1].type == "done" and [event.number for event in log] == list(range(1, len(log) + 1))
    assert [event.type for event in log].count("resumed") == 3
    assert weights(slow, id) == right
    points = slow.user.get(f"/v1/trainings/{id}/curves").json()["points"]
    assert [point["step"] for point in points if point["figures"]] == list(range(10, 101, 10))


def test_a_killed_server_loses_nothing(right: str, tmp_path: Path) -> None:
    id = ""
    for kept in (10, 60):
        with trains(tmp_path, workers=1) as server:
            if not id:
                add_art(server, shade=10), add_art(server, shade=20)
                id = training(server, **LONG)
            wait_for_step(server, id, kept)
            children = workers(server)
            os.kill(server.process.pid, signal.SIGKILL)
            for child in children:
                child.wait(5)  # it ends with its server
        (tmp_path / "trainings" / id / ".partial-torn").write_bytes(b"torn")
    with trains(tmp_path, workers=1) as server:
        log = events(server, id)
        assert log[-1].type == "done" and [event.number for event in log] == list(range(1, len(log) + 1))
        assert weights(server, id) == right and state(server, id)["attempts"] <= 1
        assert not list((tmp_path / "trainings" / id).glob(".partial-*"))


def test_the_same_key_gives_the_same_training(slow: Server) -> None:
    first = ask(slow, "train-1", steps=5, seed=14)
    assert first.status_code == 201
    add_art(slow, shade=30)
    again = ask(slow, "train-1", steps=5, seed=14)
    assert again.status_code == 200 and again.json()["id"] == first.json()["id"] and len(again.json()["pieces"]) == 2
    assert ask(slow, "train-1", steps=6, seed=14).json()["code"] == "idempotency-conflict"
    assert events(slow, first.json()["id"])[-1].type == "done"
    assert len(state(slow, training(slow, steps=5, pieces=["piece30.png"]))["pieces"]) == 1


def test_a_preview_is_what_the_trainer_drew(slow: Server) -> None:
    id = training(slow, steps=10, seed=15)
    drawn = next(event.preview for event in events(slow, id) if event.preview)
    sheet = slow.user.get(f"/v1/trainings/{id}/previews/10")
    assert sheet.headers["etag"] == f'"{drawn.sha256}"' and len(sheet.content) == drawn.bytes
