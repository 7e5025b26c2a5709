"""Whom to trust on the other end."""

from __future__ import annotations

import functools
import ssl

import httpx

from maya_plugin.client.address import Address
from shot_format.errors import FormatError
from shot_format.files import storage_errors


@functools.lru_cache(maxsize=8)  # reading the world's authorities takes a tenth of a second, which the first frame would wait for
def tls_context(address: Address) -> ssl.SSLContext:
    """Trust the address's own certificate, or else the authorities that browsers trust. Without TLS nobody is trusted, and none needed.

    Raises StorageError, FormatError ("certificate-broken").
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if address.url.startswith("http:"):
        return context
    if address.certificate is None:
        return httpx.create_ssl_context(trust_env=False)
    with storage_errors(address.certificate):
        text = address.certificate.read_text("ascii", errors="replace")
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise FormatError("certificate-broken", f"{address.certificate} holds no PEM certificate; pair with the server again.") from error
    return context
