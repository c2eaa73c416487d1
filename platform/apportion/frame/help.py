"""What the help drawer says: what the area is for, keys, and the terms of school finance in plain words."""

from __future__ import annotations

from tenants.language import N_

AREAS = {
    "portfolio": N_(
        "The home says what your numbers conclude, what waits for you and which dates come next. The board "
        "of steps shows who owns each step; a step is done once finance and instruction both say so."
    ),
    "data": N_(
        "Here a ledger is loaded. Our total stands beside yours first, with every cent of the difference "
        "explained; nothing is counted until the file is whole."
    ),
    "analyses": N_(
        "Each analysis opens with its finding in one sentence. Every number with a dotted line leads to its "
        "formula, its ledger lines and the rows of the file."
    ),
    "plan": N_(
        "Here the plan is written. Numbers are references to results: choose one to see where it comes from. "
        "A version that is published never changes."
    ),
    "sharing": N_(
        "A link lets readers see what is published and comment on it, until the day that you choose."
    ),
    "comments": N_("Here what readers said is answered. Each comment keeps its place in the next version."),
    "board": N_(
        "A member of the board asks staff alone. Answers go to every member as a memo, without who asked."
    ),
    "settings": N_("Here stewards decide who belongs, what a facilitator sees, and which programs connect."),
    "cohorts": N_(
        "The board shows each district that lets you in, as far as it lets you. "
        "No district learns of another."
    ),
    "jobs": N_("What takes long is done in the background. You can leave; the tray says when it is ready."),
}
"""By the name of the area whose page asks."""

KEYS = (
    ("/", N_("Go to the search")),
    ("Tab", N_("Go to the next link, field or figure")),
    ("Enter", N_("Open what is marked; a figure opens beside the page")),
    ("Esc", N_("Close what is open, and go back to where you were")),
    ("?", N_("Show this help")),
)
