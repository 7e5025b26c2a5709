"""Figures about the server, read from the ledger when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from render_server.jobs import space, tables
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.jobs.uploads import Uploads
from render_server.looks.trainings import TRAINING_STATES
from shot_format.messages import JOB_STATES


@dataclass(frozen=True)
class Figure:
    """One number. kind: "gauge" or "counter"; label: what tells it from others of its name, such as 'state="done"'."""

    name: str
    kind: str
    help: str
    value: float
    label: str = ""


def collect(ledger: Ledger, files: DataFolder, uploads: Uploads, workers: int) -> list[Figure]:
    """Count what there is."""
    with ledger.read() as tx:
        counted = tx.execute(select(tables.jobs.c.state, func.count()).group_by(tables.jobs.c.state))
        jobs = {state: count for state, count in counted}
        asked = tx.execute(select(tables.trainings.c.state, func.count()).group_by(tables.trainings.c.state))
        trainings = {state: count for state, count in asked}
        frames, size, seconds = tx.execute(
            select(
                func.count(),
                func.coalesce(func.sum(tables.painted.c.bytes), 0),
                func.coalesce(func.sum(tables.painted.c.seconds), 0.0),
            ).select_from(tables.painted)
        ).one()
    return [
        *(Figure("paintover_jobs", "gauge", "Jobs by state.", jobs.get(state, 0), f'state="{state}"') for state in JOB_STATES),
        *(
            Figure("paintover_trainings", "gauge", "Trainings by state.", trainings.get(state, 0), f'state="{state}"')
            for state in TRAINING_STATES
        ),
        Figure("paintover_frames_painted_total", "counter", "Painted frames.", frames),
        Figure("paintover_frame_bytes_total", "counter", "Bytes of painted frames.", size),
        Figure("paintover_model_seconds_total", "counter", "Seconds spent in video models.", seconds),
        Figure("paintover_uploads_active", "gauge", "Blobs that are coming in now.", uploads.busy),
        Figure("paintover_workers", "gauge", "Workers heard of lately.", workers),
        Figure("paintover_disk_free_bytes", "gauge", "Bytes free below the data folder.", space.free_bytes(files)),
    ]


def as_prometheus(figures: list[Figure]) -> str:
    """Write figures in Prometheus's text format."""
    lines, seen = [], set()
    for figure in figures:
        if figure.name not in seen:
            lines += [f"# HELP {figure.name} {figure.help}", f"# TYPE {figure.name} {figure.kind}"]
            seen.add(figure.name)
        lines.append(f"{figure.name}{{{figure.label}}} {figure.value}" if figure.label else f"{figure.name} {figure.value}")
    return "\n".join(lines) + "\n"
