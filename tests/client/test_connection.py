"""The seam to the network: every failure is one of our own errors, with a sentence that helps."""

from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maya_plugin.client import Address, Connection, Patience, check_server, list_looks
from maya_plugin.client.connection import MAX_PROBLEM_BYTES, Retries
from shot_format.errors import CancelledError, FormatError, ServerError, StorageError
from tests.client.conftest import QUICK
from tests.client.small_server import TOKEN, Refusal, Small


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answering(raw: bytes) -> tuple[str, socket.socket]:
    """A server that says one thing to whoever comes, then closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                line.recv(65536)
                line.sendall(raw)

    threading.Thread(target=answer, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def test_health(connection: Connection) -> None:
    assert check_server(connection)


def test_no_server_is_told_at_once() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with Connection(Address(url, TOKEN)) as connection, pytest.raises(ServerError) as caught:
        check_server(connection)
    assert caught.value.code == "server-unreachable" and caught.value.status == 0
    assert url in caught.value.message and "paintover serve" in caught.value.message


@pytest.mark.parametrize("health", [{"status": "ok", "version": "99.0.0"}, {"status": "ok", "version": "0.99.1"}])
def test_another_version(connection: Connection, small: Small, health: object) -> None:
    small.health = health
    with pytest.raises(ServerError) as caught:
        check_server(connection)
    assert caught.value.code == "version-differs"


@pytest.mark.parametrize("health", [{}, [], {"version": 1}, {"version": "x" * 65}, {"version": "0.1\n"}, "0.1.0"])
def test_something_else_answers(connection: Connection, small: Small, health: object) -> None:
    small.health = health
    with pytest.raises(ServerError) as caught:
        check_server(connection)
    assert caught.value.code == "server-answer"


def test_a_wrong_token(url: str) -> None:
    with Connection(Address(url, "wrong"), QUICK) as connection, pytest.raises(ServerError) as caught:
        list_looks(connection)
    assert (caught.value.code, caught.value.status) == ("token-wrong", 401)


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_a_busy_server_is_asked_again(connection: Connection, small: Small, status: int) -> None:
    refusals = [Refusal(status, "busy")] * 3

    def refuse(method: str, path: str) -> None:
        if refusals:
            raise refusals.pop()

    small.before = refuse
    assert list_looks(connection)
    assert len(small.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 507])
def test_a_refusal_is_final(connection: Connection, small: Small, status: int) -> None:
    def refuse(method: str, path: str) -> None:
        raise Refusal(status, "no-such-luck")

    small.before = refuse
    with pytest.raises(ServerError) as caught:
        list_looks(connection)
    assert (caught.value.code, caught.value.status) == ("no-such-luck", status)
    assert len(small.requests) == 1


STRANGE = {
    "no HTTP at all": b"hello\r\n\r\n",
    "nothing": b"",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "an error page": b"HTTP/1.1 500 Oh\r\nContent-Length: 6\r\n\r\n<html>",
    "an endless error": b"HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n" + b"x" * (2 * MAX_PROBLEM_BYTES),
    "a list of something else": b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n[1,{},]",
    "an object for a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "cut in the middle": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[",
    "a packed answer": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_answers(name: str) -> None:
    url, listener = answering(STRANGE[name])
    patience = Patience(answer=1.0, session=0.2)
    with listener, Connection(Address(url, TOKEN), patience) as connection, pytest.raises(ServerError) as caught:
        list_looks(connection)
    assert caught.value.code in ("server-unreachable", "server-answer")
    assert TOKEN not in caught.value.message and caught.value.message.endswith(".")


def test_words_of_the_server_are_cleaned(connection: Connection, small: Small) -> None:
    def refuse(method: str, path: str) -> None:
        raise Refusal(400, "\x1b[31m" + "a" * 2000)

    small.before = refuse
    with pytest.raises(ServerError) as caught:
        list_looks(connection)
    assert caught.value.code == "server-answer" and caught.value.message.isprintable() and len(caught.value.message) <= 500


def test_a_stalled_server_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Connection(Address(url, TOKEN), Patience(answer=0.2, session=0.3)) as connection, pytest.raises(ServerError) as caught:
            list_looks(connection)
    assert caught.value.code == "server-unreachable"


def test_hanging_up_ends_a_call_that_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Connection(Address(url, TOKEN), Patience(answer=60.0)) as connection:
            threading.Timer(0.1, connection.hang_up).start()
            began = time.monotonic()
            with pytest.raises(CancelledError):
                list_looks(connection)
            assert time.monotonic() - began < 30


def test_a_session_that_stops_leaves_the_connection_alone(connection: Connection) -> None:
    with connection.session(lambda: True) as session, pytest.raises(CancelledError):
        list_looks(session)
    assert list_looks(connection)


def test_patience_begins_with_the_first_failure(connection: Connection) -> None:
    with Connection(connection.address, Patience(session=0.0)) as hasty:
        retries = Retries(hasty)
        error = ServerError("server-unreachable", "Gone.")
        retries.wait(error)  # the first new try is always made
        with pytest.raises(ServerError):
            retries.wait(error)
        retries.moved()
        retries.wait(error)


def test_neither_proxies_nor_redirects_get_the_token(url: str, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")
    with Connection(Address(url, TOKEN), QUICK) as connection:
        assert list_looks(connection)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext"]
    try:
        subprocess.run([*command, "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the openssl command")
    return folder / "cert.pem"


@pytest.fixture
def secure(certificate: Path) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_certificate_that_is_named_is_trusted_and_no_other(secure: str, certificate: Path) -> None:
    with Connection(Address(secure, TOKEN, certificate), QUICK) as connection:
        assert list_looks(connection) == ()
    with Connection(Address(secure, TOKEN), Patience(session=0.1)) as connection, pytest.raises(ServerError) as caught:
        list_looks(connection)
    assert caught.value.code == "server-unreachable" and "certificate" in caught.value.message.lower()


def test_a_broken_certificate(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    with pytest.raises(FormatError):
        Connection(Address("https://127.0.0.1:1", TOKEN, tmp_path / "cert.pem"))
    with pytest.raises(StorageError):
        Connection(Address("https://127.0.0.1:1", TOKEN, tmp_path / "missing.pem"))
