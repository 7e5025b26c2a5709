"""Jobs and looks: one key, one job; and the server fills in only what was left open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maya_plugin.client import Connection, ShotUpload, cancel_job, get_job, list_jobs, list_looks, submit
from maya_plugin.client.jobs import content_key, content_keys, submit_living
from shot_format.errors import FormatError, ServerError
from shot_format.messages import Blend, BlendKey, JobRequest, Recipe
from tests.client.shots import make_head
from tests.client.small_server import LOOK, Handler, Small

REQUEST = JobRequest("shot-1", Recipe("oil", seed=3))


@pytest.fixture(autouse=True)
def shot(connection: Connection) -> None:
    with ShotUpload(connection, make_head()):
        pass


def test_a_job_comes_with_its_recipe_filled_in(connection: Connection) -> None:
    job = submit(connection, REQUEST)
    assert job.recipe == replace(REQUEST.recipe, look="oil@3", width=64, height=32, first=1001, last=1006, model_sha256=LOOK.model_sha256)
    assert get_job(connection, job.id) == replace(job, state=get_job(connection, job.id).state)


@pytest.mark.parametrize("key", [None, "a-key"])
def test_a_lost_answer_makes_no_second_job(connection: Connection, small: Small, key: Any) -> None:
    small.lose_answers = {"POST"}
    submit(connection, REQUEST, key)
    assert len(small.jobs) == 1
    assert [path for method, path in small.requests if method == "POST"].count("/v1/jobs") == 2


def test_every_call_without_a_key_is_a_job_of_its_own(connection: Connection) -> None:
    assert submit(connection, REQUEST).id != submit(connection, REQUEST).id


def test_another_job_under_the_same_key_is_refused(connection: Connection) -> None:
    submit(connection, REQUEST, "a-key")
    with pytest.raises(ServerError) as caught:
        submit(connection, JobRequest("shot-1", Recipe("oil", seed=4)), "a-key")
    assert caught.value.code == "idempotency-conflict"


def test_cancelled_content_is_asked_anew_and_living_content_is_found(connection: Connection) -> None:
    ask = lambda: submit_living(connection, REQUEST, content_keys("content"))  # noqa: E731
    first = ask()
    assert ask().id == first.id
    assert cancel_job(connection, first.id).state == "cancelled"
    second = ask()
    assert second.id != first.id and ask().id == second.id


def test_keys_of_content_end_with_a_fresh_one() -> None:
    first, second = list(content_keys("content")), list(content_keys("content"))
    assert first[:-1] == second[:-1] and first[-1] != second[-1] and len(set(first)) == len(first) > 10


def test_content_keys_tell_what_determines_the_pixels() -> None:
    recipe = REQUEST.recipe
    keys = [
        content_key("shot", recipe, (LOOK,)),
        content_key("other shot", recipe, (LOOK,)),
        content_key("shot", replace(recipe, seed=4), (LOOK,)),
        content_key("shot", recipe, (replace(LOOK, model_sha256="cd" * 32),)),
    ]
    assert len(set(keys)) == 4 and all(len(key) <= 120 for key in keys)
    assert content_key("shot", recipe, (LOOK, replace(LOOK, name="ink", model_sha256="cd" * 32))) == keys[0]


@pytest.mark.parametrize("change", [{"seed": 4}, {"look": "ink@1"}, {"memory": False}])
def test_another_job_than_the_one_asked_for_is_refused(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    taken = Handler._new_job
    monkeypatch.setattr(
        Handler, "_new_job", lambda self, shot, request: taken(self, shot, replace(request, recipe=replace(request.recipe, **change)))
    )
    if "look" in change:
        monkeypatch.setattr("tests.client.small_server.LOOK", replace(LOOK, name="oilpaint"))
        with pytest.raises(ServerError):
            submit(connection, REQUEST)
        return
    with pytest.raises(ServerError) as caught:
        submit(connection, REQUEST)
    assert caught.value.code == "server-answer"


def test_a_blend_is_filled_in_and_no_other_is_taken(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    blend = Blend("ink", (BlendKey(1001, 0.0), BlendKey(1006, 1.0)))
    asked, taken = JobRequest("shot-1", replace(REQUEST.recipe, blend=blend)), Handler._new_job
    whole = replace(blend, look="ink@2", model_sha256="cd" * 32)

    def answers(given: Any) -> None:
        monkeypatch.setattr(
            Handler,
            "_new_job",
            lambda self, shot, request: taken(self, shot, replace(request, recipe=replace(request.recipe, blend=given))),
        )

    answers(whole)
    assert submit(connection, asked).recipe.blend == whole
    for other in (None, replace(whole, look="inkier@2"), replace(whole, keys=blend.keys[:1])):
        answers(other)
        with pytest.raises(ServerError, match="server-answer"):
            submit(connection, asked)
    answers(whole)
    with pytest.raises(ServerError, match="server-answer"):
        submit(connection, REQUEST)
    ink = replace(LOOK, name="ink")
    keys = [content_key("shot", asked.recipe, (LOOK, replace(ink, model_sha256=named * 32))) for named in ("ab", "cd")]
    assert len({*keys, content_key("shot", REQUEST.recipe, (LOOK, ink))}) == 3


def test_lists(connection: Connection) -> None:
    ids = [submit(connection, REQUEST).id for _ in range(3)]
    assert [job.id for job in list_jobs(connection)] == ids[::-1]
    assert list_looks(connection) == (LOOK,)


@pytest.mark.parametrize("id", ["../looks", "", "A", "a/b", "a" * 65])
def test_an_id_never_becomes_another_path(connection: Connection, small: Small, id: str) -> None:
    before = len(small.requests)
    with pytest.raises(FormatError):
        get_job(connection, id)
    assert len(small.requests) == before
