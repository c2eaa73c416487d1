"""The application on a port of its own, in a thread, for a browser."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
from collections.abc import Iterator

from werkzeug.serving import make_server

from apportion import servers
from apportion.app import create_app
from tenants.settings import Settings


@contextlib.contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve the application and give its address."""
    port = servers.free_port()
    address = f"http://127.0.0.1:{port}"
    app = create_app(dataclasses.replace(settings, base_url=address, port=port))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        held = app.extensions["apportion"]
        held.database.close()
        held.redis.close()
