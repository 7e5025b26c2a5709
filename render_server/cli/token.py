"""`paintover token …`: tokens that open a server for one show."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from render_server.cli.console import people, print_json, reports_errors

app = typer.Typer(name="token", no_args_is_help=True, help="Tokens that open a server for one show.")

DataOption = Annotated[Path | None, typer.Option("--data", help="The server's data folder; its usual place where not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


@app.command()
@reports_errors
def new(
    show: Annotated[str, typer.Option("--show", help="The show that it opens, such as hero.")],
    out: Annotated[Path | None, typer.Option("--out", help="A file for it, which only you can read; printed where not given.")] = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Make a token for a show. It is told once: the server keeps its hash."""
    from render_server.api.token import new_token
    from shot_format.files import write_whole

    kept, token = new_token(_folder(data), show)
    if out is not None:
        write_whole(out, f"{token}\n".encode(), private=True)
        people.print(f"Token {kept.id} of the show {show} is in {out}; 'paintover pair URL --token-file {out}' keeps it.", markup=False)
    elif not json:
        print(token)
    if json:
        print_json({"id": kept.id, "show": show, "made": kept.made} | ({} if out else {"token": token}))


@app.command(name="list")
@reports_errors
def list_(data: DataOption = None, json: JsonOption = False) -> None:
    """List the tokens of shows, by what is kept of them."""
    from render_server.api.token import list_tokens

    tokens = list_tokens(_folder(data))
    for each in tokens:
        people.print(f"{each.id}  {each.show}  made {each.made}", markup=False)
    if json:
        print_json({"tokens": [asdict(each) for each in tokens]})


@app.command()
@reports_errors
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As 'paintover token list' shows it.")],
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Let a token open nothing any more, from the next request on."""
    from render_server.api.token import revoke_token

    gone = revoke_token(_folder(data), id)
    people.print(f"Token {gone.id} of the show {gone.show} opens nothing any more.", markup=False)
    if json:
        print_json(asdict(gone))


def _folder(data: Path | None) -> Path:
    from render_server.jobs.data_folder import DataFolder
    from render_server.settings import default_data_folder

    return DataFolder(data or default_data_folder()).tokens
