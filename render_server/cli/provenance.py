"""`paintover verify` and `paintover credentials`: is a frame as it was painted, and the studio's own signature on stills and movies."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render_server.cli.console import people, print_json, reports_errors
from shot_format.codec import encode

if TYPE_CHECKING:
    from render_server.provenance.evidence import Evidence
    from render_server.provenance.verify import Finding

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


@reports_errors
def verify(
    place: Annotated[Path, typer.Argument(metavar="FRAME|TAKE|MOVIE", help="A painted frame, a take's folder, or a signed movie.")],
    data: Annotated[Path | None, typer.Option("--data", help="The server's data folder: hold against its ledger too.")] = None,
    key: Annotated[list[Path] | None, typer.Option("--key", help="A server's public key (signing.pub) to trust, and no other.")] = None,
    anchors: Annotated[Path | None, typer.Option("--anchors", help="Certificates to trust in content credentials, PEM.")] = None,
    json: JsonOption = False,
) -> None:
    """Say whether frames are as they were painted, and name what is different. Ends with 1 where one is not, or nothing can tell."""
    from render_server.provenance.verify import UNTOUCHED, verify_frame, verify_take

    if place.suffix.lower() == ".mp4":
        return _verify_movie(place, anchors, json)
    lists = _evidence(place, data, key or [])
    findings = verify_take(place, lists) if place.is_dir() else [verify_frame(place, lists)]
    credentials = None if place.is_dir() else _credentials(place, anchors)
    for finding in findings:
        _say(finding)
    counts = Counter(finding.verdict for finding in findings)
    people.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + ".")
    right = set(counts) == {UNTOUCHED} and not (credentials and credentials["state"] == "Invalid")
    if json:
        told = [{**asdict(each), "record": encode(each.record)} for each in findings]
        print_json({"untouched": right, "frames": told, "credentials": credentials})
    if not right:
        raise typer.Exit(1)


@reports_errors
def credentials(
    places: Annotated[list[Path], typer.Argument(metavar="FRAME|MOVIE…", help="Painted frames, and movies of a take.")],
    out: Annotated[Path, typer.Option("--out", help="The folder for the signed copies; what is signed stays as it is.")],
    certificate: Annotated[Path, typer.Option("--certificate", help="The studio's certificate chain, PEM, the signer's first.")],
    key: Annotated[Path, typer.Option("--key", help="The signer's private key, PEM.")],
    algorithm: Annotated[str, typer.Option("--algorithm", help="What the key is for, as C2PA names it.")] = "es256",
) -> None:
    """Put C2PA content credentials on copies of stills and movies, signed with the studio's own certificate."""
    from render_server.provenance.credentials import ALGORITHMS, Studio, add_credentials
    from shot_format.errors import FormatError

    if algorithm not in ALGORITHMS:
        raise FormatError("credentials-refused", f"'{algorithm}' is none of {', '.join(ALGORITHMS)}.")
    studio = Studio(certificate, key, algorithm)
    for place in places:
        add_credentials(place, out / place.name, studio, _record(place))
    people.print(f"{len(places)} signed in {out}.")


def _record(place: Path) -> object:
    """What credentials say of a file: a frame's own record, or the signed list of the take that a movie lies with."""
    from render_server.provenance.evidence import SIGNED
    from render_server.provenance.metadata import read_record
    from render_server.provenance.signing import opened
    from shot_format.codec import from_json
    from shot_format.errors import MissingError
    from shot_format.files import storage_errors
    from shot_format.limits import MAX_JSON_BYTES
    from shot_format.messages import SignedProof

    with storage_errors(place):
        if place.suffix.lower() == ".png":
            record = read_record(place.read_bytes())
            if record is not None:
                return record
            raise MissingError("record-missing", f"{place.name} says nothing of where it comes from; only painted frames are signed.")
        beside = place.with_name(SIGNED)
        if not beside.is_file():
            raise MissingError("record-missing", f"Beside {place.name} there is no {SIGNED}, which says what it was made of.")
        signed = from_json(SignedProof, beside.read_bytes(), MAX_JSON_BYTES, SIGNED)
    opened(signed)
    return signed


