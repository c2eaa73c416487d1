"""A passage is found again in its own block, or honestly lost."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from workers.comments.anchoring import CONTEXT, Anchor, Placement, capture, place

PARAGRAPH = (
    "No kindergarten classroom loses a teacher. The reading coaches stay until 2028-29, although the state "
    "grant that pays for them today ends. Four savings and one revenue measure bring $5.2 million in 2027-28."
)
COACHES = "The reading coaches stay until 2028-29, although the state grant that pays for them today ends."

words = st.lists(st.text(alphabet="abcdefghij áñé", min_size=1, max_size=9), min_size=4, max_size=60)


def anchor_of(text: str, quotation: str) -> Anchor:
    anchor = capture(7, text, quotation)
    assert anchor.quotation, "the quotation stands in the text"
    return anchor


def test_unchanged_text_is_exact() -> None:
    anchor = anchor_of(PARAGRAPH, COACHES)
    assert place(anchor, PARAGRAPH) == Placement("exact", anchor.start, anchor.end)


def test_sentence_that_moves_within_its_block() -> None:
    later = "First a new sentence about cash. " + PARAGRAPH
    found = place(anchor_of(PARAGRAPH, COACHES), later)
    assert found.how == "moved"
    assert later[found.start : found.end] == COACHES


def test_reworded_sentence_is_approximate() -> None:
    later = PARAGRAPH.replace(
        COACHES,
        "The eight reading coaches stay until 2028-29, two in Spanish, although the state grant ends.",
    )
    found = place(anchor_of(PARAGRAPH, COACHES), later)
    assert found.how == "approximate"
    assert found.start is not None
    assert "reading coaches stay until 2028-29" in later[found.start : found.end]


def test_removed_sentence_is_lost_even_beside_untouched_neighbours() -> None:
    later = PARAGRAPH.replace(COACHES, "The library opens on Saturdays from next autumn.")
    assert place(anchor_of(PARAGRAPH, COACHES), later) == Placement("lost")


def test_matching_what_stood_before_does_not_excuse_what_stands_after() -> None:
    text = "We keep the counselors. We keep the nurses at both schools. We keep the buses for the north side."
    anchor = anchor_of(text, "We keep the nurses at both schools.")
    later = (
        "We keep the counselors. We drop the shuttle at one school. Nothing else of this paragraph is left."
    )
    assert place(anchor, later).how == "lost"


def test_removed_block_is_lost() -> None:
    assert place(anchor_of(PARAGRAPH, COACHES), None) == Placement("lost")
    assert place(Anchor(7), None) == Placement("lost")
    assert place(Anchor(7), "  ") == Placement("lost")


def test_whole_block_stays_while_the_block_stays() -> None:
    assert place(Anchor(7), "Every word of it is new.") == Placement("exact")


def test_repeated_words_are_told_apart_by_both_sides() -> None:
    text = "In 2026-27 the reserve falls. In 2027-28 the reserve falls below the minimum."
    second = text.rindex("the reserve falls")
    anchor = capture(7, text, "the reserve falls", second)
    assert anchor.start == second
    later = "A short word first. " + text
    found = place(anchor, later)
    assert (found.how, found.start) == ("moved", second + len("A short word first. "))


def test_two_places_that_fit_equally_are_not_guessed_between() -> None:
    text = "Alpha beta gamma. Same words here. Delta."
    anchor = anchor_of(text, "Same words here.")
    later = "New. Same words here. New. Same words here. New."
    assert place(anchor, later) == Placement("lost")


def test_two_reworded_sentences_that_fit_equally_are_not_guessed_between() -> None:
    anchor = anchor_of(
        "We will open two classrooms in Spanish next year.",
        "We will open two classrooms in Spanish next year.",
    )
    later = (
        "We will open ten classrooms in Spanish next year. We will open six classrooms in Spanish next year."
    )
    assert place(anchor, later) == Placement("lost")


def test_capture_accepts_other_white_space_and_keeps_the_text_of_the_page() -> None:
    anchor = capture(7, PARAGRAPH, "The  reading\ncoaches stay ")
    assert anchor.quotation == "The reading coaches stay"
    assert anchor.before.endswith("loses a teacher. ")
    assert len(anchor.before) <= CONTEXT
    assert anchor.after.startswith(" until 2028-29")


def test_capture_of_words_that_do_not_stand_there_is_about_the_block() -> None:
    assert capture(7, PARAGRAPH, "The mayor said so.") == Anchor(7)
    assert capture(7, PARAGRAPH, "   ") == Anchor(7)
    assert capture(7, PARAGRAPH, PARAGRAPH * 9) == Anchor(7)


@given(words, st.data())
def test_any_selection_is_found_where_it_was(pieces: list[str], data: st.DataObject) -> None:
    text = " ".join(pieces)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    anchor = capture(7, text, text[start:end], start)
    found = place(anchor, text)
    if anchor.quotation:
        assert found == Placement("exact", anchor.start, anchor.end)
        assert text[anchor.start : anchor.end] == anchor.quotation
    elif text.strip():
        assert found == Placement("exact")


@given(words, words, words)
@settings(max_examples=200)
def test_what_is_found_word_for_word_reads_word_for_word(
    old: list[str], ahead: list[str], later: list[str]
) -> None:
    text = " ".join(old)
    anchor = capture(7, text, " ".join(old[1:3]))
    for version in (" ".join(later), " ".join([*ahead, text]), " ".join([*later, text, *ahead])):
        found = place(anchor, version)
        if found.how in ("exact", "moved") and anchor.quotation:
            assert version[found.start : found.end] == anchor.quotation
        if found.how == "approximate":
            assert found.start is not None
            assert found.end is not None
            assert 0 <= found.start < found.end <= len(version)
        if found.how == "lost":
            assert found.start is None


def test_a_long_block_is_searched_quickly() -> None:
    text = " ".join(f"sentence{i} about money, schools and the years ahead of us." for i in range(400))
    anchor = anchor_of(
        text, " ".join(f"sentence{i} about money, schools and the years ahead of us." for i in range(50, 56))
    )
    later = text.replace("about money", "on dollars")
    began = time.perf_counter()
    place(anchor, later)
    assert time.perf_counter() - began < 5
