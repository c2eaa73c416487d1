"""The numbers: the ledger loaded and reconciled to the cent, findings computed, every figure traced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from apportion.tour import people
from apportion.tour.page import Form, Page
from apportion.tour.people import Cast
from apportion.tour.report import Step, wait_for
from apportion.tour.visitor import TourError, Visitor

GENERAL_FUND = "01"
QUESTIONS = ("where_the_money_goes", "fund_balance_and_reserve", "three_year_outlook")
CONTROLS = ("revenues", "contributions_unrestricted", "contributions_restricted", "expenditures_and_uses")
ROWS = "Rows of the file as it came"
STATE = re.compile(r'<meta http-equiv="refresh"')


def invite_cabinet(cast: Cast) -> None:
    """The superintendent invites the business official and the instruction chief; the official signs in."""
    chief = cast["superintendent"]
    with cast.report.step("The superintendent invites the cabinet, by mail", "superintendent") as step:
        for key, name, role in (
            ("official", "Bea Business", "CBO"),
            ("chief", "Ines Instruction", "CAO"),
        ):
            page = chief.open(f"/d/{cast.district_id}/settings/people")
            form = needed(page, action="/people/invite$", field="role")
            page = chief.submit(page, form, {"address": cast.address(key), "name": name, "role": role})
            step.check(f"the invitation to {name} is on its way", cast.address(key) in page.text, page.text)
            people.accept(cast, key, name, step)
    with cast.report.step("The chief business official signs in", "chief business official") as step:
        official = people.sign_in(cast, "official", "Chief business official", step)
        home = official.open("/")
        step.check("she lands in her own district", f"/d/{cast.district_id}/" in home.url, home.url)
        step.check("the page names her district", cast.district_name in home.text, home.text)


def load(cast: Cast, ledgers: tuple[Path, ...]) -> None:
    """The business official loads the files; a worker reads them; she sees them foot to the cent."""
    official = cast["official"]
    for path in ledgers:
        with cast.report.step(f"She loads {path.name}", "chief business official") as step:
            page = official.open(f"/d/{cast.district_id}/data")
            form = needed(page, action="/data/loads$", field="files")
            page = official.submit(page, form, {}, files={"files": [path]})
            address = page.url
            step.check("the load has a page of its own", "/data/loads/" in address, address)
            page = wait_for(
                f"Reading {path.name}",
                lambda address=address: _read_to_its_end(official.open(address)),  # type: ignore[misc]
            )
            checked = json.loads(
                people.operate(cast, "ledger", "check", str(path), "--json", accepting=(0, 1))
            )["files"][0]
            step.check("the file is accepted, as `ledger check` says", checked["accepted"], page.text)
            step.check("no row was dropped", "none dropped" in " ".join(page.headings), page.headings)
            lines = sum(dataset["lines"] for dataset in checked["datasets"])
            step.check(f"all {lines:,} ledger rows are in", f"{lines:,} rows" in page.text, page.headings)
            again = official.submit(*_upload_form(cast), {}, files={"files": [path]})
            step.check("the same file a second time is recognized", again.url == address, again.url)
            step.measured["rows"] = lines
        with cast.report.step(
            f"{path.name} foots to the cent, and she certifies it", "chief business official"
        ) as step:
            for dataset in checked["datasets"]:
                _reconcile(cast, step, address, dataset)


def _upload_form(cast: Cast) -> tuple[Page, Form]:
    page = cast["official"].open(f"/d/{cast.district_id}/data")
    return page, needed(page, action="/data/loads$", field="files")


def _read_to_its_end(page: Page) -> Page | None:
    return None if STATE.search(page.body.decode()) else page


def _reconcile(cast: Cast, step: Step, address: str, dataset: dict[str, Any]) -> None:
    """Type a control total that is a cent wrong, see it, type the right ones, certify."""
    official = cast["official"]
    page = official.open(address)
    choices = needed(page, action="/data/loads/", field="dataset")
    marks = [value for value, label in choices.choices.get("dataset", []) if dataset["fiscal_year"] in label]
    said = "actual" if dataset["column"] in {"A", "BA"} else "budget"
    named = [
        value
        for value, label in choices.choices.get("dataset", [])
        if dataset["fiscal_year"] in label and said in label.lower()
    ]
    which = (named or marks or [value for name, value in choices.fields if name == "dataset"])[0]
    fund = dataset["funds"].get(GENERAL_FUND)
    if fund is None:
        return
    place = f"{address.partition('?')[0]}?dataset={which}&fund={GENERAL_FUND}"
    page = official.open(place)
    form = needed(page, action="/control$", field="revenues")
    cast.size_cents = max(cast.size_cents, int(Decimal(fund["expenditures_and_uses"]) * 100))
    right = {name: fund[name] for name in CONTROLS if name in form.names}
    wrong = {**right, "revenues": str(Decimal(right["revenues"]) + Decimal("0.01"))}
    page = official.submit(page, form, wrong)
    step.check(
        "a control total that is one cent off shows one cent of difference", "0.01" in page.text, page.text
    )
    page = official.submit(page, needed(page, action="/control$", field="revenues"), right)
    step.check(
        f"the general fund of {dataset['fiscal_year']} {dataset['column']} foots to the cent",
        "Your ledger foots to the cent" in page.headings,
        page.headings,
    )
    certify = needed(page, action="/certify$")
    page = official.submit(page, certify, {})
    step.check("her certification is on record", "were certified" in page.text, page.text)


def attendance(cast: Cast, ada: dict[str, str]) -> bool:
    """Attendance comes from the file; where it does not, the official types what she was told.

    Returns:
        Whether one number that was typed stands for every year.
    """
    official = cast["official"]
    gallery = official.open(f"/d/{cast.district_id}/analyses")
    form = gallery.form(action="/attendance$", field="ada")
    if form is None:
        return False
    with cast.report.step(
        "She types the attendance that the file does not hold", "chief business official"
    ) as step:
        year = re.search(r"ADA\), (\d{4}-\d{2})", gallery.text)
        number = ada.get(year.group(1) if year else "") or ada.get("")
        if number is None:
            raise TourError(
                "The ledger holds no attendance of"
                f" {year.group(1) if year else 'its year'}. Name it: --ada YEAR=NUMBER."
            )
        page = official.submit(gallery, form, {"ada": number})
        step.check("the attendance is taken", page.form(action="/attendance$") is None, page.text)
    return "" in ada


def _opened(official: Visitor, traced: list[Page], further: list[str]) -> Iterator[Page]:
    """Yield the pages that are open already, then open the further ones, one when it is asked for."""
    yield from traced
    yield from (official.open(href) for href in further)


def analyses(cast: Cast) -> dict[str, Page]:
    """A worker answers three questions; every figure leads down to the file's rows.

    Returns:
        The page of each answer by the analysis's name.
    """
    official = cast["official"]
    answers: dict[str, Page] = {}
    with cast.report.step(
        "A worker answers three questions about the ledger", "chief business official"
    ) as step:
        gallery = official.open(f"/d/{cast.district_id}/analyses")
        form = gallery.form(action="/compute$")
        if form is not None:
            official.submit(gallery, form, {})
        for name in QUESTIONS:
            answers[name] = wait_for(
                f"The answer {name}",
                lambda name=name: _answered(official.open(f"/d/{cast.district_id}/analyses/{name}")),  # type: ignore[misc]
            )
            step.check(f"{name} opens with its finding", answers[name].headings, answers[name].text)
            step.check(f"{name} says how sure it is", "How sure we are" in answers[name].headings)
    with cast.report.step(
        "Figures lead from formula to ledger lines and rows of the file", "chief business official"
    ) as step:
        for name, page in answers.items():
            figures = sorted({href for _, href in page.links if re.search(r"/runs/\d+/figures/", href)})
            step.check(f"{name} prints figures that can be opened", figures)
            traced = [official.open(href) for href in figures[:4]]
            step.check(
                f"figures of {name} show their formula", all("Formula" in one.headings for one in traced)
            )
            # A figure made of other figures has no rows of its own; one further on the page has.
            rows = next((one for one in _opened(official, traced, figures[4:]) if ROWS in one.headings), None)
            if name != QUESTIONS[2]:
                step.check(f"figures of {name} lead to rows of the file as it came", rows, traced[0].text)
            step.measured[f"figures in {name}"] = len(figures)
    return answers


def _answered(page: Page) -> Page | None:
    return page if "/runs/" in page.url else None


def needed(page: Page, *, action: str = "", field: str | None = None) -> Form:
    """Return a form that has to be there.

    Raises:
        TourError: It is not.
    """
    form = page.form(action=action, field=field)
    if form is None:
        raise TourError(f"The page {page.url} has no form for {action or field}. It says: {page.text[:2000]}")
    return form
