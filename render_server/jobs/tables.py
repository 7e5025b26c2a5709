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

VERSION = 2  # 2: shots and keys of shows stand as SHOW+NAME (shows.py); what a ledger of version 1 holds belongs to no show, as it is

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
