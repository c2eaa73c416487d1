"""Small groups stay unknown: a reader with a linear program and every release learns no protected number."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analyses.small_groups import (
    AGREED_WIDTH,
    SMALLEST,
    InconsistentReleasesError,
    Number,
    Published,
    Reader,
    Release,
    grid,
    protect,
)


def table(values, prefix=()):
    """Return counts and numbers of a table given as rows of numbers."""
    rows = [f"s{i}" for i in range(len(values))]
    columns = [f"g{i}" for i in range(len(values[0]))]
    counts = {
        (*prefix, row, column): values[i][j] for i, row in enumerate(rows) for j, column in enumerate(columns)
    }
    return counts, grid(rows, columns, prefix)


def attack(releases):
    """Return the narrowest width that a reader of all releases reaches on any protected number."""
    reader = Reader(releases)
    widths = {}
    for position, release in enumerate(releases):
        for each in release.published:
            true = sum(release.counts[key] for key in each.number.keys)
            if true < SMALLEST:
                bounds, _ = reader.bounds(release.counts, each.number.keys)
                assert bounds.least - 1e-6 <= true <= bounds.most + 1e-6, "the truth must fit"
                widths[position, each.number.name] = bounds.width
    return widths


def test_the_attack_works_where_nothing_is_done_against_it():
    counts, numbers = table([[40, 3], [50, 60]])
    values = {number.name: sum(counts[key] for key in number.keys) for number in numbers}
    naive = Release(
        tuple(
            Published(
                number,
                "fewer" if values[number.name] < 11 else "count",
                None if values[number.name] < 11 else values[number.name],
            )
            for number in numbers
        ),
        counts,
    )
    bounds, telling = Reader([naive]).bounds(counts, {("s0", "g1")})
    assert (bounds.least, bounds.most) == (3, 3), "row total less the open cell"
    assert telling


def test_one_small_cell_takes_partners_with_it():
    counts, numbers = table([[40, 3, 25], [50, 60, 31], [22, 44, 19]])
    made = protect(counts, numbers)
    assert made["s0/g1"].shown == "fewer"
    assert made["s0/g1"].count is None
    hidden = [each.number.name for each in made.published if each.shown == "withheld"]
    assert len(hidden) >= 3, "one in the row, one in the column, and one that closes the square"
    assert made["*/*"].shown == "count"
    assert min(attack([made]).values()) >= AGREED_WIDTH


def test_without_small_groups_everything_is_shown():
    counts, numbers = table([[40, 30], [50, 60]])
    assert {each.shown for each in protect(counts, numbers).published} == {"count"}


def test_a_total_of_ten_and_ten_does_not_give_both_away():
    counts, numbers = table([[10, 10]])
    made = protect(counts, numbers)
    assert made["s0/*"].shown == "withheld", "twenty would say that both are ten"
    assert min(attack([made]).values()) >= AGREED_WIDTH


def test_a_second_release_does_not_undo_the_first():
    counts, numbers = table([[40, 3, 25], [50, 60, 31], [22, 44, 19]])
    first = protect(counts, numbers)
    withheld = next(each for each in first.published if each.shown == "withheld")
    again = [withheld.number]
    alone = protect(counts, again)
    assert alone[withheld.number.name].shown == "count", "alone it tells nothing"
    together = attack([first, alone])
    second = protect(counts, again, [first])
    assert min(attack([first, second]).values()) >= AGREED_WIDTH
    assert min(together.values()) < min(attack([first, second]).values())


def test_one_more_student_is_not_read_from_the_difference():
    before, numbers = table([[40, 30, 25], [50, 60, 31]])
    after = before | {("s0", "g1"): 4}
    first = protect(before, numbers)
    second = protect(after, numbers, [first])
    assert min(attack([first, second]).values()) >= AGREED_WIDTH


def test_what_does_not_fit_together_is_said():
    key = ("s", "g")
    number = Number("s/g", frozenset({key}))
    two = [Release((Published(number, "count", count),), {key: 20}) for count in (20, 21)]
    with pytest.raises(InconsistentReleasesError):
        Reader(two).bounds({key: 20}, {key})
    with pytest.raises(ValueError, match="below zero"):
        protect({key: -1}, [number])
    with pytest.raises(ValueError, match="one name"):
        protect({key: 1}, [number, number])


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.integers(0, 10), st.integers(11, 90)), min_size=3, max_size=3),
        min_size=2,
        max_size=4,
    )
)
def test_no_table_gives_a_small_number_away(values):
    made = protect(*table(values))
    widths = attack([made])
    assert not widths or min(widths.values()) >= AGREED_WIDTH
    for each in made.published:
        assert each.shown != "count" or each.count >= SMALLEST


def test_a_districts_releases_over_time_under_attack():
    """Schools by groups; then a correction, a table of some schools, and one of two groups together."""
    chance = random.Random(20261126)
    schools, groups = [f"school {i}" for i in range(9)], ["EL", "FY", "SED", "SWD", "none"]
    counts = {
        (school, group): chance.choice(
            (chance.randint(0, 10), chance.randint(11, 40), chance.randint(40, 320))
        )
        for school in schools
        for group in groups
    }
    releases = [protect(counts, grid(schools, groups))]
    corrected = counts | {
        key: max(0, count + chance.choice((-2, -1, 1, 2)))
        for key, count in counts.items()
        if chance.random() < 0.06
    }
    releases.append(protect(corrected, grid(schools, groups), releases))
    some = grid(schools[:4], groups)
    releases.append(protect(corrected, some, releases))
    pairs = [Number(f"{school}/EL+FY", frozenset({(school, "EL"), (school, "FY")})) for school in schools]
    releases.append(protect(corrected, pairs, releases))
    widths = attack(releases)
    assert len(widths) > 20
    assert min(widths.values()) >= AGREED_WIDTH, min(widths, key=widths.get)
    said = [each for release in releases for each in release.published]
    assert sum(each.shown == "count" for each in said) > 0.35 * len(said), "the table is still of use"
