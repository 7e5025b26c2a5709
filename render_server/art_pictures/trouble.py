"""What is wrong with a file, as the confined process tells its parent."""

from __future__ import annotations


class Trouble(Exception):
    """A stable code, and words that go on after the file's name."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words
