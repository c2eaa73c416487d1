"""Which layout a text has, by its content and never by its name."""

from __future__ import annotations

import re

from workers.imports.ledger.source import Records

LAYOUTS = ("sacs-export", "sacs-import", "user-gl", "web-extract", "plain-table")
LOOKED_AT = 20
DETAIL = re.compile(rb'^"?[0-9A-Za-z]{17,20}"?,')
HEADING_WORDS = re.compile(r"(?i)fund|resource|object|account|amount|value|year|school|description")


def looks_like_sacs(records: Records) -> bool:
    """Tell whether a text is in one of the state's own layouts: a header of four fields, then accounts.

    A damaged header (unknown period, a year in words) still counts, so that the fault is named by its field.
    """
    first = 0
    while first < min(len(records), LOOKED_AT) and not records.raw(first).strip():
        first += 1
    if first >= len(records):
        return False
    fields = [field.strip() for field in records.fields(first)]
    if not fields or any(HEADING_WORDS.search(field) for field in fields):
        return False
    if len(fields) in (4, 5) and re.fullmatch(r"[0-9]{7,14}", fields[1]):
        return True
    details = sum(
        1 for index in range(first, min(len(records), first + LOOKED_AT)) if DETAIL.match(records.raw(index))
    )
    return details > 0 and len(fields) in (2, 3, 4, 5)