def _evidence(place: Path, data: Path | None, keys: list[Path]) -> list[Evidence]:
    from render_server.jobs.data_folder import DataFolder
    from render_server.provenance.evidence import evidence_beside
    from render_server.provenance.signing import public_place, read_public_key

    places = [*keys, *([public_place(DataFolder(data).signing_key)] if data else [])]
    lists = evidence_beside(
        place if place.is_dir() else place.parent, [read_public_key(each) for each in places if each in keys or each.is_file()]
    )
    return [*lists, *(_ledger(place, data) if data else [])]


def _ledger(place: Path, data: Path) -> list[Evidence]:
    """What the server's ledger knows of the jobs that painted this, one or more: found by the hashes of the frames."""
    from render_server.jobs.data_folder import DataFolder
    from render_server.jobs.ledger import Ledger
    from render_server.jobs.proofs import job_of_frame, make_proof
    from render_server.provenance.evidence import Evidence
    from render_server.provenance.metadata import without_credentials
    from shot_format.blobs import sha256
    from shot_format.errors import MissingError

    files = DataFolder(data)
    if not files.ledger.is_file():
        raise MissingError("ledger-missing", f"There is no server's ledger in {data}.")
    ledger = Ledger(files.ledger)
    folder = place / "frames" if (place / "frames").is_dir() else place
    frames = sorted(folder.glob("painted.*.png")) if place.is_dir() else [place] if place.is_file() else []
    try:
        hashes = [sha256(without_credentials(frame.read_bytes())) for frame in frames]
        jobs = list(dict.fromkeys(job for each in hashes if (job := job_of_frame(ledger, each))))
        known = tuple(frame for job in jobs for frame in make_proof(ledger, files, job).frames)
        name = f"the server's ledger, {', '.join(f'job {job}' for job in jobs)}"
        return [Evidence(name, known, "" if known else "The server's ledger knows no such frame.")]
    finally:
        ledger.close()


def _credentials(place: Path, anchors: Path | None) -> dict[str, Any] | None:
    """What a still's content credentials say, where it has them and they can be read here."""
    from render_server.provenance.credentials import read_credentials
    from render_server.provenance.metadata import without_credentials
    from shot_format.errors import MissingError

    data = place.read_bytes()
    if without_credentials(data) == data:
        return None
    try:
        found = read_credentials(place, anchors)
    except MissingError as error:
        people.print(error.message)
        return None
    if found is None:
        return None
    people.print(f"Content credentials: {found.state}, signed by {found.issuer or 'nobody'}. {' '.join(found.problems)}", markup=False)
    return asdict(found)


def _verify_movie(place: Path, anchors: Path | None, json: bool) -> None:
    from render_server.provenance.credentials import read_credentials

    found = read_credentials(place, anchors)
    if found is None:
        people.print(f"{place.name} has no content credentials; a movie without them cannot be checked, its frames can.")
    else:
        people.print(f"Content credentials: {found.state}, signed by {found.issuer or 'nobody'}. {' '.join(found.problems)}", markup=False)
    right = found is not None and found.state in (("Trusted",) if anchors else ("Trusted", "Valid"))
    if json:
        print_json({"untouched": right, "frames": [], "credentials": asdict(found) if found else None})
    if not right:
        raise typer.Exit(1)


def _say(finding: Finding) -> None:
    people.print(f"{finding.file}: {finding.verdict}", markup=False)
    for each in finding.differences:
        people.print(f"  {each}", markup=False)
    if finding.verdict == "untouched":
        people.print(f"  held against {'; '.join(finding.held_against)}", markup=False)
    if finding.verdict == "unproven":
        people.print("  It agrees with itself, but there is no list of hashes to hold it against.")
