"""A table of named columns becomes datasets: the same way for CSV, the state's tables and sheets."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from tenants.language import N_, Message, message
from workers.imports.ledger import accounts, amounts
from workers.imports.ledger.arrow import Column, pa, pc
from workers.imports.ledger.cells import Mask, Table, categorical_of, constant, flags_of
from workers.imports.ledger.codes import COLUMNS, COMBINATIONS, FORMS, PERIODS, is_fiscal_year, padded_cds
from workers.imports.ledger.dataset import CODE_COLUMNS, Dataset, Reading, SetAside, lines_frame
from workers.imports.ledger.findings import Finding, RefusedFileError, shorten
from workers.imports.ledger.mapping import CODE_FIELDS, IDENTITY_FIELDS, Mapping, normal
from workers.imports.ledger.sacs_details import report_twice

WIDTHS = {"fund": 2, "resource": 4, "project_year": 1, "goal": 4, "function": 4, "object": 4}
TOTAL = r"(?i)^\s*((grand|sub|report|fund|district)[ -]*)?totals?\b"
TOTAL_FORM = re.compile(TOTAL)


class Ingest:
    """Turns one table into the datasets of a reading."""

    def __init__(self, table: Table, mapping: Mapping, reading: Reading, corrected: dict[int, int]) -> None:
        self.table = table
        self.mapping = mapping
        self.reading = reading
        self.corrected = corrected
        self.official = reading.layout in ("user-gl", "web-extract")
        self.places = self._places()
        self.good = np.ones(len(table), dtype=np.bool_)
        self.faulty: list[int] = []

    def run(self) -> None:
        """Read all rows; every one becomes a detail, is set aside by name, or gets a finding."""
        if not len(self.table):
            raise RefusedFileError(
                Finding(
                    "fatal",
                    "FILE-NO-LEDGER",
                    message("The table has headings but no rows. Export the ledger again with its rows."),
                    line=self.table.heading_line,
                    field="file",
                    found="no rows",
                    expected=N_("ledger rows"),
                )
            )
        aside = self._set_aside()
        keys, key_rows = self._keys(aside)
        codes = self._codes(aside)
        cents = self._cents(aside)
        keep = self.good & ~aside
        self.reading.accounted["detail"] += int(keep.sum())
        self.reading.accounted["faulty"] += int((~self.good & ~aside).sum())
        flag = self._flag()
        for key, rows in keys.items():
            mask = keep & (key_rows == rows)
            self._dataset(key, mask, (key_rows == rows) & ~aside, codes, cents, flag)
        self._give_total_rows()

    def _places(self) -> dict[str, int]:
        """Find each mapped field's column by its heading.

        Raises:
            RefusedFileError: for a heading that is missing or stands twice, or a needed field that nobody
            named.
        """
        headings = [normal(heading) for heading in self.table.headings]
        places: dict[str, int] = {}
        for field, heading in self.mapping.columns.items():
            count = headings.count(normal(heading))
            if count != 1:
                raise self._refusal(
                    "COLUMN-MISSING" if count == 0 else "COLUMN-REPEATED",
                    field,
                    ", ".join(self.table.headings),
                    heading,
                    message(
                        "The mapping expects a column headed {heading} for {field}, and the file has {n} of "
                        "that name. "
                        "Map the columns again.",
                        heading=heading,
                        field=field,
                        n=count,
                    ),
                )
            places[field] = headings.index(normal(heading))
        if self.mapping.headings is not None:
            saved = [normal(heading) for heading in self.mapping.headings]
            if saved != headings:
                raise self._refusal(
                    "COLUMN-ORDER",
                    "headings",
                    ", ".join(self.table.headings),
                    ", ".join(self.mapping.headings),
                    message(
                        "The columns are not those of the saved mapping, or stand in another order. Look at "
                        "them and "
                        "save the mapping again."
                    ),
                )
        self._needed(places)
        return places

    def _needed(self, places: dict[str, int]) -> None:
        have = set(places) | set(self.mapping.values)
        missing = [field for field in ("fund", "resource", "goal", "function", "object") if field not in have]
        if "account" not in have and missing:
            self._missing(missing[0])
        if "amount" not in have and not {"debit", "credit"} <= have:
            self._missing("amount")
        for field in ("fiscal_year", "period", "column"):
            if field not in have:
                self._missing(field)

    def _missing(self, field: str) -> None:
        raise self._refusal(
            "MAPPING-NEEDED",
            field,
            ", ".join(self.table.headings),
            N_("a column, or one value for the whole file"),
            message("Nobody has said where {field} stands. Name its column in the mapping.", field=field),
        )

    def _refusal(self, rule: str, field: str, found: str, expected: str, said: Message) -> RefusedFileError:
        return RefusedFileError(
            Finding(
                "fatal",
                rule,
                said,
                line=self.table.heading_line,
                field=field,
                found=shorten(found),
                expected=expected,
            )
        )

    def _column(self, field: str) -> Column:
        return pc.utf8_trim_whitespace(self.table.columns[self.places[field]])

    def _fault(self, row: int, rule: str, field: str, found: str, expected: str, said: Message) -> None:
        self.good[row] = False
        line = int(self.table.lines[row])
        self.faulty.append(line)
        self.reading.findings.add(
            Finding("fatal", rule, said, line=line, field=field, found=shorten(found), expected=expected)
        )

    def _set_aside(self) -> Mask:
        """Find total rows: a code or description column says so, or all codes are empty beside an amount."""
        count = len(self.table)
        said = np.zeros(count, dtype=np.bool_)
        coded = [field for field in ("account", *CODE_FIELDS) if field in self.places]
        for field in (*coded, "description", "school", "party"):
            if field in self.places:
                said |= flags_of(pc.match_substring_regex(self._column(field), TOTAL))
        empty = np.ones(count, dtype=np.bool_)
        for field in coded:
            empty &= flags_of(pc.equal(self._column(field), ""))
        aside = said | empty
        self.total_rows: list[SetAside] = []
        for row in np.flatnonzero(aside):
            line = int(self.table.lines[row])
            cents = self._amount_of(int(row))
            text = shorten(", ".join(str(column[int(row)]) for column in self.table.columns))
            self.total_rows.append(SetAside(line, cents, text))
            if not self.mapping.total_rows:
                self.reading.findings.add(
                    Finding(
                        "fatal",
                        "TOTAL-ROW",
                        message(
                            "This row states a total and is no ledger line. Remove it, or allow in the "
                            "column mapping "
                            "that total rows are set aside."
                        ),
                        line=line,
                        field="row",
                        found=text,
                        expected=N_("a ledger line"),
                    )
                )
        self.reading.accounted["set aside"] += len(self.total_rows)
        return aside

    def _amount_of(self, row: int) -> int | None:
        for field in ("amount", "debit"):
            if field in self.places:
                text = self._column(field)[row].as_py()
                cents, readable = amounts.parse(pa.array([text]), self.mapping.style)
                return int(cents[0]) if readable[0] else amounts.explain(text).proposed_cents
        return None

    def _identity(self, field: str) -> Column:
        """Return a dataset's field for every row, in the reading's own form."""
        if field not in self.places:
            return pa.array([self.mapping.values.get(field, "")] * 1).take(
                pa.array(np.zeros(len(self.table), np.int64))
            )
        return self._column(field)

    def _keys(self, aside: Mask) -> tuple[dict[tuple[str, str, str, str], int], npt.NDArray[np.int64]]:
        """Return each dataset's key with its number, and every row's number; report keys that can't be."""
        parts = [self._identity(field).dictionary_encode() for field in ("cds_code", *IDENTITY_FIELDS[:3])]
        number = np.zeros(len(self.table), dtype=np.int64)
        for part in parts:
            number = number * (len(part.dictionary) + 1) + part.indices.to_numpy(zero_copy_only=False)
        keys: dict[tuple[str, str, str, str], int] = {}
        found, first = (
            np.unique(number[~aside], return_index=True) if (~aside).any() else (np.array([]), np.array([]))
        )
        rows = np.flatnonzero(~aside)
        for value, place in sorted(
            zip(found.tolist(), first.tolist(), strict=True), key=lambda pair: pair[1]
        ):
            row = int(rows[int(place)])
            raw = [str(part.dictionary[part.indices[row].as_py()]) for part in parts]
            key = self._check_key(raw, row)
            if key is None:
                number_mask = number == value
                self.good[number_mask] = False
                continue
            keys[key] = int(value)
        return keys, number

    def _check_key(self, raw: list[str], row: int) -> tuple[str, str, str, str] | None:
        cds, year, period, column = padded_cds(raw[0]), raw[1], raw[2], raw[3]
        line = int(self.table.lines[row])
        if self.reading.layout == "user-gl" and re.fullmatch(r"20[0-9]{2}", year):
            year = f"{year}-{(int(year) + 1) % 100:02d}"
        faults = (
            (
                not is_fiscal_year(year),
                "FISCAL-YEAR",
                "fiscal year",
                raw[1],
                N_("a fiscal year such as 2024-25"),
                message("The row names no fiscal year. It must read like 2024-25."),
            ),
            (
                cds != "" and not re.fullmatch(r"[0-9]{14}", cds),
                "CDS-CODE",
                "CDS code",
                raw[0],
                N_("14 digits, or 7 digits of county and district"),
                message("The county-district-school code is malformed. Take it from the state's directory."),
            ),
            (
                period not in PERIODS,
                "PERIOD-UNKNOWN",
                "period",
                period,
                ", ".join(PERIODS),
                message(
                    "The reporting period is unknown. It must be BS1 (July 1 budget), A (unaudited actuals) "
                    "or I1, I2, "
                    "I3 (interim reports)."
                ),
            ),
            (
                column not in COLUMNS or (period in COMBINATIONS and column not in COMBINATIONS[period]),
                "COLUMN-UNKNOWN",
                "column",
                column,
                ", ".join(COMBINATIONS.get(period, COLUMNS)),
                message(
                    "The column is unknown or does not belong to this reporting period. Export the file "
                    "again with the "
                    "period's own columns."
                ),
            ),
        )
        wrong = [fault[1:] for fault in faults if fault[0]]
        for rule, field, found, expected, said in wrong:
            self.reading.findings.add(
                Finding("fatal", rule, said, line=line, field=field, found=shorten(found), expected=expected)
            )
        return None if wrong else (cds, year, period, column)

    def _codes(self, aside: Mask) -> dict[str, pd.Categorical]:
        codes: dict[str, pd.Categorical] = {}
        if "account" in self.places and not set(CODE_FIELDS) <= set(self.places):
            codes.update(self._from_account(aside))
        for field in CODE_FIELDS:
            if field in self.places:
                codes[field] = self._code(field, aside)
            elif field not in codes:
                codes[field] = constant("0" * WIDTHS[field], len(self.table))
        codes["school"] = (
            categorical_of(self._column("school"))
            if "school" in self.places
            else constant("", len(self.table))
        )
        if "account" in self.places and set(CODE_FIELDS) <= set(self.places):
            self._agree(codes, aside)
        return codes

    def _code(self, field: str, aside: Mask) -> pd.Categorical:
        """Read one column of codes; each distinct text is judged once."""
        column = self._column(field)
        whole = categorical_of(column)
        form = FORMS.get(field, re.compile(r"[0-9A-Z]"))
        kinds = self.table.kinds[self.places[field]] if self.table.kinds else None
        if kinds is not None:
            for row in np.flatnonzero((kinds == ord("d")) & ~aside):
                self._fault(
                    int(row),
                    "DATE-IN-CODE",
                    field,
                    str(column[int(row)]),
                    f"a code of {WIDTHS[field]} characters",
                    message(
                        "A date stands where a code belongs: the spreadsheet changed it. Format the column "
                        "as "
                        "text and enter the code again."
                    ),
                )
        bad = [place for place, text in enumerate(whole.categories) if not form.fullmatch(str(text))]
        for place in bad:
            text = str(whole.categories[place])
            rows = np.flatnonzero((whole.codes == place) & ~aside & self.good)
            short = text.isascii() and text.isdigit() and len(text) < WIDTHS[field]
            for row in rows:
                if short:
                    self._fault(
                        int(row),
                        "LEADING-ZEROS",
                        field,
                        text,
                        text.rjust(WIDTHS[field], "0"),
                        message(
                            "The code {code} is too short: a spreadsheet ate its leading zeros. Export the "
                            "file "
                            "again with this column as text; {full} is meant, if nothing else is missing.",
                            code=text,
                            full=text.rjust(WIDTHS[field], "0"),
                        ),
                    )
                else:
                    self._fault(
                        int(row),
                        f"CHECK{field.upper().replace('_', '')}",
                        field,
                        text,
                        f"a code of {WIDTHS[field]} characters",
                        message(
                            "The code {code} is malformed. Correct it in the accounting system and export "
                            "the "
                            "file again.",
                            code=text or "—",
                        ),
                    )
        return whole

    def _from_account(self, aside: Mask) -> dict[str, pd.Categorical]:
        bare = pc.replace_substring_regex(self._column("account"), r"[-. ]", "")
        kinds = self.table.kinds[self.places["account"]] if self.table.kinds else None
        fits = flags_of(pc.match_substring_regex(bare, r"^[0-9A-Z]{19}$"))
        for row in np.flatnonzero(~fits & ~aside):
            text = str(self._column("account")[int(row)])
            number = kinds is not None and kinds[row] == ord("n")
            self._fault(
                int(row),
                "LEADING-ZEROS" if number else "ACCOUNT-LENGTH",
                "account",
                text,
                N_("19 digits: fund 2, resource 4, project year 1, goal 4, function 4, object 4"),
                message(
                    "The account has {n} characters. If a spreadsheet dropped a leading zero, export the "
                    "file "
                    "again and don't open it in a spreadsheet.",
                    n=len(str(bare[int(row)])),
                ),
            )
        filled = pc.if_else(pa.array(fits), bare, "0" * 19)
        characters = np.frombuffer("".join(filled.to_pylist()).encode("ascii"), np.uint8).reshape(-1, 19)
        return accounts.segments(characters)

    def _agree(self, codes: dict[str, pd.Categorical], aside: Mask) -> None:
        """Compare the account string with its own segments where a table states both."""
        stated = pc.replace_substring_regex(self._column("account"), r"[-. ]", "")
        built = pa.array([""] * 1).take(pa.array(np.zeros(len(self.table), np.int64)))
        for field in CODE_FIELDS:
            built = pc.binary_join_element_wise(
                built, pa.array(codes[field].astype(str)).cast(pa.string()), ""
            )
        differs = ~flags_of(pc.equal(stated, built)) & ~aside & self.good
        for row in np.flatnonzero(differs):
            self._fault(
                int(row),
                "ACCOUNT-MISMATCH",
                "account",
                str(stated[int(row)]),
                str(built[int(row)]),
                message(
                    "The account string and its segments disagree in this row: the file was changed after "
                    "the "
                    "export. Export it again and load it unchanged."
                ),
            )

    def _cents(self, aside: Mask) -> npt.NDArray[np.int64]:
        if "amount" in self.places:
            return self._money("amount", aside, empty_is_zero=False)
        debit = self._money("debit", aside, empty_is_zero=True)
        return debit - self._money("credit", aside, empty_is_zero=True)

    def _money(self, field: str, aside: Mask, *, empty_is_zero: bool) -> npt.NDArray[np.int64]:
        column = self._column(field)
        if empty_is_zero:
            column = pc.if_else(pc.equal(column, ""), "0", column)
        cents, readable = amounts.parse(column, self.mapping.style if not self.official else None)
        cents = cents.copy()
        for row in np.flatnonzero(~readable & ~aside):
            line, text = int(self.table.lines[row]), str(column[int(row)])
            if line in self.corrected and field == "amount":
                cents[row] = self.corrected[line]
                continue
            fault = amounts.explain(text)
            self.good[row] = False
            self.faulty.append(line)
            self.reading.findings.add(
                Finding(
                    "fatal",
                    fault.rule,
                    fault.message,
                    line=line,
                    field=self.table.headings[self.places[field]],
                    found=shorten(text),
                    expected=fault.expected,
                    proposed_cents=fault.proposed_cents,
                    account=self._shown_account(int(row)),
                )
            )
        return cents

    def _shown_account(self, row: int) -> str:
        fields = ("account",) if "account" in self.places else CODE_FIELDS
        return "-".join(str(self._column(field)[row]) for field in fields if field in self.places)

    def _flag(self) -> pd.Categorical:
        return (
            categorical_of(self._column("flag")) if "flag" in self.places else constant("", len(self.table))
        )

    def _dataset(
        self,
        key: tuple[str, str, str, str],
        mask: Mask,
        stated: Mask,
        codes: dict[str, pd.Categorical],
        cents: npt.NDArray[np.int64],
        flag: pd.Categorical,
    ) -> None:
        lines = self.table.lines
        frame = lines_frame(
            line=lines[mask].astype(np.int32),
            codes={name: codes[name][mask].remove_unused_categories() for name in CODE_COLUMNS},
            cents=cents[mask],
            flag=flag[mask].remove_unused_categories(),
        )
        first = int(lines[stated].min()) if stated.any() else self.table.heading_line
        dataset = Dataset(*key, header_line=first, lines=frame, details=self._details(mask))
        dataset.faulty = (
            [line for line in self.faulty if line in set(lines[stated].tolist())] if self.faulty else []
        )
        if self.official:
            report_twice(dataset, len(self.reading.datasets), self.reading.findings)
        self.reading.datasets.append(dataset)

    def _details(self, mask: Mask) -> pd.DataFrame | None:
        wanted = [field for field in ("description", "party") if field in self.places]
        if not wanted:
            return None
        rows = pa.array(np.flatnonzero(mask))
        texts = {field: self._column(field).take(rows).to_pylist() for field in wanted}
        count = int(mask.sum())
        return pd.DataFrame(
            {
                "line": self.table.lines[mask].astype(np.int32),
                "description": texts.get("description", [""] * count),
                "party": texts.get("party", [""] * count),
            }
        )

    def _give_total_rows(self) -> None:
        """Total rows belong to the dataset above them; with one dataset that is the only one."""
        if not self.reading.datasets:
            return
        for row in self.total_rows:
            before = [one for one in self.reading.datasets if one.header_line <= row.line]
            (before[-1] if before else self.reading.datasets[0]).set_aside.append(row)
