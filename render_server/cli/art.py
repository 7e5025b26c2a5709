"""`paintover art …`: the production's own art, with whose it is: added, listed, checked, edited, retired."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render_server.cli.console import people, print_json, reports_errors, stages, stop_asked
from shot_format.codec import encode
from shot_format.errors import FormatError, MissingError, PaintoverError

if TYPE_CHECKING:
    from render_server.art.lineage import Uses
    from render_server.art.manifest import Piece, Rights
    from render_server.art.originals import Original
    from render_server.art.rights_file import RightsFile
    from render_server.art.store import Added, Collection
    from render_server.art_pictures.check import Review

app = typer.Typer(name="art", no_args_is_help=True, help="The art that looks are trained on, and whose it is.")

ArtOption = Annotated[str, typer.Option("--art", metavar="NAME", help="The collection, such as oils or show/oils.")]
FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="Where collections lie; PAINTOVER_ART or the server's data where not given.")
]
PieceArgument = Annotated[str, typer.Argument(metavar="PIECE", help="The first letters of its hash, its file name, or its title.")]
TitleOption = Annotated[str | None, typer.Option("--title", help="What it is called; its file's name where not given.")]
ArtistOption = Annotated[str | None, typer.Option("--artist", help="Who painted it.")]
OwnerOption = Annotated[str | None, typer.Option("--owner", help="Whose it is.")]
LicenceOption = Annotated[str | None, typer.Option("--licence", help="What allows its use: a contract, a licence, the public domain.")]
ConsentOption = Annotated[str | None, typer.Option("--consent", help="Who agreed that it is trained on, and where that is written.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="Where it came from.")]
DateOption = Annotated[str | None, typer.Option("--date", help="When it was made.")]
ShowsOption = Annotated[list[str] | None, typer.Option("--show", help="A show that it may be used for; may be given again. Any if none.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does this; the user of this machine where not given.")]
WhyOption = Annotated[str, typer.Option("--why", help="Why; it stays in the manifest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


@app.command()
@reports_errors
def add(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES…", help="Pictures (PNG, JPEG), movies (MP4, MOV, MKV), or folders of them.")
    ],
    art: ArtOption,
    title: TitleOption = None,
    artist: ArtistOption = None,
    owner: OwnerOption = None,
    licence: LicenceOption = None,
    consent: ConsentOption = None,
    source: SourceOption = None,
    date: DateOption = None,
    show: ShowsOption = None,
    rights: Annotated[Path | None, typer.Option("--rights", help="A table (CSV, JSON) that states the rights of many files.")] = None,
    sequence: Annotated[bool, typer.Option("--sequence", help="The pictures of each folder are the frames of one finished shot.")] = False,
    by: ByOption = None,
    folder: FolderOption = None,
    json: JsonOption = False,
) -> None:
    """Take pieces in: each is decoded safely, kept as PNG in sRGB, and entered with its rights."""
    from render_server.art.originals import gather
    from render_server.art.rights_file import RightsFile, read_rights_file

    given = _rights(artist, owner, licence, consent, source, date, show)
    table = read_rights_file(rights) if rights else RightsFile()
    originals, passed = gather(files, sequence)
    collection = _collection(art, folder)
    added, refused = _add_all(collection, originals, given, table, title, _who(by))
    for line in (*passed, *(f"the rights file's row '{name}' fits no file" for name in table.idle)):
        people.print(f"[yellow]passed over:[/] {_plain(line)}")
    fresh = [each for each in added if each.fresh]
    people.print(f"{len(fresh)} added to {art}, {len(added) - len(fresh)} were there already, {len(refused)} refused.", markup=False)
    if json:
        pieces = [{"sha256": each.piece.sha256, "title": each.piece.title, "fresh": each.fresh} for each in added]
        print_json({"art": art, "pieces": pieces, "refused": refused, "passed": passed})
    if refused or not originals:
        raise typer.Exit(1)


def _add_all(
    collection: Collection, originals: list[Original], given: Rights, table: RightsFile, title: str | None, by: str
) -> tuple[list[Added], list[dict[str, str]]]:
    """One after the other; a file that is refused does not keep the others out."""
    from render_server.art.rights import filled

    added, refused = [], []
    with stages() as bars:
        for number, original in enumerate(originals, 1):
            named, stated = table.find(original.name)
            try:
                added.append(collection.add(original, filled(stated, given), by, named or (title or "")))
            except PaintoverError as error:
                if stop_asked():
                    raise
                refused.append({"name": original.name, "code": error.code, "message": error.message})
                people.print(f"[bold red]{_plain(error.message)}[/] [dim]({error.code})[/]")
            else:
                _say_added(added[-1], given)
            bars.update("taking in art", number, len(originals))
    return added, refused


def _say_added(added: Added, given: Rights) -> None:
    piece = added.piece
    if added.fresh:
        frames = "" if piece.kind == "still" else f", {len(piece.pictures)} frames of {piece.arrival.frames}"
        people.print(f"[green]{piece.key}[/] {_plain(piece.title)}: {piece.pictures[0].width} × {piece.pictures[0].height}{frames}")
        return
    state = ", and is retired" if piece.retired else ""
    hint = "; its rights stay as they are, 'paintover art set' changes them" if given not in (type(given)(), piece.rights) else ""
    people.print(f"[yellow]{piece.key}[/] {_plain(piece.title)} is there already, since {piece.added.when[:10]}{state}{hint}.")


@app.command(name="list")
@reports_errors
def list_(
    art: Annotated[str | None, typer.Option("--art", metavar="NAME", help="The pieces of this collection.")] = None,
    folder: FolderOption = None,
    json: JsonOption = False,
) -> None:
    """List the collections, or the pieces of one."""
    if art is not None:
        _list_pieces(_collection(art, folder), json)
        return
    from render_server.art.rights import gaps
    from render_server.art.store import list_collections

    manifests = [each.manifest() for each in list_collections(_root(folder))]
    for manifest in manifests:
        lacking = len(gaps(manifest))
        note = f", [red]{lacking} without rights[/]" if lacking else ""
        people.print(f"[bold]{manifest.name}[/]  {len(manifest.usable)} pieces{note}")
    if json:
        print_json({"collections": [{"name": each.name, "pieces": len(each.usable), "gaps": len(gaps(each))} for each in manifests]})


def _list_pieces(collection: Collection, json: bool) -> None:
    from render_server.art.rights import missing

    manifest = collection.manifest()
    for piece in manifest.pieces:
        lacks = missing(piece)
        note = " [dim]retired[/]" if piece.retired else f" [red]lacks {', '.join(lacks)}[/]" if lacks else ""
        people.print(f"[green]{piece.key}[/] {piece.kind:<8} {_plain(piece.title)}{note}")
    if json:
        print_json({"art": manifest.name, "pieces": [_told(piece) for piece in manifest.pieces]})


@app.command()
@reports_errors
def show(piece: PieceArgument, art: ArtOption, folder: FolderOption = None, json: JsonOption = False) -> None:
    """Say all that is known of a piece: rights, origin, history."""
    from render_server.art.manifest import find_piece

    collection = _collection(art, folder)
    found = find_piece(collection.manifest(), piece)
    _say_piece(found)
    people.print(f"Its pictures: {collection.picture(found.pictures[0])}", markup=False)
    if json:
        print_json(_told(found) | {"files": [str(collection.picture(picture)) for picture in found.pictures]})


def _say_piece(piece: Piece) -> None:
    people.print(f"[bold]{_plain(piece.title)}[/]  {piece.kind}{', [red]retired[/]' if piece.retired else ''}\nsha256 {piece.sha256}")
    for name, value in encode(piece.rights).items():
        words = ", ".join(value) or "any" if isinstance(value, list) else value
        people.print(f"{name:<8} {_plain(words)}" if words else f"{name:<8} [red]not stated[/]")
    people.print(f"came as  {piece.arrival.format}, {piece.arrival.width} × {piece.arrival.height}, from {piece.name}", markup=False)
    people.print(f"added    {piece.added.when} by {piece.added.by}", markup=False)
    for change in piece.history:
        people.print(
            f"changed  {change.stamp.when} by {change.stamp.by}: {change.field}, before: {change.before or 'nothing'}", markup=False
        )
    for state in piece.states:
        people.print(f"{state.state:<8} {state.stamp.when} by {state.stamp.by}: {state.why}", markup=False)


@app.command()
@reports_errors
def check(
    art: ArtOption,
    show: Annotated[str | None, typer.Option("--show", help="Ask for clearance for this show, too.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the report goes; out/art/NAME where not given.")] = None,
    folder: FolderOption = None,
    json: JsonOption = False,
) -> None:
    """Go through a collection before it is trained on, and leave a report of pictures."""
    from render_server.art_pictures.check import check_collection
    from render_server.art_pictures.report import as_json, write_report

    collection = _collection(art, folder)
    with stages() as bars:
        review = check_collection(collection, show, lambda done, total: bars.update("checking art", done, total))
    page = write_report(review, out or Path("out/art") / art)
    _say_review(review)
    people.print(f"Look at {page}.", markup=False)
    if json:
        print_json(as_json(review) | {"report": str(page)})


def _say_review(review: Review) -> None:
    """What was found, the worst first; the same words for several pieces are said once."""
    colours = {"stop": "red", "mend": "yellow", "look": "blue", "note": "dim"}
    said: dict[tuple[str, str, str, str], list[str]] = {}
    for each in review.pieces:
        for finding in each.findings:
            said.setdefault((finding.level, finding.code, finding.what, finding.todo), []).append(each.piece.title)
    for (level, code, what, todo), titles in sorted(said.items(), key=lambda item: list(colours).index(item[0][0])):
        people.print(f"[{colours[level]}]{_plain(', '.join(titles))}[/]: {_plain(what)} {_plain(todo)} [dim]({code})[/]")
    stopped = sum(each.level == "stop" for each in review.pieces)
    people.print(f"{len(review.pieces)} pieces: {stopped} may not be trained on yet.", markup=False)


@app.command(name="set")
@reports_errors
def set_(
    pieces: Annotated[list[str], typer.Argument(metavar="PIECE…", help="Hashes, file names or titles; 'all' for the whole collection.")],
    art: ArtOption,
    title: TitleOption = None,
    artist: ArtistOption = None,
    owner: OwnerOption = None,
    licence: LicenceOption = None,
    consent: ConsentOption = None,
    source: SourceOption = None,
    date: DateOption = None,
    show: ShowsOption = None,
    by: ByOption = None,
    folder: FolderOption = None,
    json: JsonOption = False,
) -> None:
    """Change the title or the rights of pieces; what stood there before is kept. An empty text takes a field away."""
    from render_server.art.rights_file import checked_shows

    texts = {"title": title, "artist": artist, "owner": owner, "licence": licence, "consent": consent, "source": source, "date": date}
    changes: dict[str, str | tuple[str, ...]] = {name: value for name, value in texts.items() if value is not None}
    if show is not None:
        changes["shows"] = checked_shows(tuple(name for name in show if name))
    if not changes:
        raise FormatError("nothing-to-set", "Say what to change, such as --owner or --licence.")
    collection = _collection(art, folder)
    wanted = [piece.sha256 for piece in collection.manifest().usable] if pieces == ["all"] else pieces
    changed = [collection.edit(piece, changes, _who(by)) for piece in wanted]
    people.print(f"{len(changed)} pieces of {art} are as stated now; what stood there before is kept.", markup=False)
    if json:
        print_json({"art": art, "pieces": [_told(piece) for piece in changed]})


@app.command()
@reports_errors
def retire(
    piece: PieceArgument,
    art: ArtOption,
    why: WhyOption,
    by: ByOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take it back into use.")] = False,
    takes: Annotated[list[Path] | None, typer.Option("--takes", help="A folder of takes to search; may be given again.")] = None,
    looks: Annotated[Path | None, typer.Option("--data", help="The server's data folder, whose looks are searched.")] = None,
    folder: FolderOption = None,
    json: JsonOption = False,
) -> None:
    """Retire a piece: it is kept, and never trained on again. Names every look and take that was made from it."""
    from render_server.art.lineage import find_takes, look_lineage, uses

    found = _collection(art, folder).set_state(piece, "restored" if undo else "retired", _who(by), why)
    made = uses(found.sha256, [look_lineage(look) for look in _looks(looks)], find_takes(takes or []))
    people.print(f"{found.key} {_plain(found.title)} is {'in use again' if undo else 'retired'}.")
    _say_uses(made, bool(takes))
    if json:
        print_json({"art": art, "piece": _told(found), "looks": list(made.looks), "takes": list(made.takes)})


def _say_uses(made: Uses, searched: bool) -> None:
    people.print(f"Looks made from it: {', '.join(made.looks) or 'none'}.", markup=False)
    for take in made.takes:
        people.print(f"A take made from it: {take}", markup=False)
    if made.looks and not searched:
        people.print("Name folders with --takes to find the takes that these looks painted.", markup=False)


@app.command()
@reports_errors
def allow(
    art: ArtOption,
    why: WhyOption,
    by: Annotated[str, typer.Option("--by", help="Who answers for it.")],
    show: Annotated[str | None, typer.Option("--show", help="Override a missing clearance for this show, too.")] = None,
    folder: FolderOption = None,
    json: JsonOption = False,
) -> None:
    """Allow training on the pieces that lack rights now. Who did it and why stays in the manifest for ever."""
    collection = _collection(art, folder)
    collection.manifest()
    before = len(collection.manifest().overrides)
    cleared = collection.cleared(show, (by, why))
    fresh = collection.manifest().overrides[before:]
    words = "Nothing is missing; no override was needed." if not fresh else f"{len(fresh[0].gaps)} pieces may be trained on without rights."
    people.print(f"{words} {len(cleared)} pieces of {art} are clear.", markup=False)
    if json:
        print_json({"art": art, "cleared": len(cleared), "override": encode(fresh[0]) if fresh else None})


def _root(folder: Path | None) -> Path:
    from render_server.art.store import art_folder
    from render_server.settings import default_data_folder

    return folder or art_folder(default_data_folder())


def _collection(name: str, folder: Path | None) -> Collection:
    from render_server.art.store import open_collection

    return open_collection(_root(folder), name)


def _looks(data: Path | None) -> Iterable[Any]:
    """Every look there is, retired ones too: takes that they painted are still there."""
    from render_server.jobs.data_folder import DataFolder
    from render_server.looks.catalogue import Catalogue
    from render_server.settings import default_data_folder

    return (offer.look for offer in Catalogue(DataFolder(data or default_data_folder()).looks).list(retired=True))


def _rights(
    artist: str | None, owner: str | None, licence: str | None, consent: str | None, source: str | None, date: str | None,
    shows: list[str] | None,
) -> Rights:  # fmt: skip
    from render_server.art.manifest import Rights, harmless
    from render_server.art.rights_file import checked_shows

    artist, owner, licence, consent, source, date = (harmless(text or "") for text in (artist, owner, licence, consent, source, date))
    return Rights(artist, owner, licence, consent, source, date, checked_shows(tuple(shows or ())))


def _who(by: str | None) -> str:
    if by:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise MissingError("user-unknown", "This machine does not say who you are; say it with --by.") from error


def _told(piece: Piece) -> dict[str, Any]:
    fields: dict[str, Any] = encode(piece)
    return fields | {"retired": piece.retired}


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
