"""Who may call, by what name, from where, and how much they may send."""

from __future__ import annotations

import http.client
import itertools
from urllib.parse import quote, urlsplit

import pytest

from render_server.app import create_app
from render_server.settings import Settings
from tests.server.harness import WORKER_TOKEN, Server
from tests.server.launch import FlatLooks

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
SHA = "ab" * 32


def raw(server: Server, method: str, path: str, headers: list[tuple[str, str]], body: bytes = b"") -> tuple[int, bytes, dict[str, str]]:
    """Send exactly these headers."""
    parts = urlsplit(server.process.address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(body or None)
    answer = connection.getresponse()
    found = (answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    connection.close()
    return found


def host(server: Server) -> str:
    return urlsplit(server.process.address).netloc


def paths(tmp_path: object) -> list[tuple[str, str]]:
    """Every route of the application, with its parameters filled in."""
    app = create_app(Settings(data=tmp_path, workers=0), FlatLooks())  # type: ignore[arg-type]
    values = {"shot": "s", "number": "1", "sha256": SHA, "job": "j", "name": "flat", "training": "t", "step": "1"}
    found = []
    for path, methods in app.openapi()["paths"].items():
        found += [(method.upper(), path.format(**values)) for method in methods]
    return found


def test_no_route_is_open_but_health(server: Server, tmp_path: object) -> None:
    routes = paths(tmp_path)
    assert len(routes) > 20
    known = {path for _, path in routes}
    right, worker, here = server.process.token, WORKER_TOKEN, ("Host", host(server))
    wrong = ["", f"Bearer {right}x", f"Bearer {right[:-1]}", f"bearer {right}", right, f"Basic {right}", f"Bearer  {right}", "Bearer "]
    checked = 0
    for path, method in itertools.product(sorted(known | {"/", "/docs", "/openapi.json", "/v1", "/v1/"}), METHODS):
        if path == "/health":
            continue
        others = [f"Bearer {right}"] if path.startswith("/v1/leases") else [f"Bearer {worker}"]
        for given in (wrong if method in ("GET", "DELETE") else wrong[:2]) + others:
            status, _, headers = raw(server, method, path, [here, ("Authorization", given)])
            assert status == 401, (method, path, given)
            assert headers["www-authenticate"] == "Bearer"
            checked += 1
        assert raw(server, method, path, [here])[0] == 401
    assert checked > 500
    assert raw(server, "GET", "/health", [here])[0] == 200


def test_two_tokens_are_no_token(server: Server) -> None:
    right = ("Authorization", f"Bearer {server.process.token}")
    assert raw(server, "GET", "/v1/jobs", [("Host", host(server)), right, right])[0] == 401


def test_the_right_token_reaches_every_route(server: Server, tmp_path: object) -> None:
    for method, path in paths(tmp_path):
        client = server.worker if path.startswith("/v1/leases") else server.user
        answer = client.request(method, path) if "events" not in path else client.get(path)
        assert answer.status_code not in (401, 403, 421), (method, path)
        assert answer.status_code < 500 or path == "/ready"


@pytest.mark.parametrize(
    "name", ["evil.example", "localhost.evil.example", "evil.example/health", "", "127.0.0.1.", "127.0.0.2", "[::ffff:127.0.0.1]"]
)
def test_other_names_are_refused(server: Server, name: str) -> None:
    port = urlsplit(server.process.address).port
    for value in (f"{name}:{port}", name, f"{name}:80", f"{name}:{port}x", f" {name}"):
        for path in ("/health", "/v1/jobs"):
            status, body, _ = raw(server, "GET", path, [("Host", value), ("Authorization", f"Bearer {server.process.token}")])
            assert status in (421, 400), value
            assert b"host-unknown" in body or status == 400


def test_our_own_names_are_answered(server: Server) -> None:
    port = urlsplit(server.process.address).port
    for name in ("127.0.0.1", "localhost", "[::1]"):
        assert raw(server, "GET", "/health", [("Host", f"{name}:{port}")])[0] == 200
        assert raw(server, "GET", "/health", [("Host", name)])[0] == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://localhost", "", "file://"])
def test_pages_are_refused_whatever_they_ask(server: Server, origin: str) -> None:
    for method, path in itertools.product(METHODS, ("/health", "/v1/jobs", "/v1/leases")):
        headers = [("Host", host(server)), ("Authorization", f"Bearer {server.process.token}"), ("Origin", origin)]
        assert raw(server, method, path, headers)[0] == 403
        assert raw(server, method, path, [*headers, ("Origin", f"http://{host(server)}")])[0] == 403


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("none", 200), ("same-origin", 200), ("", 403)])
def test_fetches_of_other_sites_are_refused(server: Server, site: str, status: int) -> None:
    assert raw(server, "GET", "/health", [("Host", host(server)), ("Sec-Fetch-Site", site)])[0] == status


