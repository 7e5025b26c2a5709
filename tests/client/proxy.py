"""A proxy that makes the network bad: it cuts connections after so many bytes, holds them up, and counts what went through."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Fault:
    """What befalls one connection.

    up, down: bytes after which it is cut, from the client and from the server; None never. stall: seconds that one piece in fifty waits.
    latency: seconds that every piece waits. piece: the most bytes passed on at once. reset: end with RST rather than FIN.
    """

    up: Optional[int] = None
    down: Optional[int] = None
    stall: float = 0.0
    latency: float = 0.0
    piece: int = 65536
    reset: bool = False


class Proxy:
    """Passes connections on to a server. `choose` gives the fault of each new connection."""

    def __init__(self, port: int, choose: Callable[[], Fault], seed: int, host: Optional[str]) -> None:
        self._target, self._choose, self._random = port, choose, random.Random(seed)
        self._listener = socket.create_server((host, port) if host else ("127.0.0.1", 0), backlog=64)
        self._threads: list[threading.Thread] = []
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.url = "http://{}:{}".format(*self._listener.getsockname())
        self.sent_up = self.cuts = 0
        self._spawn(self._accept)

    def close(self) -> None:
        """End all connections and threads."""
        _end(self._listener)
        for pair in self._pairs:
            _end(*pair)
        for thread in self._threads:
            thread.join()

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server, fault = socket.create_connection(("127.0.0.1", self._target)), self._choose()
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pairs.append((client, server))
                self._spawn(self._pass, client, server, fault, fault.up, True)
                self._spawn(self._pass, server, client, fault, fault.down, False)

    def _pass(self, source: socket.socket, sink: socket.socket, fault: Fault, left: Optional[int], up: bool) -> None:
        with contextlib.suppress(OSError):
            while left != 0:
                data = source.recv(fault.piece if left is None else min(fault.piece, left))
                if not data:
                    break
                left = None if left is None else left - len(data)
                self.sent_up += len(data) if up else 0
                time.sleep(fault.latency + (fault.stall if self._random.random() < 0.02 else 0.0))
                sink.sendall(data)
        if left == 0:
            self.cuts += 1
            if fault.reset:
                _reset(source)
        _end(source, sink)


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextlib.contextmanager
def bad_network(url: str, choose: Callable[[], Fault], seed: int = 0, host: Optional[str] = None) -> Iterator[Proxy]:
    """Put a proxy in front of a server. host: another loopback address, on which it then takes the server's own port."""
    proxy = Proxy(int(url.rpartition(":")[2]), choose, seed, host)
    try:
        yield proxy
    finally:
        proxy.close()
