"""Two shows, two tokens: neither lists, uses, or learns the existence of anything of the other's."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from render_server.api.token import list_tokens, new_token, revoke_token
from render_server.app import create_app
from render_server.jobs import tables
from render_server.jobs.ledger import Ledger
from render_server.looks.install import install_look
from render_server.settings import Settings
from shot_format.codec import to_json
from shot_format.pack import write_pack
from tests.looks.made import small_look
from tests.server.harness import WORKER_TOKEN, TestShot, make_shot, png, running

OPERATORS = {"/metrics"}  # which a show's token does not find at all
FOR_ALL = {"/health", "/ready"}
ART = ("villain/art", "villain/none")  # a collection that is there, and one that is not
RIGHTS = {"artist": "M. Nowak", "owner": "the villain's production", "licence": "work for hire", "consent": "a contract"}


@dataclass
class Studio:
    """One server, two shows, and what the second of them has on it."""

    client: TestClient
    data: Path
    tokens: dict[str, str]
    made: TestShot = field(default_factory=lambda: make_shot(1))
    job: str = ""
    piece: str = ""
    training: str = ""
    sent: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def call(self, show: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[show]}", **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def work(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {WORKER_TOKEN}", **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def fill(self, show: str, made: TestShot, look: str, key: str) -> str:
        """Send a shot and have it painted; gives the job."""
        assert self.call(show, "POST", "/v1/shots", content=to_json(made.shot)).status_code == 201
        for frame in made.frames:
            answer = self.call(show, "PUT", f"/v1/shots/{made.shot.id}/frames/{frame.number}", content=to_json(frame))
            assert set(answer.json()["missing"]) == set(made.blobs) - self.sent[show], "what another show sent is not there for this one"
        assert self.call(show, "POST", "/v1/blobs", content=write_pack(list(made.blobs.items()))).status_code == 204
        self.sent[show] |= set(made.blobs)
        assert self.call(show, "POST", f"/v1/shots/{made.shot.id}/close").status_code == 200
        body = {"shot": made.shot.id, "recipe": {"look": look}}
        answer = self.call(show, "POST", "/v1/jobs", json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        self.paint(answer.json()["id"])
        return str(answer.json()["id"])

    def paint(self, job: str) -> None:
        lease = self.work("POST", "/v1/leases", json={"worker": "tester"}).json()
        assert lease["job"]["id"] == job
        mine = {"Lease-Token": lease["token"]}
        names = list(self.made.blobs)
        assert self.work("POST", f"/v1/leases/{job}/blobs", json={"names": names}, headers=mine).status_code == 200
        sums = {"Content-SHA256": hashlib.sha256(png(1)).hexdigest(), "Model-Seconds": "0.1"}
        assert self.work("PUT", f"/v1/leases/{job}/frames/1", content=png(1), headers={**mine, **sums}).status_code == 201
        assert self.work("POST", f"/v1/leases/{job}/done", headers=mine).status_code == 204

    def teach(self, show: str) -> None:
        """Add a piece of art, ask for a training, and train as far as a preview."""
        picture = png(77)
        self.piece = hashlib.sha256(picture).hexdigest()
        assert self.call(show, "POST", "/v1/blobs", content=write_pack([(self.piece, picture)])).status_code == 204
        body = {"blob": self.piece, "name": "villain.png", "rights": RIGHTS}
        assert self.call(show, "POST", f"/v1/art/{show}/art/pieces", json=body).status_code == 201
        body = {"plan": {"name": f"{show}/ink", "steps": 10}, "art": f"{show}/art"}
        answer = self.call(show, "POST", "/v1/trainings", json=body, headers={"Idempotency-Key": "train-1"})
        assert answer.status_code == 201, answer.text
        self.training = answer.json()["id"]
        lease = self.work("POST", "/v1/leases", json={"worker": "tester", "trains": ["cpu"]}).json()
        assert lease["training"]["id"] == self.training
        mine = {"Lease-Token": lease["token"], "Content-SHA256": hashlib.sha256(png(5)).hexdigest()}
        path = f"/v1/leases/trainings/{self.training}"
        assert self.work("PUT", f"{path}/previews/1", content=png(5), headers=mine).status_code == 201
        report = {"stage": "training", "step": 1, "steps": 10, "figures": {"texture": 0.5}}
        assert self.work("POST", f"{path}/report", json=report, headers=mine).status_code == 200


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    data = tmp_path_factory.mktemp("data")
    for key in ("hero/wash@3", "villain/ink@1"):
        install_look(small_look(data.parent / f"draft-{key.replace('/', '-')}-{data.name}", key), data / "looks", "ana", "trained")
    tokens = {show: new_token(data / "tokens", show)[1] for show in ("hero", "villain")}
    app = create_app(Settings(data=data, workers=0, worker_token=WORKER_TOKEN, poll_time=0.1, disk_floor=0))
    with TestClient(app, base_url="http://127.0.0.1:8188") as client:
        tokens["all"] = (data / "token").read_text().strip()
        studio = Studio(client, data, tokens)
        studio.job = studio.fill("villain", studio.made, "villain/ink", "take-1")
        assert studio.call("villain", "PUT", f"/v1/shots/{studio.made.shot.id}/export").status_code == 202
        studio.teach("villain")
        yield studio


def requests(studio: Studio) -> dict[tuple[str, str], dict[str, Any]]:
    """How each route is called; a route that is not here fails the walk."""
    made = studio.made
    offsets = {"Upload-Offset": "0", "Upload-Length": "8"}
    body = {"shot": made.shot.id, "recipe": {"look": "villain/ink@1"}}
    return {
        ("GET", "/health"): {}, ("GET", "/ready"): {}, ("GET", "/metrics"): {},
        ("POST", "/v1/shots"): {"content": to_json(replace(made.shot, name="Ours"))},
        ("GET", "/v1/shots/{shot}"): {},
        ("PUT", "/v1/shots/{shot}/frames/{number}"): {"content": to_json(made.frames[0])},
        ("POST", "/v1/shots/{shot}/close"): {},
        ("PUT", "/v1/shots/{shot}/export"): {}, ("GET", "/v1/shots/{shot}/export"): {},
        ("DELETE", "/v1/shots/{shot}/export"): {}, ("GET", "/v1/shots/{shot}/export/{name}/{number}"): {},
        ("POST", "/v1/blobs"): {"content": write_pack([])},
        ("HEAD", "/v1/blobs/{sha256}"): {},
        ("PATCH", "/v1/blobs/{sha256}"): {"content": b"1234", "headers": offsets},
        ("POST", "/v1/jobs"): {"json": body, "headers": {"Idempotency-Key": "take-1"}},
        ("GET", "/v1/jobs"): {}, ("GET", "/v1/jobs/{job}"): {}, ("DELETE", "/v1/jobs/{job}"): {},
        ("GET", "/v1/jobs/{job}/events"): {}, ("GET", "/v1/jobs/{job}/proof"): {}, ("GET", "/v1/jobs/{job}/frames/{number}"): {},
        ("GET", "/v1/looks"): {}, ("GET", "/v1/looks/{name:path}"): {}, ("GET", "/v1/looks/{name:path}/thumbnail"): {},
        ("GET", "/v1/art"): {}, ("GET", "/v1/art/{name:path}"): {}, ("GET", "/v1/art/{name:path}/pieces/{sha256}"): {},
        ("POST", "/v1/art/{name:path}/pieces"): {"json": {"blob": studio.piece, "name": "a.png"}},
        ("POST", "/v1/trainings"): {
            "json": {"plan": {"name": "hero/wash", "steps": 10}, "art": "villain/art"}, "headers": {"Idempotency-Key": "train-1"}
        },
        ("GET", "/v1/trainings"): {}, ("GET", "/v1/trainings/{training}"): {}, ("DELETE", "/v1/trainings/{training}"): {},
        ("POST", "/v1/trainings/{training}/pause"): {}, ("POST", "/v1/trainings/{training}/resume"): {},
        ("POST", "/v1/trainings/{training}/finish"): {}, ("GET", "/v1/trainings/{training}/events"): {},
        ("GET", "/v1/trainings/{training}/previews/{step}"): {}, ("GET", "/v1/trainings/{training}/curves"): {},
    }  # fmt: skip


def routes(studio: Studio) -> list[tuple[str, str]]:
    """Every route but the workers', whose token is another."""
    found = list(_flat(studio.client.app.routes))  # type: ignore[attr-defined]
    assert all(isinstance(route, APIRoute) for route in found), "a kind of route that this walk does not know"
    assert len({route.path for route in found}) == len(studio.client.app.openapi()["paths"])  # type: ignore[attr-defined]
    pairs = [(method, route.path) for route in found for method in sorted(route.methods)]
    return [(method, path) for method, path in pairs if not path.startswith("/v1/leases")]


