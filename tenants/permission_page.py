"""The permission matrix in print: `python -m tenants.permission_page > docs/permissions.md`."""

from __future__ import annotations

import sys

from tenants.areas import SUPPORT_AREAS
from tenants.limits import ACTS, LIMITS
from tenants.matrix import COLUMNS, SECTIONS, USUAL_LEVEL
from tenants.roles import ALIASES, ROLE_NAMES

HEAD = """# Permissions

Who may do what. The table is data in `tenants/matrix.py`, its grammar stands in `tenants/limits.py`, and
`tenants/roles.py` decides by it; this page is printed from them (`python -m tenants.permission_page >
docs/permissions.md`), and a test compares the two.

A route names `resource:action`, such as `ledger_lines:view`. Nothing is allowed by default. A cell allows
an act when its limits are met: by the actor alone, by the facts of the record at hand, by row-level
security, or by a route that names the limit as one that it serves. Besides the cell, the class of the
records behind a line must be in the actor's reach (a limit may open another way to them), and row-level
security holds whatever a page forgets.

A cell is a dash, or clauses divided by commas; a clause is acts followed by limits. Where a clause has V
beside other acts, `St`, `o`, `pay`, `two` and `second_person` bind the other acts alone; `as_...` binds C
alone, and `o` never binds C. `e3` is `e` from level 3 on; a plain `e` holds from the line's own level on,
which is 2 unless the name of the line says otherwise.
"""


def _decided(word: str) -> str:
    if word in {"St", "e", "g"}:
        return "the actor"
    return "the record, or the route" if LIMITS[word].rule is not None else "the route"


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    parts.append("## Acts and limits\n")
    parts.append(", ".join(f"**{act}** {verb}" for act, verb in ACTS.items() if act != verb) + ".\n")
    parts.append("| Limit | Means | Decided by |")
    parts.append("|---|---|---|")
    parts.extend(f"| `{word}` | {limit.meaning} | {_decided(word)} |" for word, limit in LIMITS.items())
    parts.append("")
    roles = ", ".join(f"{code} {ROLE_NAMES[code]}" for code in COLUMNS)
    parts.append(f"Roles: {roles}.\n")
    for title, resources in SECTIONS:
        parts.append(f"## {title}\n")
        parts.append("| Resource | Name | Class | " + " | ".join(COLUMNS) + " |")
        parts.append("|" + "---|" * (len(COLUMNS) + 3))
        for resource in resources:
            cells = " | ".join(resource.cells)
            information = ", ".join((resource.information or "none", *resource.also))
            kept = f", rows keep {', '.join(sorted(resource.rows))}" if resource.rows else ""
            level = "" if resource.level == USUAL_LEVEL else f", e{resource.level}"
            parts.append(f"| {resource.title} | `{resource.key}`{level}{kept} | {information} | {cells} |")
        parts.append("")
    parts.append("## Under a support grant\n")
    parts.append(
        "What a district lends to one named person of the operator for at most 24 hours: views alone, of\n"
        "the areas that the grant names, behind a database role that can write nothing. Every page opened\n"
        "is in the district's record of activity.\n"
    )
    parts.append("| Area | What it is | Lines |")
    parts.append("|---|---|---|")
    parts.extend(
        f"| `{area}` | {title} | {', '.join(f'`{key}`' for key in keys)} |"
        for area, (title, keys) in SUPPORT_AREAS.items()
    )
    parts.append("")
    parts.append("## Names that people use\n")
    parts.append("| Permission | Line | Any of | Keeps to |")
    parts.append("|---|---|---|---|")
    parts.extend(
        f"| `{name}` | `{each.key}` | {', '.join(each.acts)} | {', '.join(sorted(each.serves))} |"
        for name, each in ALIASES.items()
    )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
