"""Words of the draft that a board's decision overtakes, as an adopted version says them.

The plan itself is written for those who may still comment. Where nobody reworded such a passage, the adopted
version prints these words in its place; what a person wrote stands as written.
"""

from __future__ import annotations

from reports.document import LANGUAGES, Text
from tenants.language import format_date, message
from workers.planning.problems import Imprint
from workers.planning.words import both, own


def passage(draft_key: str | None, imprint: Imprint) -> Text | None:
    """Return an adopted version's words for a drafted passage, None where the draft's words hold."""
    match draft_key if imprint.kind == "adopted" else None:
        case "summary/decision" if imprint.board_date is not None:
            day = own(*(format_date(imprint.board_date, language) for language in LANGUAGES))
            return both(
                message(
                    "**What the board decided.** The governing board adopted this plan on {day}. The cover "
                    "names the vote and the resolution.",
                    day=day,
                )
            )
        case "engagement/lead":
            return both(
                message(
                    "Before the board decided, everybody could comment on a sentence, a figure or the whole "
                    "plan, without an account, in English or Spanish."
                )
            )
        case "engagement/next" if imprint.heard:
            return both(
                message(
                    "The appendix lists what changed because of comments, and what did not change, with the "
                    "reason."
                )
            )
        case "engagement/next":
            return both(message("No comment was received on the versions published before."))
        case _:
            return None


def title(section_key: str, imprint: Imprint) -> Text | None:
    """Return an adopted version's title for a section with a drafted one, None where the draft's holds."""
    if imprint.kind == "adopted" and section_key == "engagement":
        return both(message("The board decided after people were heard"))
    return None
