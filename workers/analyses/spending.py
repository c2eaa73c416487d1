"""Spending of one year beside the year before: lines, totals, changes, shares and amounts per pupil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workers.analyses.labels import COLUMN_WORDS, SEGMENT_NAMES, SEGMENTS
from workers.analyses.ledger import Ledger, Where
from workers.analyses.result import Attendance, Message, Sheet, column, row, sentence, year


class Study:
    """The figures of one question: a year, perhaps the year before, perhaps attendance."""

    def __init__(self, now: Ledger, before: Ledger | None, attendance: Mapping[str, Attendance]) -> None:
        self.sheet = Sheet()
        self.now = now
        self.before = before
        self.at = now.fiscal_year
        self.ada = attendance.get(self.at)
        if self.ada is not None:
            self.sheet.attendance(
                f"ada/{self.at}", sentence("Average daily attendance (ADA)"), self.at, self.ada
            )

    def spent(self, group: str, name: str, label: Message, where: Sequence[Where]) -> str:
        """Add what a line took this year and last, by segment, with change, share and amount per pupil."""
        sheet, stem = self.sheet, f"{group}/{name}"
        for segment, limits in SEGMENTS.items():
            selections = [({**limits, **each}, 1) for each in where if _overlap(each, limits)]
            sheet.from_ledger(f"{stem}/{segment}/{self.at}", label, self.now, *selections)
        total = sheet.total(
            f"{stem}/total/{self.at}",
            label,
            self.at,
            [(f"{stem}/{segment}/{self.at}", 1) for segment in SEGMENTS],
            formula=sentence("Unrestricted plus restricted."),
        )
        if self.before is not None:
            was = self.before.fiscal_year
            sheet.from_ledger(f"{stem}/total/{was}", label, self.before, *((each, 1) for each in where))
            self.compared(stem, label, total, f"{stem}/total/{was}")
        return total

    def summed(self, group: str, label: Message, names: Sequence[str]) -> str:
        """Add the total of a group's lines, column by column."""
        sheet = self.sheet
        columns = [f"{segment}/{self.at}" for segment in (*SEGMENTS, "total")]
        if self.before is not None:
            columns.append(f"total/{self.before.fiscal_year}")
        for each in columns:
            sheet.total(
                f"{group}/all/{each}",
                label,
                each.rsplit("/", 1)[1],
                [(f"{group}/{name}/{each}", 1) for name in names],
                formula=sentence("The lines above, added."),
            )
        total = f"{group}/all/total/{self.at}"
        if self.before is not None:
            self.compared(f"{group}/all", label, total, f"{group}/all/total/{self.before.fiscal_year}")
        for name in (*names, "all"):
            self._share(f"{group}/{name}", total)
        return total

    def compared(self, stem: str, label: Message, total: str, earlier: str) -> None:
        """Add the change from an earlier amount, in cents and in percent."""
        change = self.sheet.total(
            f"{stem}/change/{self.at}",
            sentence("{line}: change", line=label),
            self.at,
            [(total, 1), (earlier, -1)],
            formula=sentence("This year less the year before."),
        )
        if self.sheet[earlier]:
            self.sheet.ratio(
                f"{stem}/growth/{self.at}",
                sentence("{line}: growth", line=label),
                self.at,
                change,
                earlier,
                formula=sentence("The change divided by the year before."),
            )

    def _share(self, stem: str, of: str) -> None:
        label = self.sheet.figures[f"{stem}/total/{self.at}"]["label"]
        self.sheet.ratio(
            f"{stem}/share/{self.at}",
            sentence("{line}: share", line=label),
            self.at,
            f"{stem}/total/{self.at}",
            of,
            formula=sentence("The line divided by the total."),
        )
        if self.ada is not None:
            self.sheet.ratio(
                f"{stem}/per_pupil/{self.at}",
                sentence("{line}: per pupil in attendance", line=label),
                self.at,
                f"{stem}/total/{self.at}",
                f"ada/{self.at}",
                unit="cents",
                formula=sentence("The line divided by average daily attendance (ADA)."),
            )

    def columns(self) -> list[dict[str, Any]]:
        """Return the columns of a spending table."""
        head = sentence("{year} {column}", year=year(self.at), column=COLUMN_WORDS[self.now.column])
        found = [
            column(f"unrestricted/{self.at}", SEGMENT_NAMES["unrestricted"]),
            column(f"restricted/{self.at}", SEGMENT_NAMES["restricted"]),
            column(f"total/{self.at}", head),
        ]
        if self.before is not None:
            was = self.before.fiscal_year
            label = sentence("{year} {column}", year=year(was), column=COLUMN_WORDS[self.before.column])
            found += [
                column(f"total/{was}", label),
                column(f"change/{self.at}", sentence("Change")),
                column(f"growth/{self.at}", sentence("Growth"), "percent"),
            ]
        found.append(column(f"share/{self.at}", sentence("Share of total"), "percent"))
        if self.ada is not None:
            found.append(column(f"per_pupil/{self.at}", sentence("Per pupil (ADA)")))
        return found

    def table(self, group: str, caption: Message, names: Sequence[str]) -> None:
        """Add a spending table of a group's lines and its total."""
        columns = self.columns()

        def line(name: str, kind: str = "line") -> dict[str, Any]:
            cells = {each["key"]: self._cell(f"{group}/{name}/{each['key']}") for each in columns}
            return row(self.sheet.figures[f"{group}/{name}/total/{self.at}"]["label"], cells, kind)

        self.sheet.table(
            group,
            caption,
            sentence("General fund (01), {year}, dollars", year=year(self.at)),
            columns,
            [*(line(name) for name in names), line("all", "total")],
        )

    def _cell(self, key: str) -> str | None:
        return key if key in self.sheet else None


def _overlap(where: Where, limits: Where) -> bool:
    """Say whether a selection of one resource lies within a segment; others always may."""
    codes = where.get("resource")
    return codes is None or (limits["resource"][0] <= codes[0] and codes[-1] <= limits["resource"][1])
