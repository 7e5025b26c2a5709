"""From a painted take to a checked one, and the same take once more, byte for byte: the whole road with the real painter."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from render_server.looks.catalogue import Catalogue
from render_server.looks.install import install_look
from render_server.provenance.metadata import read_record
from render_server.provenance.record import SOURCE_TYPE
from render_server.scenes.demo import export_demo
from shot_format.blobs import sha256
from tests.cli.test_demo import paintover, pictures
from tests.cli.test_looks import told
from tests.looks.made import TRAINING, painting_look
from tests.provenance.certificates import make_studio


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shot painted in a show's look, with the server that painted it."""
    room = tmp_path_factory.mktemp("made")
    export_demo(room / "shot", 2, (128, 72))
    install_look(painting_look(room / "draft"), room / "data" / "looks", "ana", "trained")
    done = paintover("render", room / "shot", "--out", room / "out", "--look", "hero/wash", "--data", room / "data", "--no-report")
    assert done.returncode == 0, done.stderr
    return room


def verified(*arguments: str | Path) -> tuple[bool, dict[str, Any]]:
    done = paintover("verify", *arguments, "--json")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode == 0) is told["untouched"], done.stderr
    return told["untouched"], told


def test_a_frame_says_where_it_comes_from(made: Path) -> None:
    data = (made / "out" / "frames" / "painted.1001.png").read_bytes()
    record, look = read_record(data), Catalogue(made / "data" / "looks").find("hero/wash@3")
    assert record is not None and SOURCE_TYPE.encode() in data
    assert (record.recipe.look, record.recipe.look_sha256) == ("hero/wash@3", look.sha256)
    assert record.recipe.model_sha256 == look.look.model_sha256 and record.art_manifest_sha256 == TRAINING["art_manifest_sha256"]
    assert look.look.training is not None and record.base_sha256 == look.look.training.base_sha256
    take = json.loads((made / "out" / "take.json").read_text())
    assert take["digital_source_type"] == SOURCE_TYPE and take["frames"]["1001"] == sha256(data)
    assert take["pixels"]["1001"] == record.pixels_sha256 and take["origin"]["art_manifest_sha256"] == record.art_manifest_sha256
    assert str(made) not in data.decode("latin-1")


def test_an_untouched_take_is_held_against_list_and_ledger(made: Path) -> None:
    right, told = verified(made / "out", "--data", made / "data")
    assert right and len(told["frames"]) == 2
    against = " ".join(told["frames"][0]["held_against"])
    assert "a key that you trust" in against and "ledger" in against and "not signed" in against
    assert verified(made / "out" / "frames" / "painted.1002.png", "--key", made / "data" / "signing.pub")[0]


def test_a_changed_frame_is_told(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "out", tmp_path / "out")
    path = tmp_path / "out" / "frames" / "painted.1001.png"
    with Image.open(path) as image:
        image.load()
        image.crop((0, 0, 100, 72)).save(path)
    right, told = verified(path, "--data", made / "data")
    assert not right and any("metadata are gone" in each for each in told["frames"][0]["differences"])
    right, told = verified(tmp_path / "out")
    assert not right and [each["verdict"] for each in told["frames"]] == ["changed", "untouched"]


def test_a_take_is_painted_again_from_any_of_its_frames(made: Path, tmp_path: Path) -> None:
    """On a server that never saw it, from its shot's folder; the look was retired since."""
    frame, data = made / "out" / "frames" / "painted.1002.png", tmp_path / "data"
    told("look", "export", "hero/wash@3", "--out", tmp_path / "w.paintover", "--data", made / "data")
    told("look", "import", tmp_path / "w.paintover", "--data", data)
    assert told("look", "retire", "hero/wash@3", "--why", "rights", "--data", data)["state"] == "retired"
    done = paintover("render", made / "shot", "--again", frame, "--out", tmp_path / "again", "--data", data)
    assert done.returncode == 0, done.stderr
    assert pictures(tmp_path / "again" / "frames") == pictures(made / "out" / "frames")
    assert "bytes are the same" in " ".join(done.stderr.split())


def test_a_take_is_painted_again_from_what_the_server_still_has(made: Path, tmp_path: Path) -> None:
    frame = made / "out" / "frames" / "painted.1001.png"
    done = paintover("render", "--again", frame, "--out", tmp_path / "again", "--data", made / "data", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["id"] != json.loads((made / "out" / "take.json").read_text())["job"]
    assert pictures(tmp_path / "again" / "frames") == pictures(made / "out" / "frames")


def test_another_shot_or_a_frame_without_a_record_is_refused(made: Path, tmp_path: Path) -> None:
    frame = made / "out" / "frames" / "painted.1001.png"
    export_demo(tmp_path / "other", 2, (160, 90))
    refused = paintover("render", tmp_path / "other", "--again", frame, "--out", tmp_path / "again", "--data", made / "data")
    assert refused.returncode == 1 and "shot-differs" in refused.stderr
    with Image.open(frame) as image:
        image.load()
        image.save(tmp_path / "bare.png")
    refused = paintover("render", made / "shot", "--again", tmp_path / "bare.png", "--out", tmp_path / "again", "--data", made / "data")
    assert refused.returncode == 1 and "record-missing" in refused.stderr
    assert not (tmp_path / "again").exists()


def test_stills_get_the_studio_s_credentials(made: Path, tmp_path: Path) -> None:
    pytest.importorskip("c2pa")
    studio, root = make_studio(tmp_path / "studio")
    frame = made / "out" / "frames" / "painted.1001.png"
    signed = made / "out" / "signed"
    options = ("--out", signed, "--certificate", studio.certificate, "--key", studio.key)
    done = paintover("credentials", frame, *options)
    assert done.returncode == 0, done.stderr
    right, told = verified(signed / frame.name, "--anchors", root, "--data", made / "data")
    assert right and told["credentials"]["state"] == "Trusted" and told["credentials"]["issuer"] == "A Studio for Tests"
    assert paintover("credentials", frame, *options, "--algorithm", "none").returncode == 1
