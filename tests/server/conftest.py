from collections.abc import Iterator

import pytest

from tests.server.harness import Server, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers, for all the tests of a file."""
    with running(tmp_path_factory.mktemp("data"), poll_time=0.3, comment_time=0.2) as server:
        yield server
