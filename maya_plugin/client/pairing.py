"""The server that this user is paired with: address, token and certificate, in a file that only the user can read."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Optional

from shot_format.errors import FormatError
from shot_format.files import storage_errors, write_whole

if TYPE_CHECKING:
    from maya_plugin.client.address import Address

PAIRING_FILE = "pairing.json"
CERTIFICATE_FILE = "pairing.pem"
MOST_BYTES = 64 * 1024


class Paired(NamedTuple):
    """What the pairing file says."""

    url: str
    token: str
    certificate: Optional[Path]


def pairing_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where this user's own settings lie."""
    if sys.platform == "win32":
        return Path(environment.get("APPDATA", "~/AppData/Roaming")).expanduser() / "paintover"
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/paintover").expanduser()
    return Path(environment.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "paintover"


def read_pairing(environment: Mapping[str, str] = os.environ) -> Optional[Paired]:
    """The pairing, None where there is none. Raises FormatError ("pairing-broken"), StorageError."""
    place = pairing_folder(environment) / PAIRING_FILE
    if not place.is_file():
        return None
    with storage_errors(place), open(place, "rb") as file:
        data = file.read(MOST_BYTES)
    try:
        told = json.loads(data)
        url, token, trusts = str(told["address"]), str(told["token"]), bool(told["certificate"])
    except (ValueError, KeyError, TypeError):
        raise FormatError("pairing-broken", f"{place} cannot be read; pair with the server again.") from None
    return Paired(url, token, place.with_name(CERTIFICATE_FILE) if trusts else None)


def save_pairing(address: Address, environment: Mapping[str, str] = os.environ) -> Path:
    """Keep an address and its token, and a copy of its certificate; nobody but the user can read them. Raises StorageError."""
    folder = pairing_folder(environment)
    place = folder / PAIRING_FILE
    with storage_errors(place):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if address.certificate is not None:
            write_whole(folder / CERTIFICATE_FILE, address.certificate.read_bytes(), private=True)
        told = {"address": address.url, "token": address.token, "certificate": address.certificate is not None}
        write_whole(place, (json.dumps(told, indent=1) + "\n").encode(), private=True)
    return place


def forget_pairing(environment: Mapping[str, str] = os.environ) -> None:
    """Forget the server. Raises StorageError."""
    for name in (PAIRING_FILE, CERTIFICATE_FILE):
        place = pairing_folder(environment) / name
        with storage_errors(place), contextlib.suppress(FileNotFoundError):
            place.unlink()
