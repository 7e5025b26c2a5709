"""A studio's certificate for tests: its own authority, and under that a signer that C2PA takes."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from render_server.provenance.credentials import Studio


def make_studio(folder: Path, name: str = "A Studio for Tests") -> tuple[Studio, Path]:
    """Write chain and key; gives them, and the authority's certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate(name, f"{name} Root", authority_key, f"{name} Root", authority_key, authority=True)
    signer = _certificate(name, f"{name} Signer", key, f"{name} Root", authority_key, authority=False)
    chain = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (signer, authority))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for file, data in (("chain.pem", chain), ("key.pem", private), ("root.pem", authority.public_bytes(serialization.Encoding.PEM))):
        (folder / file).write_bytes(data)
    return Studio(folder / "chain.pem", folder / "key.pem"), folder / "root.pem"


def _certificate(
    studio: str, subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, authority: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(studio, subject))
        .issuer_name(_name(studio, issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(_usage(authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)


def _name(studio: str, subject: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, studio), x509.NameAttribute(NameOID.COMMON_NAME, subject)])
