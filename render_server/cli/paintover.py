"""`paintover paintovers …`: frames of a shot go out to be painted over by hand, come back checked, and become a look."""

from __future__ import annotations

import getpass
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from render_server.cli.console import STOPPED, Stages, people, print_json, reports_errors, stages
from shot_format.errors import FormatError, MissingError

if TYPE_CHECKING:
    from render_server.look_training.shot_frames import OpenShot
    from render_server.look_training.taking_back import TakenBack
    from render_server.looks.registry import Look

app = typer.Typer(name="paintovers", no_args_is_help=True, help="Frames that were painted over by hand: export, check, train.")

MADE = (640, 360)  # pixels, of shots that are made by code
ShotArgument = Annotated[str, typer.Argument(metavar="SHOT", help="A shot's folder, a USD file, or demo.")]
FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder that 'paintovers export' wrote.")]
FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILES…", help="Painted frames (.ora, PNG, JPEG); all that were painted in FOLDER where none is named."),
]
FrameOption = Annotated[int | None, typer.Option("--frame", help="The frame of one file whose name does not say it.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="The server's data folder; its usual place where not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


@app.command()
@reports_errors
def export(
    shot: ShotArgument,
    frames: Annotated[str, typer.Option("--frames", metavar="A,B,C", help="One to ten frames, such as 1001,1032,1064.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    look: Annotated[str | None, typer.Option("--look", help="Show the blocking in the colours of a look, too.")] = None,
    painted: Annotated[bool, typer.Option("--painted", help="With the frames as the look paints them, to correct it.")] = False,
    size: Annotated[str | None, typer.Option("--size", metavar="WxH", help="In pixels; the shot's own where not given.")] = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Write frames as layered files to paint over (.ora: Krita, GIMP, MyPaint), and each layer as a PNG for other programs."""
    from render_server.cli.commands import parse_size
    from render_server.look_training.template import export_template

    if painted and not look:
        raise MissingError("paintover-look", "Say with --look which look paints the frames that are to be corrected.")
    given, numbers = parse_size(size), parse_numbers(frames)
    with opened(shot, given) as (open_shot, bars):
        wanted = given or (open_shot.file.shot.width, open_shot.file.shot.height)
        style = find_look(look, data) if look else None
        template = export_template(
            open_shot, numbers, out, wanted, style, lambda done, total: bars.update("templates", done, total), painted
        )
    people.print(f"{len(template.frames)} frames are in {out}. Paint on the layer 'paint', save, then 'paintovers check'.", markup=False)
    if json:
        print_json({"folder": str(out), "files": [frame.files[0].name for frame in template.frames]})


@app.command()
@reports_errors
def check(
    shot: ShotArgument,
    folder: FolderArgument,
    files: FilesArgument = None,
    frame: FrameOption = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Take painted frames back and say whether they can be learned from."""
    with taken(shot, folder, files, frame, data) as (_, back, _):
        pass
    if json:
        told = [{"frame": each.number, "name": each.name, "sha256": each.sha256, "remarks": list(each.remarks)} for each in back.paintings]
        print_json({"paintings": told, "passed": list(back.passed)})


@app.command()
@reports_errors
def train(
    shot: ShotArgument,
    folder: FolderArgument,
    name: Annotated[str, typer.Option("--name", metavar="SHOW/LOOK", help="What the look will be called.")],
    art: Annotated[str, typer.Option("--art", metavar="NAME", help="The collection of art that the painted frames are entered in.")],
    files: FilesArgument = None,
    frame: FrameOption = None,
    correct: Annotated[
        str | None, typer.Option("--correct", metavar="LOOK", help="Go on from this look, and correct it for this shot only.")
    ] = None,
    artist: Annotated[str | None, typer.Option("--artist", help="Who painted the frames.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Whose they are.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="What allows their use.")] = None,
    consent: Annotated[
        str | None, typer.Option("--consent", help="Who agreed that they are trained on, and where that is written.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What artists read in the list of looks.")] = None,
    size: Annotated[str | None, typer.Option("--size", metavar="WxH", help="Size to learn at; the template's where not given.")] = None,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, max=100_000, help="How long it may take.")] = 30.0,
    steps: Annotated[int, typer.Option("--steps", min=0, max=1_000_000, help="So many steps, in place of minutes.")] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another training.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu or cuda.")] = "cpu",
    out: Annotated[Path | None, typer.Option("--out", help="The training's folder; out/training/NAME where not given.")] = None,
    override: Annotated[
        str | None, typer.Option("--override", metavar="WHY", help="Train although rights are missing; it is recorded for ever.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who does this; the user of this machine where not given.")] = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Make a look from painted frames, or correct one for this shot. Ctrl-C keeps a checkpoint; the same command goes on from there."""
    from render_server.art.manifest import Rights
    from render_server.cli.commands import parse_size
    from render_server.cli.paintover_look import Painted, train_on_paintovers
    from render_server.cli.train import Order, Screen, _asked_to_stop, _say_end
    from render_server.looks.plan import LookPlan, check_plan
    from render_server.settings import default_data_folder

    rights = Rights(artist=artist or "", owner=owner or "", licence=licence or "", consent=consent or "")
    words = f"Painted over by hand: {f'a correction of {correct} for one shot' if correct else 'a few frames of one shot'}."
    titled = title or name.rpartition("/")[2].capitalize()
    plan = check_plan(LookPlan(name, titled, words, seed=seed, steps=steps, minutes=minutes, device=device, start=correct))
    place = out or Path("out/training") / name.replace("/", ".")
    order = Order(plan, art, (), override, by or getpass.getuser(), place, data or default_data_folder())
    with taken(shot, folder, files, frame, data) as (open_shot, back, bars), _asked_to_stop() as stop:
        screen = Screen(bars, stop)
        look = train_on_paintovers(order, Painted(open_shot, back, rights, parse_size(size)), bars, screen)
    _say_end(look, place, screen)
    if json:
        print_json({"look": look.key if look else None, "folder": str(place)})
    if look is None:
        raise typer.Exit(STOPPED)


def parse_numbers(text: str) -> tuple[int, ...]:
    """Read "1001,1032,1064". Raises FormatError ("frames-broken")."""
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch("-?[0-9]{1,9}", part) for part in parts):
        raise FormatError("frames-broken", f"'{text[:80]}' does not name frames; write them as 1001,1032,1064.")
    return tuple(int(part) for part in parts)


def find_look(name: str, data: Path | None) -> Look:
    """A look by its name: installed, or among those that ship. Raises MissingError ("look-unknown")."""
    from render_server.jobs.data_folder import DataFolder
    from render_server.looks.registry import load_look, looks_folders
    from render_server.settings import default_data_folder

    return load_look(name, (DataFolder(data or default_data_folder()).looks, *looks_folders()))


@contextmanager
def opened(shot: str, size: tuple[int, int] | None) -> Iterator[tuple[OpenShot, Stages]]:
    """A shot as paintovers need it, and bars to show what takes time. Raises what reading or making the shot raises."""
    from render_server.cli.shots import find_shot
    from render_server.look_training.shot_frames import OpenShot

    with stages() as bars, tempfile.TemporaryDirectory(prefix="paintovers-") as room:
        found = find_shot(shot, size or MADE, None, Path(room), bars)
        yield OpenShot(found.file, found.folder.read_blob), bars


@contextmanager
def taken(
    shot: str, folder: Path, files: list[Path] | None, frame: int | None, data: Path | None
) -> Iterator[tuple[OpenShot, TakenBack, Stages]]:
    """A shot and its painted frames; what there is to say of them is said."""
    from render_server.look_training.taking_back import take_back
    from render_server.look_training.template import read_template

    template = read_template(folder)
    look = find_look(template.look, data) if template.look else None
    with opened(shot, (template.width, template.height)) as (open_shot, bars):
        back = take_back(open_shot, folder, files or (), frame, look)
        for painting in back.paintings:
            people.print(f"frame {painting.number}: {painting.name}, {painting.pixels.shape[1]}x{painting.pixels.shape[0]}", markup=False)
            for remark in painting.remarks:
                people.print(f"  [yellow]{_plain(remark)}.[/]")
        for words in back.passed:
            people.print(f"[yellow]passed over:[/] {_plain(words)}")
        yield open_shot, back, bars


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
