"""Whole sessions over a bad network: every one ends with the right bytes, and wastes little."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from maya_plugin.client import Address, Connection, Patience, paint_shot
from maya_plugin.client import upload as upload_module
from shot_format.messages import Recipe
from tests.client.conftest import SCALE
from tests.client.proxy import Fault, bad_network
from tests.client.shots import make_folder, make_head
from tests.client.small_server import TOKEN, Small, png

CHUNK = 64 * 1024
SESSIONS = 50 * SCALE
PATIENCE = Patience(connect=5.0, answer=5.0, session=60.0, silence=5.0)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_module, "CHUNK", CHUNK)
    monkeypatch.setattr(upload_module, "PIECE", 4096)


def make_network(numbers: random.Random, size: int) -> tuple[str, object]:
    """One kind of bad network; every new connection over it gets a fault of its own."""
    kind = numbers.choice(["reset", "cut up", "cut down", "stalls", "latency", "slices", "everything"])

    def choose() -> Fault:
        up = numbers.randint(0, size) if kind in ("reset", "cut up", "everything") else None
        down = numbers.randint(0, 8000) if kind in ("reset", "cut down", "everything") else None
        return Fault(
            up,
            down,
            stall=0.1 if kind in ("stalls", "everything") else 0.0,
            latency=numbers.uniform(0.002, 0.02) if kind == "latency" else 0.0,
            piece=numbers.randint(100, 4000) if kind in ("slices", "everything") else 65536,
            reset=kind == "reset" or numbers.random() < 0.3,
        )

    return kind, choose


@pytest.mark.parametrize("seed", range(SESSIONS))
def test_a_session(url: str, small: Small, tmp_path: Path, seed: int) -> None:
    numbers = random.Random(seed)
    head = make_head(f"shot-{seed}", 1, numbers.randint(1, 6))
    folder = make_folder(tmp_path / "shot", head, vertices=numbers.choice([50, 4000, 12_000]), seed=seed)
    sizes = {path.name: path.stat().st_size for path in folder.path.glob("blobs/*/*")}
    kind, choose = make_network(numbers, sum(sizes.values()))
    with bad_network(url, choose, seed) as proxy, Connection(Address(proxy.url, TOKEN), PATIENCE) as connection:
        take = paint_shot(connection, folder, Recipe("oil"), tmp_path / "out")
        sent, cuts = proxy.sent_up, proxy.cuts
    assert [frame.number for frame in take.frames] == list(range(head.first, head.last + 1)), kind
    assert all(frame.path.read_bytes() == png(64, 32, frame.number) for frame in take.frames)
    assert {name: len(data) for name, data in small.blobs.items()} == sizes
    requests = 1000 * (len(small.requests) + cuts)  # heads and frames, sent again after a cut
    assert sent <= 1.1 * sum(sizes.values()) + CHUNK * cuts + requests, kind
    assert len(small.jobs) == 1
