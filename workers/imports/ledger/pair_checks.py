"""Pairs of codes: CHK-FUNDxOBJECT and its like, CHK-RS-LOCAL-DEFINED, and what the file's own log says.

The state's tables of valid pairs change every year and are not ours to keep. What is known without them,
and no
more than that, is said:

* where the file carries the state's own check log, its outcome is ours;
* one rule on pairs follows from the account structure itself (school-finance facts 3.2: function 0000 holds
  revenue and balance sheet alone) and is judged here;
* any other pair is compared with those of the district's earlier official files. One that none of them has
  is
  "not seen", which is information and no exception.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd

from tenants.language import N_, message, message_n
from workers.imports.ledger.amounts import print_cents
from workers.imports.ledger.check_frame import Ledger, Mask
from workers.imports.ledger.codes import CALCULATED_OBJECTS, names
from workers.imports.ledger.dataset import Dataset
from workers.imports.ledger.findings import Finding, Findings, Severity

PAIR_CODES = ("fund", "resource", "goal", "function", "object")
PAIRS_NAMED = 8
"""So many unseen pairs of a rule are named; the rest are counted."""
FUNDS_A = (*range(1, 13), 19, 57, 62, 73)
BEGINNING = (9791, 9793, 9795)
LOCAL_FIRST = 9000
"""Resources from here on are local; those that the state's table lacks are a district's own."""

Known = dict[str, set[tuple[str, str]]]
"""Rule to the pairs that official files hold."""


@dataclasses.dataclass(frozen=True)
class PairRule:
    """A check of pairs: its name, the two codes, and which lines it looks at."""

    name: str
    first: str
    second: str

    def scope(self, ledger: Ledger) -> Mask:
        """Return the lines that the rule looks at; zero amounts and calculated lines are none of them."""
        counted: Mask = (ledger.cents != 0) & ~ledger.lines["object"].isin(CALCULATED_OBJECTS).to_numpy()
        asked = np.ones(len(counted), dtype=np.bool_)
        match self.name:
            case "CHK-FUNDxFUNCTION-A":
                asked = np.isin(ledger.fund, FUNDS_A)
            case "CHK-FUNDxFUNCTION-B":
                asked = ~np.isin(ledger.fund, FUNDS_A)
            case "CHK-RESOURCExOBJECTA":
                asked = ledger.objects(8000, 9999) & ~np.isin(ledger.object, BEGINNING)
            case "CHK-RESOURCExOBJECTB":
                asked = np.isin(ledger.object, BEGINNING)
            case "CHK-GOALxFUNCTION-A":
                taught = (ledger.function >= 1000) & (ledger.function <= 1999)
                offered = (ledger.function >= 4000) & (ledger.function <= 5999)
                asked = ledger.objects(1000, 7999) & (taught | offered)
        return np.asarray(counted & asked, dtype=np.bool_)


RULES = (
    PairRule("CHK-FUNDxOBJECT", "fund", "object"),
    PairRule("CHK-FUNCTIONxOBJECT", "function", "object"),
    PairRule("CHK-FUNDxRESOURCE", "fund", "resource"),
    PairRule("CHK-FUNDxGOAL", "fund", "goal"),
    PairRule("CHK-FUNDxFUNCTION-A", "fund", "function"),
    PairRule("CHK-FUNDxFUNCTION-B", "fund", "function"),
    PairRule("CHK-RESOURCExOBJECTA", "resource", "object"),
    PairRule("CHK-RESOURCExOBJECTB", "resource", "object"),
    PairRule("CHK-GOALxFUNCTION-A", "goal", "function"),
)


def review_pairs(dataset: Dataset, layout: str | None, position: int, findings: Findings) -> dict[str, str]:
    """Run what can be judged of a dataset's pairs without any table.

    A local resource that the state's table lacks is fatal in a state file, which must already name 9010; in a
    table of the district's own system it is a warning, since only the filing has to be rolled up.

    Returns:
        CHK-FUNCTIONxOBJECT and CHK-RS-LOCAL-DEFINED to `passed` or `exception`.
    """
    ledger = Ledger(dataset.lines)
    own_table: Severity = "warning" if layout == "plain-table" else "fatal"
    outcomes = {"CHK-FUNCTIONxOBJECT": "passed", "CHK-RS-LOCAL-DEFINED": "passed"}
    idle = (ledger.function == 0) & ledger.objects(1000, 7999) & (ledger.cents != 0)
    for place, cents, line in ledger.sums(idle, "function", "object"):
        outcomes["CHK-FUNCTIONxOBJECT"] = "exception"
        findings.add(
            Finding(
                "fatal",
                "CHK-FUNCTIONxOBJECT",
                message(
                    "Object {object} stands in function 0000, which holds revenue and balance sheet alone. "
                    "Give the expenditure its function and export the file again.",
                    object=place["object"],
                ),
                line=line,
                field=_place(place),
                found=print_cents(cents),
                expected=N_("an expenditure with the function it served"),
                dataset=position,
            )
        )
    for code in local_resources(dataset.lines):
        used = (dataset.lines["resource"] == code).to_numpy()
        outcomes["CHK-RS-LOCAL-DEFINED"] = "exception"
        findings.add(
            Finding(
                own_table,
                "CHK-RS-LOCAL-DEFINED",
                message_n(
                    "Resource {code} is the district's own (one line). In a filing it rolls up to a resource "
                    "of the state's table, 9010 as a rule.",
                    "Resource {code} is the district's own ({n} lines). In a filing it rolls up to a "
                    "resource of the state's table, 9010 as a rule.",
                    int(used.sum()),
                    code=code,
                ),
                line=int(dataset.lines["line"].to_numpy()[used].min()),
                field="resource",
                found=code,
                expected=N_("a resource of the state's table, such as 9010"),
                dataset=position,
            )
        )
    return outcomes


def local_resources(lines: pd.DataFrame) -> list[str]:
    """Return the local resources (9000-9999) of the lines that the state's table does not have."""
    known = names("resource")
    return sorted(
        code
        for code in map(str, lines["resource"].cat.categories)
        if code.isascii() and code.isdigit() and int(code) >= LOCAL_FIRST and code not in known
    )