def _flat(given: Any) -> Iterator[Any]:
    for route in given:
        inner = getattr(route, "original_router", None)
        yield from (route,) if inner is None else _flat(inner.routes)


def test_every_route_answers_the_other_show_as_if_nothing_were_there(studio: Studio) -> None:
    blob = next(iter(studio.made.blobs))
    theirs = {"shot": studio.made.shot.id, "number": "1", "sha256": blob, "job": studio.job, "name:path": "villain/ink@1", "name": "depth"}
    none = {**theirs, "shot": f"shot-{uuid.uuid4().hex[:12]}", "sha256": "ab" * 32, "job": "0123456789abcdef", "name:path": "villain/non@1"}
    theirs, none = theirs | {"training": studio.training, "step": "1"}, none | {"training": "fedcba9876543210", "step": "1"}
    told, walked = requests(studio), routes(studio)
    assert len(walked) >= 20 and set(walked) == set(told), "every route needs its line here"
    for method, path in sorted(walked, key=lambda each: each == ("POST", "/v1/shots")):  # last, for it opens a shot of our own
        if path in FOR_ALL:
            continue
        art = "/v1/art" in path
        pairs = [
            names | {"name:path": name, "sha256": studio.piece} if art else names for names, name in ((theirs, ART[0]), (none, ART[1]))
        ]
        answers = [_answer(studio, method, path, told[method, path], names) for names in pairs]
        if path in OPERATORS:
            assert answers[0][0] == 404 and "route-unknown" in answers[0][1]
        assert answers[0] == answers[1], (method, path)
        assert "villain" not in answers[0][1] and studio.job not in answers[0][1], (method, path)
        if (
            "{job}" in path
            or "{training}" in path
            or "{name:path}" in path
            or "{shot}" in path
            and method != "DELETE"
            and path != "/v1/shots"
        ):
            assert answers[0][0] == 404, (method, path)


