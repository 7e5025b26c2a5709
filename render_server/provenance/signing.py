"""The server's own key (Ed25519) and the lists of hashes that it signs. Whoever has the public key can check one, without the server."""

from __future__ import annotations

import hashlib
from pathlib import Path

from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError
from shot_format.files import storage_errors, write_whole
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import Proof, SignedProof

_MEANING = b"paintover proof 1\n"  # what the key signs is this and the list: a signature under anything else is none


def ensure_key(place: Path) -> bytes:
    """The server's private key, made where there is none; its public half lies beside it.

    Raises FormatError ("key-broken"), StorageError.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    with storage_errors(place):
        if not place.exists():
            write_whole(place, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode() + b"\n", private=True)
        key = _from_hex(place.read_text("ascii", "replace"), place.name)
        public = Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
        if not public_place(place).exists():
            write_whole(public_place(place), public.hex().encode() + b"\n")
    return key


def public_place(place: Path) -> Path:
    """Where the public half lies, to be handed out."""
    return place.with_suffix(".pub")


def read_public_key(place: Path) -> str:
    """A public key as it lies in a file. Raises FormatError ("key-broken"), StorageError."""
    with storage_errors(place):
        return _from_hex(place.read_text("ascii", "replace"), place.name).hex()


def sign(key: bytes, proof: Proof) -> SignedProof:
    """Sign a list of hashes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, text = Ed25519PrivateKey.from_private_bytes(key), to_json(proof)
    return SignedProof(text, private.sign(_MEANING + text.encode()).hex(), private.public_key().public_bytes_raw().hex())


def opened(signed: SignedProof) -> Proof:
    """The list, once its signature was found right for the key beside it; whether that key is to be trusted is another question.

    Raises FormatError ("proof-forged", "field-…").
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.public_key))
        public.verify(bytes.fromhex(signed.signature), _MEANING + signed.proof.encode())
    except (InvalidSignature, ValueError):
        raise FormatError("proof-forged", "The signature under the list of hashes is not its own: the list was changed.") from None
    return from_json(Proof, signed.proof, MAX_JSON_BYTES, "proof")


def key_name(public_key: str) -> str:
    """A key's short name, for people."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def _from_hex(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise FormatError("key-broken", f"{name} holds no key.")
    return key
