"""How often one may try a password: counted in Redis by account and by network; closed when Redis is."""

from __future__ import annotations

import hashlib
import time

import flask
import redis

from apportion.routing import Refused
from apportion.services import services
from tenants.language import N_, message

WINDOW_SECONDS = 15 * 60
PER_ACCOUNT = 10
"""Failed tries for one account in a window; the count goes by the typed address, known or not."""
PER_ADDRESS = 100
"""Failed tries from one network address in a window: a school's staff room shares one."""
LEAST_SECONDS = 0.25
"""No answer comes sooner, so that its time tells nothing about the account."""


CLOSED = N_("Signing in is closed for a moment: a part of the platform does not answer. Try again soon.")


class Attempt:
    """One try; counted when it begins, forgiven when it succeeds.

    Args:
        kind: What is tried, so that one kind does not use up another's tries.
        account: The typed mail address, or what else names the account.

    Raises:
        Refused: 429 after too many tries, 503 when the count can't be kept.
    """

    def __init__(self, kind: str, account: str) -> None:
        self._started = time.monotonic()
        client = flask.request.remote_addr or "unknown"
        self._keys = [
            f"sign_in:{kind}:account:{_digest(account.strip().lower())}",
            f"sign_in:{kind}:address:{_digest(client)}",
        ]
        try:
            counts = [self._count(key) for key in self._keys]
        except redis.RedisError as error:
            raise Refused(
                message(CLOSED),
                503,
            ) from error
        if counts[0] > PER_ACCOUNT or counts[1] > PER_ADDRESS:
            raise Refused(
                message(
                    "Too many tries. Wait {minutes} minutes, or set a new password by mail.", minutes="15"
                ),
                429,
            )

    @staticmethod
    def _count(key: str) -> int:
        with services().redis.pipeline() as pipe:
            # Not EXPIRE with NX, which a Redis before 7 does not know; the bundled one is of 6.2.
            pipe.set(key, 0, ex=WINDOW_SECONDS, nx=True)
            pipe.incr(key)
            return int(pipe.execute()[1])

    def succeeded(self) -> None:
        """Forgive the account's tries: whoever knows the password is not guessing it."""
        try:
            with services().redis.pipeline() as pipe:
                pipe.delete(self._keys[0])
                pipe.decr(self._keys[1])
                pipe.execute()
        except redis.RedisError as error:
            raise Refused(
                message(CLOSED),
                503,
            ) from error

    def settle(self) -> None:
        """Wait until the least time has passed."""
        time.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - self._started)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
