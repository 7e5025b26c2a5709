"""C2PA content credentials on stills and movies, signed with the studio's own certificate. Needs the extra `paintover[credentials]`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render_server.provenance.record import SOURCE_TYPE
from shot_format.codec import encode
from shot_format.errors import FormatError, MissingError
from shot_format.files import storage_errors
from shot_format.messages import SignedProof
from shot_format.version import VERSION

KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".mp4": "video/mp4"}
ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")
LABEL = "org.paintover.record"
_PLAIN = {"builder": {"thumbnail": {"enabled": False}}}  # a picture of the picture would be larger than the picture


@dataclass(frozen=True)
class Studio:
    """Who signs. certificate: the chain as PEM, the signer's own first; algorithm: as C2PA names what the key is for."""

    certificate: Path
    key: Path
    algorithm: str = "es256"


@dataclass(frozen=True)
class Credentials:
    """What a file's credentials say. state: "Trusted" (by the anchors that were given), "Valid" or "Invalid"; problems: C2PA's codes."""

    state: str
    issuer: str
    source_type: str
    record: dict[str, Any] | None
    problems: tuple[str, ...]


def add_credentials(source: Path, target: Path, studio: Studio, record: object) -> None:
    """Write a copy of a still or a movie with credentials in it; the copy is whole or not there.

    record: a FrameRecord of a still, a SignedProof of a movie. Raises MissingError ("credentials-missing": the extra is not installed),
    FormatError ("credentials-kind", "credentials-refused": the certificate, the key or the file is not one that C2PA takes), StorageError.
    """
    c2pa = _library()
    kind = _kind(source)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        chain, key = studio.certificate.read_bytes(), studio.key.read_bytes()
        temporary = target.with_name(f".partial-{target.name}")
        try:
            signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(studio.algorithm.encode(), chain, key, None))
            with signer, c2pa.Context.from_dict(_PLAIN) as context, open(source, "rb") as old, open(temporary, "w+b") as new:
                c2pa.Builder(_manifest(source, record), context).sign(signer, kind, old, new)
            temporary.replace(target)
        except c2pa.C2paError as error:
            raise FormatError("credentials-refused", f"{source.name} could not be given credentials: {error}.") from error
        finally:
            temporary.unlink(missing_ok=True)


def read_credentials(path: Path, anchors: Path | None = None) -> Credentials | None:
    """What a file's credentials say, checked against its bytes; None where it has none. anchors: certificates to trust, a PEM file.

    Raises MissingError ("credentials-missing"), FormatError ("credentials-kind").
    """
    c2pa = _library()
    trust = {"verify": {"verify_trust": anchors is not None, "remote_manifest_fetch": False}}
    if anchors is not None:
        trust["trust"] = {"trust_anchors": anchors.read_text("ascii", "replace")}  # type: ignore[dict-item]
    try:
        with storage_errors(path), open(path, "rb") as file, c2pa.Context.from_dict(trust) as context:
            return _told(json.loads(c2pa.Reader(_kind(path), file, context=context).json()))
    except c2pa.C2paError as error:
        if "ManifestNotFound" in str(error) or "no JUMBF" in str(error):
            return None
        return Credentials("Invalid", "", "", None, (str(error),))


def _told(store: dict[str, Any]) -> Credentials:
    manifest = store["manifests"][store["active_manifest"]]
    assertions = {each["label"].split(".v")[0]: each["data"] for each in manifest.get("assertions", [])}
    actions = assertions.get("c2pa.actions", {}).get("actions", [])
    failures = store.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    return Credentials(
        state=store.get("validation_state", "Invalid"),
        issuer=manifest.get("signature_info", {}).get("issuer") or "",
        source_type=next((each["digitalSourceType"] for each in actions if "digitalSourceType" in each), ""),
        record=assertions.get(LABEL),
        problems=tuple(sorted({each["code"] for each in failures})),
    )


def _manifest(source: Path, record: object) -> str:
    data = {"proof": json.loads(record.proof), **encode(record)} if isinstance(record, SignedProof) else encode(record)
    created = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
    return json.dumps({
        "claim_generator_info": [{"name": "Paintover", "version": VERSION}],
        "title": source.name,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}, {"label": LABEL, "data": data}],
    })  # fmt: skip


def _kind(path: Path) -> str:
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise FormatError("credentials-kind", f"{path.name} is neither PNG, JPEG nor MP4.")
    return kind


def _library() -> Any:
    try:
        import c2pa
    except ImportError:
        raise MissingError("credentials-missing", "Content credentials need c2pa-python: pip install 'paintover[credentials]'.") from None
    return c2pa
