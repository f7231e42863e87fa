"""Sealing what must not rest in clear: AES-256-GCM, with a key ring that can be rotated."""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casebook.errors import CaseworkError, Misconfigured

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class SealBroken(CaseworkError):
    """A sealed value cannot be opened: its key is missing, or it was changed."""


@dataclass(frozen=True)
class KeyRing:
    """Keys by id; `active` seals, all of them open."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    def seal(self, clear: bytes, *, place: str) -> bytes:
        """Seal bytes to a place (table, row): elsewhere they cannot be opened."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        name = self.active.encode()
        ciphertext = AESGCM(self.keys[self.active]).encrypt(nonce, clear, place.encode())
        return _VERSION + bytes([len(name)]) + name + nonce + ciphertext

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Open what `seal` sealed to the same place; raise SealBroken with the reason."""
        end = 2 + sum(sealed[1:2])
        name, nonce = sealed[2:end].decode(errors="replace"), sealed[end : end + _NONCE_BYTES]
        if sealed[:1] != _VERSION or len(nonce) < _NONCE_BYTES:
            raise SealBroken("not a sealed value of this version")
        if name not in self.keys:
            raise SealBroken(f"inbox key {name} is missing; add it to inbox_keys")
        ciphertext = sealed[end + _NONCE_BYTES :]
        try:
            return AESGCM(self.keys[name]).decrypt(nonce, ciphertext, place.encode())
        except InvalidTag as error:
            raise SealBroken(f"sealed value of {place} was changed or moved") from error


def parse_keys(value: str) -> KeyRing:
    """Read `id:base64,id:base64`, newest first; raise Misconfigured without showing a key."""
    keys: dict[str, bytes] = {}
    for number, part in enumerate(value.split(","), start=1):
        name, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise Misconfigured(f"inbox_keys: key {number} is not base64") from None
        if not _KEY_ID.fullmatch(name) or len(key) != _KEY_BYTES:
            raise Misconfigured("inbox_keys: each key is `id:base64` of exactly 32 bytes")
        if name in keys:
            raise Misconfigured(f"inbox_keys: key {number} has the id of one before it")
        keys[name] = key
    return KeyRing(active=next(iter(keys)), keys=keys)


def key_ring(configured: str | None, folder: Path) -> KeyRing:
    """The configured ring, else one that is generated once in `folder` for its owner only."""
    if configured:
        return parse_keys(configured)
    path = folder / "inbox.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, f"local:{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}")
    return parse_keys(path.read_text(encoding="ascii").strip())


def _write_once(path: Path, content: str) -> None:
    """Write a file that only its owner reads; of two processes at once, the first one's stays."""
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(content)
        # What is sealed with this key is durable, so the key must be, too.
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
