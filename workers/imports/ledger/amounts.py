"""Amounts to whole cents, exactly; a text that is no amount is named, with a reading where one is plain."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import numpy.typing as npt

from tenants.language import N_, Message, message
from workers.imports.ledger.arrow import Column, pa, pc

LARGEST_CENTS = 10_000_000_000_000
"""One hundred billion dollars: more than the state spends on all schools together in one account."""
PLAIN = r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$"


@dataclasses.dataclass(frozen=True)
class Style:
    """How a district's own system writes amounts, as its mapping declares it.

    Attributes:
        thousands: the separator between thousands, or empty.
        parentheses: whether negatives stand in parentheses.
        trailing_minus: whether the minus stands behind.
    """

    thousands: str = ""
    parentheses: bool = False
    trailing_minus: bool = False


OFFICIAL_STYLE = Style()


@dataclasses.dataclass(frozen=True)
class Fault:
    """Why a text is no amount, and how it would be read if a person agrees."""

    rule: str
    expected: str
    message: Message
    proposed_cents: int | None = None


def parse(texts: Column, style: Style | None = None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Read amounts.

    Args:
        texts: the fields as they stand; surrounding blanks are ignored.
        style: what the mapping declares, or None for the official form `-1234.56`.

    Returns:
        Cents (0 where unreadable) and whether each was readable, both of the length of `texts`.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    if style is not None:
        trimmed = _normalized(trimmed, style)
    good = pc.fill_null(pc.match_substring_regex(trimmed, PLAIN), False)
    readable = np.asarray(good.to_numpy(zero_copy_only=False), dtype=np.bool_)
    plain = trimmed if readable.all() else pc.if_else(good, trimmed, "0")
    decimals = pc.cast(plain, pa.decimal128(16, 2))
    cents = pc.cast(pc.multiply(decimals, pa.scalar(100, pa.decimal128(3, 0))), pa.int64())
    return np.asarray(cents.to_numpy(zero_copy_only=False), dtype=np.int64), readable & (
        np.abs(np.asarray(cents, dtype=np.int64)) <= LARGEST_CENTS
    )


def _normalized(texts: Column, style: Style) -> Column:
    """Bring declared forms to the official one; what does not fit the declaration stays as it is."""
    if style.thousands:
        mark = re.escape(style.thousands)
        grouped = pc.match_substring_regex(
            texts, rf"^[-(]?\$?[0-9]{{1,3}}({mark}[0-9]{{3}})+(\.[0-9]{{1,2}})?[-)]?$"
        )
        texts = pc.if_else(grouped, pc.replace_substring(texts, style.thousands, ""), texts)
    if style.parentheses:
        texts = pc.replace_substring_regex(texts, r"^\(([0-9]+(?:\.[0-9]{1,2})?)\)$", r"-\1")
    if style.trailing_minus:
        texts = pc.replace_substring_regex(texts, r"^([0-9]+(?:\.[0-9]{1,2})?)-$", r"-\1")
    return texts


def print_cents(cents: int) -> str:
    """Return cents as a decimal string with two places."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


AMOUNT_FORM = N_("digits with at most two decimals, a minus in front if negative, such as -1234.56")


def explain(text: str) -> Fault:
    """Say why a text is no amount in the official form, and propose a reading where only one is plain."""
    bare = text.strip()
    for rule, pattern, why in _FAULTS:
        if re.fullmatch(pattern, bare):
            return Fault(rule, AMOUNT_FORM, why, _reading(rule, bare))
    return Fault(
        "AMOUNT-TEXT",
        AMOUNT_FORM,
        message("The amount is not a number. Write digits with two decimals and load the file again."),
        _letters(bare),
    )


def _reading(rule: str, text: str) -> int | None:
    """Return the one plain reading of a text in cents, or None."""
    match rule:
        case "AMOUNT-PARENTHESES" | "AMOUNT-THOUSANDS" | "AMOUNT-TRAILING-MINUS" | "AMOUNT-SIGN":
            negative = text.startswith(("(", "-", "$-", "-$")) or text.endswith(("-", "CR", "cr"))
            digits = re.sub(r"[^0-9.]", "", text)
            return _cents(("-" if negative else "") + digits)
        case _:
            return None


def _letters(text: str) -> int | None:
    """Read the letters O and l where digits must stand; nothing else is guessed.

    A comma counts only where it parts thousands: 88,50 may be 88.50 or a lost digit, never 8,850.
    """
    swapped = text.replace(" ", "").replace("\u00a0", "")
    swapped = swapped.translate(str.maketrans("OolI", "0011"))
    if "," in swapped:
        if not re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,2})?", swapped):
            return None
        swapped = swapped.replace(",", "")
    return _cents(swapped) if re.search(r"[0-9]", text) else None


def _cents(text: str) -> int | None:
    match = re.fullmatch(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2}))?", text)
    if match is None:
        return None
    cents = int(match[2]) * 100 + int((match[3] or "0").ljust(2, "0"))
    if cents > LARGEST_CENTS:
        return None
    return -cents if match[1] else cents


_FAULTS: tuple[tuple[str, str, Message], ...] = (
    (
        "AMOUNT-EMPTY",
        r"",
        message("The amount is empty. Write 0.00 if nothing is meant, and load the file again."),
    ),
    (
        "AMOUNT-NOT-FINITE",
        r"(?i)[-+]?(nan|inf|infinity|#n/a|#value!|#ref!|#div/0!|#num!|#name\?|null|none)",
        message(
            "The amount is not a number: a calculation failed before the file was written. Mend it there."
        ),
    ),
    (
        "AMOUNT-EXPONENT",
        r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+",
        message(
            "The amount is written with an exponent, as spreadsheets shorten numbers; its cents may be lost. "
            "Take the amount from your accounting system and write all digits."
        ),
    ),
    (
        "AMOUNT-DECIMALS",
        r"-?[0-9]+\.[0-9]{3,}",
        message(
            "The amount has more than two decimals. We do not round: write whole cents in the accounting "
            "system "
            "and load the file again."
        ),
    ),
    (
        "AMOUNT-TRAILING-MINUS",
        r"\$?[0-9][0-9,]*(\.[0-9]{1,2})?\s*(-|CR|cr)",
        message("The minus stands behind the amount. Put it in front, or accept the proposed reading."),
    ),
    (
        "AMOUNT-PARENTHESES",
        r"-?\(\$?[0-9][0-9,]*(\.[0-9]{1,2})?\)",
        message(
            "The negative amount stands in parentheses. Write a minus in front, accept the proposed "
            "reading, or "
            "declare the form in the column mapping."
        ),
    ),
    (
        "AMOUNT-THOUSANDS",
        r"-?\$?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]{1,2})?",
        message(
            "The amount has separators between thousands. Leave them out, accept the proposed reading, or "
            "declare the form in the column mapping."
        ),
    ),
    (
        "AMOUNT-SIGN",
        r"(\+|-?\$|\$-)[0-9]+(\.[0-9]{1,2})?",
        message("The amount carries a plus or a dollar sign. Leave it out, or accept the proposed reading."),
    ),
    (
        "AMOUNT-TOO-LARGE",
        r"-?[0-9]+(\.[0-9]{1,2})?",
        message(
            "The amount is larger than any account of a district can be. Check whether digits were doubled "
            "or "
            "the decimal point is missing."
        ),
    ),
)
