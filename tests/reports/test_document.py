import json

import pytest

from reports import document as d


def both(en: str, es: str | None = None) -> d.Text:
    return {"en": en, "es": es or f"{en} (es)"}


def small() -> d.Document:
    run = d.Run(kind="figure", text="$5.2M", figure="plan/balance/2026-27", code="F01")
    table = d.Table(
        key="plan/x",
        caption=both("Caption"),
        subtitle=both("Thousands"),
        columns=[d.Column(key="2026-27", label=both("2026-27"), unit="cents")],
        rows=[
            d.Row(
                label=both("Line"),
                cells={"2026-27": d.Cell(text=both("1,234"), figure="plan/balance/2026-27")},
            ),
            d.Row(label=both("None"), cells={"2026-27": None}),
        ],
        source=both("Source"),
        code="T01",
    )
    blocks = [
        d.Block(
            id=7,
            kind="paragraph",
            paragraphs={
                "en": [[d.Run(kind="text", text="It brings "), run]],
                "es": [[d.Run(kind="text", text="Aporta "), run]],
            },
        ),
        d.Block(id=8, kind="table", table=table),
    ]
    figure = d.Figure(
        key="plan/balance/2026-27",
        code="F01",
        label=both("Balance"),
        value=520_000_000,
        unit="cents",
        fiscal_year="2026-27",
        printed=both("$5.2M"),
        formula=both("Savings less cost"),
        parts=[],
        source=both("Plan"),
        stable_key="plan/balance/2026-27",
    )
    option = d.Option(
        id=3,
        kind="saving",
        title=both("Rebid"),
        description="",
        ongoing=True,
        resource="0000",
        restricted=False,
        latest_decision_on=None,
        amounts={"2026-27": (1, 2, 3)},
    )
    cover = d.Cover(
        district="Arroyo",
        cds_code="00000000000000",
        invented=True,
        colour="#14596b",
        title=both("Plan"),
        sentence=both("Sentence"),
        first_year="2025-26",
        last_year="2026-27",
        years=["2025-26", "2026-27"],
        number="0.1",
        kind="draft_for_comment",
        path=d.Path(years=["2025-26"], with_plan=[1], without_plan=[1], minimum=[1]),
    )
    section = d.Section(
        key="how_we_pay",
        number=4,
        name=both("How we pay"),
        title={"en": [d.Run(kind="text", text="Title")], "es": [d.Run(kind="text", text="Título")]},
        blocks=blocks,
    )
    return d.Document(
        plan_id=1,
        cover=cover,
        sections=[section],
        figures={figure.key: figure},
        priorities=[],
        options=[option],
        sources=[],
    )


def test_json_and_back_is_the_same_document_with_the_same_digest() -> None:
    document = small()
    again = d.Document.from_json(json.loads(json.dumps(document.to_json())))
    assert again == document
    assert again.digest() == document.digest()
    assert again.block(8).table.rows[1].cells == {"2026-27": None}


def test_plain_text_is_the_text_as_printed_without_codes() -> None:
    document = small()
    assert d.plain_text(document.block(7), "en") == "It brings $5.2M"
    assert d.plain_text(document.block(7), "es") == "Aporta $5.2M"
    assert d.plain_text(document.block(8), "en") == "Caption\nThousands\nLine\t1,234\nNone\t"


def test_words_change_the_digest_but_not_the_digest_of_the_numbers() -> None:
    document = small()
    data = document.to_json()
    data["sections"][0]["blocks"][0]["paragraphs"]["en"][0][0]["text"] = "It yields "
    changed = d.Document.from_json(data)
    assert changed.digest() != document.digest()
    assert changed.numbers_digest() == document.numbers_digest()
    data["figures"]["plan/balance/2026-27"]["value"] += 1
    assert d.Document.from_json(data).numbers_digest() != document.numbers_digest()


@pytest.mark.parametrize("spoil", [{"format": 2}, {"unheard": 1}])
def test_another_format_or_an_unknown_field_is_refused(spoil: dict) -> None:
    with pytest.raises(ValueError, match=r"format|unheard"):
        d.Document.from_json(small().to_json() | spoil)
