"""The certificate that a district's account was removed: what, how much, when, and the signature."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reports.pdf import Printed, print_html
from tenants.language import format_datetime, format_number, translate

SHEET = """
@page {
  size: Letter; margin: 22mm 20mm 20mm;
  @bottom-right { content: counter(page); font: 9pt "Public Sans" }
}
body { font: 10.5pt/1.45 "Public Sans"; color: #1b2a2f }
h1 { font: 600 20pt/1.2 "Source Serif 4"; margin: 0 0 6mm; color: #14596b }
h2 { font: 600 12pt "Public Sans"; margin: 7mm 0 2mm }
p { margin: 0 0 3mm }
table { width: 100%; border-collapse: collapse; font-size: 9.5pt }
th, td { text-align: left; padding: 1.1mm 0; border-bottom: 0.3pt solid #b9c6ca; vertical-align: top }
th { font-weight: 600 }
.num { text-align: right }
.code { font-size: 8pt; word-break: break-all }
"""


def print_certificate(signed: Mapping[str, Any], language: str) -> Printed:
    """Print a signed certificate of removal.

    Args:
        signed: What `workers.account.removal` states, with its signature.
        language: `en` or `es`.
    """

    def when(at: str) -> str:
        return format_datetime(dt.datetime.fromisoformat(at), language)

    def number(value: int) -> str:
        return format_number(value, language)

    title = translate("Certificate of removal", language)
    district, decided, record = signed["district"], signed["decided"], signed["record_of_activity"]
    rows = sorted(signed["removed"].items())
    facts = [
        (translate("District", language), f"{district['name']} ({district['cds_code']})"),
        (translate("Asked for by", language), f"{decided['asked_by']}, {when(decided['asked_at'])}"),
        (translate("Approved by", language), f"{decided['approved_by']}, {when(decided['approved_at'])}"),
        (translate("Removed", language), when(signed["removed_at"])),
        (translate("Files removed", language), number(signed["files"])),
        (
            translate("People removed, who belonged to no other organization", language),
            number(signed["people_removed"]),
        ),
        (
            translate("People who stay, because they belong elsewhere", language),
            number(signed["people_kept"]),
        ),
        (translate("Entries in the record of activity", language), number(record["entries"])),
    ]
    body = [
        Markup("<h1>{}</h1>").format(title),
        Markup("<p>{}</p>").format(
            translate(
                "The account of this district was removed from the platform. Afterwards every table and "
                "every store was counted again: nothing of the district was left.",
                language,
            )
        ),
        _table(facts),
        Markup("<h2>{}</h2>").format(translate("Rows removed, by table", language)),
        _table([(name, number(count)) for name, count in rows], numbers=True),
        Markup("<h2>{}</h2>").format(translate("Head of the record of activity", language)),
        Markup('<p class="code">{}</p>').format(record["head"]),
        Markup("<h2>{}</h2>").format(translate("Signature", language)),
        Markup("<p>{}</p>").format(
            translate(
                "Ed25519 over the certificate's JSON, keys sorted, no spaces, without its last two entries. "
                "The JSON came in the same mail.",
                language,
            )
        ),
        Markup('<p class="code">{}</p><p class="code">{}</p>').format(
            signed["signature"], signed["public_key"]
        ),
    ]
    html = Markup(
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title></head>'
        "<body>{}</body></html>"
    )
    return print_html(str(html.format(language, title, Markup("").join(body))), SHEET)


def _table(rows: list[tuple[str, str]], *, numbers: bool = False) -> Markup:
    kind = Markup(' class="num"') if numbers else Markup("")
    lines = [
        Markup('<tr><th scope="row">{}</th><td{}>{}</td></tr>').format(name, kind, value)
        for name, value in rows
    ]
    return Markup("<table><tbody>{}</tbody></table>").format(Markup("").join(lines))
