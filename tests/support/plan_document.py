"""An invented plan document for print tests: every kind of block, both languages, figures with lineage."""

import re
from typing import Any

from reports import document as d

YEARS = ["2025-26", "2026-27", "2027-28", "2028-29"]
FIGURES = {
    "gap": ("F01", -823_400_000, "Deficit without the plan", "Déficit sin el plan", "($8.2M)", "2028-29"),
    "cost": (
        "F02",
        610_000_000,
        "Cost of the two priorities",
        "Costo de las dos prioridades",
        "$6.1M",
        "2028-29",
    ),
    "measures": ("F03", 1_439_000_000, "Savings and revenue", "Ahorros e ingresos", "$14.4M", "2028-29"),
    "reserve": ("F04", 1_497_100_000, "Reserve with the plan", "Reserva con el plan", "$15.0M", "2028-29"),
}


def both(en: str, es: str = "") -> d.Text:
    return {"en": en, "es": es or en}


def runs(text: str) -> list[d.Run]:
    """Read `{gap}` as a bound figure and `[42 teachers]` as stated by the author."""
    found = []
    for part in re.split(r"(\{\w+\}|\[[^]]+\])", text):
        if part.startswith("{"):
            code, _, _, _, printed, _ = FIGURES[part[1:-1]]
            found.append(d.Run(kind="figure", text=printed, figure=f"plan/{part[1:-1]}", code=code))
        elif part.startswith("["):
            found.append(d.Run(kind="stated", text=part[1:-1]))
        elif part:
            found.append(d.Run(kind="text", text=part))
    return found


class Builder:
    def __init__(self) -> None:
        self.next = 100

    def block(self, kind: str, *texts: tuple[str, str], **more: Any) -> d.Block:
        self.next += 1
        paragraphs = {"en": [runs(en) for en, _ in texts], "es": [runs(es) for _, es in texts]}
        return d.Block(id=self.next, kind=kind, paragraphs=paragraphs, **more)


def table(rows: int = 6, columns: int = 3, *, name: str = "Measure", total: bool = True) -> d.Table:
    years = [f"{2026 + i}-{27 + i}" for i in range(columns)]

    def cells(base: int) -> dict[str, d.Cell | None]:
        return {
            year: d.Cell(
                text=both(f"{base + 10 * i:,}") if base + i else both("–"), figure="plan/gap", negative=False
            )
            for i, year in enumerate(years)
        }

    lines = [
        d.Row(label=both(f"{name} {i + 1}", f"Medida {i + 1}"), cells=cells(100 * i)) for i in range(rows)
    ]
    if total:
        last = cells(100 * rows)
        last[years[0]] = d.Cell(text=both("(1,234)"), negative=True)
        lines.append(d.Row(label=both("Total", "Suma"), kind="total", cells=last, code="F03"))
    return d.Table(
        key="plan/measures",
        caption=both("Six measures bring the money", "Seis medidas aportan el dinero"),
        subtitle=both("Thousands of dollars by fiscal year", "Miles de dólares por año fiscal"),
        columns=[d.Column(key=year, label=both(year)) for year in years],
        rows=lines,
        source=both("Options of this plan, likely amounts", "Opciones de este plan, montos probables"),
        code="T01",
    )


def chart() -> d.Chart:
    values = [{"year": year, "reserve": 20 - 4 * i, "plan": 20 - i} for i, year in enumerate(YEARS)]
    line = {"type": "line", "point": True}
    axis = {"x": {"field": "year", "type": "ordinal"}}
    specification = {
        "height": 210,
        "data": {"values": values},
        "layer": [
            {
                "mark": line | {"color": "@own"},
                "encoding": axis | {"y": {"field": "plan", "type": "quantitative"}},
            },
            {
                "mark": line | {"color": "@shortfall", "strokeDash": [4, 4]},
                "encoding": axis | {"y": {"field": "reserve", "type": "quantitative"}},
            },
        ],
    }
    return d.Chart(
        key="plan/reserve",
        caption=both(
            "With the plan the reserve stays above its minimum", "Con el plan la reserva supera el mínimo"
        ),
        subtitle=both("Available reserve, millions of dollars", "Reserva disponible, millones de dólares"),
        alternative=both(
            "Falls from 20 to 8 without the plan, to 17 with it.", "Baja de 20 a 8 sin el plan, a 17 con él."
        ),
        source=both("Three-year outlook, run 14", "Proyección de tres años, cálculo 14"),
        specification={"en": specification, "es": specification},
        code="C01",
    )


def section(key: str, number: int, name: d.Text, title: tuple[str, str], blocks: list[d.Block]) -> d.Section:
    return d.Section(
        key=key,
        number=number,
        name=name,
        title={"en": runs(title[0]), "es": runs(title[1])},
        blocks=blocks,
        owner="Marisol Quintero",
    )


LONG_EN = (
    "Staffing follows enrollment as people retire, programs that show no effect end, and restricted money "
    "pays first where the law allows it, so that nobody employed today loses a permanent position. "
)
LONG_ES = (
    "La plantilla sigue a la matrícula conforme la gente se jubila, los programas sin efecto terminan y el "
    "dinero restringido paga primero donde la ley lo permite, para que nadie pierda su puesto permanente. "
)
LONG = (LONG_EN, LONG_ES)


