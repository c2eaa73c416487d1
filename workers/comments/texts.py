"""What a reader may send with a comment, cleaned and checked; and the code that finds the comment again."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
import unicodedata

from tenants.language import LANGUAGES, N_, Message, message

LONGEST_TEXT = 4000
LONGEST_NAME = 80
LONGEST_ADDRESS = 254
LONGEST_REASON = 1000

RELATIONS = {
    "": N_("I would rather not say"),
    "parent": N_("Parent or guardian"),
    "student": N_("Student"),
    "teacher": N_("Teacher"),
    "staff": N_("School or district staff"),
    "resident": N_("Resident"),
    "committee": N_("Member of an advisory committee"),
    "other": N_("Other"),
}
"""What a reader may be to the district; the value is shown beside the comment."""

_ADDRESS = re.compile(r"[^@\s<>\",;:\\()\[\]]+@[^@\s<>\",;:\\()\[\]]+\.[^@\s<>\",;:\\()\[\].]{2,}")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is read as a digit."""
_LOOKALIKE = str.maketrans("OILU", "011V")
_KEEP = {"\n"}
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_BREAKS = re.compile(r"\n{3,}")


@dataclasses.dataclass(frozen=True, slots=True)
class Posting:
    """A comment as a reader sent it, cleaned.

    Attributes:
        text: The comment, plain text with line breaks.
        language: Language of the page that it was written on.
        name: Name to be shown, or empty.
        relation: A key of `RELATIONS`.
        address: Where the answer is mailed, or empty. Never shown.
        block_id: Block that it is about, or None for the plan as a whole or a figure.
        figure: Stable key of the figure that it is about, or empty.
        quotation: The passage that the reader selected, or empty for the whole block.
        start: Where the selection began in the block's plain text, as far as known.
        thread_id: Thread that it replies in, or None for a matter of its own.
    """

    text: str
    language: str
    name: str = ""
    relation: str = ""
    address: str = ""
    block_id: int | None = None
    figure: str = ""
    quotation: str = ""
    start: int | None = None
    thread_id: int | None = None


class NotTaken(ValueError):  # noqa: N818 - an answer to a person, not a fault
    """A comment that can't be taken as it is; `errors` says why, by field."""

    def __init__(self, errors: dict[str, Message]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def clean(text: str, *, lines: bool = True) -> str:
    """Return text without control, direction and zero-width characters, with plain spaces.

    Args:
        text: Anything a browser may send.
        lines: Whether line breaks are kept (at most one empty line between paragraphs).
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(_plain(character) for character in text)
    kept = "\n".join(_SPACES.sub(" ", line).strip() for line in kept.split("\n"))
    return _BREAKS.sub("\n\n", kept).strip() if lines else " ".join(kept.split())


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return " " if category in {"Cc", "Cs", "Co", "Zl", "Zp"} and character not in _KEEP else character


def check(posting: Posting) -> Posting:
    """Return the posting cleaned.

    Raises:
        NotTaken: With a sentence for each field that needs attention.
    """
    cleaned = dataclasses.replace(
        posting,
        text=clean(posting.text),
        name=clean(posting.name, lines=False),
        address=posting.address.strip(),
        relation=posting.relation if posting.relation in RELATIONS else "",
    )
    errors: dict[str, Message] = {}
    if len(cleaned.text) < 2:
        errors["text"] = message("Write your comment or question first. Nothing was sent.")
    elif len(cleaned.text) > LONGEST_TEXT:
        errors["text"] = message(
            "Your comment has {found} characters. Up to {limit} can be sent: shorten it, or send two.",
            found=len(cleaned.text),
            limit=LONGEST_TEXT,
        )
    if len(cleaned.name) > LONGEST_NAME:
        errors["name"] = message("A name can have up to {limit} characters.", limit=LONGEST_NAME)
    if cleaned.address and (
        len(cleaned.address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(cleaned.address)
    ):
        errors["address"] = message(
            "This is not a complete mail address. It looks like name@example.org; or leave the field empty."
        )
    if cleaned.language not in LANGUAGES:
        errors["text"] = message("This page's language is unknown. Open the link again.")
    if errors:
        raise NotTaken(errors)
    return cleaned


def return_code(secret: str, district_id: int, comment_id: int) -> str:
    """Return the code that finds a comment again, e.g. `K7QX-2M9D-4TWH`: 60 bits, made from the secret.

    It is stored as a hash alone; whoever holds the platform's secret key can make it again for a mail.
    """
    key = f"comment-return-code/{secret}".encode()
    digest = hmac.new(key, f"{district_id}/{comment_id}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:8], "big") >> 4
    letters = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(55, -1, -5))
    return "-".join(letters[at : at + 4] for at in range(0, 12, 4))


def normal_code(typed: str) -> str | None:
    """Return a typed code as it was printed, whatever its case and spacing; None for what is no code."""
    letters = re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(_LOOKALIKE)
    if len(letters) != 12 or any(letter not in _ALPHABET for letter in letters):
        return None
    return "-".join(letters[at : at + 4] for at in range(0, 12, 4))


def code_hash(code: str) -> bytes:
    """Return the SHA-256 under which a return code is stored."""
    return hashlib.sha256(code.encode()).digest()
