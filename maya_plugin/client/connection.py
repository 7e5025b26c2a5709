"""The one seam to the network: a request goes out, a checked answer or one of our own errors comes back."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional, TypeVar, Union

import httpx

from maya_plugin.client.address import Address
from maya_plugin.client.tls import tls_context
from shot_format.codec import decode, from_json, parse, to_json
from shot_format.errors import CancelledError, FormatError, PaintoverError, ServerError
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import Problem

T = TypeVar("T")
Body = Union[bytes, Iterable[bytes], None]

MAX_PROBLEM_BYTES = 64 * 1024
MAX_SENTENCE = 500  # characters of the server's own words that are shown
BUSY = (408, 502, 503, 504)
MAX_CONNECTIONS = 16
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds between tries
STOP_INTERVAL = 0.05  # seconds between looks at whether to stop


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds.

    connect, answer: for one connection, for one sign of life on it. session: for any progress at all, through all tries, so that a
    server may be started again while a shot goes up. silence: of an event stream that should send a heartbeat every ten seconds.
    """

    connect: float = 5.0
    answer: float = 30.0
    session: float = 60.0
    silence: float = 25.0


@dataclass(frozen=True)
class Answer:
    """What the server said. Headers are found by any spelling of their names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Speaks with one server; threads may share it.

    Every call raises ServerError, or CancelledError ("stopped") once `hang_up` was called, from whichever thread.
    """

    def __init__(self, address: Address, patience: Optional[Patience] = None) -> None:
        """Prepare to speak; nothing is sent yet. Raises StorageError, FormatError ("certificate-broken")."""
        self.address = address
        self.patience = patience or Patience()
        self._ended = threading.Event()
        self._stop: Callable[[], bool] = self._ended.is_set
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        wait = self.patience
        self._client = httpx.Client(
            base_url=address.url,
            headers={"Authorization": f"Bearer {address.token}", "Accept-Encoding": "identity", "User-Agent": "paintover"},
            timeout=httpx.Timeout(wait.answer, connect=wait.connect, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=MAX_CONNECTIONS),
            verify=tls_context(address),
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.hang_up()
        self._client.close()

    def hang_up(self) -> None:
        """Break off everything at once, whatever other threads are waiting for. The connection is of no more use."""
        with self._lock:
            self._ended.set()
            for each in self._sockets:
                _shut(each)

    @contextlib.contextmanager
    def session(self, stop: Callable[[], bool]) -> Iterator[Connection]:
        """Lend a second connection to the same server, which hangs up as soon as stop() is true. It is closed at the end."""
        with Connection(self.address, self.patience) as session:
            session._stop = stop
            over = threading.Event()
            watch = threading.Thread(target=_watch, args=(session, stop, over), name="paintover-stop", daemon=True)
            watch.start()
            try:
                yield session
            finally:
                over.set()
                watch.join()

    def ask(self, cls: type[T], method: str, path: str, message: Any = None, headers: Optional[Mapping[str, str]] = None) -> T:
        """Send a message (a dataclass, or nothing) and read the answer as a dataclass."""
        body = None if message is None else to_json(message).encode()
        kind = {} if message is None else {"Content-Type": "application/json"}
        answer = self.call(method, path, body, {**kind, **(headers or {})})
        with _server_speaks(self.address.url):
            return from_json(cls, answer.body, MAX_JSON_BYTES, "answer")

    def ask_list(self, cls: type[T], path: str) -> tuple[T, ...]:
        """Read a list of dataclasses."""
        answer = self.call("GET", path)
        with _server_speaks(self.address.url):
            data = parse(answer.body, MAX_JSON_BYTES, "answer")
            if not isinstance(data, list):
                raise FormatError("field-type", "answer: a list is needed.")
            return tuple(decode(cls, item, f"answer[{i}]") for i, item in enumerate(data))

    def call(
        self,
        method: str,
        path: str,
        body: Optional[bytes] = None,
        headers: Optional[Mapping[str, str]] = None,
        expected: tuple[int, ...] = (),
    ) -> Answer:
        """Send a request that may safely be sent twice, again and again until it is answered or patience ends."""
        retries = Retries(self)
        while True:
            try:
                return self.call_once(method, path, body, headers, expected)
            except ServerError as error:
                retries.wait(error)

    def call_once(
        self,
        method: str,
        path: str,
        body: Body = None,
        headers: Optional[Mapping[str, str]] = None,
        expected: tuple[int, ...] = (),
        limit: int = MAX_JSON_BYTES,
    ) -> Answer:
        """Send a request once. An error status raises ServerError unless it is expected."""
        with self.open(method, path, body, headers, expected) as response:
            return Answer(response.status_code, response.headers, self.read(response, limit))

    @contextlib.contextmanager
    def open(
        self,
        method: str,
        path: str,
        body: Body = None,
        headers: Optional[Mapping[str, str]] = None,
        expected: tuple[int, ...] = (),
        silence: Optional[float] = None,
    ) -> Iterator[httpx.Response]:
        """Send a request once and lend the answer while its body is still coming. silence: seconds the body may pause."""
        self.check_open()
        timeout = httpx.Timeout(silence or self.patience.answer, connect=self.patience.connect, pool=None)
        extensions = {"trace": self._note_socket}
        try:
            with self._client.stream(method, path, content=body, headers=headers, timeout=timeout, extensions=extensions) as response:
                if response.status_code >= 300 and response.status_code not in expected:
                    raise self._refusal(response)
                yield response
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self._broken(error) from error

    def read(self, response: httpx.Response, limit: int) -> bytes:
        """Read a body of at most `limit` bytes. Raises ServerError ("server-answer")."""
        data = bytearray()
        for piece in response.iter_raw():
            data += piece
            if len(data) > limit:
                raise ServerError("server-answer", f"The server at {self.address.url} answered with more than {limit} bytes.")
        return bytes(data)

    def check_open(self) -> None:
        """Raise CancelledError ("stopped") once `hang_up` was called, or a session's stop() is true."""
        if self._ended.is_set() or self._stop():
            raise CancelledError("stopped", "This was stopped.")

    def pause(self, seconds: float) -> None:
        """Wait, unless hung up. Raises CancelledError."""
        self._ended.wait(seconds)
        self.check_open()

    def _note_socket(self, event: str, info: Mapping[str, Any]) -> None:
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        with self._lock:
            opened = info["return_value"].get_extra_info("socket")
            self._sockets.add(opened)
            if self._ended.is_set():
                _shut(opened)

    def _broken(self, error: Exception) -> PaintoverError:
        if self._ended.is_set() or self._stop():
            return CancelledError("stopped", "This was stopped.")
        reason = str(error) or type(error).__name__
        return ServerError(
            "server-unreachable",
            f"No server answers at {self.address.url} ({reason}); start it with 'paintover serve', or check the address.",
        )

    def _refusal(self, response: httpx.Response) -> ServerError:
        status = response.status_code
        try:
            problem = from_json(Problem, self.read(response, MAX_PROBLEM_BYTES), MAX_PROBLEM_BYTES, "problem")
        except PaintoverError:
            message = f"{self.address.url} answered {status} without saying why; check that a Paintover server is there."
            return ServerError("server-answer", message, status)
        return problem_error(problem, status)


class Retries:
    """Waits between tries, each time a little longer, and gives up when nothing has moved for as long as patience lasts.

    Patience runs from the first failure after something moved; the first new try is made at once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.moved()

    def moved(self) -> None:
        """Say that something has moved: patience begins anew."""
        self._tries, self._ends = 0, 0.0

    def wait(self, error: ServerError, busy: tuple[int, ...] = BUSY) -> None:
        """Wait before the next try, or raise the error: when it is final, or when patience is at its end."""
        final = error.code != "server-unreachable" and error.status not in busy
        if not self._tries:
            self._ends = time.monotonic() + self._connection.patience.session
        if final or (self._tries and time.monotonic() > self._ends):
            raise error
        longest = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (self._tries - 1)) if self._tries else 0.0
        self._tries = min(self._tries + 1, 10)
        self._connection.pause(longest * random.uniform(0.5, 1.0))


def problem_error(problem: Problem, status: int = 0) -> ServerError:
    """Turn the server's problem into our error; its words are cut and cleaned, for they are shown to the artist."""
    code = problem.code if problem.code.isascii() and problem.code.replace("-", "").isalnum() else "server-answer"
    words = "".join(c if c.isprintable() else " " for c in problem.detail[:MAX_SENTENCE])
    return ServerError(code[:64], words, status or problem.status)


@contextlib.contextmanager
def _server_speaks(url: str) -> Iterator[None]:
    try:
        yield
    except FormatError as error:
        raise ServerError("server-answer", f"{url} sent an answer that this version does not understand: {error.message}") from error


def _watch(session: Connection, stop: Callable[[], bool], over: threading.Event) -> None:
    while not stop():
        if over.wait(STOP_INTERVAL):
            return
    session.hang_up()


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
