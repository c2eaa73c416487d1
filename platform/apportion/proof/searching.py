"""The page of search, asked by everybody everywhere: another district's words find what nobody's words find.

Programs have no search of their own; they ask for the same page.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote

from apportion.proof import reading
from apportion.proof.agreed import Matrix, Name
from apportion.proof.asking import Platform
from apportion.proof.reading import Answer, Standing
from apportion.proof.trying import Question
from apportion.proof.world import Actor, World

if TYPE_CHECKING:
    from apportion.proof.channels import Channels

PERMISSION = ("search", ("V",))


def search(platform: Platform, world: World, matrix: Matrix, channels: Channels) -> None:
    """Search as every standing for the other district's mark and for a word that nobody wrote."""
    nobodys = f"NOBODYS{secrets.token_hex(5)}"
    name = Name(*PERMISSION)
    for actor in world.actors:
        for standing in actor.standings():
            expected = reading.expected(matrix, standing, name)
            found = {
                word: _asked(platform, world, channels, actor, standing, word, expected)
                for word in (world.marks["other"], nobodys)
            }
            answers = {answer for _, answer in found.values()}
            wrong = []
            if answers - {expected, *({Answer.ABSENT} if standing.place == "house" else ())}:
                wrong.append(f"{_who(standing)} searches and is answered {', '.join(sorted(answers))}")
            if len({said for said, _ in found.values()}) > 1:
                wrong.append(f"{_who(standing)} finds something of the other district")
            channels.note("search", wrong=wrong)
    _finds(platform, world, channels)


def _finds(platform: Platform, world: World, channels: Channels) -> None:
    """A search that found nothing at all would show nothing of anybody: the own mark is found."""
    head = next(actor for actor in world.actors if actor.role == "CBO" and actor.steward and not actor.former)
    own = Standing(head.role, "own", steward=True)
    said, _ = _asked(platform, world, channels, head, own, world.marks["own"], Answer.ALLOWED)
    found = f"/d/{world.districts['own']}/plan/options" in said
    channels.note("search", wrong=[] if found else ["the own district's words are not found in it"])


def _asked(
    platform: Platform,
    world: World,
    channels: Channels,
    actor: Actor,
    standing: Standing,
    word: str,
    expected: Answer,
) -> tuple[str, Answer]:
    """Return what the page says, the word itself taken out, and what it means."""
    place = standing.place
    start = "" if place == "house" else f"/d/{world.districts[place]}"
    path = f"{start}/search?q={quote(word)}"
    reply = platform.ask("GET", path, actor.key(path))
    echoed = dict(reply.headers)
    shown = reply.text.replace(word, "#")
    # The page repeats what was searched for; whatever else holds a mark was found.
    cleaned = type(reply)(reply.status, echoed, shown.encode())
    channels.watch(Question("GET", f"{start}/search", place, actor, expected), cleaned)
    return channels.plain(cleaned), reply.answer


def _who(standing: Standing) -> str:
    return f"{standing.role} ({standing})"
