import datetime as dt

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from reports.document import Document, plain_text
from tenants.records.jobs import Job
from tenants.records.plans import PlanBlock, PlanVersion
from tenants.scope import Scope
from tests.support import factories, plan_material
from tests.support.plan_material import Material
from tests.support.platform import CloneOfTemplate
from workers.planning import book, changes, compare, versions, writing
from workers.planning.problems import NotReadyError

UNTIL = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)


@pytest.fixture
def material(database: CloneOfTemplate) -> Material:
    return plan_material.make_material(database)


def scope(database: CloneOfTemplate, material: Material, role: str) -> Scope:
    return factories.scope_of(database.app, getattr(material, role), material.district.id)


def freeze(database: CloneOfTemplate, material: Material) -> int:
    who = scope(database, material, "cbo")
    with database.app.transaction(who) as session:
        return versions.freeze_version(session, who, material.plan_id, versions.DRAFT).id


def sign_all(database: CloneOfTemplate, material: Material, version_id: int) -> None:
    for role, act in (("cbo", "certify_numbers"), ("cao", "sign_off_priorities"), ("sup", "approve")):
        who = scope(database, material, role)
        with database.app.transaction(who) as session:
            versions.sign(session, who, material.plan_id, version_id, act)


def publish(database: CloneOfTemplate, material: Material, version_id: int) -> str:
    who = scope(database, material, "sup")
    with database.app.transaction(who) as session:
        return versions.publish(
            session,
            who,
            material.plan_id,
            version_id,
            base_url="https://plans.test/",
            secret=database.settings.secret_keys[0],
            comment_until=UNTIL,
        )


def first_paragraph(session: Session, material: Material, section: str = "summary") -> PlanBlock:
    found = writing.section_of(session, material.district.id, material.plan_id, section)
    block = session.scalars(
        select(PlanBlock)
        .where(
            PlanBlock.section_id == found.id, PlanBlock.kind == "paragraph", PlanBlock.removed_at.is_(None)
        )
        .order_by(PlanBlock.position)
    ).first()
    assert block is not None
    return block


def test_first_draft_is_a_whole_plan_in_both_languages_with_every_number_bound(
    database: CloneOfTemplate, material: Material
) -> None:
    who = scope(database, material, "cbo")
    with database.app.transaction(who) as session:
        held = versions.version(session, material.district.id, material.plan_id, freeze(database, material))
        document = Document.from_json(held.content)
    assert [section.key for section in document.sections][:4] == [
        "summary",
        "where_we_are",
        "priorities",
        "how_we_pay",
    ]
    assert all(section.blocks for section in document.sections)
    words = sum(len(plain_text(block, "en").split()) for _, block in document.blocks())
    assert words > 500
    for _, block in document.blocks():
        if block.kind == "paragraph":
            assert plain_text(block, "es") != plain_text(block, "en")
    coded = [figure for figure in document.figures.values() if figure.code]
    assert len(coded) >= 10
    assert document.digest() == held.digest


def test_figures_re_add_from_their_parts_and_restricted_money_pays_nothing_unrestricted(
    database: CloneOfTemplate, material: Material
) -> None:
    who = scope(database, material, "cbo")
    with database.app.transaction(who) as session:
        sheet = book.load(session, material.district.id, material.plan_id).figures.sheet
    last = material.years[-1]
    assert sheet[f"plan/measures/unrestricted/likely/{last}"] == (800 + 150 + 120) * 2 * 1000 * 100
    assert sheet[f"plan/measures/restricted/likely/{last}"] == 260 * 2 * 1000 * 100
    assert sheet[f"plan/priorities/cost/{last}"] == (120 + 800 + 300) * 1000 * 100
    assert sheet[f"plan/priorities/unrestricted/{last}"] == (120 + 800 + 300 - 200) * 1000 * 100
    effect = (
        sheet[f"plan/measures/unrestricted/likely/{last}"] - sheet[f"plan/priorities/unrestricted/{last}"]
    )
    assert sheet[f"plan/effect/likely/{last}"] == effect
    outlook = next(key for key in sheet.figures if key.endswith(f"/available_reserve/{last}"))
    before = sheet[f"plan/effect/likely/{material.years[0]}"]
    assert sheet[f"plan/reserve/{last}"] == sheet[outlook] + before + effect
    assert (
        sheet[f"plan/reserve_low/{last}"]
        <= sheet[f"plan/reserve/{last}"]
        <= sheet[f"plan/reserve_high/{last}"]
    )