def test_answers_cannot_be_made_anything_of_by_a_browser(server: Server) -> None:
    for path, token in (("/health", ""), ("/v1/jobs", ""), ("/v1/jobs", server.process.token), ("/nothing", server.process.token)):
        _, _, headers = raw(server, "GET", path, [("Host", host(server)), ("Authorization", f"Bearer {token}")])
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers and "server" not in headers


def test_bodies_are_capped_before_they_are_read(server: Server) -> None:
    caps = [
        ("POST", "/v1/jobs", 64 << 10),
        ("POST", "/v1/shots", 32 << 20),
        ("PUT", "/v1/shots/s/frames/1", 8 << 20),
        ("GET", "/v1/jobs", 0),
    ]
    caps += [("PATCH", f"/v1/blobs/{SHA}", 512 << 20), ("DELETE", "/v1/jobs/j", 0), ("POST", "/nothing", 0)]
    for method, path, cap in caps:
        headers = [("Host", host(server)), ("Authorization", f"Bearer {server.process.token}"), ("Content-Length", str(cap + 1))]
        status, body, _ = raw(server, method, path, headers)
        assert status == 413 and b"body-too-large" in body, path


def test_a_body_of_unknown_length_is_counted_while_it_comes(server: Server) -> None:
    answer = server.user.post("/v1/jobs", content=(b"x" * 1000 for _ in range(100)), headers={"Idempotency-Key": "k"})
    assert answer.status_code == 413 and answer.json()["code"] == "body-too-large"


TRAVERSALS = (
    "..", "../token", "..%2ftoken", "%2e%2e%2ftoken", "....//token", "..\\token", "..%5ctoken", "%00", "a%00b", "token%0a", "a/../../token",
    "%EF%BC%8E%EF%BC%8E", "con", "NUL.png", "/etc/passwd", "%2fetc%2fpasswd", "C:%5cwindows", "~root", "$(id)",
    "a" * 65, "A", "-a", ".hidden", "a b", "%C2%AD", SHA.upper(), SHA + "0", SHA[:-1], SHA + "%0a", "1e3", "0x1", "+1", "%2B1",
    "١", "9" * 400,
)  # fmt: skip


@pytest.mark.parametrize("text", TRAVERSALS)
def test_ids_that_are_none_never_reach_a_file(server: Server, text: str) -> None:
    shown = quote(text, safe="%/\\$()~")
    for template in (
        "/v1/jobs/{}",
        "/v1/jobs/{}/frames/1",
        "/v1/jobs/j/frames/{}",
        "/v1/shots/{}",
        "/v1/looks/{}",
        "/v1/looks/{}/thumbnail",
        "/v1/trainings/{}",
        "/v1/trainings/t/previews/{}",
        "/v1/art/{}",
        "/v1/art/oils/pieces/{}",
    ):
        status, body, _ = raw(
            server, "GET", template.format(shown), [("Host", host(server)), ("Authorization", f"Bearer {server.process.token}")]
        )
        assert status in (404, 422), (template, status)
        assert server.process.token.encode() not in body
    headers = [("Host", host(server)), ("Authorization", f"Bearer {server.process.token}"), ("Upload-Offset", "0"), ("Upload-Length", "1")]
    assert raw(server, "PATCH", f"/v1/blobs/{shown}", [*headers, ("Content-Length", "1")], b"x")[0] in (404, 413, 422)
    assert {place.name for place in server.data.iterdir()} <= {
        "blobs", "uploads", "frames", "looks", "trainings", "logs", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "token",
        "server.json", "lock",
    }  # fmt: skip
