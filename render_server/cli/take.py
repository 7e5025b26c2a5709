"""A take from click to report: paint, paint once more without memory to compare with, measure, write everything down."""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.markup import escape
from rich.table import Table

from maya_plugin.client import Connection, Progress, ShotStream, Take, paint_shot
from render_server.cli.console import Stages, people, stop_asked
from render_server.looks.art import read_art
from render_server.looks.content import folder_sha256
from render_server.looks.registry import Look, load_look, looks_folders
from render_server.passes.geometry import UInt8
from render_server.passes.loader import ShotLoader
from render_server.provenance.evidence import SIGNED
from render_server.provenance.metadata import read_record
from render_server.provenance.record import SOURCE_TYPE
from render_server.provenance.signing import opened
from render_server.quality.assess import ShotFrame
from render_server.quality.build import About, build_report
from render_server.quality.figures import Summary, summary
from render_server.video_models.painter.settings import ScaffoldSettings, same_layers
from shot_format.codec import encode, to_json
from shot_format.errors import MissingError
from shot_format.files import write_whole
from shot_format.folder import ShotFolder
from shot_format.messages import Blend, Recipe, SignedProof
from shot_format.shot import Shot, ShotFile

NAMED = 8  # objects in one warning
PACKAGES = ("paintover", "torch", "diffusers", "numpy", "numba", "fastapi", "httpx")


@dataclass(frozen=True)
class Outcome:
    """What `--json` prints. Seconds are counted from the click; figures are None where they were not measured.

    model_share: share of the time from the click to the last frame on disk in which the video model was at work.
    """

    frames: int
    seconds_to_first_frame: float
    fps: float | None
    model_share: float
    warp_error: float | None
    warp_error_memoryless: float | None
    warp_error_blocking: float | None
    structure: float | None
    sharpness: float | None
    palette_distance: float | None
    texture_distance: float | None
    out: str


def paint_and_report(
    connection: Connection,
    source: ShotFolder | ShotStream,
    shot: ShotFolder,
    recipe: Recipe,
    out: Path,
    bars: Stages,
    store: Path,
    report: bool = True,
) -> Outcome:
    """Paint a shot into `out/frames`, and leave movies, contact sheet, report and take.json in `out`.

    shot: the shot's folder, read again for the report; it may be filled by reading `source`. store: the folder of installed looks on this
    machine, for the look's art. Raises what `paint_shot` and `build_report` raise.
    """
    take = paint_shot(connection, source, recipe, out / "frames", on_progress=lambda p: _show(bars, p, "painting"), stop=stop_asked)
    signed = fetch_proof(connection, take.job.id)
    write_whole(out / SIGNED, to_json(signed).encode())
    measured = _report(connection, take, shot, out, bars, store) if report else None
    outcome = _outcome(take, measured, out)
    told = describe(take, shot, outcome) | _provenance(take, signed)
    if warnings := _warnings(take, shot, store):
        told["warnings"] = warnings
        people.print(f"[yellow]{escape(' '.join(warnings))}[/]")
    write_whole(out / "take.json", (json.dumps(told, indent=1) + "\n").encode())
    _print(outcome)
    return outcome


def _show(bars: Stages, progress: Progress, name: str) -> None:
    stage = {"painting": name, "done": name}.get(progress.stage, progress.stage)
    if stage != "waiting":
        bars.update(stage, progress.done, progress.total)
    if stage == name:
        bars.drop("uploading")  # it goes on behind the painting, which is what people wait for


def _report(connection: Connection, take: Take, shot: ShotFolder, out: Path, bars: Stages, store: Path) -> Summary:
    file = shot.read()
    with tempfile.TemporaryDirectory(prefix=".without-memory-", dir=out) as scratch:
        recipe = replace(take.job.recipe, memory=False)
        forgetful = paint_shot(
            connection, shot, recipe, Path(scratch), on_progress=lambda p: _show(bars, p, "painting without memory"), stop=stop_asked
        )
        figures = build_report(
            out,
            _compared(file, shot, take, forgetful),
            _about(file, take, shot),
            art=_art(take.job.recipe, store),
            progress=lambda done, total: bars.update("report", done, total),
        )
    return summary(figures)


def _art(recipe: Recipe, store: Path) -> tuple[UInt8, ...]:
    """The art of the look, or of both, where the very same look is on this machine."""
    return tuple(picture for look in _looks(recipe, store) for picture in read_art(look.folder))


def _warnings(take: Take, shot: ShotFolder, store: Path) -> list[str]:
    """What is to be said where a look is a correction for another shot, where strokes do not go over from one look into the other, and
    where the colour script names what is not in the shot."""
    looks, head = _looks(take.job.recipe, store), shot.read().shot
    strangers = [warning for look in looks if (warning := look.stranger(head.id, head.name))]
    return [*strangers, *_kept_strokes(take.job.recipe.blend, looks), *_unknown_objects(take.job.recipe, head)]


def _unknown_objects(recipe: Recipe, head: Shot) -> list[str]:
    there = {mesh.name for mesh in head.meshes}
    unknown = sorted({key.object for key in recipe.colours or ()} - there)
    if not unknown:
        return []
    more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
    return [f"The colour script names what is not in the shot: {', '.join(unknown[:NAMED])}{more}."]


def _kept_strokes(blend: Blend | None, looks: list[Look]) -> list[str]:
    if blend is None or len(looks) < 2 or {key.weight for key in blend.keys} in ({0.0}, {1.0}):
        return []
    first, second = (ScaffoldSettings.from_json(look.strokes) for look in looks)
    if same_layers(first, second):
        return []
    return [
        f"{looks[0].key} lays {len(first.layers)} layers of strokes and {looks[1].key} {len(second.layers)}: "
        f"so that none jumps, all of the take has the strokes of {looks[0].key}."
    ]