def _answer(studio: Studio, method: str, path: str, options: dict[str, Any], names: dict[str, str]) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers, with the names that were asked for taken out."""
    shown = path
    for name, value in names.items():
        shown = shown.replace(f"{{{name}}}", value)
    sent = json.loads(json.dumps({key: value for key, value in options.items() if key != "content"}))
    if "content" in options:
        content = options["content"]
        sent["content"] = content.replace(studio.made.shot.id, names["shot"]) if isinstance(content, str) else content
    if path == "/v1/trainings" and method == "POST":
        sent["json"]["art"] = ART[0] if names["job"] == studio.job else ART[1]
        sent["headers"]["Idempotency-Key"] = "train-1" if names["job"] == studio.job else "train-9"
    if path == "/v1/jobs" and method == "POST":
        sent["json"]["shot"], sent["json"]["recipe"]["look"] = names["shot"], names["name:path"]
        sent["headers"]["Idempotency-Key"] = "take-1" if names["job"] == studio.job else "take-9"
    answer = studio.call("hero", method, shown, **sent)
    text = answer.text
    for value in ART:
        text = text.replace(value, "<art>")
    for name, value in names.items():
        if name not in ("number", "name", "step"):
            text = text.replace(value, f"<{name}>")
    return answer.status_code, text, {key: value for key, value in answer.headers.items() if key not in ("content-length", "etag")}


def test_lists_hold_what_is_the_show_s_own(studio: Studio) -> None:
    looks = {show: {look["name"] for look in studio.call(show, "GET", "/v1/looks").json()} for show in studio.tokens}
    assert looks["hero"] & {"hero/wash", "villain/ink"} == {"hero/wash"}
    assert looks["villain"] & {"hero/wash", "villain/ink"} == {"villain/ink"}
    assert looks["all"] >= {"hero/wash", "villain/ink", "oil"} and "oil" in looks["hero"] & looks["villain"]
    jobs = {show: [job["id"] for job in studio.call(show, "GET", "/v1/jobs").json()] for show in studio.tokens}
    assert studio.job not in jobs["hero"] and studio.job in jobs["villain"] and studio.job in jobs["all"]
    trainings = {show: [each["id"] for each in studio.call(show, "GET", "/v1/trainings").json()] for show in studio.tokens}
    assert trainings == {"hero": [], "villain": [studio.training], "all": [studio.training]}
    art = {show: [each["name"] for each in studio.call(show, "GET", "/v1/art").json()] for show in studio.tokens}
    assert art == {"hero": [], "villain": ["villain/art"], "all": ["villain/art"]}
    assert studio.call("all", "GET", f"/v1/trainings/{studio.training}").json()["show"] == "villain"
    assert studio.call("villain", "GET", f"/v1/trainings/{studio.training}/previews/1").content == png(5)
    assert studio.call("all", "GET", f"/v1/jobs/{studio.job}").json()["show"] == "villain"
    assert studio.call("all", "GET", f"/v1/jobs/{studio.job}/frames/1").content == png(1)
    assert studio.call("villain", "GET", f"/v1/jobs/{studio.job}/frames/1").content == png(1)


def test_the_same_names_keys_and_bytes_are_free_for_the_other_show(studio: Studio) -> None:
    """The other show may call its shot so, use that key and send those very bytes, and must send all of them."""
    made = make_shot(1)
    other = replace(made.shot, name="Another shot under the same id")
    theirs = studio.fill("villain", made, "villain/ink", "take-2")
    job = studio.fill("hero", TestShot(other, made.frames, made.blobs), "hero/wash", "take-2")
    assert job != theirs
    assert studio.call("villain", "GET", f"/v1/shots/{other.id}").json()["shot"]["name"] == "A cube"
    assert studio.call("hero", "GET", f"/v1/shots/{other.id}").json()["shot"]["name"] == other.name
    for show, each in (("hero", job), ("villain", theirs)):
        assert studio.call(show, "GET", f"/v1/jobs/{each}").json()["shot"] == other.id


def test_a_show_trains_its_own_looks_on_its_own_art_alone(studio: Studio) -> None:
    def ask(show: str, **told: Any) -> httpx.Response:
        plan = {"name": f"{show}/ink", "steps": 1, **told.pop("plan", {})}
        body = {"plan": plan, "art": "villain/art", **told}
        return studio.call(show, "POST", "/v1/trainings", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    assert ask("hero").json()["code"] == ask("hero", art="villain/none").json()["code"] == "art-unknown"
    assert ask("hero", plan={"name": "villain/ink"}).json()["code"] == ask("hero", plan={"name": "ink"}).json()["code"] == "plan-show"
    assert ask("villain", plan={"start": "hero/wash@3"}).json()["code"] == "look-unknown"
    assert ask("villain", plan={"name": "villain/ink@4"}).json()["code"] == "plan-version"
    blob = {"blob": studio.piece, "name": "a.png"}
    assert studio.call("hero", "POST", "/v1/art/hero/art/pieces", json=blob).json()["code"] == "blob-unknown"
    started = ask("villain", plan={"start": "villain/ink"})
    assert started.status_code == 201 and started.json()["plan"]["start"] == "villain/ink@1"
    assert studio.call("villain", "DELETE", f"/v1/trainings/{started.json()['id']}").json()["state"] == "cancelled"


def test_knowing_a_hash_opens_no_blob(studio: Studio) -> None:
    """A show that names another's blob in a frame of its own gets nothing painted from it: it lacks, until the show itself sends it."""
    made = make_shot(1)
    data = b"a secret shape"
    secret = hashlib.sha256(data).hexdigest()
    assert studio.call("villain", "POST", "/v1/blobs", content=write_pack([(secret, data)])).status_code == 204
    frame = replace(made.frames[0], meshes=(replace(made.frames[0].meshes[0], points=secret),))
    assert studio.call("hero", "POST", "/v1/shots", content=to_json(made.shot)).status_code == 201
    path = f"/v1/shots/{made.shot.id}/frames/1"
    assert secret in studio.call("hero", "PUT", path, content=to_json(frame)).json()["missing"]
    assert studio.call("hero", "HEAD", f"/v1/blobs/{secret}").status_code == 404
    assert studio.call("villain", "HEAD", f"/v1/blobs/{secret}").status_code == 200
    half = {"Upload-Offset": "0", "Upload-Length": str(len(data))}
    assert studio.call("villain", "PATCH", f"/v1/blobs/{'cd' * 32}", content=b"1", headers=half).headers["upload-offset"] == "1"
    assert studio.call("hero", "PATCH", f"/v1/blobs/{'cd' * 32}", content=b"12", headers=half).headers["upload-offset"] == "2"
    assert studio.call("hero", "PATCH", f"/v1/blobs/{secret}", content=data[:3], headers=half).headers["upload-offset"] == "3"
    assert secret in studio.call("hero", "GET", f"/v1/shots/{made.shot.id}").json()["missing"]
    assert studio.call("hero", "PATCH", f"/v1/blobs/{secret}", content=data[3:], headers={**half, "Upload-Offset": "3"}).status_code == 204
    assert secret not in studio.call("hero", "GET", f"/v1/shots/{made.shot.id}").json()["missing"]


