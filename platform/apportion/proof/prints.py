"""Real prints of both districts' plans: nobody's shows the other's words, and printing fetches nothing.

The words of the plans name an address at which the proof listens and a file that it wrote, as pictures in
markup: a printer that took words for markup, or could fetch, would knock at the one and show the other.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2

from apportion.proof.asking import Platform
from apportion.proof.world import World

if TYPE_CHECKING:
    from apportion.proof.channels import Channels

LANGUAGE = "en"
_READING = threading.Lock()
"""The library reads one document at a time."""


class Lure:
    """An address that nobody may ask for, and a file that nobody may read.

    Attributes:
        markup: what asks for both, where words are taken for markup.
    """

    def __init__(self, listening: socket.socket, file: Path, words: str) -> None:
        self._listening, self._file, self.words = listening, file, words
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/picture.svg"
        self.markup = f'<img src="{address}"><img src="{file.as_uri()}">![]({address})'

    def asked(self) -> bool:
        """Say whether anybody has come to the address."""
        try:
            connection, _ = self._listening.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True


@contextlib.contextmanager
def lure(folder: Path) -> Iterator[Lure]:
    """Listen at an address of this machine, and write the file into a folder of the proof's own."""
    words = f"LURE{secrets.token_hex(5)}"
    file = folder / "picture.svg"
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="20"><text y="15">{words}</text></svg>'
    )
    file.write_text(drawing, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        try:
            yield Lure(listening, file, words)
        finally:
            file.unlink()


def words_of(body: bytes) -> str:
    """Return what an answer or a file says: the text of every page of a PDF, else the bytes as text."""
    if not body.startswith(b"%PDF"):
        return body.decode("utf-8", "replace")
    with _READING, pypdfium2.PdfDocument(body) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def ask(platform: Platform, world: World, channels: Channels) -> None:
    """Ask for a print of the published plan of both districts."""
    for place in ("own", "other"):
        path = f"{_version(world, place)}/print/{LANGUAGE}"
        reply = platform.ask("POST", path, world.head_tokens[place])
        if reply.status >= 400:
            channels.note("prints", wrong=[f"the proof's own print was refused: {reply.status} {reply.text}"])


def read(platform: Platform, world: World, channels: Channels, lured: Lure) -> None:
    """Read both prints: each holds its district's words, none of the other's, and nothing from outside."""
    for place, foreign in (("own", "other"), ("other", "own")):
        reply = platform.ask("GET", f"{_version(world, place)}/plan-{LANGUAGE}.pdf", world.head_tokens[place])
        said = words_of(reply.body)
        wrong = []
        if not reply.body.startswith(b"%PDF"):
            wrong.append(f"the plan of the {place} district was not printed: {reply.status}")
        elif world.marks[place] not in said:
            wrong.append(f"the print of the {place} district does not hold its words")
        if world.marks[foreign] in said:
            wrong.append(f"the print of the {place} district holds the mark of the {foreign}")
        if lured.words in said:
            wrong.append(f"the print of the {place} district holds a file of the machine")
        channels.note("prints", wrong=wrong)
    channels.note("prints", wrong=["printing asked for an address"] if lured.asked() else [])


def _version(world: World, place: str) -> str:
    return f"/api/v1/districts/{world.districts[place]}/versions/{world.ids(place)['plan_version']}"
