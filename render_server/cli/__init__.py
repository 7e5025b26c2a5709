"""The command line: the one place where client, server and the parts between are wired together."""

from __future__ import annotations


def main() -> None:
    """Run `paintover`."""
    from render_server.cli.commands import app

    app()
