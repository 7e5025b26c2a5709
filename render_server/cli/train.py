"""`paintover look train`: a look of one's own, from a collection of art, without a server or by one."""

from __future__ import annotations

import getpass
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render_server.cli.console import STOPPED, Stages, people, print_json, reports_errors, stages
from shot_format.errors import FormatError

if TYPE_CHECKING:
    from render_server.look_training.material import Material
    from render_server.look_training.train import Outcome
    from render_server.looks.plan import Given, LookPlan, TrainingReport
    from render_server.looks.registry import Look

PAGE = "index.html"
STEPS = ("training", "finishing")  # the stages of a training in which a checkpoint can be kept, or is of no more use


@dataclass(frozen=True)
class Order:
    """What is to be trained, from what, and where. override: why missing rights do not count; data: the server's folder."""

    plan: LookPlan
    art: str
    pieces: tuple[str, ...]
    override: str | None
    by: str
    out: Path
    data: Path


class Screen:
    """Shows a training on the command line. The first Ctrl-C keeps a checkpoint and ends it; a second one ends it at once."""

    def __init__(self, bars: Stages, stop: threading.Event) -> None:
        self._bars, self._stop = bars, stop
        self._said: set[str] = set()
        self.kept = 0  # the step of the newest checkpoint

    def report(self, report: TrainingReport) -> None:
        """Move the bar; say once what there is to say. Before the first step there is nothing to keep: then Ctrl-C ends it at once."""
        if self._stop.is_set() and report.stage not in STEPS:
            raise KeyboardInterrupt
        self._bars.update(report.stage, report.step, report.steps or None)
        if report.figures:
            people.print(f"step {report.step}: {figures_in_words(report.figures)}", markup=False)
        for remark in report.remarks:
            self._say(remark)

    def checkpoint(self, path: Path, step: int) -> None:
        """Remember it."""
        self.kept = step

    def preview(self, sheet: Path, step: int) -> None:
        """Say where to look, once: the page shows the newest sheet and those before."""
        page = sheet.parent / PAGE
        self._say(f"Look at {page if page.is_file() else sheet}; it is written anew with each preview.")

    def wish(self) -> str:
        """To pause, once somebody pressed Ctrl-C."""
        if not self._stop.is_set():
            return "go on"
        self._say("Keeping a checkpoint …")
        return "pause"

    def _say(self, words: str) -> None:
        if words not in self._said:
            self._said.add(words)
            people.print(words, markup=False)


@reports_errors
def train(
    art: Annotated[str, typer.Option("--art", metavar="ART", help="The collection of art to learn from; 'paintover art list' lists them.")],
    name: Annotated[str, typer.Option("--name", metavar="SHOW/LOOK", help="What the look is called; without a show, it is for all.")],
    piece: Annotated[list[str] | None, typer.Option("--piece", help="A piece of the art; may be given again. All where not given.")] = None,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, max=100_000, help="How long it may take.")] = 30.0,
    steps: Annotated[int, typer.Option("--steps", min=0, max=1_000_000, help="So many steps, in place of minutes.")] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another training.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu or cuda.")] = "cpu",
    whole: Annotated[bool, typer.Option("--whole", help="Train every weight, not an adapter: larger files, more time.")] = False,
    start: Annotated[str | None, typer.Option("--start", metavar="LOOK", help="A look to go on from, such as hero/oils@2.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="What artists read in the list of looks.")] = None,
    description: Annotated[str | None, typer.Option("--description", help="One sentence on it.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The training's folder; out/training/NAME where not given.")] = None,
    override: Annotated[
        str | None, typer.Option("--override", metavar="WHY", help="Train although rights are missing; it is recorded for ever.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who does this; the user of this machine where not given.")] = None,
    server: Annotated[str | None, typer.Option("--server", metavar="URL", help="Have a server train, on art that it has.")] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="The file that holds that server's token.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The server's data folder; its usual place where not given.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")] = False,
) -> None:
    """Train a look on the production's art. Ctrl-C keeps a checkpoint; the same command goes on from there."""
    from render_server.looks.plan import LookPlan, check_plan
    from render_server.settings import default_data_folder

    words = {key: value for key, value in (("title", title), ("description", description)) if value}
    plan = check_plan(
        LookPlan(name, seed=seed, steps=steps, minutes=minutes, whole=whole, device=device, start=start, **words)  # type: ignore[arg-type]
    )
    who = by or getpass.getuser()
    if server is not None:
        return _ask_server(plan, art, tuple(piece or ()), override, who, server, token_file, json)
    place = out or Path("out/training") / name.replace("/", ".")
    order = Order(plan, art, tuple(piece or ()), override, who, place, data or default_data_folder())
    with stages() as bars, _asked_to_stop() as stop:
        screen = Screen(bars, stop)
        outcome, look = _train(order, screen)
    told: dict[str, Any] = {"step": outcome.step, "seconds": outcome.seconds, "figures": outcome.figures, "folder": str(place)}
    told |= {"page": str(place / PAGE), "look": look.key if look else None}
    _say_end(look, place, screen)
    if json:
        print_json(told)
    if look is None:
        raise typer.Exit(STOPPED)


