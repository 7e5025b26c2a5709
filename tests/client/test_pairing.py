"""Pairing: kept privately, found again, forgotten without a trace."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from maya_plugin.client import Address, find_server, forget_pairing, read_pairing, save_pairing
from maya_plugin.client.pairing import pairing_folder
from shot_format.errors import FormatError, MissingError, StorageError

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the folder cannot be moved there")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folders = ("APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    return {name: str(tmp_path / name) for name in folders}


def test_a_paired_server_is_found_again_and_only_its_owner_can_read_the_token(environment: dict[str, str], tmp_path: Path) -> None:
    certificate = tmp_path / "theirs.pem"
    certificate.write_text("a certificate")
    place = save_pairing(Address("https://paint.studio:8188", "a-secret", certificate), environment)
    certificate.unlink()
    found = find_server(environment=environment)
    assert (found.url, found.token) == ("https://paint.studio:8188", "a-secret")
    assert found.certificate is not None and found.certificate.read_text() == "a certificate"
    if os.name == "posix":
        assert [stat.S_IMODE(path.stat().st_mode) for path in (place, found.certificate, place.parent)] == [0o600, 0o600, 0o700]
    assert find_server("https://paint.studio:8188", environment=environment) == found
    save_pairing(Address("http://127.0.0.1:8188", "another"), environment)
    assert find_server(environment=environment) == Address("http://127.0.0.1:8188", "another")
    forget_pairing(environment)
    forget_pairing(environment)
    assert list(pairing_folder(environment).iterdir()) == [] and read_pairing(environment) is None
    with pytest.raises(MissingError, match="pair"):
        find_server(environment=environment)


def test_the_token_goes_to_no_other_address(environment: dict[str, str]) -> None:
    save_pairing(Address("http://127.0.0.1:8188", "a-secret"), environment)
    for other in ("http://127.0.0.1:8189", "https://127.0.0.1:8188"):
        with pytest.raises(MissingError) as caught:
            find_server(other, environment=environment)
        assert caught.value.code in ("token-missing", "server-missing")
        with pytest.raises(MissingError):
            find_server(environment={**environment, "PAINTOVER_SERVER": other})


def test_what_is_said_for_once_goes_before_the_pairing(environment: dict[str, str], tmp_path: Path) -> None:
    save_pairing(Address("http://127.0.0.1:8188", "a-secret"), environment)
    token = tmp_path / "token"
    token.write_text("for-once")
    told = {**environment, "PAINTOVER_SERVER": "http://127.0.0.1:9999", "PAINTOVER_TOKEN_FILE": str(token)}
    assert find_server(environment=told) == Address("http://127.0.0.1:9999", "for-once")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": 1}', json.dumps({"address": "ftp://x", "token": "t", "certificate": False})])
def test_a_broken_pairing_is_told(environment: dict[str, str], text: str) -> None:
    folder = pairing_folder(environment)
    folder.mkdir(parents=True)
    (folder / "pairing.json").write_text(text)
    with pytest.raises(FormatError) as caught:
        find_server(environment=environment)
    assert caught.value.code in ("pairing-broken", "server-address")


def test_a_folder_that_cannot_be_written_is_told(environment: dict[str, str]) -> None:
    Path(environment["XDG_CONFIG_HOME"]).write_text("a file")
    Path(environment["APPDATA"]).write_text("a file")
    with pytest.raises(StorageError):
        save_pairing(Address("http://127.0.0.1:8188", "a-secret"), environment)
