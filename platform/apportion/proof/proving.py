"""The whole proof: a world of the proof's own on a platform, cells and channels tried, counted, told."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface

from apportion import servers, supervisor
from apportion.app import create_app
from apportion.proof import channels, prints, searching
from apportion.proof.agreed import OPEN, AgreedRoute
from apportion.proof.asking import Platform
from apportion.proof.reading import name_of
from apportion.proof.trying import Trial, Tried, Wrong, changed_routes
from apportion.proof.world import World, world
from apportion.routing import routes
from tenants import installation
from tenants.database import Database
from tenants.settings import Settings

CELLS = 1000
"""Cells of the usual sample that are tried through routes: as many as 45 seconds on two processors hold."""
JOB_SECONDS = 20

_WALLS = sa.text(
    """
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
        (SELECT array_agg(command) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS command
         WHERE CASE WHEN command = 'DELETE' THEN has_table_privilege(current_user, c.oid, command)
                -- A right to some columns is a right.
                ELSE has_any_column_privilege(current_user, c.oid, command) END
            AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = 'public'
                AND p.tablename = c.relname AND p.cmd = command AND current_user = ANY (p.roles))) AS without
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
        AND EXISTS (SELECT FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'district_id' AND NOT a.attisdropped)
    ORDER BY c.relname
    """
)


@dataclasses.dataclass
class Proof:
    """What was found."""

    tables: int
    unforced: list[str]
    """Tables with a district's data that are not walled in force, or lack a policy for a command."""
    routes: int
    undeclared: list[str]
    changed: list[str]
    tried: Tried
    channels: dict[str, channels.Channel]
    seconds: float

    @property
    def holds(self) -> bool:
        """Say whether nothing answered wrongly."""
        leaks = any(channel.wrong for channel in self.channels.values())
        return not (self.unforced or self.undeclared or self.changed or self.tried.wrong or leaks)

    def as_json(self) -> dict[str, Any]:
        """Return the proof as it is printed for programs."""
        return {
            "tables": {
                "total": self.tables,
                "forced": self.tables - len(self.unforced),
                "wrong": self.unforced,
            },
            "routes": {
                "total": self.routes,
                "declared": self.routes - len(self.undeclared),
                "wrong": [*self.undeclared, *self.changed],
            },
            "cells": {
                "tried": self.tried.number,
                "empty": self.tried.empty,
                "through_routes": self.tried.through_routes,
                "answers": dict(sorted(self.tried.answers.items())),
                "wrong": [dataclasses.asdict(wrong) for wrong in self.tried.wrong],
            },
            "channels": {
                name: {"tried": channel.tried, "wrong": channel.wrong}
                for name, channel in sorted(self.channels.items())
            },
            "seconds": round(self.seconds, 1),
        }


@contextlib.contextmanager
def own_platform(say: Callable[[str], None]) -> Iterator[tuple[Settings, Path]]:
    """Run a platform on a data folder that is gone afterwards; give its settings and its temporary folder."""
    with tempfile.TemporaryDirectory(prefix="apportion-proof-") as folder:
        # The account that PostgreSQL runs as, when root starts it, has to get through.
        Path(folder).chmod(0o711)
        settings = Settings.from_environment({"APPORTION_HOME": str(Path(folder) / "home")})
        with servers.start(settings, scratch=True, say=say) as running:
            installation.set_up(running)
            port = servers.free_port()
            ours = dataclasses.replace(
                running, port=port, port_is_set=True, base_url=f"http://127.0.0.1:{port}", web_processes=1
            )
            scratch = Path(folder) / "temporary"
            scratch.mkdir()
            with _temporary_files_in(scratch), supervisor.running(ours, log=ours.home / "platform.log"):
                yield ours, scratch


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before


