"""The key with which checkpoints are signed (Ed25519): made, kept in a file that its owner alone reads, and used."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_policy_adapters.ledger.errors import LedgerKeyError
from alpr_policy_adapters.ledger.extras import require

MAX_KEY_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key. `public` is the public key as 64 hexadecimal digits, to be kept apart from the ledger."""

    private: Any
    public: str

    def sign(self, data: bytes) -> str:
        """Return the signature over some bytes in hexadecimal."""
        return str(self.private.sign(data).hex())


def make_key(path: Path) -> SigningKey:
    """Make a key and write it to a new file with mode 0600; raises LedgerKeyError where a file is there already."""
    require("signing checkpoints", "cryptography")
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    data = private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise LedgerKeyError(f"`{path}` is there already", "a key is never written over; name another file") from None
    except OSError as error:
        raise LedgerKeyError(f"`{path}`: {(error.strerror or 'it cannot be made').lower()}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return SigningKey(private, _public(private.public_key()))


def read_key(path: Path) -> SigningKey:
    """Read a private key; raises LedgerKeyError for a file that others may read, or that holds no Ed25519 key."""
    require("signing checkpoints", "cryptography")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise LedgerKeyError(f"`{path}` is not a file")
            if about.st_mode & 0o077:
                raise LedgerKeyError(f"others may read the key `{path}`", f"chmod 600 {path}")
            data = file.read(MAX_KEY_BYTES)
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise LedgerKeyError(f"`{path}`: {why}", "make one with `alpr-policy ledger keygen`") from None
    try:
        private = load_pem_private_key(data, None)
    except Exception:
        raise LedgerKeyError(f"`{path}` holds no key") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise LedgerKeyError(f"`{path}` holds a key of another kind than Ed25519")
    return SigningKey(private, _public(private.public_key()))


def signed_by(public: str, data: bytes, signature: str) -> bool:
    """Say whether a signature over some bytes is that of a public key; false for whatever is malformed."""
    require("checking signatures", "cryptography")
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _public(key: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return str(key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex())
