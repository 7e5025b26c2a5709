"""The training behind `paintover paintovers train`: painted frames are entered as art, made into pairs, and learned from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from render_server.art.manifest import Rights
from render_server.art.originals import Original
from render_server.art.store import art_folder, open_collection
from render_server.cli.console import Stages, people
from render_server.cli.paintover import find_look
from render_server.cli.train import Order, Screen, _alone, _prepared
from render_server.jobs.data_folder import DataFolder
from render_server.look_training.openraster import png
from render_server.look_training.painted_colours import misfit
from render_server.look_training.paintovers import as_fields, facts_of, pairs_of, style_for, style_of_look
from render_server.look_training.shot_frames import OpenShot
from render_server.look_training.style import Style
from render_server.look_training.taking_back import TakenBack
from render_server.look_training.template import file_name
from render_server.looks.palette import PaletteSettings
from render_server.looks.plan import Given, write_given
from render_server.looks.registry import Look, looks_folders, read_look
from render_server.looks.versions import install_next
from render_server.memory import ready_for_torch
from shot_format.files import write_whole


@dataclass(frozen=True)
class Painted:
    """The painted frames of a shot. rights: of frames that are not in the collection yet; size: to learn at, the template's where None."""

    shot: OpenShot
    back: TakenBack
    rights: Rights
    size: tuple[int, int] | None = None


def train_on_paintovers(order: Order, painted: Painted, bars: Stages, screen: Screen) -> Look | None:
    """Train and install; None where it stopped before its end. The order's plan goes on from a look where that is corrected for this shot.

    Raises RightsError ("rights-missing"), and what taking art in, making pairs, training and installing raise.
    """
    template, paintings = painted.back.template, painted.back.paintings
    size = painted.size or (template.width, template.height)
    plan, given, material = _prepared(
        replace(order, pieces=_entered(order, painted))
    )  # first: without rights nothing is made of the frames
    style = _style(order, painted, given, size)

    ready_for_torch()
    from render_server.look_training import train as trainer  # torch takes seconds to load

    with _alone(order.out):
        pairs = pairs_of(
            painted.shot, paintings, as_fields(style), order.out / "pairs", size, lambda n, of: bars.update("exact pairs", n, of)
        )
        write_given(order.out, given)
        outcome = trainer.train_look(plan, replace(material, pairs=pairs, style=style), order.out, screen)
    if outcome.draft is None:
        return None
    if given.start:
        bind_to_shot(outcome.draft, painted.shot)
    why = f"trained on {len(paintings)} painted frames of {painted.shot.file.shot.name}"
    return install_next(outcome.draft, DataFolder(order.data).looks, looks_folders(), order.by, why)


def _style(order: Order, painted: Painted, given: Given, size: tuple[int, int]) -> Style:
    """That of the look that is corrected; else strokes, inks and palette as the painted frames have them, in the template's light."""
    if given.start:
        return style_of_look(read_look(Path(given.start)))
    shown, paintings = painted.back.template.look, painted.back.paintings
    style = style_for(painted.shot, paintings, size, find_look(shown, order.data).light if shown else {})
    facts = facts_of(painted.shot, paintings, style, size)
    before, after = misfit(facts, PaletteSettings()), misfit(facts, PaletteSettings(**style.palette))
    people.print(f"The palette turns the blocking's colours into the painted ones but for {after:.3f} (OKLab); before: {before:.3f}.")
    return style


def _entered(order: Order, painted: Painted) -> tuple[str, ...]:
    """Enter the frames, merged, in their collection with their rights; a frame that is there already is not entered again. Their hashes."""
    collection, head = open_collection(art_folder(order.data), order.art), painted.shot.file.shot
    hashes = []
    for painting in painted.back.paintings:
        place = order.out / "painted" / f"{file_name(head.name)}.{painting.number}.png"
        write_whole(place, png(Image.fromarray(painting.pixels)))
        title = f"{head.name}, frame {painting.number}, painted over"
        hashes.append(collection.add(Original(place.name, (place,)), painted.rights, order.by, title).piece.sha256)
    return tuple(hashes)


def bind_to_shot(draft: Path, shot: OpenShot) -> None:
    """Say in a look's look.json which shot it is for."""
    place, head = draft / "look.json", shot.file.shot
    fields = json.loads(place.read_text("utf-8"))
    fields["for_shot"] = {"id": head.id, "name": head.name}
    write_whole(place, (json.dumps(fields, indent=1) + "\n").encode())
