"""The permission matrix in print: `python -m tenants.permission_page > docs/permissions.md`."""

from __future__ import annotations

import sys

from tenants.matrix import COLUMNS, SECTIONS
from tenants.roles import ALIASES, ROLE_NAMES

HEAD = """# Permissions

Who may do what. The table is data in `tenants/matrix.py`, read by `tenants/roles.py`; this page is printed
from it (`python -m tenants.permission_page > docs/permissions.md`), and a test compares the two.

Actions: **V** view, **C** create, **E** edit, **R** run, **A** approve, sign or certify, **S** share or
publish, **M** manage, **X** export, **D** withdraw. A route names `resource:action`, such as
`ledger_lines:view`.

Limits: *o* own department, school, section or item; *r* released to that audience; *s* suppressed and
aggregated; *n* by name only; *e* as the engagement level allows; *g* only under an open support grant; *St*
needs the steward attribute (without it the cell falls back to V); a dash is nothing. A limit that the product
can't honour on a page refuses that page. Besides the cell, the class of the records behind a line (progress,
cabinet, personnel, small group) must be in the actor's reach, and row-level security holds whatever a page
forgets.
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    roles = ", ".join(f"{code} {ROLE_NAMES[code]}" for code in COLUMNS)
    parts.append(f"Roles: {roles}.\n")
    for title, resources in SECTIONS:
        parts.append(f"## {title}\n")
        parts.append("| Resource | Name | Class | " + " | ".join(COLUMNS) + " |")
        parts.append("|" + "---|" * (len(COLUMNS) + 3))
        for resource in resources:
            cells = " | ".join(resource.cells)
            information = resource.information or "none"
            parts.append(f"| {resource.title} | `{resource.key}` | {information} | {cells} |")
        parts.append("")
    parts.append("## Names that people use\n")
    parts.append("| Permission | Line | Any of |")
    parts.append("|---|---|---|")
    parts.extend(f"| `{name}` | `{key}` | {letters} |" for name, (key, letters) in ALIASES.items())
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