def test_loose_number_is_refused_with_the_way_out_and_stated_number_passes(
    database: CloneOfTemplate, material: Material
) -> None:
    who = scope(database, material, "cbo")
    with database.app.transaction(who) as session:
        block = first_paragraph(session, material)
        change = writing.Change(block.revision, "It costs $5.2M.", "Cuesta mucho.")
        with pytest.raises(writing.TextRefusedError) as refused:
            writing.save(session, who, material.plan_id, block.id, change)
    assert refused.value.problems[0]["values"]["number"] == "5.2"
    with database.app.transaction(who) as session:
        block = first_paragraph(session, material)
        change = writing.Change(
            block.revision, "We asked {{stated:42 teachers}}.", "Preguntamos a {{stated:42 docentes}}."
        )
        writing.save(session, who, material.plan_id, block.id, change)
        block_id = block.id
    with database.app.transaction(who) as session:
        held = versions.version(session, material.district.id, material.plan_id, freeze(database, material))
        document = Document.from_json(held.content)
        runs = document.block(block_id).paragraphs["en"][0]
    assert [(run.kind, run.text) for run in runs][1] == ("stated", "42 teachers")


def test_two_writers_in_one_passage_are_merged_or_both_shown(
    database: CloneOfTemplate, material: Material
) -> None:
    who = scope(database, material, "cbo")
    with database.app.transaction(who) as session:
        block = first_paragraph(session, material)
        base = writing.Change(block.revision, "First sentence. Second sentence.", "Primera. Segunda.")
        block = writing.save(session, who, material.plan_id, block.id, base)
        block_id, revision = block.id, block.revision

    def save(text: str) -> PlanBlock:
        with database.app.transaction(who) as session:
            change = writing.Change(revision, text, "Primera. Segunda.", base.text, base.text_es)
            return writing.save(session, who, material.plan_id, block_id, change)

    save("First sentence, mine. Second sentence.")
    save("First sentence. Second sentence, yours.")
    with database.app.transaction(who) as session:
        merged = writing.passage(session, material.district.id, material.plan_id, block_id).text
    assert merged == "First sentence, mine. Second sentence, yours."
    with pytest.raises(writing.RevisionConflictError) as conflict:
        save("Another first sentence. Second sentence.")
    assert conflict.value.theirs.text == merged
    assert conflict.value.mine.text == "Another first sentence. Second sentence."


def test_changed_figure_is_noticed_in_its_sentence_and_settled(
    database: CloneOfTemplate, material: Material
) -> None:
    who = scope(database, material, "cbo")
    plan_material.change_option(database, material, "Contracts rebid")

    def notices() -> list[changes.Changed]:
        with database.app.transaction(who) as session:
            held = book.load(session, material.district.id, material.plan_id)
            return [notice for _, block in held.all_blocks() for notice in changes.changed(held, block)]

    found = notices()
    assert any(notice.key == f"plan/measures/unrestricted/likely/{material.years[-1]}" for notice in found)
    with database.app.transaction(who) as session:
        held = book.load(session, material.district.id, material.plan_id)
        for _, block in held.all_blocks():
            if changes.changed(held, block):
                changes.settle(session, who, material.plan_id, block.id, rebind=True)
    assert notices() == []


def test_newer_run_is_noticed_with_its_cause_and_taken(database: CloneOfTemplate, material: Material) -> None:
    who = scope(database, material, "cbo")
    made = plan_material.store_runs(database, who, growth=110)
    with database.app.transaction(who) as session:
        held = book.load(session, material.district.id, material.plan_id)
        block, notice = next(
            (block, notices[0])
            for _, block in held.all_blocks()
            if (notices := changes.changed(held, block)) and notices[0].new_key
        )
        assert notice.cause["text"] == "newer data were loaded; computed again on {day}"
        changes.settle(session, who, material.plan_id, block.id, rebind=True)
        assert (
            f"run/{made['three_year_outlook']}/" in block.text
            or f"run/{made['where_the_money_goes']}/" in block.text
        )
        assert block.text.count("{{") == block.text_es.count("{{")


def test_three_keys_two_people_and_then_it_never_changes(
    database: CloneOfTemplate, material: Material
) -> None:
    version_id = freeze(database, material)
    with pytest.raises(versions.ActRefusedError, match="Not yet"):
        publish(database, material, version_id)
    cbo = scope(database, material, "cbo")
    with pytest.raises(versions.ActRefusedError), database.app.transaction(cbo) as session:
        versions.sign(session, cbo, material.plan_id, version_id, "approve")
    sign_all(database, material, version_id)
    address = publish(database, material, version_id)
    assert address.startswith("https://plans.test/r/")
    sup = scope(database, material, "sup")
    with database.app.transaction(sup) as session:
        kinds = dict(session.execute(select(Job.kind, func.count()).group_by(Job.kind)).all())
    assert kinds == {"render_plan": 2, "place_comments": 1}
    with pytest.raises(DBAPIError, match="permission denied"), database.app.transaction(sup) as session:
        session.execute(text("update plan_version set content = '{}' where id = :id"), {"id": version_id})
    with database.owner() as owner:
        owner.execute("alter table plan_version no force row level security")
        with pytest.raises(psycopg.errors.RestrictViolation, match="never changes"):
            owner.execute("update plan_version set content = '{}'")
        owner.rollback()
    with pytest.raises(versions.ActRefusedError, match="published"), database.app.transaction(cbo) as session:
        versions.sign(session, cbo, material.plan_id, version_id, "certify_numbers")


