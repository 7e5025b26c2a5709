"""What the panel says about its state, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from maya_plugin.workflow.desk import Desk
from maya_plugin.workflow.progress import Stage, shown_time
from shot_format.shot import Skipped

CALM, BUSY, GOOD, CAREFUL, BAD = "calm", "busy", "good", "careful", "bad"
MOST_SKIPPED = 3  # things named in the panel; the log has all


@dataclass(frozen=True)
class Words:
    """tone: CALM, BUSY, GOOD, CAREFUL or BAD. title: what is; sentence: why, and what to do."""

    tone: str
    title: str
    sentence: str = ""


def state_words(desk: Desk) -> Words:
    """What is going on."""
    plain = {
        "looking": Words(BUSY, "Looking for the server"),
        "no-server": Words(BAD, "No server", desk.server.sentence),
        "wrong-token": Words(BAD, "The server refuses this token", desk.server.sentence),
        "old-server": Words(BAD, "Server and plug-in do not fit", desk.server.sentence),
        "starting": Words(BUSY, "Starting"),
        "capturing": Words(BUSY, "Capturing", "The first frames are painted meanwhile. Esc stops."),
        "painting": _carried_on(desk),
        "stopping": Words(BUSY, "Stopping"),
        "stopped": Words(CAREFUL, "Stopped", _stopped(desk)),
        "failed": Words(BAD, "This take failed", desk.sentence),
        "unchanged": Words(GOOD, "Nothing to paint", desk.sentence),
        "done": Words(GOOD, "Done", _done(desk)),
        "exported": Words(GOOD, "Exported", desk.sentence),
    }
    return plain.get(desk.state, _ready(desk))


def server_words(desk: Desk) -> Words:
    """What is known of the server, in one line."""
    server = desk.server
    place = server.address.partition("//")[2]
    if server.ready:
        return Words(GOOD, f"Server ready  ·  {place}  ·  version {server.version}")
    if server.kind == "looking":
        return Words(BUSY, "Looking for the server …")
    return Words(BAD, f"Not connected  ·  {place}" if place else "Not connected")


def stage_words(name: str, stage: Stage) -> str:
    """One stage of a take: how far it is, and the time left."""
    left = shown_time(stage.seconds_left) if not stage.over else ""
    return f"{name} {stage.done} of {stage.total}" + (f"  ·  {left} left" if left else "")


def changed_words(desk: Desk) -> str:
    """What "only what changed" would do, or has done."""
    plan = desk.job.plan if desk.job else None
    if plan is not None:
        return f"{len(plan.painted)} painted, {len(plan.kept)} kept"
    earlier = desk.earlier
    return f"since {earlier.name}" if earlier else "no earlier take with this recipe"


def skipped_words(skipped: tuple[Skipped, ...]) -> str:
    """What of the scene is not in the painted picture."""
    if not skipped:
        return ""
    named = [f"{_leaf(each.name)}: {each.reason}" for each in skipped[:MOST_SKIPPED]]
    more = len(skipped) - len(named)
    return "\n".join(["Not in the painted picture:", *named, *([f"and {more} more; the log names them"] if more else [])])


def frame_count(count: int) -> str:
    """How many frames, in words."""
    return f"{count} frame" if count == 1 else f"{count} frames"


def live_words(desk: Desk) -> str:
    """How live painting goes."""
    if not desk.live_on:
        return ""
    live = desk.live
    if live.error is not None:
        return f"Live: {getattr(live.error, 'message', live.error)}"
    if live.painting:
        return "Live: painting this frame …"
    return f"Live: painted in {live.seconds:.1f} s" if live.shown and live.seconds is not None else "Live: waits until the scene rests"


def take_words(look: Optional[str], seed: int, frames: int, total: int, kept: int, made: str) -> str:
    """A take in one line."""
    count = frame_count(frames) if frames == total else f"{frames} of {total} frames"
    parts = [look or "", f"seed {seed}", count, f"{kept} kept" if kept else "", made]
    return "  ·  ".join(part for part in parts if part)


def _ready(desk: Desk) -> Words:
    if not desk.camera:
        return Words(CAREFUL, "No camera", "The scene has no perspective camera; make one, and look through it.")
    if not desk.server.looks:
        return Words(CAREFUL, "No look", "The server has no look to paint in; install one there.")
    if desk.to_go_on is not None:
        row = desk.to_go_on
        sentence = f"{len(row.frames)} of {frame_count(row.take.total)} are here. Go on captures the shot again; nothing is painted twice."
        return Words(CAREFUL, f"{row.name} was not finished", sentence)
    first, last = desk.range
    return Words(CALM, f"{frame_count(last - first + 1)}, {first} to {last}, at {desk.size[0]} × {desk.size[1]}")


def _carried_on(desk: Desk) -> Words:
    if desk.job is not None and desk.job.second != "Painted":
        return Words(BUSY, "Exporting", "The scene is yours again; the server computes the passes.")
    return Words(BUSY, "Painting", "The scene is yours again: work on, or watch the frames come in.")


def _done(desk: Desk) -> str:
    job = desk.job
    if job is None or job.folder is None:
        return ""
    if job.plan is not None:
        return f"{job.folder.name}: {frame_count(len(job.plan.painted))} painted, {len(job.plan.kept)} kept unchanged."
    return f"{job.folder.name}: {frame_count(len(job.files))} painted."


def _stopped(desk: Desk) -> str:
    job = desk.job
    if desk.sentence or job is None or job.folder is None or not job.files:
        return desk.sentence
    return f"{job.folder.name} keeps {len(job.files)} of {frame_count(job.progress.paint.total)}; Only what changed goes on from there."


def _leaf(name: str) -> str:
    return name.rpartition("|")[2]
