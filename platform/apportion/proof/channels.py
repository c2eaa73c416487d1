"""Places outside of rows where a district could be seen through: answers, files, caches, jobs, mail, logs."""

from __future__ import annotations

import contextlib
import dataclasses
import email
import email.policy
import html
import re
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import redis
import sqlalchemy as sa

from apportion.proof import rows
from apportion.proof.agreed import AgreedRoute
from apportion.proof.asking import Platform, Reply, address
from apportion.proof.prints import words_of
from apportion.proof.reading import Answer
from apportion.proof.trying import Question
from apportion.proof.world import World
from tenants.base import information_class
from tenants.database import Database
from tenants.scope import Scope
from tenants.settings import Settings

NOBODY = 987_654_321
"""An id that no record has."""
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_VARYING = (
    (re.compile(r'(csrf_token" value="|data-csrf="|nonce="|nonce-)[^"\' ]*'), r"\1"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "code"),
)
"""What differs between two answers to the same request: nonce, form token, code of a failure."""
_ASKING_AGAIN = {"date", "content-length", "connection", "server", "set-cookie", "content-security-policy"}
"""Headers that say nothing about the record."""


_PUBLISHED = frozenset({"plan_version", "rendered_file"})
"""Tables whose published rows are read by the board and the community too."""

EVERYWHERE = (
    *("answers of the API", "caches and queues", "counts", "ETags and caches", "error messages"),
    *("event streams and conditional requests", "exports and files", "files", "headers"),
    *("job payloads and results", "logs", "mail", "not found and not yours", "page titles", "pages"),
    *("prints", "rows", "search", "temporary files"),
)
"""Every place that is looked at, so that one that nothing came by stands there with a nought."""


@dataclasses.dataclass
class Channel:
    """One place: how often it was tried, and where it showed something."""

    tried: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)


class Channels:
    """Counts and findings by place; told of every answer of the trial."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.found: dict[str, Channel] = {name: Channel() for name in EVERYWHERE}
        self._lock = threading.Lock()

    def note(self, name: str, tried: int = 1, wrong: Iterable[str] = ()) -> None:
        """Add to a channel."""
        with self._lock:
            channel = self.found.setdefault(name, Channel())
            channel.tried += tried
            channel.wrong += wrong

    def watch(self, question: Question, reply: Reply) -> None:
        """Look for marks that the asker must not see, in every part of an answer."""
        parts = {"headers": " ".join(f"{name}: {value}" for name, value in reply.headers.items())}
        kind = reply.headers.get("content-type", "")
        text = _readable(reply)
        if reply.status >= 400:
            parts["error messages"] = text
        elif "html" in kind:
            parts["pages"] = text
        elif "json" in kind:
            parts["answers of the API"] = text
        else:
            parts["exports and files"] = text
        if (title := _TITLE.search(text)) is not None:
            parts["page titles"] = title.group(1)
        for name, part in parts.items():
            self.note(name, wrong=self._seen_through(question, part))
        if question.expected is Answer.ABSENT:
            told = [name for name in ("etag", "last-modified") if name in reply.headers]
            self.note(
                "ETags and caches",
                wrong=[f"{question.method} {question.path} sends {name}" for name in told],
            )

    @staticmethod
    def plain(reply: Reply) -> str:
        """Return an answer's text without what differs between two answers to the same request."""
        return _plain(reply)

    def _seen_through(self, question: Question, text: str) -> list[str]:
        forbidden = [self.world.marks["other"]]
        # Coaches are engaged elsewhere, and who has left belongs nowhere. Members see their district's name,
        # which is marked, on the frame of every page, a refusal's too.
        # Support under an open grant reads what the district lent.
        actor = question.actor
        lent = actor is not None and bool(actor.support) and question.expected is Answer.ALLOWED
        if actor is None or actor.former or (actor.role in {"FLD", "FCO", "PAD"} and not lent):
            forbidden.append(self.world.marks["own"])
        if question.actor is not None and question.actor.role == "PAD":
            # The operator knows every organization by name, and no more of it.
            text = re.sub(rf"Isolation proof \(\w+\) ({'|'.join(forbidden)})", "", text)
        return [
            f"{question.method} {question.path} shows the mark of {mark} to"
            f" {question.actor.role if question.actor else 'nobody'}"
            for mark in forbidden
            if mark in text
        ]