def test_changed_number_voids_the_certification_and_is_named(
    database: CloneOfTemplate, material: Material
) -> None:
    version_id = freeze(database, material)
    sign_all(database, material, version_id)
    plan_material.change_option(database, material, "Staffing follows enrollment")
    sup = scope(database, material, "sup")
    with database.app.transaction(sup) as session:
        held = versions.version(session, material.district.id, material.plan_id, version_id)
        line = versions.requirements(session, held)[0]
    assert not line.met
    assert line.key == versions.CHANGED
    assert line.said["values"]["state"]["text"] == "The certification is void."
    assert line.said["values"]["before"] != line.said["values"]["now"]
    with pytest.raises(versions.ActRefusedError, match="Not yet"):
        publish(database, material, version_id)


def test_without_an_academic_officer_the_superintendent_signs_off(database: CloneOfTemplate) -> None:
    material = plan_material.make_material(database, with_cao=False)
    version_id = freeze(database, material)
    sup = scope(database, material, "sup")
    with database.app.transaction(sup) as session:
        versions.sign(session, sup, material.plan_id, version_id, "sign_off_priorities")


def test_adopted_version_needs_the_boards_decision_and_prints_it(
    database: CloneOfTemplate, material: Material
) -> None:
    who = scope(database, material, "cbo")
    with pytest.raises(versions.ActRefusedError), database.app.transaction(who) as session:
        versions.freeze_version(session, who, material.plan_id, versions.ADOPTED)
    board = versions.Board(dt.date(2025, 6, 24), "5-0", "26-14")
    with database.app.transaction(who) as session:
        held = versions.freeze_version(session, who, material.plan_id, versions.ADOPTED, board=board)
        assert held.number == "1.0"
        assert held.content["cover"]["resolution_number"] == "26-14"
        assert versions.next_number(["0.1", "0.2", "1.0"], versions.DRAFT) == "1.1"


def test_a_plan_with_a_loose_reference_is_not_frozen(database: CloneOfTemplate, material: Material) -> None:
    who = scope(database, material, "cbo")
    with database.app.transaction(who) as session:
        block = first_paragraph(session, material)
        block.text += " And 17 more."
        block_id = block.id
    with pytest.raises(NotReadyError) as refused, database.app.transaction(who) as session:
        versions.freeze_version(session, who, material.plan_id, versions.DRAFT)
    assert refused.value.problems[0].block_id == block_id
    with database.app.transaction(who) as session:
        assert session.scalar(select(func.count()).select_from(PlanVersion)) == 0


def test_comparison_names_changed_words_and_the_cause_of_each_changed_number(
    database: CloneOfTemplate, material: Material
) -> None:
    who = scope(database, material, "cbo")
    first = freeze(database, material)
    plan_material.change_option(database, material, "Contracts rebid")
    with database.app.transaction(who) as session:
        block = first_paragraph(session, material, "engagement")
        change = writing.Change(
            block.revision, "Everybody may comment, anywhere.", "Todo el mundo puede comentar."
        )
        writing.save(session, who, material.plan_id, block.id, change)
        block_id = block.id
    second = freeze(database, material)
    with database.app.transaction(who) as session:
        documents = [
            Document.from_json(
                versions.version(session, material.district.id, material.plan_id, each).content
            )
            for each in (first, second)
        ]
    found = compare.compare(*documents, "en")
    changed = next(passage for passage in found.passages if passage.block_id == block_id)
    assert any(kind == "in" and "anywhere" in piece for kind, piece in changed.pieces)
    measures = next(n for n in found.numbers if n.label["en"] == "Unrestricted savings and revenue")
    assert measures.cause["text"] == "the option was changed: {label}"
    assert measures.cause["values"]["label"]["own"]["en"] == "Contracts rebid"
    assert found.same > 20


def test_a_later_draft_leaves_what_people_wrote(database: CloneOfTemplate, material: Material) -> None:
    who = scope(database, material, "cbo")
    with database.app.transaction(who) as session:
        block = first_paragraph(session, material)
        change = writing.Change(block.revision, "Written by hand.", "Escrito a mano.")
        writing.save(session, who, material.plan_id, block.id, change)
        block_id = block.id
    plan_material.change_option(database, material, "Contracts rebid")
    with database.app.transaction(who) as session:
        outcome = writing.write_draft(session, who, material.plan_id)
    assert outcome.kept == 1
    with database.app.transaction(who) as session:
        assert (
            writing.passage(session, material.district.id, material.plan_id, block_id).text
            == "Written by hand."
        )