def test_a_blob_that_one_show_sends_completes_no_frame_of_another(studio: Studio) -> None:
    made, fresh = make_shot(1), hashlib.sha256(b"fresh").hexdigest()
    for show in ("hero", "villain"):
        assert studio.call(show, "POST", "/v1/shots", content=to_json(made.shot)).status_code == 201
        frame = replace(made.frames[0], meshes=(replace(made.frames[0].meshes[0], points=fresh),))
        assert fresh in studio.call(show, "PUT", f"/v1/shots/{made.shot.id}/frames/1", content=to_json(frame)).json()["missing"]
    assert studio.call("hero", "POST", "/v1/blobs", content=write_pack([(fresh, b"fresh")])).status_code == 204
    lacking = {show: studio.call(show, "GET", f"/v1/shots/{made.shot.id}").json()["missing"] for show in ("hero", "villain")}
    assert fresh not in lacking["hero"] and fresh in lacking["villain"]


def test_a_retired_look_paints_again_what_it_painted_and_nothing_new(studio: Studio) -> None:
    from render_server.looks.catalogue import Catalogue

    made = make_shot(1)
    studio.fill("hero", made, "hero/wash", uuid.uuid4().hex)
    recipe = studio.call("hero", "GET", "/v1/jobs").json()[0]["recipe"]
    Catalogue(studio.data / "looks").change("hero/wash@3", "retired", "ana", "the licence ran out")

    def ask(**body: Any) -> httpx.Response:
        return studio.call("hero", "POST", "/v1/jobs", json={"shot": made.shot.id, **body}, headers={"Idempotency-Key": uuid.uuid4().hex})

    refused = ask(recipe={"look": "hero/wash@3"})
    assert refused.status_code == 422 and refused.json()["code"] == "look-retired"
    assert "the licence ran out" in refused.json()["detail"] and "--again" in refused.json()["detail"]
    assert ask(recipe=recipe).json()["code"] == "look-retired"
    assert ask(recipe={"look": "hero/wash@3"}, again=True).json()["code"] == "recipe-open"
    assert ask(recipe={**recipe, "look_sha256": "ab" * 32}, again=True).json()["code"] == "recipe-model"
    assert ask(recipe={"look": "hero/wash"}).json()["code"] == "look-unknown"
    again = ask(recipe=recipe, again=True)
    assert again.status_code == 201 and again.json()["recipe"] == recipe
    studio.paint(again.json()["id"])
    assert "hero/wash" not in {look["name"] for look in studio.call("hero", "GET", "/v1/looks").json()}
    assert studio.call("hero", "GET", "/v1/looks/hero/wash@3").json()["state"] == "retired"


