"""The first draft of a plan: what the analyses and the entries say, in sentences with bound figures.

The draft is a start that a person works on. It says nothing that the figures do not carry, and every
number in
it is bound; numbers in a district's own words are marked as stated by the author.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.document import Text
from tenants.language import Message, message
from tenants.records.plan_entries import PriorityEntry
from workers.planning import inline
from workers.planning.book import OUTLOOK, Book
from workers.planning.freeze import FACTS
from workers.planning.words import both, joined, own


@dataclass(frozen=True)
class Passage:
    """One block of the draft; `key` names it, so that a later draft finds it again."""

    key: str
    kind: str
    text: Text | None = None
    reference: str = ""


@dataclass(frozen=True)
class SectionDraft:
    """A section's title and passages."""

    key: str
    title: Text
    passages: list[Passage]


def stated(text: str) -> str:
    """Return a person's text with each typed number marked as stated by its author."""
    for found in dict.fromkeys(inline.unbound_numbers(text)):
        text = text.replace(found, "{{stated:" + found + "}}", 1)
    return text


def draft(book: Book) -> list[SectionDraft]:
    """Return the draft of every section."""
    return _Draft(book).sections()


def _count(book: Book) -> Message:
    match len(book.figures.priorities):
        case 1:
            return message("one priority")
        case 2:
            return message("two priorities")
        case 3:
            return message("three priorities")
        case _:
            return message("no priority yet")


