"""How often one may try to prove who one is: attackers are locked out, owners and districts are not.

A try from a device on which the account signed in before (a sealed cookie says so) has an allowance of its
own; nothing that others try touches it. All other tries are counted, in Redis, by

- account and network: somebody guessing one password;
- account, from everywhere: many machines guessing one password;
- address: one machine guessing many. A district's network, from which members signed in, has ten times as
  much;
- all together, in each second: many machines guessing many passwords must not keep the processors busy.

Counts go by the typed address, known or not, so that a refusal tells nothing. Without Redis known devices
still sign in, counted by each web process; all others are refused until it is back.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from typing import Any

import flask
import redis
from werkzeug.wrappers import Response

from apportion.routing import Refused
from apportion.services import keyed_digest, sealer, services
from apportion.sign_in import users
from tenants.entering.sealing import SealError
from tenants.language import N_, message

WINDOW_SECONDS = 15 * 60
PER_ACCOUNT = 10
"""Failed tries for one account from one network, or from one known device, in a window."""
PER_ACCOUNT_ANYWHERE = 50
"""Failed tries for one account from all unknown devices in a window."""
PER_ADDRESS = 100
"""Failed tries from one network address in a window: a school's staff room shares one."""
PER_DISTRICT_ADDRESS = 1000
"""The same where members signed in from the address's network during the last month."""
PER_SECOND = 10
"""Passwords of unknown devices that are compared in a second, by all web processes together: comparing one
takes a processor about 50 milliseconds on purpose."""
NETWORK_SECONDS = 30 * 24 * 3600
LEAST_SECONDS = 0.25
"""No answer to a compared password comes sooner, so that its time tells nothing about the account."""

DEVICE_COOKIE = "device"
DEVICE_SECONDS = 365 * 24 * 3600
ACCOUNTS_OF_A_DEVICE = 5
"""How many people's accounts one device remembers: a household, a shared office machine."""

CLOSED = N_("Signing in is closed for a moment: a part of the platform does not answer. Try again soon.")
TOO_MANY = N_("Too many tries. Wait {minutes} minutes, or set a new password by mail.")
BUSY = N_("Very many people are signing in right now. Wait some seconds and try again.")

_local: dict[str, tuple[int, int]] = {}
_local_lock = threading.Lock()


class Attempt:
    """One try; counted when it begins, forgiven when it succeeds.

    Args:
        kind: What is tried, so that one kind does not use up another's tries.
        account: The typed mail address, or what else names the account; None where no account is named.
        device_of: The mail address whose known devices have their own allowance; `account` when None.

    Raises:
        Refused: 429 after too many tries, 503 when the count can't be kept.
    """

    def __init__(self, kind: str, account: str | None, *, device_of: str | None = None) -> None:
        self._started = time.monotonic()
        self._kind, self._account = kind, keyed_digest((account or "").strip().lower())
        self._named = account is not None
        self._network = users.network()
        device = _device_of(device_of or account or "")
        self._device = f"sign_in:{kind}:device:{self._account}:{device}" if device else None
        self._keys: list[str] = []
        try:
            if self._device is not None and self._known():
                return
            self._unknown()
        except redis.RedisError as error:
            if self._device is None or not _counted_here(self._device):
                raise Refused(message(CLOSED), 503) from error

    def _known(self) -> bool:
        """Count the try on the known device's own allowance; False once that is used up."""
        self._keys = [self._device or ""]
        return _count(self._keys)[0] <= PER_ACCOUNT

    def _unknown(self) -> None:
        address = keyed_digest(flask.request.remote_addr or "unknown")
        prefix = f"sign_in:{self._kind}"
        counted = [f"{prefix}:address:{address}"]
        if self._named:
            pair = f"{prefix}:pair:{self._account}:{keyed_digest(self._network)}"
            counted = [pair, f"{prefix}:account:{self._account}", *counted]
        self._keys = counted
        *counts, district = _count(counted, asking=_network_key(self._network))
        limits = [PER_DISTRICT_ADDRESS if district else PER_ADDRESS]
        if self._named:
            limits = [PER_ACCOUNT, PER_ACCOUNT_ANYWHERE, *limits]
        if any(count > limit for count, limit in zip(counts, limits, strict=True)):
            raise Refused(message(TOO_MANY, minutes="15"), 429)
        # Last, so that tries which are refused anyway take nothing from the others.
        if (
            self._kind == "password"
            and _count([f"{prefix}:all:{int(time.time())}"], seconds=5)[0] > PER_SECOND
        ):
            raise Refused(message(BUSY), 429)

    def succeeded(self) -> None:
        """Forgive the tries of this device or network: whoever knows the password is not guessing it."""
        try:
            with services().redis.pipeline() as pipe:
                # The first counts this device's, or this network's, tries for this account.
                if self._keys and self._named:
                    pipe.delete(self._keys[0])
                for key in self._keys[1 if self._named else 0 :]:
                    pipe.set(key, 0, ex=WINDOW_SECONDS, nx=True)
                    pipe.decr(key)
                if self._network:
                    pipe.set(_network_key(self._network), 1, ex=NETWORK_SECONDS)
                pipe.execute()
        except redis.RedisError:
            # Nothing is owed: the next try of an unknown device is refused while Redis is gone.
            flask.current_app.logger.warning("tries are not forgiven: Redis does not answer")

    def settle(self) -> None:
        """Wait until the least time has passed."""
        time.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - self._started)))