def test_a_revoked_token_opens_nothing_from_the_next_request_on(studio: Studio) -> None:
    kept, token = new_token(studio.data / "tokens", "hero")
    studio.tokens["passing"] = token
    assert studio.call("passing", "GET", "/v1/looks").status_code == 200
    revoke_token(studio.data / "tokens", kept.id)
    assert studio.call("passing", "GET", "/v1/looks").status_code == 401
    del studio.tokens["passing"]


def test_tokens_are_kept_hashed_and_private(studio: Studio) -> None:
    for token in (studio.tokens["hero"], studio.tokens["villain"]):
        for place in studio.data.rglob("*"):
            assert not place.is_file() or token.encode() not in place.read_bytes(), place
    for place in (studio.data / "tokens").iterdir():
        assert place.stat().st_mode & 0o077 == 0
    assert {token.show for token in list_tokens(studio.data / "tokens")} == {"hero", "villain"}


def test_a_damaged_token_file_opens_nothing_and_closes_nothing(studio: Studio) -> None:
    place = studio.data / "tokens" / "00000000.json"
    place.write_text('{"id": "00000000"')
    assert studio.call("hero", "GET", "/v1/looks").status_code == 200
    assert studio.client.get("/v1/looks", headers={"Authorization": "Bearer "}).status_code == 401
    place.unlink()


