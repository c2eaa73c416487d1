"""Seals what is stored and must be read again: an authenticator's secret, a provider's client secret.

Each use has a key of its own, derived from the platform's sealing keys, so that a sealed value that is moved
to another row, or another use, does not open. The first key seals, all open: putting a new key in front
changes it without an interruption, and a value is sealed with the new one when it is next used.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealError(ValueError):
    """A value that was not sealed by this platform for this use, or too long ago."""


class Sealer:
    """Seals and opens with the platform's keys.

    Args:
        keys: `Settings.sealing_keys`, newest first.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)

    def seal(self, use: str, value: bytes) -> bytes:
        """Return the value sealed for one use, such as `authenticator/1042`."""
        return self._box(use).encrypt(value)

    def open(self, use: str, sealed: bytes, *, seconds: int | None = None) -> bytes:
        """Return what was sealed for a use.

        Args:
            use: what it was sealed for.
            sealed: what `seal` returned.
            seconds: how old it may be; None for any age.

        Raises:
            SealError: It was sealed for another use, with a key that is gone, or too long ago.
        """
        try:
            return self._box(use).decrypt(sealed, ttl=seconds)
        except (InvalidToken, ValueError, TypeError) as error:
            raise SealError(f"not sealed for {use.partition('/')[0]}, or not any more") from error

    def seal_facts(self, use: str, facts: dict[str, Any]) -> str:
        """Return facts sealed into a text, for a cookie or a link."""
        return self.seal(use, json.dumps(facts, separators=(",", ":")).encode()).decode("ascii")

    def open_facts(self, use: str, sealed: str, *, seconds: int) -> dict[str, Any]:
        """Return the facts in a sealed text.

        Raises:
            SealError: As `open`.
        """
        facts: dict[str, Any] = json.loads(self.open(use, sealed.encode(), seconds=seconds))
        return facts

    def _box(self, use: str) -> MultiFernet:
        return MultiFernet([Fernet(_derived(key, use)) for key in self._keys])


@functools.lru_cache(maxsize=256)
def _derived(key: str, use: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"apportion/{use}".encode())
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))
