"""Signed statements that are kept outside the database: heads of chains, and certificates of removal.

Whoever can write in the database could rewrite a whole record of activity so that it verifies again. A head
that was signed, mailed and put into a folder a day before does not follow. The key is Ed25519 (RFC 8032), one
of its own, so that no other secret of the platform makes a statement look true.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tenants.settings import Settings

SIGNED = ("public_key", "signature")


class NotSignedError(ValueError):
    """A statement that this platform did not sign, or that is no statement."""


@dataclasses.dataclass(frozen=True, order=True)
class KeptHead:
    """The head of a district's chain on a day."""

    sequence: int
    """How many entries there were."""
    day: str
    """The Californian day at whose beginning or during which it was signed, ISO 8601."""
    head: str
    """Hash of the last entry, in hexadecimal."""


def sign(document: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the document with `public_key` and `signature`, both base64, over its canonical JSON."""
    key = _private(settings)
    return {
        **document,
        "public_key": public_key(settings),
        "signature": base64.b64encode(key.sign(_canonical(document))).decode(),
    }


def check(document: Mapping[str, Any], settings: Settings) -> None:
    """Check a signed document with this platform's own key, whatever key the document names.

    Raises:
        NotSignedError: The signature is missing or does not fit.
    """
    check_with(document, public_key(settings))


def check_with(document: Mapping[str, Any], key: str) -> None:
    """Check a signed document with a public key, base64 of its 32 bytes.

    Raises:
        NotSignedError: The signature is missing or does not fit.
    """
    try:
        signature = base64.b64decode(str(document["signature"]), validate=True)
        body = {name: value for name, value in document.items() if name not in SIGNED}
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(signature, _canonical(body))
    except (KeyError, ValueError, InvalidSignature):
        raise NotSignedError("the signature does not fit") from None


def public_key(settings: Settings) -> str:
    """Return the key that checks this platform's signatures, base64 of its 32 bytes."""
    return base64.b64encode(_private(settings).public_key().public_bytes_raw()).decode()


def write(folder: Path, name: str, body: bytes) -> Path:
    """Write a file whole, to the disk, and never over one that is there already."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = folder / name
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".coming-") as fresh:
        fresh.write(body)
        fresh.flush()
        os.fsync(fresh.fileno())
        if not place.exists():
            try:
                os.link(fresh.name, place)
            except FileExistsError:
                return place
    return place


def folder_of(settings: Settings, district_id: int) -> Path:
    """Return where a district's heads are kept."""
    return settings.signed / str(district_id)


def keep_head(settings: Settings, *, district_id: int, cds_code: str, head: KeptHead) -> dict[str, Any]:
    """Sign a head and keep it as a file; the first of a day stays. Return the signed document."""
    document = sign(
        {
            "statement": "head of a record of activity",
            "district": cds_code,
            "number": district_id,
            "day": head.day,
            "entries": head.sequence,
            "head": head.head,
        },
        settings,
    )
    return read(write(folder_of(settings, district_id), f"{head.day}.json", as_bytes(document)))


def read(place: Path) -> dict[str, Any]:
    """Return the document in a kept file."""
    document: dict[str, Any] = json.loads(place.read_bytes())
    return document


def kept(settings: Settings, district_id: int) -> list[KeptHead]:
    """Return a district's kept heads, the oldest first.

    Raises:
        NotSignedError: A file in the folder was not signed by this platform, or names another district.
    """
    found: list[KeptHead] = []
    for path in sorted(folder_of(settings, district_id).glob("????-??-??.json")):
        try:
            document = json.loads(path.read_bytes())
            check(document, settings)
            if document["number"] != district_id or document["day"] != path.stem:
                raise NotSignedError("it was signed for another district or day")
            found.append(KeptHead(int(document["entries"]), str(document["day"]), str(document["head"])))
        except (ValueError, TypeError, KeyError) as fault:
            raise NotSignedError(f"{path.name}: {fault}") from None
    return found


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as a file that people can read."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _private(settings: Settings) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.signing_key))
