"""The reader of server-sent events."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_plugin.client.sse import MAX_MESSAGE_BYTES, Message, read_messages
from shot_format.errors import FormatError

STREAM = b": hello\n\nid: 1\nevent: frame\ndata: one\ndata: two\n\n:\n\nid: 2\nevent: done\ndata:  x: y\n\n"
MESSAGES = [Message("1", "frame", "one\ntwo"), Message("2", "done", " x: y")]


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted({place for place in places if place < len(data)}), len(data)]
    return [data[a:b] for a, b in zip(edges, edges[1:])]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@given(places=st.lists(st.integers(0, 200)))
def test_the_cuts_between_pieces_do_not_matter(ending: bytes, places: list[int]) -> None:
    assert list(read_messages(cut(STREAM.replace(b"\n", ending), places))) == MESSAGES


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_a_message_is_given_as_soon_as_it_is_whole(ending: bytes) -> None:
    def pieces() -> Iterable[bytes]:
        yield b"id: 1\ndata: x\n\n".replace(b"\n", ending)
        raise AssertionError("it waited for more than it needed")

    assert next(iter(read_messages(pieces()))) == Message("1", "message", "x")


def test_what_is_cut_off_at_the_end_is_left_out() -> None:
    for end in range(len(STREAM)):
        messages = list(read_messages([STREAM[:end]]))
        assert messages == MESSAGES[: len(messages)]


def test_unknown_fields_and_messages_without_data_give_nothing() -> None:
    assert list(read_messages([b"retry: 10\n\nid: 3\nevent: frame\n\ndata\n\n"])) == [Message("", "message", "")]


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_garbage_gives_messages_or_our_own_error(pieces: list[bytes]) -> None:
    try:
        for message in read_messages(pieces):
            assert isinstance(message, Message)
    except FormatError as error:
        assert error.code == "events-broken"


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 65536, b"data: " + b"x" * 65536 + b"\n"])
def test_an_endless_message_is_refused(piece: bytes) -> None:
    with pytest.raises(FormatError):
        list(read_messages(piece for _ in range(MAX_MESSAGE_BYTES)))
