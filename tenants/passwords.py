"""Passwords: argon2, with the rules that help (length, no common ones) and none that only annoy."""

from __future__ import annotations

import functools
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tenants.errors import NotPossibleError

SHORTEST = 8
LONGEST = 256
"""More than 64 characters, as a passphrase needs; bounded, so that a huge one can't keep a process busy."""

HASHER = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
"""argon2id, 32 MiB, three passes: above OWASP's floor (19 MiB, two passes), and bounded for many threads."""


@functools.cache
def _common() -> frozenset[str]:
    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


@functools.cache
def _nobodys_hash() -> str:
    return HASHER.hash("nobody has this password")


def check(password: str, address: str) -> None:
    """Refuse a password that is too short, too long, among the most common, or made of the address.

    Raises:
        NotPossibleError: With the reason, for the field `password`.
    """
    if len(password) < SHORTEST:
        raise NotPossibleError(
            "The password has {found} characters. It needs at least {needed}.",
            field="password",
            found=str(len(password)),
            needed=str(SHORTEST),
        )
    if len(password) > LONGEST:
        raise NotPossibleError(
            "The password has more than {most} characters. Choose a shorter one.",
            field="password",
            most=str(LONGEST),
        )
    plain = password.casefold()
    local = address.partition("@")[0].casefold()
    if (
        plain in _common()
        or len(set(plain)) <= 2
        or (len(local) > 3 and plain.strip("0123456789!.") == local)
    ):
        raise NotPossibleError(
            "This password is among the first that anybody would try. Choose another, such as four words.",
            field="password",
        )


def hash_password(password: str) -> str:
    """Return the argon2 hash to store."""
    return HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Say whether a password fits its hash; takes as long where there is none to compare with."""
    try:
        HASHER.verify(stored or _nobodys_hash(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)