def test_the_worker_s_token_is_no_show_s_and_a_show_s_is_no_worker_s(studio: Studio) -> None:
    assert studio.call("hero", "POST", "/v1/leases", json={"worker": "x"}).status_code == 401
    assert studio.work("GET", "/v1/jobs").status_code == 401


def test_a_show_s_shot_is_painted_and_exported_by_real_processes(tmp_path: Path) -> None:
    made = make_shot(2)
    with running(tmp_path / "data", workers=1) as server:
        _, token = new_token(tmp_path / "data" / "tokens", "hero")
        server.user.headers["Authorization"] = f"Bearer {token}"
        server.upload(made)
        job = server.job(made)
        assert server.events(job)[-1].type == "done" and server.state(job)["show"] == "hero"
        assert server.user.put(f"/v1/shots/{made.shot.id}/export").json()["shot"] == made.shot.id
        while (status := server.user.get(f"/v1/shots/{made.shot.id}/export").json())["state"] == "running":
            pass
        assert status["state"] == "done" and status["shot"] == made.shot.id, status
        assert server.user.get(f"/v1/shots/{made.shot.id}/export/depth/1").status_code == 200
        assert not list((tmp_path / "data" / "blobs").rglob("*")) and list((tmp_path / "data" / "shows" / "hero" / "blobs").glob("*/*"))


def test_a_ledger_of_version_1_goes_on_as_no_show_s(tmp_path: Path) -> None:
    made = make_shot(1)
    with running(tmp_path, poll_time=0.1) as server:
        server.upload(made)
        job = server.job(made)
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as raw, raw:
        raw.execute("UPDATE version SET number = 1")
    with running(tmp_path, poll_time=0.1) as server:
        assert server.state(job)["state"] == "queued" and "show" not in server.state(job)
        assert server.user.get(f"/v1/shots/{made.shot.id}").json()["closed"]
    with Ledger(tmp_path / "ledger.sqlite").read() as tx:
        assert tx.execute(tables.version.select()).scalar() == tables.VERSION == 3
