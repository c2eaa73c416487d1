"""Invented people: every role in every district, the facilitator's lead and coaches, and an operator.

Their addresses end in `.example`, which is reserved: no mail can reach anybody.
"""

from __future__ import annotations

import dataclasses
import unicodedata

PASSWORD = "five invented districts"  # noqa: S105 - printed on purpose; the demonstration refuses production
"""One password for every invented person."""

ROLES = ("SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "BRD", "COM")
STEWARDS = ("SUP", "CBO")


@dataclasses.dataclass(frozen=True)
class InventedPerson:
    """Somebody who does not exist."""

    name: str
    role: str
    domain: str
    language: str = "en"

    @property
    def address(self) -> str:
        """Mail address made of the name."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode().lower()
        words = "".join(c if c.isalpha() else " " for c in plain.replace("'", "")).split()
        return f"{words[0]}.{words[-1]}@{self.domain}"

    @property
    def steward(self) -> bool:
        """Whether the person manages people and engagement."""
        return self.role in STEWARDS or self.role in ("FLD", "PAD")


NAMES = {
    "arroyo-verde": (
        "Imani Okonkwo",
        "Marisol Quintero",
        "Denise Okafor",
        "Ha-eun Brandt",
        "Tevita Langi",
        "Rosa Ybarra",
        "Farid Haddadi",
        "Joanna Pellegrino",
        "Lucía Montalvo",
    ),
    "cedar-flat": (
        "Dale Whitehorse",
        "Ingrid Solberg",
        "Amara Diallo",
        "Curtis Yellowtail",
        "Noor Rahimi",
        "Beatriz Fonseca",
        "Earl Tomlinson",
        "Pua Kealoha",
        "Jesús Arce",
    ),
    "puerto-alegre": (
        "Xiomara Belmonte",
        "Rajiv Menon",
        "Latoya Fairchild",
        "Siobhan Keane",
        "Minh Anh Tran",
        "Gustavo Prieto",
        "Adaeze Nwosu",
        "Harpreet Gill",
        "Catalina Rojas",
    ),
    "mesa-robles": (
        "Winston Achebe",
        "Lena Takahashi",
        "Óscar Villagrán",
        "Priscilla Dunmore",
        "Salma El-Amin",
        "Bao Xiong",
        "Margarethe Voss",
        "Darnell Coates",
        "Yesenia Luján",
    ),
    "costa-clara": (
        "Philippa Ashdown",
        "Kenji Moriyama",
        "Solveig Haugen",
        "Thandiwe Mbeki",
        "Aurelio Santangelo",
        "Mei-ling Castellan",
        "Ruth Abramowicz",
        "Desmond Olatunji",
        "Graciela Ponce",
    ),
}

LEAD = InventedPerson("Rosalind Achterberg", "FLD", "foothill-coaches.example")
COACH_ONE = InventedPerson("Tomás Villaseñor", "FCO", "foothill-coaches.example")
COACH_TWO = InventedPerson("Keiko Obuya", "FCO", "foothill-coaches.example")
FACILITATOR_PEOPLE = (LEAD, COACH_ONE, COACH_TWO)
OPERATOR = InventedPerson("Petra Lindqvist", "PAD", "platform.example")


def people_of(key: str) -> list[InventedPerson]:
    """Return a district's invented people, in the order of `ROLES`; the community's member reads Spanish."""
    domain = f"{key}.example"
    return [
        InventedPerson(name, role, domain, "es" if role == "COM" else "en")
        for name, role in zip(NAMES[key], ROLES, strict=True)
    ]
