"""A worker that paints a job's first frame and dies of the second, every time."""

from __future__ import annotations

import argparse
import os

from render_server.lifeline import die_with_parent
from render_server.worker.link import LeasedJob, Link
from tests.server.harness import png

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server")
    parser.add_argument("--name")
    parser.add_argument("--store")
    parser.add_argument("--scratch")
    parser.add_argument("--child", action="store_true")
    options = parser.parse_args()
    die_with_parent()
    link = Link(options.server, os.environ["PAINTOVER_WORKER_TOKEN"])
    while (lease := link.claim(options.name)) is None:
        pass
    if lease.job.frames_done == 0:
        LeasedJob(link, lease).hand_in(1, png(), 0.0, "ab" * 32)
    os._exit(3)
