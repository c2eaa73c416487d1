"""Requests to addresses that a customer named: never into a network of ours, never further than that address.

The name is resolved once, every address it has is looked at, and the connection goes to the address that
was looked at: a name that answers differently a moment later leads nowhere else. No redirect is followed, no
proxy of the environment is used, and neither an answer's size nor its time is up to the other side.

Source of the rules: OWASP, Server Side Request Forgery Prevention Cheat Sheet; RFC 6890 (special addresses).
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx2

from tenants.errors import NotPossibleError
from tenants.language import N_

SECONDS = 10.0
"""How long a whole exchange may take."""
LOOKUP_SECONDS = 5.0
"""How long a name may take to be looked up."""
LARGEST_ANSWER = 1 << 20
"""Bytes of an answer that are read."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

TRUST = ssl.create_default_context()
"""The certificates that the machine trusts."""
NO_ADDRESS = N_("{address} is not a web address. It should look like https://name.district.org.")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedAddressError(NotPossibleError):
    """An address that the platform does not call; `said` tells why."""


class TooMuchError(httpx2.TransportError):
    """The other side sent more, or took longer, than it may."""


def client(*, allow_loopback: bool = False, seconds: float = SECONDS) -> httpx2.Client:
    """Return an HTTP client that can reach the outside and nothing else; close it after use.

    Args:
        allow_loopback: `Settings.allow_loopback`: whether this machine itself may be called, without TLS too.
        seconds: how long an exchange may take.

    Raises (when it is used):
        RefusedAddressError: The address is internal, has no name, or is not https.
        httpx2.HTTPError: The other side did not answer, or not in time, or with too much.
    """
    return httpx2.Client(**options(allow_loopback=allow_loopback, seconds=seconds))


def options(*, allow_loopback: bool = False, seconds: float = SECONDS) -> dict[str, Any]:
    """Return what makes any client of httpx2 one that can reach the outside and nothing else."""
    return {
        "transport": _Transport(allow_loopback=allow_loopback, seconds=seconds),
        "follow_redirects": False,
        "trust_env": False,
        "timeout": seconds,
        "headers": {"User-Agent": "Apportion"},
    }


def check(address: str, *, allow_loopback: bool = False) -> str:
    """Return the IP address that a call to `address` would go to.

    Raises:
        RefusedAddressError: The platform would not call it.
    """
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL:
        raise RefusedAddressError(
            NO_ADDRESS,
            address=address[:200],
        ) from None
    return _resolve(url, allow_loopback=allow_loopback)


def _resolve(url: httpx2.URL, *, allow_loopback: bool) -> str:
    host = url.host
    if not host or url.userinfo or url.scheme not in {"https", "http"}:
        raise RefusedAddressError(
            NO_ADDRESS,
            address=str(url)[:200],
        )
    found = _addresses(host, url.port or (443 if url.scheme == "https" else 80))
    loopback = allow_loopback and all(each.is_loopback for each in found)
    if not loopback and any(not is_outside(each) for each in found):
        raise RefusedAddressError(
            N_("{host} leads into an internal network. The platform calls public addresses only."), host=host
        )
    if url.scheme != "https" and not loopback:
        raise RefusedAddressError(N_("{host} must be called with https://."), host=host)
    # IPv4 first: a platform without IPv6 still reaches a name that has both.
    return str(sorted(found, key=lambda each: each.version)[0])


def _addresses(host: str, port: int) -> list[IPAddress]:
    found: list[Any] = []

    def look_up() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    # The system's resolver takes no limit of time, and a name server that its owner lets hang must not hold a
    # web process: the thread that still waits ends by the resolver's own limit, and nobody waits for it.
    looking = threading.Thread(target=look_up, name="name-lookup", daemon=True)
    looking.start()
    looking.join(LOOKUP_SECONDS)
    if looking.is_alive():
        raise RefusedAddressError(
            N_("The name server of {host} did not answer within {n} seconds."),
            host=host,
            n=int(LOOKUP_SECONDS),
        )
    if not found:
        raise RefusedAddressError(N_("The name {host} was not found. Check how it is spelled."), host=host)
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def is_outside(address: IPAddress) -> bool:
    """Say whether an address is on the public internet, also where IPv6 only wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_outside(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        wrapped = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if any(inner is not None and not is_outside(inner) for inner in wrapped):
            return False
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Transport(httpx2.BaseTransport):
    """Sends a request to the address that was looked at, verified by TLS under the name asked for."""

    def __init__(self, *, allow_loopback: bool, seconds: float) -> None:
        self._allow_loopback = allow_loopback
        self._seconds = seconds
        # No connection is kept: one that was verified for a name must not serve another name at its address.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._inner = httpx2.HTTPTransport(verify=TRUST, trust_env=False, retries=0, limits=limits)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        deadline = time.monotonic() + self._seconds
        host = request.url.host
        place = _resolve(request.url, allow_loopback=self._allow_loopback)
        # The Host header was written from the name before this, and stays.
        request.url = request.url.copy_with(host=place)
        request.extensions = {**request.extensions, "sni_hostname": host}
        response = self._inner.handle_request(request)
        assert isinstance(response.stream, httpx2.SyncByteStream)  # noqa: S101 - a synchronous transport's answer
        response.stream = _Bounded(response.stream, deadline)
        return response

    def close(self) -> None:
        self._inner.close()


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        return self._counted(self._inner)

    def _counted(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for part in parts:
            size += len(part)
            if size > LARGEST_ANSWER:
                raise TooMuchError("the answer is larger than may be read")
            if time.monotonic() > self._deadline:
                raise TooMuchError("the answer took too long")
            yield part

    def close(self) -> None:
        self._inner.close()
