"""What a person sees of a command: progress with time left, one clear sentence for an error, and JSON for programs.

People read standard error; standard output carries results alone, so that `--json` can be piped.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, ParamSpec

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from shot_format.errors import PaintoverError

P = ParamSpec("P")
STOPPED = 130  # what a shell expects after Ctrl-C

_stop = threading.Event()
people = Console(stderr=True, highlight=False)


def reports_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with one sentence and an exit status where it meets a known error or Ctrl-C."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ask_to_stop)
        try:
            command(*args, **kwargs)
        except PaintoverError as error:
            if stop_asked():
                _say_stopped()
            people.print(f"[bold red]{escape(error.message)}[/] [dim]({error.code})[/]")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            _say_stopped()

    return wrapped


def stop_asked() -> bool:
    """Whether Ctrl-C was pressed, or the process told to end.

    The interrupt itself can be lost where it falls into a callback that Python ignores the errors of; this remembers it.
    """
    return _stop.is_set()


def _ask_to_stop(_signal: int, _frame: object) -> NoReturn:
    _stop.set()
    raise KeyboardInterrupt


def _say_stopped() -> NoReturn:
    people.print("[yellow]Stopped. What was finished is kept, and nothing half-written.[/]")
    raise typer.Exit(STOPPED)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on a line of its own: the last line of standard output."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


class Stages:
    """Progress bars, one a stage, each with its time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def update(self, stage: str, done: float, total: float | None) -> None:
        """Set a stage's bar; a stage that is new gets a bar of its own. Raises KeyboardInterrupt once it was asked to stop."""
        if stop_asked():
            raise KeyboardInterrupt
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)

    def drop(self, stage: str) -> None:
        """Take a stage's bar away, if it has one."""
        if stage in self._tasks:
            self._progress.remove_task(self._tasks.pop(stage))


@contextmanager
def stages() -> Iterator[Stages]:
    """Show progress bars while the block runs."""
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=people) as progress:
        yield Stages(progress)
