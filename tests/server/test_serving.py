"""Starting and stopping: what a server refuses to do, leaves behind, and never loads."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from render_server.server_process import ServerProcess
from render_server.serving import _bound, serve
from render_server.settings import Settings
from shot_format.errors import PaintoverError, ServerError
from tests.server.harness import Server, make_shot, running
from tests.server.launch import FlatLooks

HEAVY = ("torch", "numba", "numpy", "scipy", "PIL", "cv2", "diffusers")
GPU_HALF = ("render_server.worker", "render_server.passes", "render_server.video_models", "render_server.quality", "render_server.training")


WEB_HALF = ("fastapi", "sqlalchemy", "uvicorn", "render_server.api", "render_server.jobs", "render_server.app")


def family(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def wait_for_worker(server: Server) -> list[psutil.Process]:
    while not server.user.get("/ready").json()["worker"]:
        time.sleep(0.02)
    return family(server.process.pid)


def test_the_web_half_loads_nothing_of_the_gpu_half(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from render_server.app import create_app; from render_server.settings import Settings\n"
        f"app = create_app(Settings(data=Path({str(tmp_path)!r}), workers=0)); import uvicorn, render_server.serving\n"
        f"app.state.services.looks.list(None); print([name for name in {HEAVY + GPU_HALF!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_worker_loads_nothing_of_the_web_half() -> None:
    code = (
        "import sys; import render_server.worker.__main__, render_server.worker.loop\n"
        f"print([name for name in {WEB_HALF!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_small_packets_are_not_held_back(tmp_path: Path) -> None:
    with _bound(Settings(data=tmp_path, port=0)) as bound:
        assert bound.proto == socket.IPPROTO_TCP  # asyncio looks at this before it asks the system to send at once


def test_the_web_process_stays_small(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.upload(make_shot(20))
        assert psutil.Process(server.process.pid).memory_info().rss < 150 * 1024 * 1024


def test_a_stopped_server_leaves_no_process_and_no_address(tmp_path: Path) -> None:
    with running(tmp_path, workers=1) as server:
        processes = wait_for_worker(server)
        assert len(processes) >= 2
        assert json.loads((tmp_path / "server.json").read_text()) == {"address": server.process.address, "pid": server.process.pid}
        server.open(made := make_shot(2))
        following = server.follow(server.job(made))
        next(following)
    assert not [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert not (tmp_path / "server.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_with_code_0(tmp_path: Path, number: int) -> None:
    with ServerProcess(tmp_path, command=launch(tmp_path)) as process:
        server = psutil.Process(process.pid)
        os.kill(process.pid, number)
        assert server.wait(10) == 0


def test_a_killed_server_takes_its_worker_with_it(tmp_path: Path) -> None:
    with running(tmp_path, workers=1) as server:
        processes = wait_for_worker(server)
        os.kill(server.process.pid, signal.SIGKILL)
        gone, alive = psutil.wait_procs(processes[1:], timeout=5)
        assert not alive


def test_a_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from render_server.server_process import ServerProcess\n"
        f"server = ServerProcess(Path({str(tmp_path)!r}), command={launch(tmp_path, workers=1)!r}).__enter__()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        deadline = time.monotonic() + 30
        while not psutil.Process(pid).children() and time.monotonic() < deadline:
            time.sleep(0.02)
        processes = family(pid)
        parent.kill()
        _, alive = psutil.wait_procs(processes, timeout=10)
        assert not alive


def launch(data: Path, **settings: object) -> list[str]:
    return [sys.executable, "-m", "tests.server.launch", json.dumps({"data": str(data), **settings})]


def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PaintoverError) as caught:
            serve(Settings(data=tmp_path, port=port, workers=0), FlatLooks())
        assert caught.value.code == "port-in-use" and str(port) in caught.value.message
        with pytest.raises(ServerError) as child, ServerProcess(tmp_path, command=launch(tmp_path, port=port)):
            pass
        assert child.value.code == "server-start" and f"Port {port} is in use" in child.value.message


def test_two_servers_never_share_a_data_folder(tmp_path: Path) -> None:
    with running(tmp_path), pytest.raises(PaintoverError) as caught:
        serve(Settings(data=tmp_path, port=0, workers=0), FlatLooks())
    assert caught.value.code == "data-in-use"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])  # noqa: S104 - refused
def test_beyond_this_machine_there_is_no_serving_without_tls(tmp_path: Path, host: str) -> None:
    with pytest.raises(PaintoverError) as caught:
        serve(Settings(data=tmp_path, host=host, port=0, workers=0), FlatLooks())
    assert caught.value.code == "tls-missing"
    (tmp_path / "cert.pem").write_text("no certificate")
    with pytest.raises(PaintoverError) as caught:
        serve(Settings(data=tmp_path, host=host, port=0, certificate=tmp_path / "cert.pem", key=tmp_path / "none.pem"), FlatLooks())
    assert caught.value.code == "tls-broken"


def test_the_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    tokens = []
    for _ in range(2):
        with running(tmp_path) as server:
            tokens.append(server.process.token)
            assert server.user.get("/v1/jobs").status_code == 200
    assert tokens[0] == tokens[1] and len(tokens[0]) == 43
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    (tmp_path / "token").write_text("short\n")
    with pytest.raises(PaintoverError) as caught:
        serve(Settings(data=tmp_path, port=0, workers=0), FlatLooks())
    assert caught.value.code == "token-broken"


def test_no_token_is_ever_written_but_in_its_file(tmp_path: Path) -> None:
    with running(tmp_path, workers=1) as server:
        wait_for_worker(server)
        server.upload(made := make_shot(1))
        server.events(server.job(made))
        token = server.process.token.encode()
        command_lines = [" ".join(process.cmdline()) for process in family(server.process.pid)]
    assert all(server.process.token not in line for line in command_lines)
    for place in tmp_path.rglob("*"):
        if place.is_file() and place.name != "token":
            assert token not in place.read_bytes(), place


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=paintover", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def test_a_worker_paints_over_tls_and_trusts_that_certificate_alone(tmp_path: Path) -> None:
    import ssl

    import httpx

    from render_server.worker.link import Link

    cert, key = certificate(tmp_path)
    other, _ = certificate(tmp_path_of(tmp_path, "other"))
    data = tmp_path / "data"
    options = json.loads(launch(data, workers=1)[-1]) | {"certificate": str(cert), "key": str(key)}
    with subprocess.Popen([*launch(data)[:-1], json.dumps(options)], stdin=subprocess.PIPE) as process:
        while not (data / "server.json").exists():
            assert process.poll() is None
            time.sleep(0.02)
        address = json.loads((data / "server.json").read_text())["address"]
        assert address.startswith("https://127.0.0.1:")
        headers = {"Authorization": f"Bearer {(data / 'token').read_text().strip()}"}
        with httpx.Client(base_url=address, headers=headers, verify=ssl.create_default_context(cafile=cert), trust_env=False) as client:
            deadline = time.monotonic() + 60
            while not client.get("/ready").json()["worker"] and time.monotonic() < deadline:
                time.sleep(0.05)
            assert client.get("/ready").json()["worker"]
        stranger = Link(address, "x", other)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
            stranger._client.get("/health")
        process.terminate()


def tmp_path_of(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name
