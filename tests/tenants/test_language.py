import datetime as dt

import pytest

from tenants import language
from tenants.language import (
    format_date,
    format_datetime,
    format_money,
    format_number,
    format_percent,
    message,
    message_n,
    render,
    render_within,
    translate,
)


@pytest.mark.parametrize(
    ("cents", "style", "english", "spanish"),
    [
        (120_000_000, "headline", "$1.2M", "$1.2\u00a0M"),
        (-120_000_000, "headline", "($1.2M)", "($1.2\u00a0M)"),
        (99_949_999, "headline", "$999,000", "$999,000"),
        (99_950_000, "headline", "$1.0M", "$1.0\u00a0M"),
        (62_000_000, "headline", "$620,000", "$620,000"),
        (62_049_900, "headline", "$620,000", "$620,000"),
        (512_345, "headline", "$5,123", "$5,123"),
        (123_456_789_012, "headline", "$1,234.6M", "$1,234.6\u00a0M"),
        (123_450, "dollars", "$1,235", "$1,235"),
        (-123_450, "dollars", "($1,235)", "($1,235)"),
        (-49, "dollars", "$0", "$0"),
        (2_731_608, "cents", "$27,316.08", "$27,316.08"),
        (-1, "cents", "($0.01)", "($0.01)"),
        (-120_000_000, "thousands", "(1,200)", "(1,200)"),
        (2_731_608, "plain_dollars", "27,316", "27,316"),
        (2_731_608, "plain_cents", "27,316.08", "27,316.08"),
    ],
)
def test_amounts_are_printed_as_people_read_them(cents, style, english, spanish):
    assert format_money(cents, "en", style) == english
    assert format_money(cents, "es", style) == spanish


def test_half_a_dollar_rounds_away_from_zero_both_ways():
    assert format_money(50, "en", "dollars") == "$1"
    assert format_money(-50, "en", "dollars") == "($1)"
    assert format_money(150, "en", "dollars") == "$2"


def test_numbers_and_percentages():
    assert format_number(1234567, "en") == "1,234,567"
    assert format_number(-1234.56, "es", 1) == "(1,234.6)"
    assert format_percent(3, "en", 0) == "3%"
    assert format_percent(-2.25, "es") == "(2.3%)"


def test_days_and_times_are_those_of_california():
    at = dt.datetime(2025, 11, 25, 0, 40, tzinfo=dt.UTC)
    assert format_datetime(at, "en") == "Nov 24, 2025, 4:40 p.m."
    assert format_datetime(at, "es") == "24 nov 2025, 4:40 p.m."
    assert format_date(dt.date(2025, 11, 24), "en", "weekday") == "Monday, November 24, 2025"
    assert format_date(dt.date(2025, 11, 24), "es") == "24 de noviembre de 2025"


def test_a_sentence_that_ends_with_the_hour_has_one_period():
    at = dt.datetime(2025, 11, 25, 0, 40, tzinfo=dt.UTC)
    assert translate("Last seen {at}.", "en", at=at) == "Last seen Nov 24, 2025, 4:40 p.m."


def test_a_message_survives_json_and_reads_in_english():
    year = language.fiscal_year("2027-28")
    said = message(
        "The plan leaves {gap} under the reserve in {year}", gap=language.money(120_000_000), year=year
    )
    assert render(said, "en") == "The plan leaves $1.2M under the reserve in 2027-28"
    nested = message("Because: {why}", why=said)
    assert render(nested, "en") == "Because: The plan leaves $1.2M under the reserve in 2027-28"


def test_counts_choose_their_form():
    def said(n):
        return message_n("{n} line of {file}", "{n} lines of {file}", n, file="a.dat")

    assert render(said(1), "en") == "1 line of a.dat"
    assert render(said(24618), "en") == "24,618 lines of a.dat"


def test_a_missing_value_or_text_is_an_error_and_not_a_hole():
    with pytest.raises(KeyError):
        translate("No {thing}", "en")
    with pytest.raises(TypeError):
        translate("No {thing}", "en", thing=None)
    with pytest.raises(language.UnknownTextError):
        translate("No catalogue has this sentence", "es")


def test_a_value_can_not_smuggle_a_placeholder():
    assert translate("{a} {b}", "en", a="{b}", b="x") == "{b} x"


def test_messages_within_a_document_become_sentences():
    said = message("Salaries rolled forward")
    document = {"findings": [{"code": "x", "message": said}], "text": "kept", "values": [1]}
    assert render_within(document, "en") == {
        "findings": [{"code": "x", "message": "Salaries rolled forward"}],
        "text": "kept",
        "values": [1],
    }
