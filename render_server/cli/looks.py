"""`paintover look …`: the looks of a server's data folder: listed, approved, retired, handed out as one file and taken in; and trained."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render_server.cli.console import people, print_json, reports_errors
from render_server.cli.train import train
from shot_format.codec import encode

if TYPE_CHECKING:
    from render_server.looks.catalogue import Catalogue, Offer

app = typer.Typer(
    name="look", invoke_without_command=True, help="The looks to paint with: list, show, palette, train, approve, retire, export, import."
)
app.command()(train)

NameArgument = Annotated[str, typer.Argument(metavar="LOOK", help="A look's name and version, such as hero/wash@3.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="The server's data folder; its usual place where not given.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who says so; the user of this machine where not given.")]
WhyOption = Annotated[str, typer.Option("--why", help="Why; it stays in the look's history.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


@app.callback()
@reports_errors
def looks(context: typer.Context, json: JsonOption = False) -> None:
    """Without a command: list them."""
    if context.invoked_subcommand is None:
        _list(None, json, everything=False)


@app.command(name="list")
@reports_errors
def list_(
    data: DataOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Retired ones too.")] = False,
    json: JsonOption = False,
) -> None:
    """List the looks that can be painted with."""
    _list(data, json, everything)


@app.command()
@reports_errors
def show(name: NameArgument, data: DataOption = None, json: JsonOption = False) -> None:
    """Say all that is known of a look: state and history, lineage, hashes."""
    catalogue = _catalogue(data)
    offer = catalogue.find(name)
    told = _told(offer) | {
        "folder": str(offer.look.folder),
        "model_sha256": offer.look.model_sha256,
        "licence": offer.look.licence,
        "lineage": list(offer.look.lineage),
        "training": encode(offer.look.training),
        "history": [asdict(entry) for entry in catalogue.history(offer.look.key)],
    }
    _say(offer)
    people.print(f"files {offer.sha256}\nweights {offer.look.model_sha256}\nlicence {offer.look.licence}", markup=False)
    for entry in catalogue.history(offer.look.key):
        people.print(entry.sentence, markup=False)
    people.print(f"Its card is {offer.look.folder / 'MODEL_CARD.md'}.", markup=False)
    if json:
        print_json(told)


@app.command()
@reports_errors
def palette(
    look: Annotated[str, typer.Argument(metavar="LOOK", help="A look's name, such as oil or hero/wash@3.")],
    shot: Annotated[str, typer.Argument(metavar="SHOT", help="A shot's folder, a USD file, or demo.")],
    out: Annotated[Path, typer.Option("--out", help="The folder for palette.png and colours.json.")],
    frame: Annotated[int | None, typer.Option("--frame", help="Which frame; the first where not given.")] = None,
    colours: Annotated[
        Path | None, typer.Option("--colours", metavar="SCRIPT", help="Show what this colour script makes of it, and write none.")
    ] = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Show what colours a look gives the objects of a frame, and write a colour script to change them by."""
    from render_server.cli.palette import run_palette

    place = run_palette(look, shot, frame, out, colours, data)
    people.print(
        f"The sheet is {place}." + ("" if colours else f" Change 'to' in {out / 'colours.json'} and render with --colours."), markup=False
    )
    if json:
        print_json({"sheet": str(place), "script": str(colours or out / "colours.json")})


@app.command()
@reports_errors
def approve(name: NameArgument, why: WhyOption, by: ByOption = None, data: DataOption = None, json: JsonOption = False) -> None:
    """Approve a candidate: its bare name means it from now on."""
    _change(name, "approved", why, by, data, json)


@app.command()
@reports_errors
def retire(name: NameArgument, why: WhyOption, by: ByOption = None, data: DataOption = None, json: JsonOption = False) -> None:
    """Retire a look: it paints no new takes. Takes that were made with it can be painted again."""
    _change(name, "retired", why, by, data, json)


@app.command()
@reports_errors
def export(
    name: NameArgument,
    out: Annotated[Path | None, typer.Option("--out", help="The file; SHOW.NAME@N.paintover here where not given.")] = None,
    base: Annotated[bool, typer.Option("--base/--no-base", help="Carry the base network, or name it by its hash.")] = True,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Write a look as one file for another server."""
    from render_server.looks.archive import SUFFIX, export_look

    offer = _catalogue(data).find(name)
    look = offer.look
    place = out or Path(f"{look.file_name}{SUFFIX}")
    manifest = export_look(look.folder, place, base)
    people.print(f"{look.key} is in {place}: {sum(member.bytes for _, member in manifest.files()) >> 10} KiB.", markup=False)
    if json:
        print_json({"look": look.key, "sha256": manifest.sha256, "file": str(place)})


@app.command(name="import")
@reports_errors
def import_(
    file: Annotated[Path, typer.Argument(help="What 'paintover look export' wrote.")],
    why: WhyOption = "imported",
    by: ByOption = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Install a look from a file, once all of it was found to be right; it comes as a candidate."""
    from render_server.looks.archive import import_look

    catalogue = _catalogue(data)
    look = import_look(file, catalogue.store, by or getpass.getuser(), why)
    offer = catalogue.find(look.key)
    _say(offer)
    if json:
        print_json(_told(offer))


def _list(data: Path | None, json: bool, everything: bool) -> None:
    offers = _catalogue(data).list(retired=everything)
    for offer in offers:
        _say(offer)
    if json:
        print_json({"looks": [_told(offer) for offer in offers]})


def _change(name: str, state: str, why: str, by: str | None, data: Path | None, json: bool) -> None:
    offer = _catalogue(data).change(name, state, by or getpass.getuser(), why)
    _say(offer)
    if json:
        print_json(_told(offer))


def _catalogue(data: Path | None) -> Catalogue:
    from render_server.jobs.data_folder import DataFolder
    from render_server.looks.catalogue import Catalogue
    from render_server.settings import default_data_folder

    return Catalogue(DataFolder(data or default_data_folder()).looks)


def _say(offer: Offer) -> None:
    look = offer.look
    state = f" [{offer.last.sentence}]" if offer.last else ""
    people.print(f"{look.key}  {look.title}: {look.description}{state}", markup=False)


def _told(offer: Offer) -> dict[str, Any]:
    look = offer.look
    return {
        "name": look.name,
        "version": look.version,
        "title": look.title,
        "state": offer.state,
        "sha256": offer.sha256,
        "last": encode(offer.last),
    }
