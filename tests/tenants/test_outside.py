"""Calls to addresses that customers name: the outside alone, pinned, bounded, and never onwards."""

import http.server
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import httpx2
import pytest

from tenants import outside

CERTIFICATE = Path(__file__).parents[1] / "support" / "localhost.pem"

INTERNAL = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
    # IPv6 that only wraps an internal IPv4 address: mapped, NAT64, 6to4, Teredo.
    *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::"),
)


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_addresses_are_refused(address):
    assert not outside.is_outside(ipaddress.ip_address(address))
    written = f"[{address}]" if ":" in address else address
    with pytest.raises(outside.RefusedAddressError):
        outside.check(f"https://{written}/x")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_let_through(address):
    assert outside.is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "https://localhost/",
            "https://localhost./",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
        ),
        *("ftp://8.8.8.8/", "file:///etc/passwd", "https://", "https://user@8.8.8.8/", "gopher://x", "x", ""),
        *("http://8.8.8.8/", "https://no-such-name.invalid/"),
    ],
)
def test_other_spellings_and_schemes_are_refused(address):
    with pytest.raises(outside.RefusedAddressError):
        outside.check(address)


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers /moved with a redirect, /endless with more than is read, all else with the Host asked for."""

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/inside")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/endless":
            for _ in range(200):
                try:
                    self.wfile.write(b"x" * 65536)
                except OSError:
                    return
        else:
            self.wfile.write(self.headers["Host"].encode())

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def secure():
    """Give a TLS server whose certificate names localhost."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_connection_goes_to_the_address_that_was_looked_at(secure, monkeypatch):
    """A name that answers differently the second time (DNS rebinding) leads nowhere else."""
    port = secure.server_address[1]
    asked = []
    real = socket.getaddrinfo

    def resolve(host, *rest, **options):
        asked.append(host)
        return real("127.0.0.1" if host == "localhost" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outside, "TRUST", ssl.create_default_context(cafile=CERTIFICATE))
    with outside.client(allow_loopback=True) as client:
        answer = client.get(f"https://localhost:{port}/")
        assert answer.text == f"localhost:{port}"
        assert asked.count("localhost") == 1
        assert asked.count("127.0.0.1") >= 1
        moved = client.get(f"https://localhost:{port}/moved")
        assert moved.status_code == 302
        assert "/inside" not in secure.asked
        with pytest.raises(outside.TooMuchError):
            client.get(f"https://localhost:{port}/endless")
        # The certificate holds for the name, not for whatever stands at the address.
        monkeypatch.setattr(socket, "getaddrinfo", lambda _h, *rest, **o: real("127.0.0.1", *rest, **o))
        with pytest.raises(httpx2.ConnectError):
            client.get(f"https://elsewhere.example.org:{port}/")


def test_one_internal_address_among_public_ones_is_enough(monkeypatch):
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_a, **_o: [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.5", 443))],
    )
    with pytest.raises(outside.RefusedAddressError, match="internal network"):
        outside.check("https://both.example.org/")


def test_a_name_server_that_hangs_holds_nobody(monkeypatch):
    forever = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_o: [forever.wait(30)][:0])
    monkeypatch.setattr(outside, "LOOKUP_SECONDS", 0.05)
    with pytest.raises(outside.RefusedAddressError, match="did not answer"):
        outside.check("https://slow.example.org/")
    forever.set()


def test_this_machine_is_called_where_that_is_allowed_and_no_other_network(secure):
    port = secure.server_address[1]
    assert outside.check(f"http://127.0.0.1:{port}/", allow_loopback=True) == "127.0.0.1"
    with pytest.raises(outside.RefusedAddressError):
        outside.check("http://10.0.0.1/", allow_loopback=True)
    with pytest.raises(outside.RefusedAddressError):
        outside.check(f"http://127.0.0.1:{port}/")
