"""Signing keys: made here, kept here, for this person only.

The chain is a root of the person's own and an end-entity certificate for C2PA claims (C2PA 2.2,
section on certificate profiles: ECDSA P-256, keyUsage digitalSignature, an extendedKeyUsage that
is not anyExtendedKeyUsage, basicConstraints CA:false, authority and subject key identifiers).
Nobody else vouches for it, so readers call it valid but untrusted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from studiohand.core.errors import CannotRead, MissingPart
from studiohand.io.atomic import write_bytes

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_YEARS = 5
_CHAIN, _KEY = "chain.pem", "key.pem"
INSTALL = "Install it with `pip install 'studiohand[provenance]'`."


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A certificate chain and its private key, both PEM."""

    chain: bytes
    private_key: bytes


def signing_key(folder: Path, name: str) -> SigningKey:
    """The person's key in a folder, made when there is none.

    Put a chain and an unencrypted PKCS#8 key of your own there as ``chain.pem`` and ``key.pem``
    to sign with that.

    Raises
    ------
    MissingPart
        The extra ``provenance`` is not installed.
    CannotRead
        Only one of the two files is there.
    """
    chain, key = folder / _CHAIN, folder / _KEY
    if chain.exists() != key.exists():
        raise CannotRead(
            f"Only one of {_CHAIN} and {_KEY} is in {folder}.", todo="Put the other one beside it."
        )
    if not chain.exists():
        made = _make(name)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_bytes(key, made.private_key)
        os.chmod(key, 0o600)  # noqa: PTH101
        write_bytes(chain, made.chain)
    return SigningKey(chain.read_bytes(), key.read_bytes())


def _make(name: str) -> SigningKey:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise MissingPart("Signing needs an optional part.", todo=INSTALL) from error

    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate(f"{name} (own root)", root_key, None, None)
    leaf = _certificate(name, leaf_key, root, root_key)
    pem = serialization.Encoding.PEM
    return SigningKey(
        chain=leaf.public_bytes(pem) + root.public_bytes(pem),
        private_key=leaf_key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey | None,
) -> x509.Certificate:
    """A root (no issuer) or an end-entity certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "studiohand")])
    signer = issuer_key or key
    now = datetime.now(UTC) - timedelta(minutes=5)
    is_root = issuer is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(_key_usage(is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _key_usage(is_root: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not is_root, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=is_root, crl_sign=is_root,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
