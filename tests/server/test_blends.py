"""A job that blends two looks: both at exact versions, and refused as a look alone is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from render_server.api.token import new_token
from render_server.app import create_app
from render_server.looks.catalogue import Catalogue
from render_server.looks.install import install_look
from render_server.looks.registry import OWN_LOOKS
from render_server.settings import Settings
from shot_format.codec import to_json
from tests.looks.made import small_adapter, small_look
from tests.server.harness import WORKER_TOKEN, make_shot

KEYS = [{"frame": 1, "weight": 0.0}, {"frame": 3, "weight": 1.0}]


class Show:
    """One show's calls to a server that has looks of two."""

    def __init__(self, client: TestClient, data: Path, token: str) -> None:
        self.client, self.store = client, data / "looks"
        self.headers = {"Authorization": f"Bearer {token}"}
        self.shot = make_shot(3).shot
        assert self.call("POST", "/v1/shots", content=to_json(self.shot)).status_code == 201

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, "Idempotency-Key": uuid.uuid4().hex}
        return self.client.request(method, path, headers=headers, **options)

    def submit(self, look: str, second: str, keys: Any = KEYS, again: bool = False, **blend: Any) -> httpx.Response:
        recipe = {"look": look, "blend": {"look": second, "keys": keys, **blend}}
        return self.call("POST", "/v1/jobs", json={"shot": self.shot.id, "recipe": recipe, **({"again": True} if again else {})})

    def refused(self, code: str, *asked: Any, **blend: Any) -> str:
        answer = self.submit(*asked, **blend)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        return str(answer.json()["detail"])


@pytest.fixture(scope="module")
def hero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    data, drafts = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("drafts")
    base = OWN_LOOKS / "painter@1"
    for number, key in enumerate(("hero/wash@3", "hero/old@1", "villain/ink@1")):
        install_look(small_adapter(drafts / str(number), base, key), data / "looks", "ana", "trained")
    install_look(small_look(drafts / "whole", "hero/whole@1"), data / "looks", "ana", "trained")
    _, token = new_token(data / "tokens", "hero")
    app = create_app(Settings(data=data, workers=0, worker_token=WORKER_TOKEN, poll_time=0.1, disk_floor=0))
    with TestClient(app, base_url="http://127.0.0.1:8188") as client:
        yield Show(client, data, token)


def test_both_looks_stand_in_the_job_and_its_proof_at_exact_versions(hero: Show) -> None:
    answer = hero.submit("hero/wash", "oil")
    assert answer.status_code == 201, answer.text
    offer, recipe = Catalogue(hero.store).find("oil"), answer.json()["recipe"]
    assert recipe["look"] == "hero/wash@3"
    assert recipe["blend"] == {"look": offer.look.key, "keys": KEYS, "model_sha256": offer.look.model_sha256, "look_sha256": offer.sha256}
    job = answer.json()["id"]
    assert hero.call("GET", f"/v1/jobs/{job}").json()["recipe"] == recipe
    assert json.loads(hero.call("GET", f"/v1/jobs/{job}/proof").json()["proof"])["recipe"] == recipe


def test_looks_over_different_bases_and_odd_keys_are_refused(hero: Show) -> None:
    hero.refused("blend-bases", "oil", "hero/whole")
    hero.refused("blend-bases", "hero/whole", "hero/whole")
    hero.refused("blend-keys", "oil", "ink", KEYS[::-1])
    hero.refused("blend-keys", "oil", "ink", [KEYS[0], KEYS[0]])
    hero.refused("field-value", "oil", "ink", [])
    hero.refused("recipe-model", "oil", "ink", model_sha256="ab" * 32)


def test_a_look_of_another_show_is_not_there(hero: Show) -> None:
    told = [hero.refused("look-unknown", "oil", name).replace(name, "?") for name in ("villain/ink@1", "villain/ink", "villain/none@1")]
    assert len(set(told)) == 1 and "villain" not in told[0]


def test_a_retired_look_is_blended_in_only_where_a_take_is_painted_again(hero: Show) -> None:
    whole = hero.submit("hero/wash", "hero/old").json()["recipe"]
    Catalogue(hero.store).change("hero/old@1", "retired", "ana", "rights")
    hero.refused("look-retired", "oil", "hero/old@1")
    body = {"shot": hero.shot.id, "recipe": whole, "again": True}
    assert hero.call("POST", "/v1/jobs", json=body).status_code == 201
    del whole["blend"]["look_sha256"]
    assert hero.call("POST", "/v1/jobs", json=body).json()["code"] == "recipe-open"