def tell_log(dataset: Dataset, ours: Iterable[str], position: int, findings: Findings) -> None:
    """Report the exceptions of the file's own check log for rules whose findings are not ours.

    One finding for a rule, a warning: the state took the filing with it, explained or not.

    Args:
        dataset: with its log.
        ours: rules whose exceptions we found ourselves.
        position: place of the dataset in its file.
        findings: receives them.
    """
    told = set(ours)
    for rule, outcome in sorted(dataset.log.items()):
        if outcome != "exception" or rule in told:
            continue
        places = sorted(
            {tuple(code for code in one[1:] if code != "*") for one in _exceptions(dataset, rule)}
        )
        shown = ["/".join(place) for place in places if place]
        findings.add(
            Finding(
                "warning",
                rule,
                message_n(
                    "The state's own check of this file noted one exception here. Explain it or correct it, "
                    "as for the filing itself.",
                    "The state's own check of this file noted {n} exceptions here. Explain or correct them, "
                    "as for the filing itself.",
                    max(len(shown), 1),
                ),
                field="file",
                found=_listed(shown) or None,
                expected=N_("no exception in the file's check log"),
                dataset=position,
            )
        )


def used_pairs(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return for each rule the pairs of the lines: their sum in cents and first line, by the two codes."""
    ledger = Ledger(lines)
    found: dict[str, pd.DataFrame] = {}
    for rule in RULES:
        part = lines.loc[rule.scope(ledger), [rule.first, rule.second, "amount_cents", "line"]]
        found[rule.name] = part.groupby([rule.first, rule.second], observed=True).agg(
            cents=("amount_cents", "sum"), line=("line", "min")
        )
    return found


def learn(known: Known, lines: pd.DataFrame, exceptions: Iterable[tuple[str, ...]]) -> None:
    """Add the pairs of an official file, without those that its own log calls exceptions.

    Where the log has an exception without naming the pair, nothing of that rule is learned from the file.
    """
    wrong: Known = {}
    for rule, *place in exceptions:
        wrong.setdefault(rule, set()).add((place[0], place[1]))
    for rule, pairs in used_pairs(lines).items():
        if ("*", "*") not in wrong.get(rule, set()):
            kept = {(str(first), str(second)) for first, second in pairs.index}
            known.setdefault(rule, set()).update(kept - wrong.get(rule, set()))


def pair_exceptions(dataset: Dataset) -> list[list[str]]:
    """Return the exceptions of the file's log that name pairs, as they are kept with a dataset."""
    judged = {rule.name for rule in RULES}
    return [list(one[:3]) for one in sorted(set(dataset.log_exceptions)) if one[0] in judged]


def tell_unseen(
    dataset: Dataset, known: Known, years: str, position: int, findings: Findings
) -> dict[str, int]:
    """Report pairs that no official file of the district holds: one finding for a rule, information.

    Args:
        dataset: what was read.
        known: pairs of official files.
        years: the fiscal years of those files, for the sentence.
        position: place of the dataset in its file.
        findings: receives them.

    Returns:
        Rule to the number of unseen pairs.
    """
    counts: dict[str, int] = {}
    for rule, pairs in used_pairs(dataset.lines).items():
        if rule in dataset.log or rule not in known:
            continue
        unseen = pairs.loc[[(str(a), str(b)) not in known[rule] for a, b in pairs.index]].sort_values("line")
        if unseen.empty:
            continue
        counts[rule] = len(unseen)
        findings.add(
            Finding(
                "information",
                rule,
                message_n(
                    "One pair stands in none of your official files ({years}): {pairs}. It may be right; "
                    "compare it with the state's table of valid pairs.",
                    "{n} pairs stand in none of your official files ({years}): {pairs}. They may be right; "
                    "compare them with the state's table of valid pairs.",
                    len(unseen),
                    years=years,
                    pairs=_listed([f"{first}/{second}" for first, second in unseen.index]),
                ),
                line=int(unseen["line"].iloc[0]),
                field=_pair(rule),
                found=print_cents(int(unseen["cents"].sum())),
                expected=N_("pairs that your official files hold"),
                dataset=position,
            )
        )
    return counts


def _pair(rule: str) -> str:
    one = next(each for each in RULES if each.name == rule)
    return f"{one.first}, {one.second}"


def _listed(texts: list[str]) -> str:
    return ", ".join(texts[:PAIRS_NAMED]) + (", …" if len(texts) > PAIRS_NAMED else "")


def _exceptions(dataset: Dataset, rule: str) -> list[tuple[str, ...]]:
    return [one for one in dataset.log_exceptions if one[0] == rule]


def _place(place: dict[str, str]) -> str:
    return ", ".join(f"{name} {code}" for name, code in place.items())
