"""A whole account taken out, moved in elsewhere and taken out again: the same but for what is stated here."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from apportion.cli import main
from apportion.demonstration import loading, opening, story
from apportion.demonstration.districts import ARROYO_VERDE
from reports.document import Document
from tenants import audit, chain, signing
from tenants.files import FileStore
from tenants.scope import Scope, resolve, token_hash
from tests.support import factories, twins
from tests.support.platform import CloneOfTemplate, Servers, clone
from workers import runner
from workers.account import arrival, leaving, tables
from workers.account.checking import DamagedArchiveError

NEW_NUMBERS = {name: set(columns) for name, columns in tables.PEOPLE.items()} | {
    "person": {"id", "name", "created_at"},
    "organization": {"id"},
    "membership": {"id", "person_id", "organization_id"},
    "job": {"requested_by", "requested_in", "result", "state"},
    "source_file": {"storage_key", "received_by"},
    "rendered_file": {"storage_key"},
    "share_link": {"created_by", "revoked_at"},
    "comment_event": {"person_id", "detail"},
}
"""Columns that a move changes: numbers of people and of the district, links and work that lead nowhere."""

ONLY_HERE = {"audit_entry", "audit_head", "audit_era"} | tables.READING_ONLY
ONLY_HERE |= {name for name, (moving, _) in tables.BETWEEN.items() if moving == "reading"}
"""Tables to which the move itself is added, and ties to organizations that are not on the other platform."""


@dataclasses.dataclass
class Account:
    """A platform with a district, and the district's archive."""

    database: CloneOfTemplate
    district_id: int
    path: Path

    def rows(self, table: str) -> list[dict[str, Any]]:
        with zipfile.ZipFile(self.path) as archive:
            return [json.loads(line) for line in archive.read(f"tables/{table}.jsonl").splitlines()]

    def manifest(self) -> dict[str, Any]:
        with zipfile.ZipFile(self.path) as archive:
            return json.loads(archive.read("manifest.json"))


