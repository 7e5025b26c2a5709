"""The first word with a server: is it there, and does it speak our version?"""

from __future__ import annotations

from maya_plugin.client.connection import Connection
from shot_format.codec import parse
from shot_format.errors import FormatError, PaintoverError, ServerError
from shot_format.version import VERSION, fits

MAX_HEALTH_BYTES = 64 * 1024


def check_server(connection: Connection) -> str:
    """Give the server's version. It is asked once only, so that a wrong address is told at once.

    Raises ServerError: "server-unreachable", "server-answer" (something else answers there), "version-differs".
    """
    url = connection.address.url
    answer = connection.call_once("GET", "/health", limit=MAX_HEALTH_BYTES)
    try:
        data = parse(answer.body, MAX_HEALTH_BYTES, "health")
        version = data["version"]
        if not isinstance(version, str) or len(version) > 64 or not version.isprintable():
            raise FormatError("field-type", "health: version is no short string.")
    except (PaintoverError, KeyError, TypeError) as error:
        raise ServerError("server-answer", f"Something answers at {url}, but not a Paintover server; check the address.") from error
    if not fits(VERSION, version):
        raise ServerError(
            "version-differs",
            f"The server at {url} has version {version}, this side has {VERSION}; install the same version on both.",
        )
    return version
