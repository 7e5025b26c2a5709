"""`paintover …`: each command reads its options, calls the part that does the work, and says what came of it.

The parts are imported inside the commands: `paintover --help` must not wait for torch.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from render_server.cli import art, looks, maya, paintover, provenance, token, trainings
from render_server.cli.console import people, print_json, reports_errors, stages
from shot_format.codec import encode
from shot_format.errors import FormatError, MissingError
from shot_format.messages import Blend, BlendKey, Recipe

app = typer.Typer(name="paintover", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__.split(":")[0])

app.add_typer(art.app)
app.add_typer(maya.app)
app.add_typer(looks.app)
app.add_typer(paintover.app)
app.add_typer(token.app)
app.add_typer(trainings.app)
app.command()(maya.pair)
app.command()(provenance.verify)
app.command()(provenance.credentials)

FramesOption = Annotated[str | None, typer.Option("--frames", metavar="A-B", help="First and last frame; all where not given.")]
SizeOption = Annotated[str | None, typer.Option("--size", metavar="WxH", help="Picture size in pixels; the shot's own where not given.")]
LookOption = Annotated[str, typer.Option("--look", help="The look to paint with; 'paintover look' lists them.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Another seed, other strokes.")]
AccumulationOption = Annotated[float, typer.Option("--accumulation", min=0.0, max=1.0, help="Steadier, and a little softer: 0 to 1.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="The server's folder for its ledger, blobs and frames.")]

DEFAULT_LOOK = "oil"


def parse_size(size: str | None) -> tuple[int, int] | None:
    """Read "640x360". Raises FormatError ("size-broken")."""
    if size is None:
        return None
    match = re.fullmatch(r"(\d{2,5})[x×](\d{2,5})", size)
    if not match:
        raise FormatError("size-broken", f"'{size}' is not a size; write it as 640x360.")
    return int(match[1]), int(match[2])


def parse_frames(frames: str | None) -> tuple[int, int] | None:
    """Read "1001-1096" or "1001". Raises FormatError ("frames-broken")."""
    if frames is None:
        return None
    match = re.fullmatch(r"(-?\d+)(?:-(-?\d+))?", frames)
    if not match:
        raise FormatError("frames-broken", f"'{frames}' is not a range of frames; write it as 1001-1096.")
    first = int(match[1])
    last = int(match[2]) if match[2] is not None else first
    if last < first:
        raise FormatError("frames-broken", f"The range {frames} ends before it begins.")
    return first, last


def parse_blend(look: str | None, keys: list[str]) -> Blend | None:
    """Read a second look and its keys, like "1001=0.5", in any order. Raises FormatError ("blend-broken")."""
    if look is None and not keys:
        return None
    if look is None or not keys:
        raise FormatError("blend-broken", "A blend needs both: --blend LOOK, and at least one --blend-key FRAME=WEIGHT.")
    found: dict[int, float] = {}
    for key in keys:
        match = re.fullmatch(r"(-?\d{1,7})=([01](?:\.\d*)?|\.\d+)", key)
        if not match or float(match[2]) > 1.0:
            raise FormatError("blend-broken", f"'{key}' is no key of a blend; write it as 1001=0.5, with a weight from 0 to 1.")
        if int(match[1]) in found:
            raise FormatError("blend-broken", f"The frame {match[1]} has two keys; which one is meant?")
        found[int(match[1])] = float(match[2])
    return Blend(look, tuple(BlendKey(frame, found[frame]) for frame in sorted(found)))


@app.command()
@reports_errors
def demo(
    look: LookOption = DEFAULT_LOOK,
    frames: Annotated[int, typer.Option("--frames", min=1, max=960, help="How many frames of the demo shot.")] = 96,
    size: SizeOption = "640x360",
    seed: SeedOption = 0,
    out: Annotated[Path, typer.Option("--out", help="Where the result goes.")] = Path("out/demo"),
    json: JsonOption = False,
) -> None:
    """Paint the built-in demo shot the whole road: scene, server, worker, frames, movies, report."""
    from render_server.cli.demo import run_demo

    width, height = parse_size(size) or (640, 360)
    summary = run_demo(Recipe(look=look, seed=seed), frames, (width, height), out)
    if json:
        print_json(asdict(summary))


@app.command(name="import")
@reports_errors
def import_scene(
    scene: Annotated[Path, typer.Argument(help="A USD file: .usd, .usdc, .usda or .usdz.")],
    out: Annotated[Path, typer.Argument(help="The shot's folder, which is made.")],
    camera: Annotated[str | None, typer.Option("--camera", metavar="PATH", help="The camera's path in the scene.")] = None,
    frames: FramesOption = None,
    size: SizeOption = None,
    subdivide: Annotated[bool, typer.Option("--subdivide/--no-subdivide", help="Round subdivision surfaces, or take their cages.")] = True,
    again: Annotated[bool, typer.Option("--again", help="Replace a shot that is there already.")] = False,
) -> None:
    """Make a shot from a USD scene."""
    from render_server.scenes.usd import import_usd

    with stages() as bars:
        file = import_usd(
            scene,
            out,
            camera=camera,
            frames=parse_frames(frames),
            size=parse_size(size),
            progress=lambda done, total: bars.update("importing frames", done, total),
            subdivide=subdivide,
            again=again,
        )
    people.print(f"{len(file.frames)} frames, {len(file.shot.meshes)} objects, {len(file.shot.characters)} characters are in {out}.")
    for skipped in file.shot.skipped:
        people.print(f"[yellow]left out:[/] {skipped.name}: {skipped.reason}", markup=True)


@app.command()
@reports_errors
def passes(
    shot: Annotated[Path, typer.Argument(help="The shot's folder.")],
    out: Annotated[Path, typer.Option("--out", help="Where passes.FRAME.npz and passes.png go.")],
    frames: FramesOption = None,
    size: SizeOption = None,
    again: Annotated[bool, typer.Option("--again", help="Make files anew that are there already.")] = False,
) -> None:
    """Write the exact passes of a shot: depth, normal, id, motion, occlusion, rest position, and a sheet to look at."""
    from render_server.passes.export import export_passes
    from shot_format.folder import ShotFolder

    with stages() as bars:
        sheet = export_passes(
            ShotFolder(shot),
            out,
            frames=parse_frames(frames),
            size=parse_size(size),
            again=again,
            progress=lambda done, total: bars.update("passes", done, total),
        )
    people.print(f"The passes are in {out}; look at {sheet}.")


@app.command()
@reports_errors
def render(
    out: Annotated[Path, typer.Option("--out", help="Where the painted frames, movies and report go.")],
    shot: Annotated[Path | None, typer.Argument(help="The shot's folder.")] = None,
    look: LookOption = DEFAULT_LOOK,
    blend: Annotated[str | None, typer.Option("--blend", metavar="LOOK", help="A second look over the same base to blend in.")] = None,
    blend_key: Annotated[
        list[str] | None,
        typer.Option("--blend-key", metavar="FRAME=WEIGHT", help="How much of it there is at a frame, 0 to 1; may be given again."),
    ] = None,
    colours: Annotated[
        Path | None, typer.Option("--colours", metavar="SCRIPT", help="A colour script, begun with 'paintover look palette'.")
    ] = None,
    seed: SeedOption = 0,
    frames: FramesOption = None,
    size: SizeOption = None,
    stroke_scale: Annotated[float, typer.Option(min=0.25, max=4.0, help="Larger or smaller strokes than the look's own.")] = 1.0,
    accumulation: AccumulationOption = 0.0,
    server: Annotated[str | None, typer.Option("--server", metavar="URL", help="A server that runs already.")] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="The file that holds that server's token.")] = None,
    data: DataOption = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Measure the take and write movies and report.")] = True,
    again: Annotated[
        Path | None,
        typer.Option("--again", metavar="FRAME", help="Paint the take of this frame again, from what the frame says of itself."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Paint a shot: on a server that runs, or on one that is started for it and stopped again."""
    if again is not None:
        from render_server.cli.again import run_again

        job = run_again(again, shot, out, server=server, token_file=token_file, data=data)
        return print_json(encode(job)) if json else None
    if shot is None:
        raise MissingError("shot-missing", "Name the shot's folder, or a frame to paint again.")
    from render_server.cli.render import run_render
    from render_server.looks.colour_script import keys_of, read_script

    first, last = parse_frames(frames) or (None, None)
    width, height = parse_size(size) or (None, None)
    recipe = Recipe(
        look=look, seed=seed, width=width, height=height, first=first, last=last, stroke_scale=stroke_scale, accumulation=accumulation,
        blend=parse_blend(blend, blend_key or []), colours=keys_of(read_script(colours)) if colours else None,
    )  # fmt: skip
    summary = run_render(shot, recipe, out, server=server, token_file=token_file, data=data, report=report)
    if json:
        print_json(asdict(summary))


