"""Everything that is not a row keeps the same walls.

Two districts use the running product alike, each with a mark of its own. Afterwards every place outside the
tables is searched for the mark of the other: answers, titles, files, prints, mails, Redis, logs, job rows.
"""

from __future__ import annotations

import email
import email.policy
import json
import re

import pytest
import redis as redis_client

from apportion.app import create_app
from tests.support import marked, walking
from tests.support.marked import Program
from tests.support.read_aloud import page_texts

MARKS = ("Zanthoxylum", "Quillwort")
NOT_WALKED = (
    "/favicon.ico",
    "/mail/",
    "/language/",
    "/static/",
    "/sign-in",
    "/account",
    "/r/",
    "/organization",
    "/cohort",
)
"""The developers' mail folder, and what belongs to no district or is walked by its reader."""


@pytest.fixture(scope="module")
def live(live_platform):
    return live_platform


@pytest.fixture(scope="module")
def pair(live):
    made = [marked.furnish(live, mark) for mark in MARKS]
    jobs = {one.id: marked.wait_for_jobs(live, one) for one in made}
    mails = {one.id: marked.wait_for_mails(live, one.address, 1) for one in made}
    mails |= {
        one.id: mails[one.id] + marked.wait_for_mails(live, f"{one.mark}.invited@example.org", 1)
        for one in made
    }
    return made, jobs, mails


@pytest.fixture(scope="module")
def rules(live):
    app = create_app(live.settings)
    yield [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(NOT_WALKED)]
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()


def samples(live, one):
    """Return an argument for each name in addresses, from the newest rows of a district."""
    found = {**walking.FIXED, "district_id": one.id, "edition": "en"}
    for name, table in walking.TABLES.items():
        statement = f'select id from "{table}" where district_id = {one.id} order by id desc limit 1'
        newest = marked.rows(live, one.id, statement) if table != "cohort" else []
        if newest:
            found[name] = newest[0]["id"]
    return found


def words_of(body):
    """Return what an answer or a file says, a print's pages too."""
    return "\n".join(page_texts(body)) if body.startswith(b"%PDF") else body.decode("utf-8", "replace")


@pytest.mark.timeout(600)
def test_no_answer_title_header_or_print_shows_the_neighbour(live, pair, rules):
    (one, other), _, _ = pair
    seen = {}
    for mine, theirs in ((one, other), (other, one)):
        program, shown, walked = Program(live, mine.token), 0, 0
        for address in marked.addresses(iter(rules), samples(live, mine)):
            if address.endswith("/assumptions"):
                # The runs stand on ledgers that were never loaded, so that nothing can be assumed anew.
                continue
            page = program.get(address)
            assert page.status < 500, (address, page.status)
            walked += page.status == 200
            head, said = json.dumps(page.headers), words_of(page.body)
            assert theirs.mark.lower() not in (head + said).lower(), f"{address} shows {theirs.mark}"
            shown += mine.mark in said
            assert page.headers["cache-control"] == "no-store", (address, page.headers["cache-control"])
            if "etag" in page.headers:
                seen.setdefault(re.sub(r"\d+", "#", address), []).append(page.headers["etag"])
            if page.is_html and page.status == 200 and f"/d/{mine.id}" in address and marked.title(page):
                assert f"{mine.mark} Unified" in marked.title(page), (address, marked.title(page))
        assert walked > 60, walked
        assert shown > 30, shown
    # The same bytes in two districts have two marks.
    assert seen, "no answer had an ETag"
    assert all(len(set(marks)) == len(marks) for marks in seen.values()), seen


def test_search_and_counts_answer_the_neighbours_words_as_any_others(live, pair):
    (one, other), _, _ = pair
    program = Program(live, one.token)
    found = program.get(f"/d/{one.id}/search?q={one.mark}")
    assert "option" in found.text
    answers = [
        program.get(f"/d/{one.id}/search?q={word}").text.replace(word, "#")
        for word in (other.mark, "Xylographer")
    ]
    assert answers[0] == answers[1]


