"""A real SMTP server in the test's own process, and what it received."""

import contextlib
import socket
import ssl
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

CERTIFICATE = Path(__file__).parent / "localhost.pem"


class Inbox:
    """What a real SMTP server received, with answers that a test sets."""

    def __init__(self):
        self.received = []
        self.answers = []
        self.passwords = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        self.received.append((envelope.rcpt_tos[:], envelope.content, session.ssl is not None))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.passwords.append((data.login, data.password))
        return AuthResult(success=data.password == b"s3cret/with@signs")


@contextlib.contextmanager
def smtp_server(*, tls):
    inbox = Inbox()
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        inbox,
        hostname="localhost",
        port=port,
        tls_context=context,
        require_starttls=tls,
        authenticator=inbox.authenticate,
        auth_required=tls,
        # Without TLS no password may be offered, nor asked for.
        auth_require_tls=True,
    )
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop()