def _train(order: Order, screen: Screen) -> tuple[Outcome, Look | None]:
    from render_server.jobs.data_folder import DataFolder
    from render_server.looks.plan import write_given
    from render_server.looks.registry import looks_folders
    from render_server.looks.versions import install_next
    from render_server.memory import ready_for_torch

    plan, given, material = _prepared(order)
    ready_for_torch()
    from render_server.look_training import train as trainer  # torch takes seconds to load; what is wrong with the art is told before

    with _alone(order.out):
        write_given(order.out, given)
        outcome = trainer.train_look(plan, material, order.out, screen)
    if outcome.draft is None:
        return outcome, None
    why = f"trained on {order.art}, {len(given.art)} pieces"
    return outcome, install_next(outcome.draft, DataFolder(order.data).looks, looks_folders(), order.by, why)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a training's folder. Raises FormatError ("folder-in-use"), StorageError."""
    from render_server.art.locking import taken
    from shot_format.files import storage_errors

    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / "lock", "ab")  # noqa: SIM115 - closed below, whatever happens
    with file:
        if not taken(file.fileno()):
            raise FormatError("folder-in-use", f"Another training works in {folder}; wait for it, or take another folder with --out.")
        yield


def _prepared(order: Order) -> tuple[LookPlan, Given, Material]:
    """The plan with its start at a version, and the art, cleared and sealed. Raises RightsError ("rights-missing"), MissingError, …"""
    from render_server.art.lineage import art_of, overrides_in_words
    from render_server.art.manifest import find_piece
    from render_server.art.rights import EVERY_SHOW, check_rights
    from render_server.art.store import art_folder, open_collection
    from render_server.look_training.material import Material, Still
    from render_server.looks.plan import Given

    collection = open_collection(art_folder(order.data), order.art)
    manifest = collection.manifest()
    among = frozenset(find_piece(manifest, each).sha256 for each in order.pieces) or None
    show = order.plan.name.rpartition("/")[0] or EVERY_SHOW
    plan, start = _started(order)
    collection.cleared(show, (order.by, order.override) if order.override is not None else None, among)
    sealed = collection.seal()
    manifest = collection.sealed(sealed)
    pieces = check_rights(manifest, show, among)
    stills = tuple(
        Still(collection.picture(picture), piece.sha256, piece.title, picture.number) for piece in pieces for picture in piece.pictures
    )
    return plan, Given(sealed, art_of(pieces), overrides_in_words(manifest), start), Material(stills)


def _started(order: Order) -> tuple[LookPlan, str | None]:
    from render_server.jobs.data_folder import DataFolder
    from render_server.looks.catalogue import Catalogue

    if order.plan.start is None:
        return order.plan, None
    offer = Catalogue(DataFolder(order.data).looks).find(order.plan.start)
    if offer.state == "retired" and offer.last is not None:
        raise FormatError("look-retired", f"The look {offer.look.key} was {offer.last.sentence}. No training goes on from it.")
    return replace(order.plan, start=offer.look.key), str(offer.look.folder)


def _say_end(look: Look | None, place: Path, screen: Screen) -> None:
    page = f" Look at {place / PAGE}." if (place / PAGE).is_file() else ""
    if look is None:
        people.print(f"A checkpoint of step {screen.kept} is in {place}; the same command goes on from there.{page}", markup=False)
        return
    people.print(f"{look.key} is installed, as a candidate.{page}", markup=False)
    people.print(f"Paint with it: paintover render SHOT --look {look.key} --out out/painted", markup=False)
    people.print(f"Once it is right: paintover look approve {look.key} --why …", markup=False)


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Let the first Ctrl-C, or the wish to end this process, only be noted; the next one interrupts."""
    stop = threading.Event()

    def note(_signal: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask_server(
    plan: LookPlan, art: str, pieces: tuple[str, ...], override: str | None, who: str, server: str, token_file: Path | None, json: bool
) -> None:
    from maya_plugin.client import Connection, find_server
    from render_server.looks.trainings import Training, TrainingRequest
    from shot_format.codec import encode

    with Connection(find_server(server, token_file)) as connection:
        request = TrainingRequest(plan, art, pieces, override, who)
        training = connection.ask(Training, "POST", "/v1/trainings", request, {"Idempotency-Key": secrets.token_hex(16)})
    people.print(f"Training {training.id} is {training.state}: paintover training follow {training.id} --server {server}", markup=False)
    if json:
        print_json(encode(training))


def figures_in_words(figures: dict[str, float]) -> str:
    """Figures on one line."""
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
