import pytest

from reports.document import Run
from workers.planning import inline


@pytest.mark.parametrize(
    "text",
    [
        "By 2028-29 the reserve holds, on June 30, 2028 and after 30 de junio de 2028.",
        "Children in grades 4-8 and grade 3, paid by fund 17 and resource 3010; section 4 says more.",
        "It brings {{figure:plan/balance/2028-29}} and {{figure:run/12/net/unrestricted/2027-28|dollars}}.",
        "We met {{stated:42 teachers}} in 2025.",
        "TK-3 classrooms in 2026.",
    ],
)
def test_years_dates_names_and_bound_figures_pass(text: str) -> None:
    assert inline.unbound_numbers(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It costs $5.2M a year.", ["5.2"]),
        ("About 12 % of students, or 1,240 of them.", ["12 %", "1,240"]),
        ("A **loss of 3** points.", ["3"]),
        ("2500 students", ["2500"]),
        ("In 2026, 17 schools", ["17"]),
    ],
)
def test_typed_numbers_are_found(text: str, found: list[str]) -> None:
    assert inline.unbound_numbers(text) == found


def test_text_becomes_runs_and_keeps_every_character() -> None:
    def figure(bound: inline.BoundText) -> Run:
        return Run(kind="figure", text="$5.2M", figure=bound.key, code="F01")

    runs = inline.runs("We **save** {{figure:plan/x|dollars}} with *care* for {{stated:42}} people.", figure)
    assert "".join(run.text for run in runs) == "We save $5.2M with care for 42 people."
    assert [run.kind for run in runs] == [
        "text",
        "text",
        "text",
        "figure",
        "text",
        "text",
        "text",
        "stated",
        "text",
    ]
    assert [run.emphasis for run in runs if run.emphasis] == ["strong", "em"]


def test_broken_references_are_named() -> None:
    assert inline.broken_braces("A {{figur:plan/x}} and {{ here.") == ["{{figur:plan/x}}", "{{"]


def test_rebinding_moves_a_reference_and_keeps_its_style() -> None:
    text = "{{figure:run/1/a/2026-27}} {{figure:run/1/a/2026-27|dollars}} {{figure:run/1/a/2026-271}}"
    assert inline.rebind(text, "run/1/a/2026-27", "run/2/a/2026-27") == (
        "{{figure:run/2/a/2026-27}} {{figure:run/2/a/2026-27|dollars}} {{figure:run/1/a/2026-271}}"
    )


def test_lists_and_paragraphs() -> None:
    assert inline.paragraphs("list", "- one\n- two\n\n") == ["one", "two"]
    assert inline.paragraphs("paragraph", "one\nline\n\nsecond") == ["one line", "second"]