def _looks(recipe: Recipe, store: Path) -> list[Look]:
    """The very same looks: installed in the store, or among those that ship; without one that is not on this machine."""
    found = (_look(named, store) for named in (recipe, recipe.blend) if named)
    return [look for look in found if look]


def _look(named: Recipe | Blend, store: Path) -> Look | None:
    try:
        look = load_look(named.look, (store, *looks_folders()))
    except MissingError:
        return None
    return look if folder_sha256(look.folder) == named.look_sha256 else None


def _compared(file: ShotFile, shot: ShotFolder, take: Take, forgetful: Take) -> Iterator[ShotFrame]:
    recipe = take.job.recipe
    size = (recipe.width or file.shot.width, recipe.height or file.shot.height)
    painted = {frame.number: frame.path for frame in take.frames}
    without = {frame.number: frame.path for frame in forgetful.frames}
    frames = (frame for frame in file.frames if frame.number in painted)
    for _, passes in ShotLoader(file.shot, shot.read_blob, size).passes(frames):
        yield ShotFrame(passes, passes.beauty, _picture(painted[passes.number]), _picture(without[passes.number]))


def _picture(path: Path) -> UInt8:
    with Image.open(path, formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


def _about(file: ShotFile, take: Take, shot: ShotFolder) -> About:
    recipe = take.job.recipe
    return About(
        title=file.shot.name,
        fps=file.shot.fps,
        count=len(take.frames),
        facts=(f"look {recipe.look}", *_added(recipe), f"seed {recipe.seed}"),
        arrivals=tuple(frame.arrived for frame in take.frames),
        take=describe(take, shot, None),
        notes=tuple(f"Left out of the capture: {each.name} ({each.reason})." for each in file.shot.skipped),
    )


def _added(recipe: Recipe) -> list[str]:
    """What a recipe may have beside its look."""
    recoloured = len({key.object for key in recipe.colours or ()})
    facts = [f"blended with {recipe.blend.look}"] if recipe.blend else []
    return [*facts, f"{recoloured} objects by a colour script"] if recoloured else facts


def describe(take: Take, shot: ShotFolder, outcome: Outcome | None) -> dict[str, Any]:
    """Say everything that is needed to make the take again, and what came of it."""
    return {
        "job": take.job.id,
        "shot": take.job.shot,
        "shot_sha256": hashlib.sha256((shot.path / "shot.json").read_bytes()).hexdigest(),
        "recipe": encode(take.job.recipe),
        "frames": {str(frame.number): frame.sha256 for frame in take.frames},
        "timings": {
            "seconds_to_first_frame": take.first_frame_seconds,
            "seconds": take.seconds,
            "model_seconds": sum(frame.model_seconds for frame in take.frames),
            "arrived": [round(frame.arrived, 4) for frame in take.frames],
        },
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "machine": {"system": platform.platform(), "processor": processor()},
        "figures": asdict(outcome) if outcome else None,
    }


def fetch_proof(connection: Connection, job: str) -> SignedProof:
    """The server's signed list of a job's frames. Raises ServerError, FormatError ("proof-forged")."""
    signed = connection.ask(SignedProof, "GET", f"/v1/jobs/{job}/proof")
    opened(signed)
    return signed


def _provenance(take: Take, signed: SignedProof) -> dict[str, Any]:
    """What the frames say of themselves, once for all of them, and the hashes of their pixels."""
    record = read_record(take.frames[0].path.read_bytes())
    pixels = {str(frame.number): frame.pixels_sha256 for frame in opened(signed).frames if frame.pixels_sha256}
    shared = ("shot_sha256", "base_sha256", "art_manifest_sha256", "blend_art_manifest_sha256", "software")
    told = {name: value for name, value in encode(record).items() if name in shared} if record else {}
    return {"digital_source_type": SOURCE_TYPE, "signed_with": signed.public_key, "pixels": pixels, "origin": told}


def processor() -> str:
    """Name the processor and count its cores."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} logical cores" if names else platform.processor()


def _outcome(take: Take, measured: Summary | None, out: Path) -> Outcome:
    first, last, count = take.first_frame_seconds, take.seconds, len(take.frames)
    painted = measured.painted if measured else None
    memoryless = measured.memoryless if measured else None
    return Outcome(
        frames=count,
        seconds_to_first_frame=first,
        fps=(count - 1) / (last - first) if last > first else None,
        model_share=sum(frame.model_seconds for frame in take.frames) / last,
        warp_error=painted.warp_error if painted else None,
        warp_error_memoryless=memoryless.warp_error if memoryless else None,
        warp_error_blocking=measured.blocking.warp_error if measured else None,
        structure=painted.structure if painted else None,
        sharpness=painted.sharpness if painted else None,
        palette_distance=painted.palette if painted else None,
        texture_distance=painted.texture if painted else None,
        out=str(out),
    )


def _print(outcome: Outcome) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    rows = (
        ("frames", f"{outcome.frames}"),
        ("time to first frame", f"{outcome.seconds_to_first_frame:.2f} s"),
        ("frames per second", _shown(outcome.fps, ".1f")),
        ("share of the time in the model", f"{outcome.model_share:.0%}"),
        ("warp error", _shown(outcome.warp_error, ".4f")),
        ("  without memory", _shown(outcome.warp_error_memoryless, ".4f")),
        ("  of the blocking", _shown(outcome.warp_error_blocking, ".4f")),
        ("outlines kept (structure)", _shown(outcome.structure, ".2f")),
    )
    for row in rows:
        table.add_row(*row)
    people.print(table)
    people.print(f"The frames are in {outcome.out}/frames; look at {outcome.out}/report.html.")


def _shown(value: float | None, form: str) -> str:
    return "not measured" if value is None else format(value, form)
