"""`paintover look train` and `paintover training …`, with the small trainer of the server's tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import render_server.look_training
from render_server.art.locking import taken
from render_server.art.manifest import Rights
from render_server.art.originals import Original
from render_server.art.store import art_folder, open_collection
from render_server.cli.commands import app
from render_server.looks.plan import read_given
from tests.cli.test_looks import refused, told
from tests.server import small_trainer
from tests.server.harness import Server, png
from tests.server.studio import RIGHTS, add_art, events, trains, wait_until

SHORT = ("--steps", "30", "--by", "ana")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a collection of two pieces; the trainer is the small one, and the folder of trainings is the test's."""
    monkeypatch.setattr(render_server.look_training, "train", SimpleNamespace(train_look=small_trainer.train_small), raising=False)
    monkeypatch.chdir(tmp_path)
    add(tmp_path / "data", 10, Rights(**RIGHTS))
    add(tmp_path / "data", 20, Rights(**RIGHTS))
    return tmp_path / "data"


def add(data: Path, shade: int, rights: Rights) -> None:
    place = data.parent / f"piece{shade}.png"
    place.write_bytes(png(shade))
    open_collection(art_folder(data), "hero/oils").add(Original(place.name, (place,)), rights, "ana")


def train(data: Path, *more: str, name: str = "hero/oils") -> tuple[str, ...]:
    return ("look", "train", "--art", "hero/oils", "--name", name, "--data", str(data), *SHORT, *more)


def test_a_look_is_trained_installed_and_ready_to_paint_with(data: Path) -> None:
    result = CliRunner().invoke(app, train(data, "--title", "Oils of the hero"))
    said = " ".join(result.stderr.split())
    assert result.exit_code == 0, said
    assert "hero/oils@1 is installed, as a candidate" in said and "paintover render SHOT --look hero/oils@1" in said
    assert "index.html" in said
    shown = told("look", "show", "hero/oils@1", "--data", data)
    assert shown["title"] == "Oils of the hero" and shown["state"] == "candidate" and shown["last"]["who"] == "ana"
    assert shown["training"]["art_manifest_sha256"] == read_given(Path("out/training/hero.oils")).manifest_sha256
    assert len(shown["training"]["art"]) == 2
    again = told(*train(data, "--title", "Oils of the hero"))
    assert again["look"] == "hero/oils@1", "the same weights are no new version"
    assert told(*train(data, "--seed", "2", "--out", "out/other"))["look"] == "hero/oils@2"
    started = told(*train(data, "--start", "hero/oils", "--out", "out/third"))
    assert started["look"] == "hero/oils@3" and read_given(Path("out/third")).start == str(data / "looks" / "hero" / "oils@2")


def test_ctrl_c_keeps_a_checkpoint_and_the_same_command_goes_on(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = told(*train(data, name="hero/calm"))
    right = told("look", "show", undisturbed["look"], "--data", data)["model_sha256"]

    def interrupted(plan, material, folder, observer):  # type: ignore[no-untyped-def]
        report = observer.report

        def reports(each):  # type: ignore[no-untyped-def]
            if each.step == 7:
                os.kill(os.getpid(), signal.SIGINT)
            report(each)

        observer.report = reports
        return small_trainer.train_small(plan, material, folder, observer)

    monkeypatch.setattr(render_server.look_training, "train", SimpleNamespace(train_look=interrupted))
    result = CliRunner().invoke(app, train(data, "--out", "out/stopped", name="hero/calm"))
    said = " ".join(result.stderr.split())
    assert result.exit_code == 130 and "A checkpoint of step 7 is in out/stopped; the same command goes on from there" in said
    monkeypatch.setattr(render_server.look_training, "train", SimpleNamespace(train_look=small_trainer.train_small))
    assert (Path("out/stopped") / small_trainer.CHECKPOINT).is_file()
    done = told(*train(data, "--out", "out/stopped", name="hero/calm"))
    assert done["step"] == 30 and done["look"] == "hero/calm@1"
    assert told("look", "show", done["look"], "--data", data)["model_sha256"] == right
    assert "plan-differs" in refused(*train(data, "--seed", "9", "--out", "out/stopped"))
    with open("out/stopped/lock", "ab") as held:
        assert taken(held.fileno())
        assert "folder-in-use" in refused(*train(data, "--out", "out/stopped"))


def test_without_rights_nothing_is_trained_and_an_override_stays(data: Path) -> None:
    add(data, 30, Rights())
    said = refused(*train(data))
    assert "rights-missing" in said and "piece30" in said
    assert told(*train(data, "--piece", "piece10"))["look"] == "hero/oils@1"
    look = told(*train(data, "--override", "the contract is being signed", "--out", "out/all"))["look"]
    shown = told("look", "show", look, "--data", data)
    assert "ana: the contract is being signed" in shown["training"]["overrides"][0]


def test_what_cannot_be_trained_is_told_before_anything_begins(data: Path) -> None:
    assert "plan-version" in refused(*train(data, name="hero/oils@2"))
    assert "field-value" in refused(*train(data, name="No Name"))
    assert "field-value" in refused(*train(data, "--device", "abacus"))
    assert "look-unknown" in refused(*train(data, "--start", "hero/none"))
    assert "art-unknown" in refused("look", "train", "--art", "none", "--name", "hero/oils", "--data", str(data))
    assert not Path("out").exists()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    os.environ["SMALL_SECONDS"] = "0.02"
    try:
        with trains(tmp_path_factory.mktemp("server"), workers=1) as server:
            add_art(server)
            yield server
    finally:
        del os.environ["SMALL_SECONDS"]


def test_a_server_s_training_is_asked_for_followed_paused_and_finished(server: Server) -> None:
    there = ("--server", server.process.address, "--token-file", str(server.data / "token"))
    asked = told("look", "train", "--art", "hero/oils", "--name", "hero/oils", "--steps", "1000", "--by", "ana", *there)
    id = asked["id"]
    assert asked["plan"]["steps"] == 1000
    wait_until(lambda: told("training", "show", id, *there).get("report", {}).get("step", 0) > 1)
    assert told("training", "pause", id, "--by", "Ben Ö", *there)["id"] == id
    paused = events(server, id)[-1]
    assert paused.type == "paused"
    followed = told("training", "follow", id, *there)
    assert followed["state"] == "paused" and followed["checkpoint"]
    assert told("training", "resume", id, *there)["state"] == "queued"
    assert told("training", "finish", id, *there)["wish"] == "finish"
    assert events(server, id, paused.number)[-1].type == "done"
    done = told("training", "follow", id, *there)
    assert done["state"] == "done" and done["look"] == "hero/oils@1"
    assert "Ben Ö, with the server's own token" in server.user.get(f"/v1/trainings/{id}/events").text
    assert told("training", "list", "--data", server.data)["trainings"][0]["look"] == "hero/oils@1"
    assert told("training", "cancel", id, *there)["state"] == "done"
    assert "training-unknown" in refused("training", "show", "none", *there)
    assert add_art(server, "hero/bare", 50, {}).status_code == 201
    assert "rights-missing" in refused("look", "train", "--art", "hero/bare", "--name", "hero/oils", *there)
