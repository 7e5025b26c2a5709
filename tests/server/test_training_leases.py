"""Trainings call by call, with the test as the worker: rights, sealed art, leases, bounds, and what a look must say to be installed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from render_server.app import create_app
from render_server.art.store import open_collection
from render_server.jobs import lending, training_files, training_results
from render_server.looks.archive import export_look
from render_server.looks.install import install_look
from render_server.looks.plan import write_given
from render_server.looks.registry import read_look
from render_server.looks.trainings import LentArt, TrainingLease
from render_server.settings import Settings
from shot_format.blobs import sha256
from shot_format.codec import from_json
from tests.looks.made import small_look
from tests.server import studio
from tests.server.harness import WORKER_TOKEN, Server, make_shot, png
from tests.server.launch import FlatLooks
from tests.server.small_trainer import _draft
from tests.server.studio import add_art, ask, change, claim, on_lease, send, state, training


class InProcess(Server):
    """A server in this process: quick, and its parts can be reached."""

    def __init__(self, data: Path, client: TestClient) -> None:
        self.data, self.parts = data, client.app.state.services  # type: ignore[attr-defined]
        self.user = _Caller(client, (data / "token").read_text().strip())  # type: ignore[assignment]
        self.worker = _Caller(client, WORKER_TOKEN)  # type: ignore[assignment]


class _Caller:
    def __init__(self, client: TestClient, token: str) -> None:
        self._client, self._token = client, token

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}", **options.pop("headers", {})}
        return self._client.request(method, path, headers=headers, **options)

    def __getattr__(self, method: str) -> Any:
        return lambda path, **options: self.request(method.upper(), path, **options)


@contextlib.contextmanager
def in_process(data: Path) -> Iterator[InProcess]:
    app = create_app(Settings(data=data, workers=0, worker_token=WORKER_TOKEN, poll_time=0.05, disk_floor=0), FlatLooks())
    with TestClient(app, base_url="http://127.0.0.1:8188") as client:
        yield InProcess(data, client)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InProcess]:
    with in_process(tmp_path / "data") as server:
        assert add_art(server, shade=10).status_code == 201
        yield server


def code(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


def archive(server: InProcess, lease: TrainingLease, folder: Path, **given: Any) -> bytes:
    """What a trainer hands in."""
    told = from_json(LentArt, on_lease(server, lease, "GET", "art").content, 1 << 20, "art").given
    folder.mkdir(exist_ok=True)
    write_given(folder, type(told)(**{**vars(told), **given}))
    export_look(_draft(lease.training.plan, folder, "ab"), folder / "look.paintover", with_base=False)
    return (folder / "look.paintover").read_bytes()


def test_without_rights_nothing_is_trained(server: InProcess) -> None:
    assert add_art(server, shade=11, rights={}).status_code == 201
    refused = ask(server)
    assert code(refused, 422) == "rights-missing"
    [lack] = refused.json()["lacks"]
    assert lack == {"piece": sha256(png(11)), "missing": ["owner", "licence", "consent"]} and "piece11" in refused.json()["detail"]
    assert ask(server, pieces=["piece10"]).status_code == 201
    taken = ask(server, override="the contract is being signed", by="ana")
    assert taken.status_code == 201 and len(taken.json()["pieces"]) == 2
    manifest = open_collection(server.data / "art", "hero/oils").manifest()
    assert manifest.overrides[0].why == "the contract is being signed" and manifest.overrides[0].stamp.by.startswith("ana, with")
    assert claim(server) is not None
    lease = claim(server)
    assert lease is not None and lease.training.id == taken.json()["id"]
    lent = from_json(LentArt, on_lease(server, lease, "GET", "art").content, 1 << 20, "art")
    assert "the contract is being signed" in lent.given.overrides[0]


def test_a_piece_for_one_show_teaches_no_look_of_every_show(server: InProcess) -> None:
    assert add_art(server, "all", 12, {**studio.RIGHTS, "shows": ["hero"]}).status_code == 201
    refused = ask(server, art="all", name="oils")
    assert code(refused, 422) == "rights-missing" and "every show" in refused.json()["detail"]
    assert code(ask(server, art="all", name="villain/oils"), 422) == "rights-missing"
    assert ask(server, art="all", name="hero/oils").status_code == 201


def test_what_cannot_be_asked_for(server: InProcess) -> None:
    assert code(ask(server, art="none"), 404) == "art-unknown"
    assert code(ask(server, pieces=["none"]), 422) == "piece-unknown"
    assert code(ask(server, name="hero/oils@3"), 422) == "plan-version"
    assert code(ask(server, start="nothing@1"), 422) == "look-unknown"
    assert code(ask(server, steps=-1), 422) == "field-value"
    assert code(ask(server, device="abacus"), 422) == "field-value"
    assert code(ask(server, unknown=1), 422) == "field-unknown"
    assert code(server.user.post("/v1/trainings", json={}), 422) == "field-value"  # no key
    assert code(server.user.get("/v1/trainings/none"), 404) == "training-unknown"
    assert server.user.get("/v1/trainings").json() == []


def test_exactly_the_sealed_pieces_are_lent_whatever_becomes_of_the_collection(server: InProcess) -> None:
    add_art(server, shade=11)
    id = training(server)
    collection = open_collection(server.data / "art", "hero/oils")
    add_art(server, shade=12)
    collection.edit(sha256(png(10)), {"title": "Another title"}, "ben")
    lease = claim(server)
    assert lease is not None and lease.training.id == id
    lent = from_json(LentArt, on_lease(server, lease, "GET", "art").content, 1 << 20, "art")
    assert [piece.sha256 for piece in lent.given.art] == [sha256(png(10)), sha256(png(11))] == list(lease.training.pieces)
    assert lent.given.art[0].title == "piece10" and lent.given.manifest_sha256 == lease.training.manifest_sha256
    for picture in lent.pictures:
        assert sha256(on_lease(server, lease, "GET", f"pictures/{picture.sha256}").content) == picture.sha256
    later = collection.manifest().pieces[2].pictures[0].sha256
    assert code(on_lease(server, lease, "GET", f"pictures/{later}"), 404) == "picture-unknown"
    wrong = {"Lease-Token": "x"}
    assert code(on_lease(server, lease, "GET", f"pictures/{lent.pictures[0].sha256}", headers=wrong), 409) == "lease-lost"
    assert code(on_lease(server, lease, "GET", "art", headers=wrong), 409) == "lease-lost"
    collection.picture(collection.manifest().pieces[0].pictures[0]).unlink()
    assert code(on_lease(server, lease, "GET", f"pictures/{lent.pictures[0].sha256}"), 404) == "picture-lost"


def test_a_piece_that_was_retired_before_the_lease_is_not_trained_on(server: InProcess) -> None:
    add_art(server, shade=11)
    id, other = training(server), training(server, pieces=["piece11"])
    open_collection(server.data / "art", "hero/oils").set_state("piece10", "retired", "ben", "the licence ran out")
    lease = claim(server)
    assert lease is not None and lease.training.id == other
    ended = state(server, id)
    assert (
        ended["state"] == "failed" and ended["problem"]["code"] == "piece-retired" and "the licence ran out" in ended["problem"]["detail"]
    )
    assert code(ask(server, pieces=["piece10"]), 422) == "piece-retired"
    assert change(server, id, "resume")["state"] == "queued" and claim(server) is None and state(server, id)["state"] == "failed"


def test_two_checkpoints_are_kept_and_the_newest_goes_out(server: InProcess) -> None:
    id = training(server)
    lease = claim(server)
    assert lease is not None
    assert code(on_lease(server, lease, "GET", "checkpoint"), 404) == "checkpoint-unknown"
    for step in (5, 10, 15, 12):  # a training that went astray steps back
        assert send(server, lease, f"checkpoints/{step}", b"weights of %d" % step).status_code == 201
    assert send(server, lease, "checkpoints/12", b"weights of 12").status_code == 200
    assert code(send(server, lease, "checkpoints/20", b"torn", sha256(b"whole")), 422) == "file-hash"
    assert sorted(place.name[:7] for place in (server.data / "trainings" / id).iterdir()) == ["0000012", "0000015"]
    assert state(server, id)["checkpoint"]["step"] == 12
    lending.take_back_from(server.parts.ledger, "tester", "It was killed.")
    assert code(send(server, lease, "checkpoints/25", b"of a zombie"), 409) == "lease-lost"
    for path in ("heartbeat", "give-back", "failed"):
        body = {"title": "t", "status": 422, "detail": "d", "code": "c"} if path == "failed" else None
        assert code(on_lease(server, lease, "POST", path, json=body), 409) == "lease-lost"
    assert code(send(server, lease, "look", b"of a zombie"), 409) == "lease-lost"
    fresh = claim(server, "other")
    assert fresh is not None and on_lease(server, fresh, "GET", "checkpoint").content == b"weights of 12"
    assert from_json(LentArt, on_lease(server, fresh, "GET", "art").content, 1 << 20, "art").checkpoint == fresh.training.checkpoint
    assert sorted(place.name[:7] for place in (server.data / "trainings" / id).iterdir()) == ["0000012", "0000015"]


def test_previews_are_bounded_and_pictures(server: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_files, "MAX_PREVIEWS", 8)
    id = training(server)
    lease = claim(server)
    assert lease is not None
    assert code(send(server, lease, "previews/1", b"no picture"), 422) == "preview-broken"
    for step in range(1, 31):
        assert send(server, lease, f"previews/{step}", png(step)).status_code == 201
    assert send(server, lease, "previews/30", png(30)).status_code == 200
    kept = state(server, id)["previews"]
    assert len(kept) <= 9 and kept[0] == 1 and kept[-1] == 30
    assert len(list((server.data / "trainings" / id).glob("*.png"))) == len(kept)
    assert server.user.get(f"/v1/trainings/{id}/previews/1").content == png(1)


def test_reports_become_few_events_and_curves(server: InProcess) -> None:
    id = training(server, steps=4000)
    lease = claim(server)
    assert lease is not None
    for step in range(201):
        report = {"stage": "training", "step": step, "steps": 4000, "loss": 0.5}
        assert on_lease(server, lease, "POST", "report", json=report).json() == {"wish": "go on"}
    figures = {"stage": "training", "step": 200, "steps": 4000, "loss": 0.5, "figures": {"texture": 0.3}, "remarks": ["by heart"]}
    assert on_lease(server, lease, "POST", "report", json=figures).status_code == 200
    with server.parts.ledger.read() as tx:
        events = tx.exec_driver_sql("SELECT type FROM training_events").scalars().all()
    assert events[:2] == ["queued", "started"] and events.count("progress") == 11 and events[-1] == "figures"
    points = server.user.get(f"/v1/trainings/{id}/curves").json()["points"]
    assert len(points) == 101 and points[-1] == {"step": 200, "loss": 0.5, "figures": {"texture": 0.3}}


def test_one_training_of_two_gives_way_for_one_job(server: InProcess) -> None:
    first, second = training(server), training(server)
    leases = [claim(server, "one"), claim(server, "two")]
    assert all(leases) and claim(server, "three") is None
    server.upload(made := make_shot(1))
    job = server.job(made)
    wishes = [on_lease(server, lease, "POST", "heartbeat").json()["wish"] for lease in leases if lease]
    assert wishes == ["give way", "go on"]
    assert leases[0] and on_lease(server, leases[0], "POST", "give-back").status_code == 204
    assert state(server, first)["state"] == "queued" and state(server, first)["attempts"] == 0
    lent = Server.claim(server, "one")  # type: ignore[arg-type]
    assert lent is not None and lent.job.id == job
    assert state(server, second)["state"] == "running"
    again = claim(server, "three")
    assert again is not None and again.training.id == first


def test_a_training_waits_for_its_device(server: InProcess) -> None:
    id = training(server, device="cuda")
    assert claim(server) is None and claim(server, devices=()) is None
    lease = claim(server, devices=("cpu", "cuda"))
    assert lease is not None and lease.training.id == id


def test_five_attempts_without_a_checkpoint_are_enough(server: InProcess) -> None:
    id = training(server)
    for attempt in range(1, 5):
        assert claim(server, f"w{attempt}") is not None
        lending.take_back_from(server.parts.ledger, f"w{attempt}", "The worker was killed.")
    lease = claim(server, "good")
    assert lease is not None and lease.training.attempts == 5
    assert send(server, lease, "checkpoints/5", b"weights").status_code == 201
    lending.take_back_from(server.parts.ledger, "good", "The worker was killed.")
    for attempt in range(1, 6):
        assert state(server, id)["state"] == "queued"
        assert claim(server, f"x{attempt}") is not None
        lending.take_back_from(server.parts.ledger, f"x{attempt}", f"It died for the time {attempt}.")
    ended = state(server, id)
    assert ended["state"] == "failed" and ended["problem"]["code"] == "worker-died"
    assert change(server, id, "resume")["state"] == "queued"
    lease = claim(server)
    assert lease is not None and lease.training.checkpoint is not None and lease.training.checkpoint.step == 5


def test_a_lease_that_ran_out_is_lost_and_its_worker_named(server: InProcess) -> None:
    id = training(server)
    lease = claim(server, "frozen")
    assert lease is not None
    with server.parts.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE trainings SET lease_ends = 1")
    assert code(on_lease(server, lease, "POST", "heartbeat"), 409) == "lease-lost"  # even before anybody noticed
    assert lending.take_back_expired(server.parts.ledger) == ["frozen"] and state(server, id)["state"] == "queued"


def test_a_worker_hears_that_its_training_was_cancelled(server: InProcess) -> None:
    id = training(server)
    lease = claim(server)
    assert lease is not None
    change(server, id, "cancel", "ben")
    assert on_lease(server, lease, "POST", "heartbeat").json() == {"wish": "cancel"}
    assert code(send(server, lease, "checkpoints/5", b"weights"), 409) == "training-cancelled"
    assert code(on_lease(server, lease, "POST", "give-back"), 409) == "training-cancelled"
    assert not list((server.data / "trainings" / id).glob("*"))


def test_a_worker_that_dies_when_it_should_pause_leaves_it_paused(server: InProcess) -> None:
    id = training(server)
    assert claim(server, "one") is not None
    change(server, id, "pause")
    lending.take_back_from(server.parts.ledger, "one", "It was killed.")
    assert state(server, id)["state"] == "paused" and claim(server) is None


def test_the_look_that_comes_gets_the_next_version(server: InProcess, tmp_path: Path) -> None:
    install_look(small_look(tmp_path / "other", "hero/oils@4"), server.data / "looks", "ben", "brought")
    id = training(server, by="ana")
    lease = claim(server)
    assert lease is not None
    answer = send(server, lease, "look", archive(server, lease, tmp_path / "made"))
    assert answer.status_code == 200 and answer.json()["state"] == "done" and answer.json()["look"] == "hero/oils@5"
    look = read_look(server.data / "looks" / "hero/oils@5")
    assert look.version == 5 and "version 5" in (look.folder / "MODEL_CARD.md").read_text()
    assert code(send(server, lease, "look", b"again"), 409) == "lease-lost" and state(server, id)["state"] == "done"


def test_a_look_of_other_art_is_refused_and_ends_its_training(server: InProcess, tmp_path: Path) -> None:
    id = training(server)
    lease = claim(server)
    assert lease is not None
    wrong = archive(server, lease, tmp_path / "made", manifest_sha256="ef" * 32)
    assert code(send(server, lease, "look", wrong), 422) == "look-lineage"
    assert state(server, id)["state"] == "failed" and not list((server.data / "looks").glob("hero/*"))
    assert change(server, id, "resume")["state"] == "queued"
    lease = claim(server)
    assert lease is not None and code(send(server, lease, "look", b"no look at all"), 422) == "archive-broken"


def test_a_server_killed_before_the_look_was_installed_installs_it_at_its_start(
    server: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = training(server)
    lease = claim(server)
    assert lease is not None
    data = archive(server, lease, tmp_path / "made")
    monkeypatch.setattr(training_results, "install", lambda *_: {})  # dead from here on
    send(server, lease, "look", data)
    monkeypatch.undo()
    assert change(server, id, "cancel")["state"] == "running", "what is here already is not thrown away"
    assert not list((server.data / "looks").glob("hero/*"))
    with in_process(server.data) as again:
        assert state(again, id)["state"] == "done" and state(again, id)["look"] == "hero/oils@1"
        assert claim(again) is None and (again.data / "looks/hero/oils@1/look.json").is_file()
        assert json.loads((again.data / "looks/hero/oils@1.history/0001.json").read_text())["state"] == "candidate"


def test_art_is_added_listed_and_shown(server: InProcess) -> None:
    again = add_art(server, shade=10)
    assert again.status_code == 200 and again.json()["fresh"] is False
    added = add_art(server, "oils", 40, title="A harbour")
    assert added.status_code == 201 and added.json()["piece"]["title"] == "A harbour"
    assert added.json()["piece"]["added"]["by"] == "ana, with the server's own token"
    assert server.user.get("/v1/art").json() == [{"name": "hero/oils", "pieces": 1, "gaps": 0}, {"name": "oils", "pieces": 1, "gaps": 0}]
    assert [piece["title"] for piece in server.user.get("/v1/art/oils").json()["pieces"]] == ["A harbour"]
    assert server.user.get(f"/v1/art/oils/pieces/{sha256(png(40))}").json()["rights"]["owner"] == "the production"
    assert code(server.user.get(f"/v1/art/oils/pieces/{sha256(png(41))}"), 404) == "piece-unknown"
    assert code(server.user.get("/v1/art/none"), 404) == "art-unknown"
    assert code(server.user.get("/v1/art/No%20Name"), 422) == "field-value"
    assert code(server.user.post("/v1/art/oils/pieces", json={"blob": "ab" * 32, "name": "x.png"}), 404) == "blob-unknown"
    broken = b"\x89PNG\r\n\x1a\nnothing"
    assert server.patch(sha256(broken), broken, 0, len(broken)).status_code == 204
    assert code(server.user.post("/v1/art/oils/pieces", json={"blob": sha256(broken), "name": "x.png"}), 422) == "art-broken"
    assert code(server.user.post("/v1/art/oils/pieces", json={"blob": sha256(png(40)), "name": "x.png", "rights": {"boss": "me"}}), 422)