@app.command()
@reports_errors
def quality(
    shots: Annotated[
        list[str] | None,
        typer.Argument(metavar="SHOT…", help="Shot folders, USD files, or demo, cut, whip, return, orbit.", show_default="demo"),
    ] = None,
    looks: Annotated[
        list[str] | None, typer.Option("--look", help="A look's name or folder; may be given again. All where not given.")
    ] = None,
    size: SizeOption = "512x288",
    frames: Annotated[int | None, typer.Option("--frames", min=1, help="How many; there and back where the shot has fewer.")] = None,
    every: Annotated[int, typer.Option("--every", min=1, help="Ablations and target at one pair of frames in so many.")] = 1,
    seed: SeedOption = 0,
    accumulation: AccumulationOption = 0.0,
    out: Annotated[Path, typer.Option("--out", help="Where the reports go.")] = Path("out/quality"),
    table: Annotated[Path | None, typer.Option("--table", help="A page whose tables are written anew, like docs/quality.md.")] = None,
    again: Annotated[bool, typer.Option("--again/--keep", help="Measure anew, or keep what was measured of the same before.")] = True,
    json: JsonOption = False,
) -> None:
    """Paint shots in looks and measure them: against the art, the outlines, true motion, themselves without memory, and their teacher."""
    from render_server.cli.quality import Plan, run_quality

    width, height = parse_size(size) or (512, 288)
    recipe = Recipe(look=DEFAULT_LOOK, seed=seed, accumulation=accumulation)
    plan = Plan(tuple(shots or ["demo"]), tuple(looks or []), (width, height), frames, every, out, recipe, again)
    measured = run_quality(plan, table)
    if json:
        print_json({"measured": [asdict(each) for each in measured]})


@app.command()
@reports_errors
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; anything but this machine needs --cert and --key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8188,
    data: DataOption = None,
    cert: Annotated[Path | None, typer.Option(help="TLS certificate.")] = None,
    key: Annotated[Path | None, typer.Option(help="TLS key.")] = None,
) -> None:
    """Run the GPU server until Ctrl-C."""
    from render_server.serving import serve_until_stopped

    serve_until_stopped(host=host, port=port, data=data, cert=cert, key=key)
