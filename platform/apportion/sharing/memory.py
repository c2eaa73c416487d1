"""What the reader's pages keep in Redis for a while; each works without it, only slower."""

from __future__ import annotations

import flask
import redis

from apportion.request import scope
from apportion.services import in_district, services

KEEP_SECONDS = 7 * 24 * 3600


def first_time(link_id: int, once: str) -> bool:
    """Say whether a form is sent for the first time: a second press must not make a second comment."""
    if not once:
        return True
    try:
        return bool(services().redis.set(_sent(link_id, once), 1, nx=True, ex=86400))
    except redis.RedisError:
        return True


def forget(link_id: int, once: str) -> None:
    """Let a form be sent again, after its first sending failed."""
    try:
        services().redis.delete(_sent(link_id, once))
    except redis.RedisError:
        flask.current_app.logger.warning("a form's mark stays: Redis does not answer")


def _sent(link_id: int, once: str) -> str:
    return _here(f"sent:{link_id}:{once[:32]}")


def _here(key: str) -> str:
    """Return the key in the district whose plan is read: equal plans of two districts share nothing."""
    return in_district(scope().viewed_district_id or 0, key)


def kept(key: str) -> str | None:
    """Return a text kept under a key, or None; nothing depends on it."""
    try:
        found = services().redis.get(_here(key))
    except redis.RedisError:
        return None
    return found.decode() if isinstance(found, bytes) else None


def keep(key: str, text: str) -> None:
    """Keep a text for a while."""
    try:
        services().redis.set(_here(key), text, ex=KEEP_SECONDS)
    except redis.RedisError:
        flask.current_app.logger.warning("the page is not kept: Redis does not answer")
