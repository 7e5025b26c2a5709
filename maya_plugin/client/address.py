"""Where a server is, and the token that opens it."""

from __future__ import annotations

import ipaddress
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional
from urllib.parse import urlsplit

from maya_plugin.client.pairing import read_pairing
from shot_format.errors import FormatError, MissingError
from shot_format.files import storage_errors

SERVER_VARIABLE = "PAINTOVER_SERVER"  # the address, such as http://127.0.0.1:8765
TOKEN_VARIABLE = "PAINTOVER_TOKEN_FILE"  # noqa: S105 - a file's name; the token itself never stands in the environment
CERTIFICATE_VARIABLE = "PAINTOVER_CERTIFICATE"  # a PEM file
MAX_TOKEN = 4096


@dataclass(frozen=True)
class Address:
    """A server's base URL, without a slash at its end, and the token that opens it.

    certificate: a PEM file that holds the one certificate (or the studio's own authority) to trust, in place of the world's.
    """

    url: str
    token: str = field(repr=False)
    certificate: Optional[Path] = None

    def __post_init__(self) -> None:
        _check_url(self.url)
        _check_token(self.token)


def find_server(
    url: Optional[str] = None,
    token_file: Optional[Path] = None,
    data: Optional[Path] = None,
    environment: Mapping[str, str] = os.environ,
) -> Address:
    """Find the server to use: what is given, else the environment, else the one paired with, else the server that runs on this machine.

    url, token_file: as in PAINTOVER_SERVER and PAINTOVER_TOKEN_FILE. data: a server's data folder, with `server.json` and `token`; that
    token only goes to the address that stands beside it. PAINTOVER_CERTIFICATE names the certificate to trust.

    Raises MissingError ("server-missing", "token-missing"), FormatError ("server-address", "token-broken", "pairing-broken"), StorageError.
    """
    url = url or (None if data else environment.get(SERVER_VARIABLE))
    if token_file is None and data is None and environment.get(TOKEN_VARIABLE):
        token_file = Path(environment[TOKEN_VARIABLE])
    paired = None if data or token_file else read_pairing(environment)
    if paired and (url is None or url.rstrip("/") == paired.url):
        return Address(*paired)
    folder = data or default_data_folder(environment)
    url = (url or _running_server(folder)).rstrip("/")
    certificate = Path(environment[CERTIFICATE_VARIABLE]) if environment.get(CERTIFICATE_VARIABLE) else None
    if token_file is not None:
        return Address(url, _read_token(token_file), certificate)
    if (folder / "server.json").is_file() and _running_server(folder).rstrip("/") == url:
        return Address(url, _read_token(folder / "token"), certificate)
    raise MissingError("token-missing", f"No token for {url} is known; name the file that holds it in {TOKEN_VARIABLE}.")


def default_data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where a server on this machine keeps its data unless told otherwise."""
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA", "~/AppData/Local")).expanduser() / "paintover"
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/paintover").expanduser()
    return Path(environment.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "paintover"


def _running_server(folder: Path) -> str:
    place = folder / "server.json"
    if not place.is_file():
        raise MissingError("server-missing", "No server is known: pair with one ('paintover pair'), or start one with 'paintover serve'.")
    with storage_errors(place):
        text = place.read_text("utf-8")
    try:
        address = json.loads(text)["address"]
    except (ValueError, KeyError, TypeError):
        address = None
    if not isinstance(address, str):
        raise FormatError("server-address", f"{place} does not say where the server is; start the server again.")
    return address


def _read_token(place: Path) -> str:
    if not place.is_file():
        raise MissingError("token-missing", f"There is no token in {place}; start the server once, or pair with it again.")
    with storage_errors(place):
        return place.read_text("utf-8", errors="replace")[: MAX_TOKEN + 1].strip()


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        whole = url.isprintable() and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        whole = False
    if not whole or parts.scheme not in ("http", "https") or parts.username or parts.path or parts.query or parts.fragment:
        raise FormatError("server-address", f"'{_shown(url)}' is no server address; it should look like http://127.0.0.1:8765.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise FormatError("server-address", f"'{_shown(url)}' is on another machine and would get the token in the clear; use https.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_token(token: str) -> None:
    if not token or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise FormatError("token-broken", "The token is empty or holds characters that no token has; pair with the server again.")


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:200])