@pytest.fixture(scope="module")
def first(shared_database: CloneOfTemplate, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """The demonstration's district whose plan is published, commented and printed; its account taken out."""
    settings, app = shared_database.settings, shared_database.app
    district = opening.open_all(app)[ARROYO_VERDE.key]
    loading.load_ledgers(settings, app, district)
    story._arroyo(settings, app, district)
    loading.finish_jobs(settings, app, district)
    with app.transaction(Scope.for_upkeep(district.id)) as session:
        waiting = session.scalars(
            sa.text("select id from job where kind = 'render_plan' order by id limit 1")
        ).all()
    for job in waiting:
        runner.execute(settings, job, district.id)
    path = tmp_path_factory.mktemp("first") / "account.zip"
    leaving.write_for_operator(settings, district.id, path)
    return Account(shared_database, district.id, path)


@pytest.fixture(scope="module")
def second(first: Account, servers: Servers, tmp_path_factory: pytest.TempPathFactory):
    """The same district on another platform, where one of its people is known already; taken out again."""
    folder = tmp_path_factory.mktemp("second")
    with clone(servers, folder) as copy:
        known = first.rows("person")[1]
        elsewhere = factories.make_district(copy, "Known Elsewhere Unified")
        person = factories.make_person(copy, "Another name", known["address"])
        factories.add_member(copy, person, elsewhere, "CBO", steward=True)
        arrived = arrival.move_in(copy.settings, first.path)
        assert (arrived.known_people, arrived.people) == (1, len(first.rows("person")))
        path = folder / "again.zip"
        leaving.write_for_operator(copy.settings, arrived.district_id, path)
        yield Account(copy, arrived.district_id, path)


def plain(rows: list[dict[str, Any]], changed: set[str]) -> list[str]:
    return sorted(
        json.dumps({key: value for key, value in row.items() if key not in changed}, sort_keys=True)
        for row in rows
    )


def test_everything_is_the_same_but_for_what_is_stated(first, second):
    before, after = first.manifest(), second.manifest()
    assert [entry["table"] for entry in before["tables"]] == [entry["table"] for entry in after["tables"]]
    filled = set()
    for entry in before["tables"]:
        name = entry["table"]
        if name in ONLY_HERE:
            continue
        one, two = first.rows(name), second.rows(name)
        filled |= {name} if one else set()
        assert len(one) == len(two) == entry["rows"], name
        changed = NEW_NUMBERS.get(name, set()) | {"district_id"}
        assert plain(one, changed) == plain(two, changed), name
    assert {"ledger_line", "plan_version", "comment", "comment_placement", "rendered_file"} <= filled

    kept = [
        sorted((entry["path"], entry["sha256"]) for entry in manifest["files"])
        for manifest in (before, after)
    ]
    assert kept[0] == kept[1]
    assert any(path.startswith("pdf/") for path, _ in kept[0])
    assert any(path.startswith("sources/") for path, _ in kept[0])


def test_not_one_row_is_missing(first):
    """Counted by the owner with the walls lifted: a policy that hides a row would leave it behind."""
    with first.database.owner() as owner:
        for entry in first.manifest()["tables"]:
            part = next(each for each in tables.parts() if each.name == entry["table"])
            for table in {entry["table"], "membership"}:
                owner.execute(f'alter table "{table}" no force row level security')
            where = part.rows_of(first.district_id).compile(compile_kwargs={"literal_binds": True})
            (count,) = owner.execute(f'select count(*) from "{entry["table"]}" where {where}').fetchone()
            # The act of writing the archive is recorded after it.
            after = 1 if entry["table"] == "audit_entry" else 0
            assert entry["rows"] == count - after, entry["table"]
        owner.rollback()


def test_what_is_published_reads_and_prints_the_same(first, second):
    with second.database.app.transaction(Scope.for_upkeep(second.district_id)) as session:
        versions = session.execute(sa.text("select number, digest, content from plan_version")).all()
        printed = session.execute(sa.text("select storage_key, sha256 from rendered_file")).all()
        placed = session.execute(
            sa.text(
                "select count(*) from comment c join comment_thread t on t.id = c.thread_id"
                " join plan_version v on v.id = t.version_id where v.state = 'published'"
            )
        ).scalar_one()
    assert sorted((row.number, row.digest) for row in versions) == sorted(
        (row["number"], row["digest"]) for row in first.rows("plan_version")
    )
    assert all(Document.from_json(row.content).digest() == row.digest for row in versions)
    assert printed
    for row in printed:
        assert row.storage_key.startswith(f"{second.district_id}/")
        body = FileStore(second.database.settings.files).path(row.storage_key).read_bytes()
        assert hashlib.sha256(body).hexdigest() == row.sha256
    assert placed == len(first.rows("comment")) > 3


def test_the_record_of_activity_goes_on(first, second):
    """The old entries verify with the numbers that they were written with; the new one is the arrival."""
    entries = first.manifest()["record_of_activity"]["entries"]
    app = second.database.app
    head = signing.KeptHead(entries, "2026-01-01", first.manifest()["record_of_activity"]["head"])
    with app.transaction(Scope.for_upkeep(second.district_id)) as session:
        found = chain.verify(session, second.district_id, [head])
        stretches = audit.eras(session, second.district_id)
        rows = session.execute(
            sa.text("select sequence, person_id, action, detail from audit_entry order by sequence")
        ).all()
        names = dict(session.execute(sa.text("select id, name from person")).all())
    # The arrival, and the export that the fixture made.
    assert (found.whole, found.entries, found.signed) == (True, entries + 2, head)
    assert [row.detail["act"] for row in rows[-2:]] == ["moved_in", "archive_written_by_operator"]
    said = {row["id"]: row["name"] for row in first.rows("person")}
    seen = set()
    for row in rows[:entries]:
        if row.person_id in said:
            here = audit.person_here(stretches, row.sequence, row.person_id)
            assert names[here] in {said[row.person_id], "Another name"}
            seen.add(here)
    assert len(seen) >= 3


def test_new_records_never_meet_the_old_ones_numbers(first, second):
    highest = max(row["id"] for row in first.rows("plan_block"))
    with second.database.app.transaction(Scope.for_upkeep(second.district_id)) as session:
        assert session.execute(sa.text("select nextval('record_id')")).scalar_one() > highest


def test_nothing_that_opens_an_account_or_of_others_is_in_it(first):
    with first.database.owner() as owner:
        owner.execute("alter table credential no force row level security")
        owner.execute("alter table share_link no force row level security")
        owner.execute("alter table organization no force row level security")
        hashes = [row[0] for row in owner.execute("select password_hash from credential").fetchall()]
        links = [row[0].hex() for row in owner.execute("select token_hash from share_link").fetchall()]
        others = [
            row[0]
            for row in owner.execute(
                "select name from organization where kind <> 'facilitator' and id <> %s", [first.district_id]
            ).fetchall()
        ]
        owner.rollback()
    assert hashes
    assert links
    assert len(others) >= 4
    with zipfile.ZipFile(first.path) as archive:
        for name in archive.namelist():
            body = archive.read(name)
            for secret in (*hashes, *links, *others):
                assert secret.encode() not in body, f"{name} holds {secret[:12]}"
        readme = archive.read("README.txt").decode()
    assert ARROYO_VERDE.name in readme
    assert first.manifest()["record_of_activity"]["head"] in readme


def test_links_that_readers_hold_do_not_open_the_other_platform(second):
    assert all(row["revoked_at"] for row in second.rows("share_link"))
    held = [bytes(row["token_hash"]) for row in twins.rows_of_table(second.database.owner_url, "share_link")]
    assert token_hash("") not in held
    assert len(set(held)) == len(held)


def test_its_people_work_on(second):
    with second.database.app.transaction(Scope.for_upkeep(second.district_id)) as session:
        people = session.execute(
            sa.text("select person_id from membership where role = 'CBO' and steward")
        ).scalars()
        person = next(iter(people))
    scope = resolve(second.database.app, person, second.district_id)
    assert scope is not None
    assert scope.cabinet == (second.district_id,)


# Archives that are not whole.


def rebuilt(source: Path, target: Path, settings: Any, change: Callable[[dict, dict], None]) -> Path:
    """Write an archive with changed members and a manifest that fits them, signed anew by somebody."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    listed = {entry["path"]: entry for entry in (*manifest["tables"], *manifest["files"])}
    for name, body in members.items():
        if name in listed and not listed[name].get("keep"):
            listed[name] |= {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
            if "rows" in listed[name] and "wrong_rows" not in listed[name]:
                listed[name]["rows"] = body.count(b"\n")
    for name in signing.SIGNED:
        manifest.pop(name)
    members["manifest.json"] = signing.as_bytes(signing.sign(manifest, settings))
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return target


def first_row(members: dict, table: str, **changes: Any) -> None:
    lines = members[f"tables/{table}.jsonl"].splitlines(keepends=True)
    lines[0] = json.dumps({**json.loads(lines[0]), **changes}).encode() + b"\n"
    members[f"tables/{table}.jsonl"] = b"".join(lines)


def entry_of(manifest: dict, table: str) -> dict:
    return next(entry for entry in manifest["tables"] if entry["table"] == table)


def foreign_table(members: dict, manifest: dict) -> None:
    members["tables/credential.jsonl"] = b""
    manifest["tables"].append({**entry_of(manifest, "plan"), "table": "credential"})
    manifest["tables"][-1] |= {"path": "tables/credential.jsonl"}


def without_table(members: dict, manifest: dict) -> None:
    manifest["tables"].remove(entry_of(manifest, "comment"))
    members.pop("tables/comment.jsonl")


def without_file(members: dict, manifest: dict) -> None:
    entry = next(each for each in manifest["files"] if each["path"].startswith("pdf/"))
    manifest["files"].remove(entry)
    members.pop(entry["path"])


def lost_member(members: dict, manifest: dict) -> None:
    members.pop(next(each["path"] for each in manifest["files"] if each["path"].startswith("sources/")))


def wrong_digest(members: dict, manifest: dict) -> None:
    entry = entry_of(manifest, "comment")
    entry |= {"sha256": "0" * 64, "keep": True}


def wrong_count(_members: dict, manifest: dict) -> None:
    entry_of(manifest, "comment").update(rows=1, wrong_rows=True)


def second_district(members: dict, _manifest: dict) -> None:
    members["tables/organization.jsonl"] *= 2


def broken_chain(members: dict, _manifest: dict) -> None:
    first_row(members, "audit_entry", action="plan:publish")


def edited_plan(members: dict, _manifest: dict) -> None:
    lines = members["tables/plan_version.jsonl"].splitlines(keepends=True)
    row = json.loads(lines[0])
    row["content"]["district"] = "Another Unified"
    members["tables/plan_version.jsonl"] = json.dumps(row).encode() + b"\n" + b"".join(lines[1:])


BROKEN: dict[str, tuple[Callable[[dict, dict], None], str]] = {
    "foreign table": (foreign_table, "credential is no table of an account"),
    "no table": (without_table, "The table comment is missing"),
    "no file": (without_file, "rendered_file, line"),
    "lost member": (lost_member, "is missing: the manifest lists it"),
    "unlisted member": (lambda m, _: m.update({"extra.txt": b"x"}), "extra.txt is not in the manifest"),
    "wrong digest": (wrong_digest, "tables/comment.jsonl is damaged"),
    "wrong count": (wrong_count, "comment: "),
    "another version": (lambda _, x: x.update(version=9), "expected apportion-account 1"),
    "foreign row": (lambda m, _: first_row(m, "plan", district_id=99), "another organization"),
    "foreign membership": (lambda m, _: first_row(m, "membership", organization_id=99), "membership, line 1"),
    "two districts": (second_district, "organization: an archive is of one district"),
    "no text": (lambda m, _: first_row(m, "plan", title=7), "plan, line 1: title: 7 is no text"),
    "no column": (lambda m, _: first_row(m, "plan", colour="red"), "columns are not the table's"),
    "no time": (lambda m, _: first_row(m, "plan", created_at="2026-01-01T00:00:00"), "no time zone"),
    "no such number": (lambda m, _: first_row(m, "plan", id=1 << 60), "no record has the number"),
    "empty": (lambda m, _: first_row(m, "plan", title=None), "title is empty"),
    "cabinet left out": (lambda _, x: entry_of(x, "plan").update(left_out="so"), "plan can't be left out"),
    "dangling row": (lambda m, _: first_row(m, "plan_section", plan_id=5), "breaks the rule fk_plan_section"),
    "broken chain": (broken_chain, "breaks at entry 1"),
    "edited plan": (edited_plan, "is not what its digest says"),
}


def test_a_damaged_archive_is_refused_whole(first, servers, tmp_path):
    """Each fault is named, and afterwards the platform holds no district, no person and no file."""
    with clone(servers, tmp_path) as copy:

        def refuse(path: Path, said: str) -> None:
            with pytest.raises(DamagedArchiveError) as refusal:
                arrival.move_in(copy.settings, path)
            assert said in str(refusal.value)
            with copy.owner() as owner:
                for table in ("organization", "person", "plan", "audit_entry"):
                    owner.execute(f"alter table {table} no force row level security")
                    assert owner.execute(f"select count(*) from {table}").fetchone() == (0,), (said, table)
                owner.rollback()
            assert not list(copy.settings.files.glob("*/??/*")), said

        for number, (change, said) in enumerate(BROKEN.values()):
            refuse(rebuilt(first.path, tmp_path / f"{number}.zip", copy.settings, change), said)

        whole = first.path.read_bytes()
        cut = tmp_path / "cut.zip"
        cut.write_bytes(whole[: len(whole) // 2])
        refuse(cut, "no ZIP file")
        with zipfile.ZipFile(first.path) as archive:
            place = archive.getinfo("tables/ledger_line.jsonl").header_offset
        flipped = tmp_path / "flipped.zip"
        flipped.write_bytes(whole[: place + 500] + bytes([whole[place + 500] ^ 1]) + whole[place + 501 :])
        refuse(flipped, "damaged")
        with zipfile.ZipFile(first.path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        members["manifest.json"] = members["manifest.json"].replace(b"Unified", b"Another", 1)
        with zipfile.ZipFile(tmp_path / "unsigned.zip", "w") as archive:
            for name, body in members.items():
                archive.writestr(name, body)
        refuse(tmp_path / "unsigned.zip", "changed after it was signed")
        other = tmp_path / "other.zip"
        with zipfile.ZipFile(other, "w") as archive:
            archive.writestr("letter.txt", "no account")
        refuse(other, "manifest.json is missing")


def test_the_commands(first, second, monkeypatch, tmp_path, capsys):
    for name, value in second.database.settings.to_environment().items():
        monkeypatch.setenv(name, value)
    assert main(["district", "import", "--archive", str(first.path)]) == 1
    assert "is here already" in capsys.readouterr().err
    code = first.manifest()["district"]["cds_code"]
    target = tmp_path / "third.zip"
    assert main(["district", "export", "--district", code, "--out", str(target)]) == 0
    assert f"{len(first.manifest()['files'])} files" in capsys.readouterr().out
    assert main(["district", "export", "--district", code, "--out", str(target)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["activity", "verify", "--district", code, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["districts"]
    assert (found["cds_code"], found["unbroken"], found["broken_at"]) == (code, True, None)
    assert main(["district", "export", "--district", "12345678901234", "--out", str(target)]) == 1

    real = factories.make_district(second.database, "Real Unified")
    never = tmp_path / "never.zip"
    assert main(["district", "export", "--district", str(real.id), "--out", str(never)]) == 1
    assert "No export of this district is approved" in capsys.readouterr().err
    assert not never.exists()