def document(
    *, rows: int = 6, district: str = "Arroyo Verde Unified School District", kind: str = "draft_for_comment"
) -> d.Document:
    make = Builder()
    facts = [
        d.Fact(
            figure=f"plan/{key}", code=code, value=both(printed), label=both(f"{en}, {year}", f"{es}, {year}")
        )
        for key, (code, _, en, es, printed, year) in FIGURES.items()
    ]
    paragraph = (LONG[0] + "It brings {measures} in all.", LONG[1] + "Aporta {measures} en total.")
    sections = [
        section(
            "summary",
            1,
            both("The two-minute page", "La página de dos minutos"),
            (
                "The plan closes the gap of {gap} and pays for two priorities",
                "El plan cierra la brecha de {gap} y paga dos prioridades",
            ),
            [
                make.block(
                    "paragraph",
                    (
                        "Without a plan the reserve is spent by 2028-29. With it, {reserve} remains.",
                        "Sin un plan la reserva se agota en 2028-29. Con él quedan {reserve}.",
                    ),
                ),
                make.block("facts", facts=facts),
                make.block("heading", ("What pays for it", "Qué lo paga")),
                make.block("paragraph", paragraph),
                make.block("table", table=table(3)),
                make.block(
                    "callout",
                    (
                        "The board decides in June. Comment before then.",
                        "La junta decide en junio. Comente antes.",
                    ),
                ),
            ],
        ),
        section(
            "where_we_are",
            2,
            both("Where we are", "Dónde estamos"),
            ("Costs grew faster than revenue", "Los costos crecieron más que los ingresos"),
            [
                make.block("paragraph", paragraph),
                make.block("chart", chart=chart()),
                make.block("paragraph", (LONG[0] * 3, LONG[1] * 3)),
                make.block("paragraph", ("We asked [42 teachers].", "Preguntamos a [42 docentes].")),
            ],
        ),
        section(
            "how_we_pay",
            3,
            both("How we pay", "Cómo lo pagamos"),
            ("Every dollar has a named source", "Cada dólar tiene una fuente con nombre"),
            [
                make.block("paragraph", paragraph),
                make.block("table", table=table(rows)),
                make.block(
                    "list", ("First {cost}.", "Primero {cost}."), ("Then the rest.", "Después lo demás.")
                ),
            ],
        ),
        section(
            "implementation",
            4,
            both("Implementation", "Puesta en marcha"),
            ("Each action has one owner", "Cada acción tiene una persona responsable"),
            [make.block("paragraph", paragraph), make.block("paragraph", (LONG[0] * 2, LONG[1] * 2))],
        ),
        section(
            "measures",
            5,
            both("Measures", "Mediciones"),
            ("We publish what we find, good or bad", "Publicamos lo que hallamos, sea bueno o malo"),
            [make.block("paragraph", paragraph)],
        ),
        section(
            "appendices",
            6,
            both("Appendices", "Anexos"),
            ("Every figure leads back to its lines", "Cada cifra lleva de vuelta a sus renglones"),
            [],
        ),
    ]
    figures = {
        f"plan/{key}": d.Figure(
            key=f"plan/{key}",
            code=code,
            label=both(en, es),
            value=value,
            unit="cents",
            fiscal_year=year,
            printed=both(printed),
            formula=both("Sum of its parts.", "Suma de sus partes."),
            parts=[],
            source=both("Options and priorities of this plan", "Opciones y prioridades de este plan"),
            stable_key=f"plan/{key}",
        )
        for key, (code, value, en, es, printed, year) in FIGURES.items()
    }
    source = d.Source(
        run_id=14,
        analysis="three_year_outlook",
        title=both("Three-year outlook", "Proyección de tres años"),
        version="1",
        input_digest="9f" * 32,
        output_digest="ab" * 32,
        inputs=[{"dataset_id": 3, "fiscal_year": "2025-26", "column": "BB"}],
        parameters={},
        method=[
            both("Revenue grows by the state's rates.", "Los ingresos crecen según las tasas del estado.")
        ],
        limits=[both("One economy, not many.", "Una sola economía, no muchas.")],
    )
    cover = d.Cover(
        district=district,
        cds_code="00000000000000",
        invented=True,
        colour="#14596b",
        title=both(
            "Strategic finance plan 2026-27 to 2028-29", "Plan financiero estratégico 2026-27 a 2028-29"
        ),
        sentence=both(
            "By 2028-29 two priorities are paid for every year; the reserve stays above the minimum.",
            "Para 2028-29 dos prioridades se pagan cada año y la reserva supera el mínimo del estado.",
        ),
        first_year="2026-27",
        last_year="2028-29",
        years=YEARS[1:],
        number="0.1" if kind != "adopted" else "1.0",
        kind=kind,
        board_date="2026-06-24" if kind == "adopted" else None,
        board_vote="5-0" if kind == "adopted" else None,
        resolution_number="26-14" if kind == "adopted" else None,
        path=d.Path(
            years=YEARS,
            with_plan=[20_663, 15_788, 9_417, 9_530],
            without_plan=[20_663, 14_108, 5_212, -3_270],
            minimum=[6_252, 6_270, 6_356, 6_421],
        ),
    )
    return d.Document(
        plan_id=1,
        cover=cover,
        sections=sections,
        figures=figures,
        priorities=[],
        options=[],
        sources=[source],
    )
