"""The training behind `paintover paintovers train`: painted frames are entered as art, made into pairs, and learned from."""

from __future__ import annotations

import getpass
import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from render_server.art.lineage import art_of, overrides_in_words
from render_server.art.manifest import Rights
from render_server.art.originals import Original
from render_server.art.rights import EVERY_SHOW, check_rights
from render_server.art.store import art_folder, open_collection
from render_server.cli.console import Stages, people
from render_server.jobs.data_folder import DataFolder
from render_server.look_training.material import Material, Still
from render_server.look_training.openraster import png
from render_server.look_training.painted_colours import misfit
from render_server.look_training.paintovers import as_fields, facts_of, pairs_of, style_for, style_of_look
from render_server.look_training.shot_frames import OpenShot
from render_server.look_training.style import Style
from render_server.look_training.taking_back import Painting, TakenBack
from render_server.looks.palette import PaletteSettings
from render_server.looks.plan import Given, LookPlan, TrainingReport, write_given
from render_server.looks.registry import Look, looks_folders
from render_server.looks.versions import install_next
from render_server.settings import default_data_folder
from shot_format.files import write_whole


@dataclass(frozen=True)
class Order:
    """What is to be trained. parent: the look that is corrected for this shot; None: a look of its own."""

    plan: LookPlan
    shot: OpenShot
    back: TakenBack
    rights: Rights
    art: str
    out: Path
    size: tuple[int, int] | None
    parent: Look | None
    by: str | None
    data: Path | None


class Bars:
    """Shows a training on the command line; Ctrl-C ends it as a kill would, and the checkpoint stays."""

    def __init__(self, bars: Stages) -> None:
        self._bars = bars
        self._said: set[str] = set()

    def report(self, report: TrainingReport) -> None:
        """Move the bar; say once what there is to say."""
        self._bars.update(report.stage, report.step, report.steps or None)
        for remark in report.remarks:
            if remark not in self._said:
                self._said.add(remark)
                people.print(remark, markup=False)
        if report.figures:
            figures = ", ".join(f"{name} {value:.3f}" for name, value in report.figures.items())
            people.print(f"step {report.step}: {figures}", markup=False)

    def checkpoint(self, path: Path, step: int) -> None:
        """Nothing to say of it."""

    def preview(self, sheet: Path, step: int) -> None:
        """Say where to look."""
        people.print(f"step {step}: look at {sheet}", markup=False)

    def wish(self) -> str:
        """To go on."""
        return "go on"


def train_on_paintovers(order: Order, bars: Stages) -> Look | None:
    """Train and install; None where it stopped before its end.

    Raises RightsError ("rights-missing"), and what taking art in, making pairs, training and installing raise.
    """
    from render_server.look_training.train import train_look  # torch takes seconds to load

    template, paintings = order.back.template, order.back.paintings
    size = order.size or (template.width, template.height)
    given, stills = _enter(order)  # first: without rights nothing is made of the frames
    style = style_of_look(order.parent) if order.parent else _new_style(order, size)
    pairs = pairs_of(
        order.shot, paintings, as_fields(style), order.out / "pairs", size, lambda done, total: bars.update("exact pairs", done, total)
    )
    write_given(order.out, given)
    outcome = train_look(order.plan, Material(stills, pairs, style), order.out, Bars(bars))
    if outcome.draft is None:
        return None
    if order.parent:
        bind_to_shot(outcome.draft, order.shot)
    store = DataFolder(order.data or default_data_folder()).looks
    why = f"trained on {len(paintings)} painted frames of {order.shot.file.shot.name}"
    return install_next(outcome.draft, store, looks_folders(), _who(order), why)


def _new_style(order: Order, size: tuple[int, int]) -> Style:
    """Strokes, inks and palette as the painted frames have them, in the light that the template was shown in."""
    from render_server.cli.paintover import find_look

    shown = order.back.template.look
    light = find_look(shown, order.data).light if shown else {}
    style = style_for(order.shot, order.back.paintings, size, light)
    facts = facts_of(order.shot, order.back.paintings, style, size)
    before, after = misfit(facts, PaletteSettings()), misfit(facts, PaletteSettings(**style.palette))
    people.print(f"The palette turns the blocking's colours into the painted ones but for {after:.3f} (OKLab); before: {before:.3f}.")
    return style


def _enter(order: Order) -> tuple[Given, tuple[Still, ...]]:
    """Enter the frames, merged, in their collection with their rights; a frame that is there already is not entered again."""
    data, show = order.data or default_data_folder(), order.plan.name.rpartition("/")[0]
    collection = open_collection(art_folder(data), order.art)
    hashes = [
        collection.add(Original(place.name, (place,)), order.rights, _who(order), title).piece.sha256
        for place, title in (_merged(order, painting) for painting in order.back.paintings)
    ]
    among = frozenset(hashes)
    collection.cleared(show or EVERY_SHOW, among=among)
    sealed = collection.seal()
    manifest = collection.sealed(sealed)
    pieces = check_rights(manifest, show or EVERY_SHOW, among)
    stills = tuple(Still(collection.picture(piece.pictures[0]), piece.sha256, piece.title) for piece in pieces)
    return Given(sealed, art_of(pieces), overrides_in_words(manifest), str(order.parent.folder) if order.parent else None), stills


def _merged(order: Order, painting: Painting) -> tuple[Path, str]:
    place = order.out / "painted" / f"{Path(order.back.template.frames[0].files[0].name).stem.split('.')[0]}.{painting.number}.png"
    write_whole(place, png(Image.fromarray(painting.pixels)))
    return place, f"{order.shot.file.shot.name}, frame {painting.number}, painted over"


def bind_to_shot(draft: Path, shot: OpenShot) -> None:
    """Say in a look's look.json which shot it is for."""
    place, head = draft / "look.json", shot.file.shot
    fields = json.loads(place.read_text("utf-8"))
    fields["for_shot"] = {"id": head.id, "name": head.name}
    write_whole(place, (json.dumps(fields, indent=1) + "\n").encode())


def _who(order: Order) -> str:
    return order.by or getpass.getuser()
