"""The ledger's tables. Messages are kept as the canonical JSON they came as; columns hold what is searched by."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

# 2: shots and keys of shows stand as SHOW+NAME (shows.py); what a ledger of version 1 holds belongs to no show, as it is.
# 3: trainings, in tables of their own; what was there stays as it is.
VERSION = 3

metadata = MetaData()

version = Table("version", metadata, Column("number", Integer, primary_key=True))

shots = Table(
    "shots",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("head", Text, nullable=False),  # Shot
    Column("closed", Boolean, nullable=False),
    Column("created", String(32), nullable=False),
)

frames = Table(
    "frames",
    metadata,
    Column("shot", ForeignKey("shots.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", Text, nullable=False),  # Frame
    Column("sha256", String(64), nullable=False),
)

shot_blobs = Table(  # every blob that a frame of the shot ever named: what its workers may read
    "shot_blobs",
    metadata,
    Column("shot", ForeignKey("shots.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
)

wanted = Table(  # blobs that a frame still lacks; a frame without a row here can be painted
    "wanted",
    metadata,
    Column("shot", String(64), primary_key=True),
    Column("frame", Integer, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    ForeignKeyConstraint(["shot", "frame"], ["frames.shot", "frames.number"]),
    Index("wanted_by_blob", "sha256"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("sequence", Integer, primary_key=True),  # the order in which jobs were asked for
    Column("id", String(64), nullable=False, unique=True),
    Column("shot", ForeignKey("shots.id"), nullable=False),
    Column("recipe", Text, nullable=False),  # Recipe
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", String(32), nullable=False),
    Column("frames_done", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),  # since the last new frame
    Column("problem", Text),  # Problem
    Column("idempotency_key", String(128), nullable=False, unique=True),
    Column("request_sha256", String(64), nullable=False),
    Column("lease_sha256", String(64)),
    Column("lease_worker", String(64)),
    Column("lease_ends", Float),  # seconds since 1970
    Index("jobs_by_state", "state", "sequence"),
)

painted = Table(
    "painted",
    metadata,
    Column("job", ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("source_sha256", String(64)),
)

events = Table(
    "events",
    metadata,
    Column("job", ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("type", String(16), nullable=False),
    Column("body", Text, nullable=False),  # Event
)

trainings = Table(
    "trainings",
    metadata,
    Column("sequence", Integer, primary_key=True),  # the order in which they were asked for
    Column("id", String(64), nullable=False, unique=True),
    Column("show", String(64)),
    Column("who", String(1024), nullable=False),  # asked for it
    Column("plan", Text, nullable=False),  # LookPlan
    Column("device", String(16), nullable=False),  # the plan's
    Column("art", String(160), nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("pieces", Text, nullable=False),  # hashes, with spaces between
    Column("start_sha256", String(64)),
    Column("state", String(16), nullable=False),
    Column("wish", String(16), nullable=False),
    Column("created", String(32), nullable=False),
    Column("report", Text),  # TrainingReport, the newest
    Column("logged_stage", String(256), nullable=False, default=""),  # of the newest report that is an event ...
    Column("logged_step", Integer, nullable=False, default=0),  # ... and its step
    Column("attempts", Integer, nullable=False, default=0),  # since the last new checkpoint
    Column("result_sha256", String(64)),  # the look's archive, once it is here; from then on no worker is needed
    Column("look", String(160)),  # its key
    Column("problem", Text),  # Problem
    Column("idempotency_key", String(256), nullable=False, unique=True),
    Column("request_sha256", String(64), nullable=False),
    Column("lease_sha256", String(64)),
    Column("lease_worker", String(64)),
    Column("lease_ends", Float),  # seconds since 1970
    Index("trainings_by_state", "state", "sequence"),
)

training_events = Table(
    "training_events",
    metadata,
    Column("training", ForeignKey("trainings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("type", String(16), nullable=False),
    Column("body", Text, nullable=False),  # TrainingEvent
)

checkpoints = Table(  # the newest last; steps may go back, where a training went astray
    "checkpoints",
    metadata,
    Column("training", ForeignKey("trainings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("step", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
)

previews = Table(
    "previews",
    metadata,
    Column("training", ForeignKey("trainings.id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
)

curves = Table(
    "curves",
    metadata,
    Column("training", ForeignKey("trainings.id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("body", Text, nullable=False),  # CurvePoint
)