def rows_shown(database: Database, world: World, channels: Channels) -> None:
    """Ask the database itself: upkeep sees the own marked rows, nobody any, and each class its own tables."""
    own, other = world.districts["own"], world.districts["other"]
    for name in rows.DISTRICT_TABLES:
        if name not in world.rows["own"]:
            continue
        statement = sa.select(rows.TABLES[name].c.district_id)
        wrong = []
        with database.transaction(Scope.for_upkeep(own)) as session:
            seen = set(session.scalars(statement))
        if seen != {own}:
            wrong.append(f"{name}: upkeep of district {own} sees rows of {sorted(seen) or 'no district'}")
        with database.transaction(Scope.nobody()) as session:
            if session.scalars(statement.limit(1)).first() is not None:
                wrong.append(f"{name}: a transaction without a scope sees rows")
        # Every class of both districts but the table's own: nothing is left to see.
        classes = {"progress", "cabinet", "staff", "personnel", "small_group", "confidential", "published"}
        if name in _PUBLISHED:
            classes -= {"published"}
        reach: dict[str, Any] = dict.fromkeys(classes - {information_class(rows.TABLES[name])}, (own, other))
        with database.transaction(Scope(**reach)) as session:
            if session.scalars(statement.limit(1)).first() is not None:
                wrong.append(f"{name}: a scope without its class sees rows")
        channels.note("rows", tried=3, wrong=wrong)


def unfound_alike(
    platform: Platform, world: World, routes: Iterable[AgreedRoute], channels: Channels
) -> None:
    """Compare, byte by byte, what is not yours with what does not exist."""
    actor = next(actor for actor in world.actors if actor.role == "CBO" and actor.steward)
    theirs, own = world.ids("other"), world.districts["own"]
    nobodys = dict.fromkeys(theirs, NOBODY)
    numbers = sorted({*theirs.values(), world.districts["other"], NOBODY}, reverse=True)
    for route in routes:
        if route.method != "GET" or "<int:" not in route.path:
            continue
        pairs = [(world.districts["other"], NOBODY)] if "<int:district_id>" in route.path else []
        if route.path.count("<int:") > len(pairs):
            pairs.append((own, own))
        for first, second in pairs:
            asked = (address(route.path, first, theirs), address(route.path, second, nobodys))
            replies = [platform.ask("GET", path, actor.key(path)) for path in asked]
            for path, reply in zip(asked, replies, strict=True):
                channels.watch(Question("GET", path, "other", actor, Answer.ABSENT), reply)
            kinds = [_without_numbers(reply, numbers) for reply in replies]
            wrong = [] if kinds[0] == kinds[1] else [f"{asked[0]} is answered unlike {asked[1]}"]
            channels.note("not found and not yours", wrong=wrong)


def counts_kept(
    platform: Platform,
    database: Database,
    world: World,
    routes: Iterable[AgreedRoute],
    channels: Channels,
) -> None:
    """Let the other district grow: no list, page or number of the own one changes by a byte."""
    actor = next(actor for actor in world.actors if actor.role == "CBO" and actor.steward)
    ids, own = world.ids("own"), world.districts["own"]
    paths = [
        address(route.path, own, ids)
        for route in routes
        if route.method == "GET" and route.path.startswith("/api/v1/districts/")
    ]
    before = [platform.ask("GET", path, actor.reads) for path in paths]
    other = world.rows["other"]
    parents = {name: list(held) for name, held in other.items()}
    with database.transaction(Scope.for_upkeep(world.districts["other"])) as session:
        for name in ("run", "plan", "option", "priority", "source_file", "comment_thread", "share_link"):
            row = rows.new_row(rows.TABLES[name], world.marks["other"], 1, parents)
            session.execute(sa.insert(rows.TABLES[name]).values(row))
    for path, then in zip(paths, before, strict=True):
        now = platform.ask("GET", path, actor.reads)
        same = (then.status, _plain(then)) == (now.status, _plain(now))
        channels.note("counts", wrong=[] if same else [f"{path} changes when the other district grows"])
        streamed = platform.ask(
            "GET",
            path.replace(f"/{own}/", f"/{world.districts['other']}/"),
            actor.reads,
            {"Accept": "text/event-stream", "If-None-Match": "*"},
        )
        wrong = [] if streamed.status == 404 else [f"{path} of the other district answers {streamed.status}"]
        channels.note("event streams and conditional requests", wrong=wrong)


def upload(platform: Platform, world: World, channels: Channels) -> None:
    """Load a marked file in both districts, so that files, jobs and their messages hold something real."""
    for place in ("own", "other"):
        mark = world.marks[place]
        lines = f"fund,resource,object,amount,description\n01,0000,1100,100.00,{mark} pay\n"
        boundary = f"proof{mark}"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{mark}.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n{lines}\r\n--{boundary}--\r\n"
        )
        reply = platform.send_form(
            f"/api/v1/districts/{world.districts[place]}/loads",
            world.head_tokens[place],
            body.encode(),
            boundary,
        )
        if reply.status >= 400:
            channels.note("files", wrong=[f"the proof's own file was refused: {reply.status} {reply.text}"])