def test_a_reader_of_one_link_reads_nothing_of_another_district(live, pair):
    (one, other), _, _ = pair
    other_page = other.reader.open(other.link)
    assert one.reader.open(other_page.url, expect=None).status == 404
    page = one.reader.open(one.link)
    assert one.mark in page.text
    assert other.mark not in page.body.decode()
    pdf = one.reader.open(f"{page.url.partition('?')[0].rstrip('/')}/plan.pdf")
    assert f"{one.mark} Unified" in words_of(pdf.body)
    assert other.mark not in words_of(pdf.body)


def test_kept_files_stand_in_their_district_under_names_that_nobody_typed(live, pair):
    (one, other), _, _ = pair
    root = live.settings.files
    for mine, theirs in ((one, other), (other, one)):
        files = [path for path in (root / str(mine.id)).rglob("*") if path.is_file()]
        assert len(files) >= 4, files
        for path in files:
            assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{64}", str(path.relative_to(root / str(mine.id)))), path
            assert theirs.mark not in words_of(path.read_bytes())
        assert (root / str(mine.id)).stat().st_mode & 0o077 == 0, "others on the machine can look in"
    left = [path for folder in (root, live.settings.mail_folder) for path in folder.rglob(".*")]
    assert left == [], "something half-written was left"


def test_jobs_carry_ids_and_choices_but_no_contents(pair):
    (one, other), jobs, _ = pair
    for mine in (one, other):
        assert {job.kind for job in jobs[mine.id]} >= {"read_ledger", "render_plan", "tell_about_comment"}
        for job in jobs[mine.id]:
            said = json.dumps([job.parameters, job.result, job.error, job.subject, job.idempotency_key])
            assert not any(mark.lower() in said.lower() for mark in MARKS), (job.kind, said)
            assert "@" not in said, (job.kind, said)


def test_redis_holds_nothing_of_a_district_under_a_name_without_its_id(live, pair):
    made, _, _ = pair
    client = redis_client.Redis.from_url(live.settings.redis_url)
    own = {one.mark: f"apportion:district:{one.id}:" for one in made}
    kept = 0
    for raw in client.scan_iter("*"):
        name, value = raw.decode("utf-8", "replace"), dumped(client, raw)
        assert not any(mark.lower() in name.lower() for mark in MARKS), name
        for one in made:
            assert not any(secret in name + value for secret in one.secrets()), name
            assert one.address not in value, name
            if one.mark in value:
                assert name.startswith(own[one.mark]), f"{name} holds {one.mark}"
                kept += 1
    client.close()
    assert kept, "no page of a published plan was kept"


def dumped(client, name):
    """Return everything that a value of Redis holds, as text."""
    kind = client.type(name).decode()
    read = {
        "string": lambda: client.get(name),
        "hash": lambda: client.hgetall(name),
        "list": lambda: client.lrange(name, 0, -1),
        "set": lambda: client.smembers(name),
        "zset": lambda: client.zrange(name, 0, -1),
        "stream": lambda: client.xrange(name),
    }
    found = read[kind]()
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else repr(found)


def test_mails_tell_their_receiver_of_one_district(pair):
    (one, other), _, mails = pair
    for mine, theirs in ((one, other), (other, one)):
        for path in mails[mine.id]:
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            said = str(letter["Subject"]) + "".join(
                part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"
            )
            assert f"{mine.mark} Unified" in said
            assert theirs.mark not in said
            assert f"{mine.mark} option" not in said, "a mail tells of an option"


def test_the_log_of_all_processes_holds_no_word_token_or_address(live, pair):
    made, _, _ = pair
    text = live.log.read_text("utf-8", errors="replace")
    for one in made:
        assert one.mark.lower() not in text.lower()
        assert not any(secret in text for secret in one.secrets())
        assert one.address not in text