def prove(
    settings: Settings,
    base_url: str,
    *,
    number: int | None,
    seed: int,
    scratch: Path | None,
    say: Callable[[str], None],
) -> Proof:
    """Try to see through the walls of a platform.

    Args:
        settings: of the platform; the proof makes districts of its own on its servers.
        base_url: where the platform answers.
        number: how many cells; None for every one.
        seed: draws the cells.
        scratch: folder of the platform's temporary files where the platform is the proof's own, else None.
        say: told what is under way.
    """
    began = time.monotonic()
    database = Database(settings.database_app_url)
    try:
        with contextlib.ExitStack() as held:
            lured = held.enter_context(prints.lure(scratch)) if scratch is not None else None
            also = lured.markup if lured is not None else ""
            made = held.enter_context(
                world(database, settings, _cookies(settings), lasting=scratch is None, also=also)
            )
            found = channels.Channels(made)
            platform = Platform(base_url)
            trial = Trial(platform, made, found.watch, opens_pages=scratch is not None)
            if scratch is not None:
                # What can't be taken back is done on a platform of the proof's own alone.
                channels.upload(platform, made, found)
                channels.invite(platform, made, found)
                prints.ask(platform, made, found)
                channels.jobs_ended(database, made, JOB_SECONDS)
            say(f"{len(made.actors)} people of the proof's own try the cells.")
            tried = trial.run(number, seed)
            say(f"{tried.number} cells tried; now the places outside of rows.")
            if lured is not None:
                prints.read(platform, made, found, lured)
            searching.search(platform, made, trial.matrix, found)
            _channels(settings, database, platform, made, found, scratch, trial.drawn(number, seed))
            named = list(_named(settings))
            with database.transaction(None) as session:
                tables = session.execute(_WALLS).all()
            return Proof(
                tables=len(tables),
                unforced=[
                    f"{table.name}: "
                    + (f"no policy for {', '.join(table.without)}" if table.forced else "not forced")
                    for table in tables
                    if not table.forced or table.without
                ],
                routes=len(named),
                undeclared=[
                    f"{route.method} {route.path}: {route.permission}"
                    for route in named
                    if route.permission not in OPEN and name_of(trial.matrix, route.permission) is None
                ],
                changed=changed_routes(trial, named),
                tried=tried,
                channels=found.found,
                seconds=time.monotonic() - began,
            )
    finally:
        database.close()


def _cookies(settings: Settings) -> Callable[[str], str]:
    """Return what makes a signed-in device's cookie from its token, as the application would."""
    app = create_app(settings)
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    if signer is None:
        raise LookupError("the platform's settings hold no key that cookies are signed with")
    name = app.config["SESSION_COOKIE_NAME"]
    return lambda token: f"{name}={signer.dumps({'_user_id': token, '_fresh': True})}"


def _channels(
    settings: Settings,
    database: Database,
    platform: Platform,
    made: World,
    found: channels.Channels,
    scratch: Path | None,
    drawn: Sequence[AgreedRoute],
) -> None:
    channels.rows_shown(database, made, found)
    channels.unfound_alike(platform, made, drawn, found)
    channels.counts_kept(platform, database, made, drawn, found)
    channels.jobs_ended(database, made, JOB_SECONDS)
    channels.outside(settings, made, found, scratch)


def _named(settings: Settings) -> Iterator[AgreedRoute]:
    app = create_app(settings)
    held = app.extensions["apportion"]
    try:
        for route in routes(app):
            for method in route.methods:
                yield AgreedRoute(method, route.path, route.permission, route.serves)
    finally:
        held.database.close()
        held.redis.close()


def in_words(proof: Proof) -> str:
    """Return the proof as a table for people."""
    lines = [
        f"{'':2}{'What':44}{'tried':>8}{'wrong':>8}",
        _row("Tables with district data, walled in force", proof.tables, len(proof.unforced)),
        _row("Routes with a permission, as agreed", proof.routes, len(proof.undeclared) + len(proof.changed)),
        _row("Cells of the matrix over HTTP", proof.tried.number, len(proof.tried.wrong)),
        *(
            _row(f"  {name}", channel.tried, len(channel.wrong))
            for name, channel in sorted(proof.channels.items())
        ),
        "",
        f"  {proof.tried.empty} of the cells are empty ones; {proof.tried.through_routes} were tried through"
        " their routes too. Answers: "
        + ", ".join(f"{count} {answer}" for answer, count in sorted(proof.tried.answers.items()))
        + ".",
    ]
    wrong = [*proof.unforced, *proof.undeclared, *proof.changed, *map(_sentence, proof.tried.wrong)]
    wrong += [f"{name}: {said}" for name, channel in proof.channels.items() for said in channel.wrong]
    if wrong:
        lines += ["", "Wrong:", *(f"  {said}" for said in wrong)]
    lines += [
        "",
        f"{'Nothing' if proof.holds else 'Something'} answered wrongly, in {proof.seconds:.0f} seconds.",
    ]
    return "\n".join(lines)


def _row(what: str, tried: int, wrong: int) -> str:
    return f"{'' if not wrong else '!':2}{what:44}{tried:>8}{wrong:>8}"


def _sentence(wrong: Wrong) -> str:
    return (
        f"{wrong.role} ({wrong.standing}), {wrong.resource}:{wrong.action}: {wrong.method} {wrong.address}"
        f" was to be {wrong.expected}, was {wrong.got}"
    )