def invite(platform: Platform, world: World, channels: Channels) -> None:
    """Invite somebody into both districts, so that a mail of each leaves."""
    for place in ("own", "other"):
        fields = {
            "address": f"invited-{place}@apportion.invalid",
            "name": f"{world.marks[place]} invited",
            "role": "PRI",
        }
        people = f"/d/{world.districts[place]}/settings/people"
        reply = platform.send_fields(people, f"{people}/invite", world.head_sessions[place], fields)
        if reply.status >= 400:
            channels.note("mail", wrong=[f"the proof's own invitation was refused: {reply.status}"])


def jobs_ended(database: Database, world: World, seconds: float) -> None:
    """Wait until the jobs of the proof's districts have ended, or for so long."""
    until = time.monotonic() + seconds
    open_ = sa.text("SELECT count(*) FROM job WHERE state IN ('waiting', 'dispatched', 'running')")
    while time.monotonic() < until:
        left = 0
        for place in ("own", "other"):
            with database.transaction(Scope.for_upkeep(world.districts[place])) as session:
                left += session.execute(open_).scalar_one()
        if not left:
            return
        time.sleep(0.2)


def outside(settings: Settings, world: World, channels: Channels, scratch: Path | None) -> None:
    """Search Redis, files, mail, log and temporary files for marks where none may be.

    Args:
        settings: of the platform.
        world: what the proof made.
        channels: where findings go.
        scratch: the folder of the platform's temporary files, where it is the proof's own.
    """
    marks = world.marks
    tokens = [token for actor in world.actors for token in (actor.writes, actor.reads, actor.session)]
    with contextlib.closing(redis.Redis.from_url(settings.redis_url)) as client:
        for key, value in _redis_values(client):
            kind = "job payloads and results" if b"rq:" in key else "caches and queues"
            held = key + b" " + value
            found = [
                f"Redis key {key.decode(errors='replace')} holds {mark}"
                for mark in (*marks.values(), *tokens)
                if mark.encode() in held
            ]
            channels.note(kind, wrong=found)
    for place, wrong_mark in (("own", marks["other"]), ("other", marks["own"])):
        folder = settings.files / str(world.districts[place])
        for path in _files(folder):
            said = words_of(path.read_bytes()) + str(path)
            found = [f"{path} holds {wrong_mark}"] if wrong_mark in said else []
            channels.note("files", wrong=found)
    _mail(settings.mail_folder, channels, marks)
    logs = [settings.home / "platform.log"]
    for path in logs:
        if path.is_file():
            text = path.read_bytes()
            secrets = (*marks.values(), *tokens)
            found = [f"{path.name} holds {word}" for word in secrets if word.encode() in text]
            channels.note("logs", tried=text.count(b"\n"), wrong=found)
    if scratch is not None:
        left = [
            path for path in _files(scratch) if any(m.encode() in path.read_bytes() for m in marks.values())
        ]
        channels.note("temporary files", wrong=[f"{path} was left behind" for path in left])


def _mail(folder: Path, channels: Channels, marks: dict[str, str]) -> None:
    for path in _files(folder):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
        text = "\n".join([str(letter["subject"]), *parts])
        named = [place for place, mark in marks.items() if mark in text]
        wrong = [f"{path.name} names both districts"] if len(named) > 1 else []
        wrong += [
            f"{path.name} names the {place} district to {letter['to']}"
            for place in named
            if "invited-" in str(letter["to"]) and f"invited-{place}@" not in str(letter["to"])
        ]
        channels.note("mail", wrong=wrong)


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.rglob("*") if path.is_file())


def _redis_values(client: redis.Redis) -> Iterator[tuple[bytes, bytes]]:
    """Yield every key with all that it holds, of whatever kind."""
    for key in client.scan_iter(count=500):
        kind = client.type(key)
        held: Any = b""
        if kind == b"string":
            held = client.get(key)
        elif kind == b"hash":
            held = client.hgetall(key)
        elif kind == b"list":
            held = client.lrange(key, 0, -1)
        elif kind == b"set":
            held = client.smembers(key)
        elif kind == b"zset":
            held = client.zrange(key, 0, -1)
        elif kind == b"stream":
            held = client.xrange(key)
        # The key may have ended since; texts stand in what is printed as they are.
        yield key, held if isinstance(held, bytes) else repr(held).encode()


def _readable(reply: Reply) -> str:
    return html.unescape(words_of(reply.body))


def _plain(reply: Reply) -> str:
    text = reply.text
    for pattern, put in _VARYING:
        text = pattern.sub(put, text)
    return text


def _without_numbers(reply: Reply, numbers: Iterable[int]) -> tuple[int, str, list[str]]:
    text = unquote(_plain(reply))
    for number in numbers:
        text = re.sub(rf"\b{number}\b", "#", text)
    return reply.status, text, sorted(set(reply.headers) - _ASKING_AGAIN)
