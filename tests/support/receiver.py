"""A program that hears notices: a real HTTP server on this machine, and the check that the guide gives."""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

GUIDE = (Path(__file__).parents[2] / "docs" / "programs.md").read_text(encoding="utf-8")


def recipe() -> Callable[..., bool]:
    """Return the function that the guide gives to receivers."""
    space: dict[str, Any] = {}
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    exec(found.group(1), space)
    check: Callable[..., bool] = space["is_genuine"]
    return check


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("Location", self.server.leads_to)
        self.end_headers()

    def do_GET(self) -> None:
        self.server.came.append((dict(self.headers), b""))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what came, and answers as `answer` and `leads_to` say."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.answer, self.leads_to = 200, "/elsewhere"

    @property
    def address(self) -> str:
        """Return where it hears."""
        return f"http://127.0.0.1:{self.server_address[1]}/hears"


@contextlib.contextmanager
def listening() -> Iterator[Receiver]:
    """Run a receiver."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
