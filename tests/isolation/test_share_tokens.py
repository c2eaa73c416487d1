"""No link that opens a plan lies about: not in a row, a log line, Redis or a file, save the print itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import logging
import re
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from tenants.records.jobs import Job
from tenants.scope import Scope, token_hash
from tests.support import factories, plan_material, twins
from tests.support.acting import acting
from tests.support.platform import CloneOfTemplate
from workers import registry, runner
from workers.planning import versions

UNTIL = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)


def published(database: CloneOfTemplate, material: plan_material.Material) -> int:
    """Freeze and sign a version, so that it can be published."""
    cbo = factories.scope_of(database.app, material.cbo, material.district.id)
    with database.app.transaction(cbo) as session:
        version_id = versions.freeze_version(session, cbo, material.plan_id, versions.DRAFT).id
    for role, act in (("cbo", "certify_numbers"), ("cao", "sign_off_priorities"), ("sup", "approve")):
        who = factories.scope_of(database.app, getattr(material, role), material.district.id)
        with database.app.transaction(who) as session:
            versions.sign(session, who, material.plan_id, version_id, act)
    return version_id


def work_off(database: CloneOfTemplate, district: int) -> None:
    with database.app.transaction(Scope.for_upkeep(district)) as session:
        waiting = session.scalars(select(Job.id).where(Job.state == "waiting").order_by(Job.id)).all()
    for job_id in waiting:
        runner.execute(database.settings, job_id, district)


def everything(database: CloneOfTemplate, redis: Redis, logged: str) -> dict[str, bytes]:
    """Return all that is at rest, by where it lies; a bytes column as its bytes."""
    held = {"log": logged.encode()}
    for table in twins.TABLES:
        for number, row in enumerate(twins.rows_of_table(database.owner_url, table)):
            values = [value if isinstance(value, bytes) else repr(value).encode() for value in row.values()]
            held[f"{table}/{number}"] = b"\0".join(values)
    for key in redis.scan_iter():
        held[f"redis {key!r}"] = key + b"\0" + (redis.dump(key) or b"")
    folders = {database.settings.home, database.settings.files, database.settings.mail_folder}
    for path in {path for folder in folders for path in Path(folder).rglob("*") if path.is_file()}:
        held[str(path)] = path.read_bytes()
    return held


def test_no_token_lies_at_rest_and_the_printed_address_works(
    app: Flask,
    database: CloneOfTemplate,
    redis: Redis,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    registry.load()
    caplog.set_level(logging.DEBUG)
    material = plan_material.make_material(database)
    district = material.district.id
    version_id = published(database, material)
    sup = acting(app, database, material.sup)
    base = f"/api/v1/districts/{district}"
    plan = f"{base}/plans/{material.plan_id}"
    told = sup.post(
        f"{base}/versions/{version_id}/publish",
        json={"comment_until": UNTIL.isoformat()},
        headers={"Idempotency-Key": "publish once"},
    )
    assert told.status_code == 201, told.text
    made = sup.post(
        f"{plan}/share-links",
        json={"label": "Councils", "expires_at": UNTIL.isoformat()},
        headers={"Idempotency-Key": "link once"},
    )
    assert made.status_code == 201, made.text
    tokens = [answer.json["address"].rpartition("/")[2] for answer in (told, made)]
    for token in tokens:
        reader = app.test_client()
        assert reader.get(f"/r/{token}").status_code == 303
        link = reader.get(f"/r/{token}").headers["Location"]
        content = reader.get(link).get_data(as_text=True)
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', content))
        words = hidden | {"text": "A comment.", "address": "rosa@example.org", "thread": ""}
        assert reader.post(f"{link}comment", data=words).status_code == 303
        assert app.test_client().get(f"/r/{token}x").status_code == 404
    work_off(database, district)
    with database.app.transaction(Scope.for_upkeep(district)) as session:
        jobs = session.scalars(select(Job).where(Job.kind == "render_plan")).all()
        assert [job.state for job in jobs] == ["done", "done"]
        prints = [database.settings.files / str(job.result["storage_key"]) for job in jobs]

    found = everything(database, redis, caplog.text + "".join(capfd.readouterr()))
    # What is looked through is really what was written: the tokens' hashes are in it, and the comment.
    assert all(any(token_hash(token) in held for held in found.values()) for token in tokens)
    assert any(b"A comment." in held for held in found.values())
    names = {str(path) for path in prints}
    for token in tokens:
        leaks = [name for name, held in found.items() if token.encode() in held and name not in names]
        assert not leaks, leaks

    for path in prints:
        text = "".join(
            page.get_textpage().get_text_bounded()
            for page in pypdfium2.PdfDocument(io.BytesIO(path.read_bytes()))
        )
        assert tokens[0] in re.sub(r"\s", "", text)
        assert tokens[1] not in re.sub(r"\s", "", text)


def test_a_print_after_the_key_was_replaced_still_carries_the_address(database: CloneOfTemplate) -> None:
    registry.load()
    material = plan_material.make_material(database)
    version_id = published(database, material)
    sup = factories.scope_of(database.app, material.sup, material.district.id)
    with database.app.transaction(sup) as session:
        address = versions.publish(
            session,
            sup,
            material.plan_id,
            version_id,
            base_url=database.settings.base_url,
            secret=database.settings.secret_keys[0],
            comment_until=UNTIL,
        )
    replaced = dataclasses.replace(
        database.settings,
        secret_keys=("a newer key of the platform, long enough", *database.settings.secret_keys),
    )
    with database.app.transaction(Scope.for_upkeep(material.district.id)) as session:
        job = session.scalars(select(Job).where(Job.kind == "render_plan").order_by(Job.id)).first()
    assert job is not None
    runner.execute(replaced, job.id, material.district.id)
    with database.app.transaction(Scope.for_upkeep(material.district.id)) as session:
        done = session.scalars(select(Job).where(Job.id == job.id)).one()
        path = database.settings.files / str(done.result["storage_key"])
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path))
    assert address.rpartition("/")[2] in re.sub(r"\s", "", text)