class _Draft:
    """Writes the sections; `ref` gives the reference of a figure as it stands in a text."""

    def __init__(self, book: Book) -> None:
        self.book, self.plan = book, book.figures
        self.years = self.plan.years
        self.last = self.years[-1] if self.years else book.plan.base_year
        self.projected = self.plan.has(f"net/unrestricted/{self.last}")
        self.tested = f"plan/over_minimum/{self.last}" in self.plan.sheet

    def sections(self) -> list[SectionDraft]:
        written = (
            ("summary", self.summary_title(), self.summary()),
            ("where_we_are", self.where_title(), self.where()),
            ("priorities", self.priorities_title(), self.priorities()),
            ("how_we_pay", self.pay_title(), self.pay()),
            ("what_we_stop", message("Each saving says what changes and whom it may hurt"), self.stop()),
            ("outlook", self.outlook_title(), self.outlook()),
            ("implementation", message("Every measure has a last useful date"), self.implementation()),
            ("measures", message("We publish what we find, good or bad"), self.measures()),
            ("engagement", message("Nothing here is final until people were heard"), self.engagement()),
            ("appendices", message("Every figure leads back to its lines"), self.appendices()),
        )
        return [SectionDraft(key, both(title), list(passages)) for key, title, passages in written]

    # Helpers
    # --------------------------------------------------------------------------------------------------

    def ref(self, key: str, style: str = "") -> str:
        return "{{figure:" + key + (f"|{style}" if style else "") + "}}"

    def run(self, key: str, style: str = "") -> str:
        return self.ref(self.plan.outlook(key), style)

    def value(self, key: str) -> float:
        return float(self.plan.sheet[key])

    def text(self, key: str, said: Message, kind: str = "paragraph") -> Passage:
        return Passage(key, kind, both(said))

    def table(self, key: str, reference: str) -> Iterator[Passage]:
        if self.book.exhibit("tables", reference) is not None:
            yield Passage(key, "table", reference=reference)

    def chart(self, key: str, reference: str) -> Iterator[Passage]:
        if self.book.exhibit("charts", reference) is not None:
            yield Passage(key, "chart", reference=reference)

    def titles(self) -> Message:
        return joined([own(f"“{e.title}”", f"«{e.title_es or e.title}»") for e in self.plan.priorities])

    # Sections
    # -------------------------------------------------------------------------------------------------

    def summary_title(self) -> Message:
        count = _count(self.book)
        if not self.projected:
            return message("This plan pays for {count}", count=count)
        gap, balance = f"net/unrestricted/{self.last}", f"plan/balance/{self.last}"
        values = {"gap": self.run(gap, "size"), "count": count, "year": self.last}
        if self.value(self.plan.outlook(gap)) >= 0:
            return message("This plan pays for {count} and keeps the budget of {year} in balance", **values)
        if self.value(balance) >= 0:
            return message("This plan closes a gap of {gap} and pays for {count}", **values)
        if self.value(f"plan/effect/likely/{self.last}") > 0:
            return message("This plan narrows a gap of {gap} in {year} and pays for {count}", **values)
        return message("A gap of {gap} in {year} is still to be closed", **values)

    def summary(self) -> Iterator[Passage]:
        if self.projected:
            yield self.text(
                "lead",
                message(
                    "If nothing is decided, {year} ends at {gap} and the available reserve "
                    "is {without}. With this "
                    "plan the year ends at {balance}, and the reserve is {reserve}.",
                    year=self.last,
                    gap=self.run(f"net/unrestricted/{self.last}"),
                    without=self.run(f"available_reserve/{self.last}"),
                    balance=self.ref(f"plan/balance/{self.last}"),
                    reserve=self.ref(f"plan/reserve/{self.last}"),
                ),
            )
        else:
            said = message("The outlook is added once the district's ledger is loaded.")
            yield self.text("lead", said)
        yield Passage("facts", "table", reference=FACTS)
        if self.plan.priorities:
            yield self.text("get_head", message("What students get"), "heading")
            yield self.text(
                "get",
                message(
                    "The plan pays for {titles}. Together that is {cost} in {year}, the "
                    "one-time part included.",
                    titles=self.titles(),
                    cost=self.ref(f"plan/priorities/cost/{self.last}"),
                    year=self.last,
                ),
            )
        if self.plan.played:
            yield self.text("pay_head", message("What pays for it"), "heading")
            yield self.text("pay", self._what_pays())
        yield from self.table("in_short", "plan/in_short")
        yield self.text(
            "decision",
            message(
                "**What the board decides.** The board is asked to adopt this plan together "
                "with the budget. Until "
                "then everybody may comment; the last page says how."
            ),
            "callout",
        )

    def _what_pays(self) -> Message:
        values = {
            "measures": self.ref(f"plan/measures/unrestricted/likely/{self.last}"),
            "year": self.last,
            "restricted": self.ref(f"plan/priorities/restricted/{self.last}"),
        }
        if self.value(f"plan/priorities/restricted/{self.last}"):
            return message(
                "Savings and new revenue bring {measures} of unrestricted money in {year}. "
                "Restricted money that "
                "allows it pays {restricted} of the priorities. No restricted dollar is "
                "counted for anything else.",
                **values,
            )
        return message(
            "Savings and new revenue bring {measures} of unrestricted money in {year}. No "
            "restricted dollar is "
            "counted for an unrestricted cost.",
            **values,
        )

    def where_title(self) -> Message:
        base = self.plan.base
        if base is None or not self.plan.has(f"net/unrestricted/{base}"):
            return message("Where the district stands today")
        net = f"net/unrestricted/{base}"
        values = {
            "net": self.run(net, "size"),
            "year": base,
            "reserve": self.run(f"available_reserve/{base}"),
        }
        if self.value(self.plan.outlook(net)) < 0:
            return message(
                "Spending exceeds revenue by {net} in {year}; the reserve pays the difference", **values
            )
        return message("Revenue covers spending in {year}; the reserve is {reserve}", **values)

    def where(self) -> Iterator[Passage]:
        base, money = self.plan.base, self.book.newest.get("where_the_money_goes")
        if base is None:
            yield self.text(
                "lead", message("This section is written from the district's ledger once it is loaded.")
            )
            return
        yield self.text(
            "lead",
            message(
                "In {year} the district takes in {revenue} of unrestricted money, gives "
                "{given} of it to restricted "
                "programs that don't pay for themselves, and spends {uses}.",
                year=base,
                revenue=self.run(f"revenue/unrestricted/{base}"),
                given=self.run(f"contributions/unrestricted/{base}", "size"),
                uses=self.run(f"uses/unrestricted/{base}"),
            ),
        )
        if money is not None:
            yield from self.chart("object", f"run/{money.id}/object")
            yield from self._growth(money.id, money.result)
        yield self.text("reserve_head", message("The reserve"), "heading")
        if self.plan.has(f"minimum/{base}"):
            said = message(
                "The available reserve is {reserve}. The state asks a district of this size for {least} of "
                "spending, which is {minimum}.",
                reserve=self.run(f"available_reserve/{base}"),
                least=self.run(f"standard_percent/{base}"),
                minimum=self.run(f"minimum/{base}"),
            )
        else:
            said = message(
                "The available reserve is {reserve}.", reserve=self.run(f"available_reserve/{base}")
            )
        yield self.text("reserve", said)
        held = self.book.newest.get("fund_balance_and_reserve")
        if held is not None:
            yield from self.table("balance", f"run/{held.id}/balance")

    def _growth(self, run_id: int, result: dict[str, object]) -> Iterator[Passage]:
        tables = result["tables"]
        if not isinstance(tables, dict) or "growth" not in tables:
            return
        first = tables["growth"]["rows"][0]
        change = next(
            (key for name, key in first["cells"].items() if name.startswith("change/") and key), None
        )
        if change is not None:
            yield self.text(
                "growth",
                message(
                    "The line that grew by the most dollars is {line}, by {change} in one year.",
                    line=first["label"]["values"].get("name", first["label"]),
                    change=self.ref(f"run/{run_id}/{change}"),
                ),
            )
        yield from self.table("growth_table", f"run/{run_id}/growth")

    def priorities_title(self) -> Message:
        if not self.plan.priorities:
            return message("The priorities are still to be named")
        return message(
            "Money for {count}: {cost} in {year}",
            count=_count(self.book),
            cost=self.ref(f"plan/priorities/cost/{self.last}"),
            year=self.last,
        )

    def priorities(self) -> Iterator[Passage]:
        if not self.plan.priorities:
            said = message("A plan carries up to three priorities, each with its problem, strategy and cost.")
            yield self.text("lead", said)
            return
        yield self.text(
            "lead",
            message(
                "The district names few priorities, so that each of them can be paid for in "
                "full and measured: "
                "{titles}.",
                titles=self.titles(),
            ),
        )
        for entry in self.plan.priorities:
            yield from self._priority(entry)
        yield from self.chart("costs", "plan/costs")
        yield from self.table("costs_table", "plan/priorities")

    def _priority(self, entry: PriorityEntry) -> Iterator[Passage]:
        stem = f"priority/{entry.id}"
        title = both(own(entry.title, entry.title_es))
        yield Passage(f"{stem}/head", "heading", {name: stated(text) for name, text in title.items()})
        for name in ("problem", "strategy"):
            text = getattr(entry, name)
            if text:
                spanish = stated(entry.spanish.get(name, ""))
                yield Passage(f"{stem}/{name}", "paragraph", {"en": stated(text), "es": spanish})
        if f"plan/{stem}/students" in self.plan.sheet:
            said = message(
                "It reaches {students} students and costs {cost} in {year}.",
                students=self.ref(f"plan/{stem}/students"),
                cost=self.ref(f"plan/{stem}/cost/{self.last}"),
                year=self.last,
            )
        elif entry.students_reached is not None:
            said = message(
                "It reaches fewer than eleven students and costs {cost} in {year}.",
                cost=self.ref(f"plan/{stem}/cost/{self.last}"),
                year=self.last,
            )
        else:
            said = message(
                "It costs {cost} in {year}.", cost=self.ref(f"plan/{stem}/cost/{self.last}"), year=self.last
            )
        yield self.text(f"{stem}/cost", said)

    def pay_title(self) -> Message:
        if not self.plan.played:
            return message("What pays for the plan is still to be decided")
        return message(
            "Named measures bring {measures} in {year}, each with its range",
            measures=self.ref(f"plan/measures/unrestricted/likely/{self.last}"),
            year=self.last,
        )

    def pay(self) -> Iterator[Passage]:
        if not self.plan.played:
            yield self.text(
                "lead", message("Savings and new revenue are entered under Options, sized by year.")
            )
            return
        yield self.text("lead", self._what_pays())
        yield from self.chart("bridge", "plan/bridge")
        yield from self.table("measures", "plan/measures")
        left = f"plan/restricted_left/{self.last}"
        if self.value(left) > 0:
            yield self.text(
                "left",
                message(
                    "Restricted measures free {left} more than the priorities may use. That "
                    "money stays in its own "
                    "programs: it can't close the unrestricted gap.",
                    left=self.ref(left),
                ),
            )
        yield self.text("range_head", message("How sure the amounts are"), "heading")
        yield self.text(
            "range",
            message(
                "Each amount has a low and a high end. If every measure came in low, "
                "unrestricted measures would "
                "bring {low} in {year}; if every one came in high, {high}.",
                low=self.ref(f"plan/measures/unrestricted/low/{self.last}"),
                high=self.ref(f"plan/measures/unrestricted/high/{self.last}"),
                year=self.last,
            ),
        )
        yield from self.table("ranges", "plan/ranges")

    def stop(self) -> Iterator[Passage]:
        if any(option.kind == "saving" for option in self.plan.played):
            yield self.text(
                "lead",
                message(
                    "Savings bring {savings} in {year}. A saving is a change for somebody: "
                    "this page says which.",
                    savings=self.ref(f"plan/savings/{self.last}"),
                    year=self.last,
                ),
            )
            yield from self.table("stops", "plan/stops")
        else:
            yield self.text("lead", message("This plan counts no saving: nothing ends because of it."))

    def outlook_title(self) -> Message:
        if not self.projected:
            return message("The outlook with and without the plan")
        values = {
            "reserve": self.ref(f"plan/reserve/{self.last}"),
            "year": self.last,
            "short": self.ref(f"plan/over_minimum/{self.last}", "size"),
            "without": self.run(f"available_reserve/{self.last}"),
        }
        if self.tested and self.value(f"plan/over_minimum/{self.last}") < 0:
            return message("With the plan the reserve of {year} is still {short} under its minimum", **values)
        return message("With the plan the reserve of {year} is {reserve}; without it, {without}", **values)

    def outlook(self) -> Iterator[Passage]:
        run = self.book.newest.get(OUTLOOK)
        if not self.projected or run is None:
            said = message("The outlook is computed from the district's ledger and shown here.")
            yield self.text("lead", said)
            return
        if self.tested:
            said = message(
                "The reserve is what carries a district through a bad year. With the plan it is {percent} of "
                "spending in {year}; without it, {percent_without}. The state's minimum is {least}.",
                percent=self.ref(f"plan/percent/{self.last}"),
                year=self.last,
                percent_without=self.ref(f"plan/percent_without/{self.last}"),
                least=self.run(f"standard_percent/{self.last}"),
            )
        else:
            said = message(
                "With the plan the reserve is {reserve} in {year}. Its minimum can be shown "
                "once the district's "
                "attendance is known.",
                reserve=self.ref(f"plan/reserve/{self.last}"),
                year=self.last,
            )
        yield self.text("lead", said)
        yield from self.chart("reserve", "plan/reserve")
        yield from self.table("with_and_without", "plan/with_and_without")
        yield self.text("assume_head", message("What the projection assumes"), "heading")
        yield self.text(
            "assume",
            message(
                "The projection carries today's decisions forward with the rates below. It "
                "is no forecast: when a "
                "rate changes, the outlook is run again and the difference is shown."
            ),
        )
        yield from self.table("assumptions", f"run/{run.id}/assumptions")

    def implementation(self) -> Iterator[Passage]:
        yield self.text(
            "lead",
            message(
                "A saving that is decided too late brings nothing that year: notices, "
                "contracts and timetables have "
                "dates of their own. The table puts the earliest first."
            ),
        )
        yield from self.table("dates", "plan/dates")
        yield self.text(
            "late",
            message(
                "**If a date is missed,** the owner reports it at the next cabinet meeting "
                "with the amount at stake, "
                "and the outlook is run again that week."
            ),
            "callout",
        )

    def measures(self) -> Iterator[Passage]:
        yield self.text(
            "lead",
            message(
                "Each priority has a measure and a target. The board hears promised against "
                "actual three times a "
                "year, with the interim reports and at year end, in the same tables."
            ),
        )
        yield from self.table("targets", "plan/targets")

    def engagement(self) -> Iterator[Passage]:
        yield self.text(
            "lead",
            message(
                "Everybody may comment on a sentence, a figure or the whole plan, without an "
                "account, in English "
                "or Spanish. Staff answer each comment and say what came of it."
            ),
        )
        yield self.text(
            "next",
            message(
                "The next version lists what changed because of comments, and what did not "
                "change, with the reason."
            ),
        )

    def appendices(self) -> Iterator[Passage]:
        run = self.book.newest.get(OUTLOOK)
        if run is not None:
            yield from self.table("lines", f"run/{run.id}/unrestricted")
