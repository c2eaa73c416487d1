"""The plan: started on the ledger, sized, certified by those who may, published and printed."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pikepdf

from apportion.frame.facts import california_today
from apportion.tour.numbers import needed
from apportion.tour.page import Page
from apportion.tour.people import Cast
from apportion.tour.report import wait_for
from apportion.tour.visitor import TourError

BEFORE = "Families asked for smaller reading groups, and the plan pays for them first."
AFTER = "Families and all school site councils asked for smaller reading groups, and the plan pays for them."
BEFORE_ES = "Las familias pidieron grupos de lectura más pequeños, y el plan los paga primero."
AFTER_ES = (
    "Las familias y cada consejo escolar pidieron grupos de lectura más pequeños, y el plan los paga primero."
)
BY_HAND = "Attendance in this plan was entered by hand, and the same number stands for every year."
BY_HAND_ES = "La asistencia de este plan se escribió a mano, y el mismo número vale para todos los años."
YEAR = re.compile(r"\.(\d{4}-\d{2})$")


def start(cast: Cast) -> None:
    """The business official turns findings into a plan."""
    official = cast["official"]
    with cast.report.step("She starts the plan on her ledger", "chief business official") as step:
        page = official.open(f"/d/{cast.district_id}/plan")
        form = needed(page, action="/plan$", field="base_year")
        years = [value for value, _ in form.choices.get("base_year", []) if value]
        step.check("a plan can start on a ledger that is loaded", years, page.text)
        page = official.submit(page, form, {"base_year": years[0]})
        cast.plan_id = _number(page, r"/plan/edit/(\d+)")
        step.measured["base year"] = years[0]


def enter(cast: Cast) -> None:
    """The instruction chief names priorities; the business official sizes what pays for them."""
    chief, official = cast["chief"], cast["official"]
    with cast.report.step(
        "The instruction chief names two priorities with their cost by year", "instruction chief"
    ) as step:
        for title, title_es, share in (
            ("Every child reads by third grade", "Cada niño lee en tercer grado", 20),
            ("Every ninth grader stays on track", "Cada estudiante de noveno sigue su camino", 10),
        ):
            page = chief.open(f"/d/{cast.district_id}/plan/priorities/new")
            form = needed(page, action="/priorities/new$|^$", field="title")
            costs = {
                name: _dollars(cast.size_cents * share // 10_000)
                for name in form.names
                if name.startswith("ongoing.")
            }
            step.check("the cost is asked for each year of the plan", len(costs) > 1, sorted(form.names))
            values = {
                "title": title,
                "title_es": title_es,
                "problem": "Too many students wait for help until they have fallen behind.",
                "problem_es": "Demasiados estudiantes esperan ayuda hasta que ya se han atrasado.",
                "strategy": "Small groups with a trained teacher, every school day.",
                "strategy_es": "Grupos pequeños con un maestro capacitado, todos los días de clase.",
                **costs,
            }
            page = chief.submit(
                page, form, {name: value for name, value in values.items() if name in form.names}
            )
            step.check(f"“{title}” is kept", title in page.text, page.text)
    with cast.report.step(
        "She sizes a saving and a revenue, as a range for each year", "chief business official"
    ) as step:
        for title, title_es, kind, share in (
            (
                "Buy supplies together with other districts",
                "Comprar materiales junto con otros distritos",
                "saving",
                15,
            ),
            ("Rent out halls in the evening", "Alquilar los salones por la noche", "revenue", 10),
        ):
            page = official.open(f"/d/{cast.district_id}/plan/options/new")
            form = needed(page, action="/options/new$|^$", field="title")
            likely = cast.size_cents * share // 10_000
            amounts = {}
            for name in form.names:
                size, _, year = name.partition(".")
                if size in {"low", "likely", "high"} and year:
                    amounts[name] = _dollars(
                        {"low": likely * 8 // 10, "likely": likely, "high": likely * 12 // 10}[size]
                    )
            step.check("low, likely and high are asked for each year", len(amounts) >= 6, sorted(form.names))
            page = official.submit(
                page,
                form,
                {"title": title, "title_es": title_es, "kind": kind, "in_plan": "1", **amounts},
            )
            step.check(f"“{title}” is kept", title in page.text, page.text)


def write(cast: Cast, *, attendance_by_hand: bool) -> None:
    """The draft is written from the figures; people add their own sentences."""
    official, chief = cast["official"], cast["chief"]
    editor = f"/d/{cast.district_id}/plan/edit/{cast.plan_id}"
    with cast.report.step(
        "The draft is written from the figures, and people write into it", "chief business official"
    ) as step:
        page = official.open(f"/d/{cast.district_id}/plan")
        form = page.form(action="/draft$")
        if form is None:
            page = official.open(editor)
            form = needed(page, action="/draft$")
        page = official.submit(page, form, {})
        step.check("the draft is written", page.status == 200)
        page = official.open(f"{editor}?section=where_we_are")
        refused = official.submit(
            page,
            needed(page, action="/sections/where_we_are/passages$", field="text"),
            {
                "kind": "paragraph",
                "text": "The reserve is 9,999,999 dollars.",
                "text_es": "La reserva es 9,999,999.",
            },
            expect=None,
        )
        step.check("a number typed into the text is refused", refused.status == 422, refused.status)
        if attendance_by_hand:
            _add(cast, "official", "outlook", BY_HAND, BY_HAND_ES)
        _add(cast, "chief", "priorities", BEFORE, BEFORE_ES)
        page = chief.open(f"{editor}?section=priorities")
        step.check("the sentence stands in the plan", BEFORE in page.text, page.text)


def _add(cast: Cast, who: str, section: str, english: str, spanish: str) -> None:
    page = cast[who].open(f"/d/{cast.district_id}/plan/edit/{cast.plan_id}?section={section}")
    form = needed(page, action=rf"/sections/{section}/passages$", field="text")
    cast[who].submit(page, form, {"kind": "paragraph", "text": english, "text_es": spanish})


def change_sentence(cast: Cast) -> None:
    """The instruction chief changes the sentence that the parent asked about."""
    chief = cast["chief"]
    with cast.report.step("The instruction chief changes the sentence", "instruction chief") as step:
        address = f"/d/{cast.district_id}/plan/edit/{cast.plan_id}?section=priorities"
        page = chief.open(address)
        passage = next(
            (
                found
                for found in re.findall(r"/passages/(\d+)", page.body.decode())
                if _holds(page, found, BEFORE)
            ),
            None,
        )
        step.check("the passage can be found in the editor", passage, page.text)
        page = chief.open(f"{address}&write={passage}")
        form = needed(page, action=rf"/passages/{passage}$", field="text")
        chief.submit(page, form, {"text": AFTER, "text_es": AFTER_ES})
        page = chief.open(address)
        step.check("the new sentence stands in the plan", AFTER in page.text, page.text)


def _holds(page: Page, block_id: str, sentence: str) -> bool:
    """Say whether a passage of the editor, from its id to the next, holds a sentence."""
    body = page.body.decode()
    found = re.search(rf'id="b{block_id}"(.*?)(?=id="b\d+"|\Z)', body, re.DOTALL)
    return found is not None and sentence in re.sub(r"\s+", " ", found.group(1))


def release(cast: Cast, *, adopted: bool) -> int:
    """Freeze, certify, sign off, approve and publish a version; return its id."""
    title = (
        "The board adopts the next version" if adopted else "A draft is certified and published for comment"
    )
    with cast.report.step(title, "cabinet") as step:
        official, chief, superintendent = cast["official"], cast["chief"], cast["superintendent"]
        page = official.open(f"/d/{cast.district_id}/plan/sign-off")
        today = california_today()
        values = {"kind": "draft_for_comment"}
        if adopted:
            values = {
                "kind": "adopted",
                "board_date": today.isoformat(),
                "board_vote": "5-0",
                "resolution_number": "26-14",
            }
        form = next(
            (form for form in page.forms if _fits(form.action, form.fields, form.choices, values)), None
        )
        step.check("the plan can be frozen into a version", form, page.text)
        if form is None:
            raise TourError("The plan can't be frozen.")
        page = official.submit(page, form, {key: value for key, value in values.items() if key in form.names})
        version = _number(page, r"/plan/versions/(\d+)")
        address = f"/d/{cast.district_id}/plan/versions/{version}"
        early = superintendent.open(address)
        step.check(
            "nobody can publish before the signatures", early.form(action="/publish$") is None, early.text
        )
        for visitor, act, said in (
            (official, "certify", "certified every number"),
            (chief, "sign-off", "signed off the priorities"),
            (superintendent, "approve", "approved this version"),
        ):
            page = visitor.open(address)
            page = visitor.submit(page, needed(page, action=f"/{act}$"), {})
            step.check(f"{visitor.name} {said}", said in page.text, page.text)
        page = superintendent.open(address)
        form = needed(page, action="/publish$")
        until = {"comment_until": (today + dt.timedelta(days=21)).isoformat()}
        page = superintendent.submit(page, form, until if "comment_until" in form.names else {})
        step.check("the version is published and never changes", "never changes" in page.text, page.text)
        again = superintendent.open(address)
        step.check("there is nothing left to sign", again.form(action="/(?:certify|publish)$") is None)
    return version


def _fits(
    action: str,
    fields: list[tuple[str, str]],
    choices: dict[str, list[tuple[str, str]]],
    values: dict[str, str],
) -> bool:
    """Say whether a form freezes the plan into a version of the wanted kind."""
    kinds = {value for name, value in fields if name == "kind"} | {
        value for value, _ in choices.get("kind", [])
    }
    return action.endswith("/plan/versions") and values["kind"] in kinds


def print_plan(cast: Cast, version: int, out: Path) -> None:
    """A worker prints the version in both languages; keep the English one."""
    official = cast["official"]
    with cast.report.step("A worker prints the plan in both languages", "chief business official") as step:
        for language in ("en", "es"):
            page = wait_for(
                f"Printing the plan ({language})",
                lambda language=language: _printed(  # type: ignore[misc]
                    official.open(
                        f"/d/{cast.district_id}/plan/versions/{version}/plan-{language}.pdf", expect=None
                    )
                ),
            )
            path = out / ("plan.pdf" if language == "en" else "plan-es.pdf")
            path.write_bytes(page.body)
            with pikepdf.open(path) as printed:
                pages = len(printed.pages)
                step.check(f"the {language} edition has pages", pages > 5, pages)
                step.check(
                    f"the {language} edition is tagged for reading aloud", "/StructTreeRoot" in printed.Root
                )
                step.check(f"the {language} edition has bookmarks", "/Outlines" in printed.Root)
                step.check(
                    f"the {language} edition says its language",
                    str(printed.Root.get("/Lang", "")).startswith(language),
                )
            step.measured[f"pages, {language}"] = pages
            step.measured[f"bytes, {language}"] = len(page.body)
        again = official.open(f"/d/{cast.district_id}/plan/versions/{version}/plan-en.pdf", expect=200)
        step.check("the same version gives the same bytes", again.body == (out / "plan.pdf").read_bytes())


def _printed(page: Page) -> Page | None:
    return page if page.status == 200 and page.body.startswith(b"%PDF") else None


def keep_data(cast: Cast, version: int, out: Path) -> None:
    """Every figure of the version with its lineage, as data."""
    official = cast["official"]
    with cast.report.step(
        "Every figure of the plan has its lineage, as data", "chief business official"
    ) as step:
        page = official.open(f"/d/{cast.district_id}/plan/versions/{version}/plan.json")
        (out / "plan.json").write_bytes(page.body)
        cover = json.dumps(page.json["document"]["cover"])
        step.check(
            "date, vote and resolution of the board stand on the cover",
            "5-0" in cover and "26-14" in cover,
            cover,
        )
        figures: dict[str, dict[str, Any]] = page.json["document"]["figures"]
        step.check("the plan prints figures", len(figures) > 20, len(figures))
        bare = [key for key, figure in figures.items() if not figure["parts"] and figure["value"]]
        step.check("every figure that is not nothing has its parts", not bare, bare[:10])
        missing = [
            part["figure"]
            for figure in figures.values()
            for part in figure["parts"]
            if "figure" in part and part["figure"] not in figures
        ]
        step.check("every part that is a figure stands in the document too", not missing, missing[:10])
        ledger = [key for key, figure in figures.items() if any("ledger" in part for part in figure["parts"])]
        step.check("figures rest on ledger lines in the end", ledger)
        step.measured["figures"] = len(figures)


def keep_comments(cast: Cast, out: Path) -> None:
    """All comments with their answers, through the API."""
    chief = cast["chief"]
    with cast.report.step("The comments and their answers, as data", "instruction chief") as step:
        base = f"/api/v1/districts/{cast.district_id}"
        items = chief.open(f"{base}/plans/{cast.plan_id}/comments", accept="application/json").json["items"]
        threads = [
            chief.open(f"{base}/threads/{item['thread_id']}", accept="application/json").json
            for item in items
        ]
        step.check(
            "the comment is there with its answer",
            threads and any(m["official"] for m in threads[0]["messages"]),
        )
        step.check("what became of it is said", threads[0]["disposition"] == "changed", threads[0])
        (out / "comments.json").write_text(
            json.dumps({"comments": items, "threads": threads}, indent=1, ensure_ascii=False) + "\n",
            encoding="utf-8",
        )


def _dollars(cents: int) -> str:
    """Return an amount in whole dollars as a person types it."""
    return f"{max(1_000, round(cents / 100, -3)):,.0f}"


def _number(page: Page, pattern: str) -> int:
    found = re.search(pattern, page.url) or re.search(pattern, page.body.decode())
    if found is None:
        raise TourError(f"{page.url} leads to no {pattern}. It says: {page.text[:600]}")
    return int(found.group(1))
