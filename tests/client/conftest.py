"""What the client's tests share."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from maya_plugin.client import Address, Connection, Patience
from tests.client.small_server import TOKEN, Small, serving

SCALE = int(os.environ.get("PAINTOVER_TEST_SCALE", "1"))  # 20 makes the nightly counts
QUICK = Patience(connect=2.0, answer=3.0, session=10.0, silence=1.0)


@pytest.fixture
def served() -> Iterator[tuple[Small, str]]:
    with serving() as (small, url):
        yield small, url


@pytest.fixture
def small(served: tuple[Small, str]) -> Small:
    return served[0]


@pytest.fixture
def url(served: tuple[Small, str]) -> str:
    return served[1]


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    with Connection(Address(url, TOKEN), QUICK) as connection:
        yield connection


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Every thread of the client has to end with what it was for."""
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("paintover")]
    assert not left
