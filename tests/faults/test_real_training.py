"""The real trainer under the real server, made small: it gives way to painting, is killed, and ends with the same weights."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

from render_server.looks.registry import read_look
from shot_format.blobs import sha256
from tests.look_training.test_train import painting
from tests.server.harness import Server, make_shot, running
from tests.server.studio import RIGHTS, events, kill_worker, state, training, wait_for_step, weights

WORKER = (sys.executable, "-m", "tests.faults.real_worker")
PLAN = {"steps": 10, "preview_every": 4, "keep_every": 1}


def add_stripes(server: Server) -> str:
    """Add a painting that the real trainer takes; gives the piece."""
    file = io.BytesIO()
    Image.fromarray(painting()).save(file, "PNG")
    picture = file.getvalue()
    assert server.patch(sha256(picture), picture, 0, len(picture)).status_code == 204
    piece = {"blob": sha256(picture), "name": "stripes.png", "rights": RIGHTS}
    assert server.user.post("/v1/art/hero/oils/pieces", json=piece).status_code == 201
    return sha256(picture)


def test_the_real_trainer_on_the_server(tmp_path: Path) -> None:
    with running(tmp_path / "data", worker_command=WORKER, workers=1) as server:
        piece = add_stripes(server)
        undisturbed = training(server, **PLAN)
        assert events(server, undisturbed)[-1].type == "done", state(server, undisturbed)
        id = training(server, **PLAN)
        wait_for_step(server, id, 2, 120)
        server.upload(made := make_shot(2))
        assert server.events(server.job(made))[-1].type == "done"
        wait_for_step(server, id, 5, 120)
        kill_worker(server)
        log = events(server, id)
        types = [event.type for event in log]
        assert types[-1] == "done", log[-1]
        assert types.count("gave-way") == 1 and types.count("resumed") == 2
        assert weights(server, id) == weights(server, undisturbed)
        look = read_look(server.data / "looks" / state(server, id)["look"])
        assert look.training is not None and look.training.art[0].sha256 == piece and look.version == 2
        assert state(server, id)["previews"] and look.training.figures