def _count(keys: list[str], *, seconds: int = WINDOW_SECONDS, asking: str | None = None) -> list[int]:
    """Count one more under each key and return the counts; with `asking`, also whether that key is there."""
    with services().redis.pipeline() as pipe:
        for key in keys:
            # Not EXPIRE with NX, which a Redis before 7 does not know; the bundled one is of 6.2.
            pipe.set(key, 0, ex=seconds, nx=True)
            pipe.incr(key)
        if asking is not None:
            pipe.exists(asking)
        found = [int(each or 0) for each in pipe.execute()]
    return found[1::2] if asking is None else [*found[1:-1:2], found[-1]]


def _counted_here(key: str) -> bool:
    """Count a known device's try in this process while Redis is gone; False once too many were made."""
    now = int(time.time()) // WINDOW_SECONDS
    with _local_lock:
        window, count = _local.get(key, (now, 0))
        count = count + 1 if window == now else 1
        for old in [each for each, (then, _) in _local.items() if then != now]:
            del _local[old]
        _local[key] = (now, count)
    return count <= PER_ACCOUNT


def _network_key(network: str) -> str:
    return f"sign_in:network:{keyed_digest(network)}"


def _account_mark(address: str) -> str:
    """Return what names an account in the sealed cookie, whatever key the platform has by then."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:32]


def _devices() -> dict[str, str]:
    """Return the accounts that signed in on this device before, each with the device's mark for it."""
    try:
        facts: dict[str, Any] = sealer().open_facts(
            "known-device", flask.request.cookies.get(_cookie(), ""), seconds=DEVICE_SECONDS
        )
    except SealError:
        return {}
    return {str(account): str(mark) for account, mark in facts.items()}


def _device_of(address: str) -> str | None:
    return _devices().get(_account_mark(address))


def is_known(address: str) -> bool:
    """Say whether this account signed in on this device before."""
    return _device_of(address) is not None


def remember_device(response: Response, address: str) -> None:
    """Let the device be known as one on which this account signed in."""
    account = _account_mark(address)
    others = [(key, mark) for key, mark in _devices().items() if key != account]
    held = dict([*others, (account, secrets.token_hex(8))][-ACCOUNTS_OF_A_DEVICE:])
    secure = bool(flask.current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        _cookie(),
        sealer().seal_facts("known-device", held),
        max_age=DEVICE_SECONDS,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def device_cookie(*, secure: bool) -> str:
    """Return the name of the known device's cookie."""
    return f"__Host-{DEVICE_COOKIE}" if secure else DEVICE_COOKIE


def _cookie() -> str:
    return device_cookie(secure=bool(flask.current_app.config["SESSION_COOKIE_SECURE"]))
