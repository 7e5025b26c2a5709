"""`paintover maya …`: the bundle for Maya, installing it for a user, taking it out again. And `paintover pair`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from render_server.cli.console import people, reports_errors
from shot_format.errors import MissingError

if TYPE_CHECKING:
    from maya_plugin.client import Address

app = typer.Typer(name="maya", no_args_is_help=True, help="Get into Maya, and out of it again.")

VersionOption = Annotated[str | None, typer.Option("--maya", metavar="2026", help="For this version only; for all where not given.")]
ModulesOption = Annotated[Path | None, typer.Option("--modules", help="The folder of modules; the user's own where not given.")]


@app.command()
@reports_errors
def bundle(out: Annotated[Path, typer.Option("--out", help="Where the bundle's folder goes.")] = Path("out/maya")) -> None:
    """Build the bundle: one folder with a Maya module that needs nothing else."""
    from maya_plugin.install.bundle import INSTALL, build_bundle

    folder = build_bundle(out)
    people.print(f"The bundle is in {folder}. Drop {INSTALL} into Maya's viewport, or put the folder on MAYA_MODULE_PATH.")


@app.command()
@reports_errors
def install(maya: VersionOption = None, modules: ModulesOption = None) -> None:
    """Install the plug-in for this user's Maya."""
    import tempfile

    from maya_plugin.install import place
    from maya_plugin.install.bundle import build_bundle

    with tempfile.TemporaryDirectory(prefix="paintover-") as folder:
        definition = place.install(build_bundle(Path(folder)), modules or place.modules_folder(maya))
    people.print(f"Installed in {definition.parent}.")
    people.print("In Maya: Windows > Settings/Preferences > Plug-in Manager, tick Loaded and Auto load beside paintover.py.")


@app.command()
@reports_errors
def uninstall(maya: VersionOption = None, modules: ModulesOption = None) -> None:
    """Take the plug-in out of this user's Maya. Takes, and the pairing with a server, stay."""
    from maya_plugin.install import place

    folder = modules or place.modules_folder(maya)
    people.print(f"Uninstalled from {folder}." if place.uninstall(folder) else f"There was nothing of Paintover in {folder}.")


@reports_errors
def pair(
    address: Annotated[str | None, typer.Argument(help="The server's address, such as https://paint.studio:8188.")] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="The file with its token; asked for where not given.")] = None,
    certificate: Annotated[Path | None, typer.Option("--certificate", help="The one certificate to trust, a PEM file.")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget the server.")] = False,
) -> None:
    """Keep a server's address and token for this user; Maya and this command line use them."""
    from maya_plugin.client import forget_pairing, save_pairing

    if forget:
        forget_pairing()
        people.print("The server is forgotten.")
        return
    if address is None:
        raise MissingError("server-missing", "Name the server's address, such as http://127.0.0.1:8188.")
    paired = _checked(address, token_file, certificate)
    people.print(f"Paired with {paired.url}. The token is kept in {save_pairing(paired)}, which only you can read.")


def _checked(url: str, token_file: Path | None, certificate: Path | None) -> Address:
    """The address, once the server has taken the token. Raises FormatError, MissingError, ServerError."""
    from maya_plugin.client import Address, Connection, check_server, list_looks

    if token_file is not None and not token_file.is_file():
        raise MissingError("token-missing", f"There is no token in {token_file}; name the file that holds it.")
    token = token_file.read_text("utf-8").strip() if token_file else typer.prompt("Token", hide_input=True, err=True).strip()
    address = Address(url.rstrip("/"), token, certificate)
    with Connection(address) as connection:
        check_server(connection)
        list_looks(connection)
    return address
