"""Finding the server, and keeping its token from others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maya_plugin.client import Address, find_server
from shot_format.errors import FormatError, MissingError

URL = "http://127.0.0.1:8765"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "paintover"
    folder.mkdir()
    (folder / "server.json").write_text(json.dumps({"address": URL, "pid": 1}))
    (folder / "token").write_text("secret-of-this-machine\n")
    return folder


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("another-secret")
    return tmp_path / "token"


def test_from_a_data_folder(data: Path) -> None:
    assert find_server(data=data, environment={"PAINTOVER_SERVER": "https://elsewhere"}) == Address(URL, "secret-of-this-machine")


def test_from_the_environment(token_file: Path, tmp_path: Path) -> None:
    environment = {"PAINTOVER_SERVER": "https://farm:8765/", "PAINTOVER_TOKEN_FILE": str(token_file), "PAINTOVER_CERTIFICATE": "/x.pem"}
    assert find_server(environment=environment) == Address("https://farm:8765", "another-secret", Path("/x.pem"))


def test_from_this_machine(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert find_server(environment={"XDG_DATA_HOME": str(tmp_path)}) == Address(URL, "secret-of-this-machine")


def test_what_is_given_goes_before_the_environment(token_file: Path) -> None:
    environment = {"PAINTOVER_SERVER": "https://elsewhere", "PAINTOVER_TOKEN_FILE": "/nothing"}
    assert find_server(URL, token_file, environment=environment) == Address(URL, "another-secret")


def test_the_token_of_this_machine_goes_nowhere_else(data: Path) -> None:
    with pytest.raises(MissingError) as caught:
        find_server("https://elsewhere:8765", data=data, environment={})
    assert caught.value.code == "token-missing"


def test_nothing_is_known(tmp_path: Path) -> None:
    with pytest.raises(MissingError) as caught:
        find_server(environment={"XDG_DATA_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}, data=tmp_path)
    assert caught.value.code == "server-missing" and "paintover serve" in caught.value.message


def test_a_token_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError) as caught:
        find_server(URL, tmp_path / "nothing", environment={})
    assert caught.value.code == "token-missing"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"address": 5}', "nonsense"])
def test_a_broken_server_json(data: Path, text: str) -> None:
    (data / "server.json").write_text(text)
    with pytest.raises(FormatError) as caught:
        find_server(data=data, environment={})
    assert caught.value.code == "server-address"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://farm", "https://10.0.0.5:8765"])
def test_addresses(url: str) -> None:
    assert Address(url, "t").url == url


WRONG = [
    "",
    "farm:8765",
    "ftp://127.0.0.1",
    "http://",
    "https://farm/path",
    "https://me@farm",
    "https://farm?x",
    "https://farm#x",
    "http://10.0.0.5",
]
WRONG += ["http://farm", "http://127.0.0.1.example.com", "https://farm:port", "https://farm:99999", "http://127.0.0.1:1\n", "https://[::1"]


@pytest.mark.parametrize("url", WRONG)
def test_wrong_addresses(url: str) -> None:
    with pytest.raises(FormatError) as caught:
        Address(url, "t")
    assert caught.value.code == "server-address" and caught.value.message.isprintable()


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "ä", "x" * 5000])
def test_wrong_tokens(token: str) -> None:
    with pytest.raises(FormatError) as caught:
        Address(URL, token)
    assert caught.value.code == "token-broken"


def test_the_token_is_never_shown() -> None:
    assert "secret" not in repr(Address(URL, "secret"))
