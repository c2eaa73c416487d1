"""What a test process works out once, though each test has an application of its own.

Compiled templates and the builders of addresses don't depend on a test's settings. Passwords are hashed with
argon2 as ever, at its smallest cost, and signing in answers as soon as it can: a test's secrets are worth no
seconds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import CodeType
from typing import Any

import flask
from argon2 import PasswordHasher
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing.rules import Rule

from apportion.sign_in import throttle
from tenants import passwords

AS_SHIPPED = passwords.HASHER
"""How the product hashes; `strong_passwords` gives it back to a test that is about hashing."""


class Compiled(BytecodeCache):
    """Keeps each template's code in memory, by its name and the digest of its source."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of this template, if this very source was compiled before."""
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        if bucket.code is not None:
            self.kept[bucket.key, bucket.checksum] = bucket.code


def _build_once(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    built: dict[tuple[object, ...], Any] = {}

    @functools.wraps(compile_builder)
    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (tuple(rule._trace), tuple(sorted(rule.arguments)), append_unknown)
        if key not in built:
            built[key] = compile_builder(rule, append_unknown)
        return built[key]

    return builder


@functools.cache
def work_out_once() -> None:
    """Let every application of this process share what doesn't depend on its settings."""
    flask.Flask.jinja_options = {"bytecode_cache": Compiled()}
    Rule._compile_builder = _build_once(Rule._compile_builder)  # type: ignore[method-assign]
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    throttle.LEAST_SECONDS = 0.0
