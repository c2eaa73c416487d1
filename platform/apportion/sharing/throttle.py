"""How often one connection may do something in a while: counted in Redis, without keeping who it was."""

from __future__ import annotations

import flask
import redis

from apportion.services import in_district, keyed_digest, services


def too_often(district_id: int, what: str, limit: int, seconds: int, *, whole: bool = False) -> bool:
    """Count one act and say whether it is one too many.

    Args:
        district_id: Whose plan it is about.
        what: Name of the act and of what it is done to, e.g. `comment/41`.
        limit: How many are taken in the window.
        seconds: Length of the window.
        whole: Count all connections together.

    Returns:
        True when the limit was passed. When Redis does not answer, nothing is limited: a comment counts more
        than a limit.
    """
    who = "" if whole else _connection()
    key = in_district(district_id, f"throttle:{what}:{who}")
    try:
        with services().redis.pipeline() as pipe:
            pipe.set(key, 0, ex=seconds, nx=True)
            pipe.incr(key)
            count = int(pipe.execute()[1])
    except redis.RedisError:
        flask.current_app.logger.warning("limits are off: Redis does not answer")
        return False
    return count > limit


def _connection() -> str:
    return keyed_digest(flask.request.remote_addr or "")
