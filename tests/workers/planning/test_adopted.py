"""What a version says of the comments before it, and the words of an adopted one."""

import datetime as dt
import json

from sqlalchemy import select

from reports import plan as layout
from reports.document import Document, plain_text, runs_text
from tenants.records.plans import PlanBlock, PlanVersion
from tenants.scope import Scope, resolve_visitor
from tests.support import factories, plan_material
from tests.support.platform import CloneOfTemplate
from tests.support.published import publish, share
from tests.support.read_aloud import page_texts
from workers.comments import conversation, heard
from workers.comments.texts import Posting, check
from workers.planning import versions, writing

BOARD = versions.Board(dt.date(2026, 6, 24), "5-0", "26-14")
SECRET = "a secret of the platform, long enough"


def adopt(database: CloneOfTemplate, who: Scope, plan_id: int) -> Document:
    with database.app.transaction(who) as session:
        held = versions.freeze_version(session, who, plan_id, versions.ADOPTED, board=BOARD)
        return Document.from_json(held.content)


def said(document: Document, key: str, language: str) -> str:
    section = next(section for section in document.sections if section.key == key)
    return "\n".join(
        [runs_text(section.title[language]), *(plain_text(block, language) for block in section.blocks)]
    )


def test_an_adopted_version_lists_what_came_of_every_comment_and_speaks_of_no_open_comment(
    database: CloneOfTemplate, monkeypatch
) -> None:
    material = plan_material.make_material(database)
    cbo = factories.scope_of(database.app, material.cbo, material.district.id)
    with database.app.transaction(cbo) as session:
        draft = versions.freeze_version(session, cbo, material.plan_id, versions.DRAFT)
        document = Document.from_json(draft.content)
    assert document.comments is None
    assert "Until then everybody may comment" in said(document, "summary", "en")
    plan_id, _ = publish(database, material.district, material.cbo, document, "0.9", plan_id=material.plan_id)
    token = share(database, material.district, material.sup, plan_id)[1]
    reader = resolve_visitor(database.app, token)
    assert reader is not None
    block = next(block for _, block in document.blocks() if block.kind == "paragraph")
    posted = []
    with database.app.transaction(reader) as session:
        version = session.scalars(select(PlanVersion)).one()
        for number in range(6):
            about = {"block_id": block.id, "quotation": plain_text(block, "en")[:20]} if number < 3 else {}
            words = Posting(
                text=f"Comment {number}. " + "Long. " * 200, language="en", relation="parent", **about
            )
            posted.append(
                conversation.post_public(session, reader, version, document, check(words), secret=SECRET)
            )
    with database.app.transaction(cbo) as session:
        first = posted[0].thread_id
        conversation.answer(session, cbo, first, "We moved it.", language="en", author="M. Quintero")
        conversation.set_disposition(
            session, cbo, first, "changed", "It was right.", changed_block_id=block.id
        )
        conversation.set_disposition(session, cbo, posted[1].thread_id, "kept_for_later", "Next year.")
        conversation.set_comment_aside(session, cbo, posted[2].comment_id, "Names a child.")
    with database.app.transaction(Scope.for_upkeep(material.district.id)) as session:
        conversation.withdraw(session, material.district.id, posted[3].comment_id, "I was wrong.")
    monkeypatch.setattr(heard, "MOST_THREADS", 3)

    adopted = adopt(database, cbo, plan_id)
    comments = adopted.comments
    assert comments is not None
    total = {key: cell.text["en"] for key, cell in comments.table.rows[-1].cells.items() if cell}
    assert total == {"received": "6", "changed": "1", "answered": "1", "waiting": "2", "hidden": "2"}
    for key, whole in total.items():
        assert sum(int(row.cells[key].text["en"]) for row in comments.table.rows[:-1]) == int(whole)
    assert comments.table.caption["en"] == "6 comments were received; 1 of them changed the plan"
    assert (len(comments.threads), comments.left_out) == (3, 1)
    assert comments.threads[0].changed_block == block.id
    held = json.dumps(adopted.to_json()["comments"])
    assert "Names a child" not in held
    assert "Comment 2" not in held
    assert "Comment 3" not in held
    assert max(len(r.text) for t in comments.threads for r in t.remarks) <= heard.LONGEST
    assert said(adopted, "summary", "en").endswith(
        "The governing board adopted this plan on June 24, 2026. The cover names the vote and the resolution."
    )
    for language, wrong in (
        ("en", ("everybody may", "next version")),
        ("es", ("todo el mundo puede", "próxima versión")),
    ):
        told = "".join(said(adopted, section.key, language) for section in adopted.sections)
        assert not [words for words in wrong if words in told]
        pages = " ".join(
            " ".join(page_texts(layout.print_plan(adopted, layout.Edition(), language).body)).split()
        )
        for words in (comments.table.caption[language], "Next year.", "We moved it.", "Comment 1. Long."):
            assert words in pages


def test_what_a_person_wrote_stands_and_without_comments_nothing_is_listed(database: CloneOfTemplate) -> None:
    material = plan_material.make_material(database)
    cbo = factories.scope_of(database.app, material.cbo, material.district.id)
    with database.app.transaction(cbo) as session:
        block = session.scalars(select(PlanBlock).where(PlanBlock.draft_key == "summary/decision")).one()
        change = writing.Change(block.revision, "The board decided well.", "La junta decidió bien.")
        writing.save(session, cbo, material.plan_id, block.id, change)
    adopted = adopt(database, cbo, material.plan_id)
    assert adopted.comments is None
    assert said(adopted, "summary", "es").endswith("La junta decidió bien.")
    assert "No comment was received" in said(adopted, "engagement", "en")
