"""Two people in one passage: nothing that either wrote is lost, whoever is called the first."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.planning.merge import merge, reconcile

SENTENCES = st.sampled_from(["One. ", "Two! ", "Three? ", "Four.\n", "Five. "])
EDITS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["put", "swap", "cut"]), st.integers(0, 2)), max_size=3
)


def edited(sentences, edits, who):
    made = list(sentences)
    for place, what, number in edits:
        at = min(place, len(made))
        if what == "put":
            made.insert(at, f"{who} new {number}. ")
        elif at < len(made):
            made[at : at + 1] = [f"{who} other {number}. "] if what == "swap" else []
    return made


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SENTENCES, max_size=6), EDITS, EDITS)
def test_what_both_wrote_is_in_the_parts(base, by_me, by_them):
    mine, theirs = edited(base, by_me, "Mine"), edited(base, by_them, "Theirs")
    texts = ["".join(each) for each in (base, mine, theirs)]
    parts = reconcile(*texts)
    shown = "".join(part.text + (part.theirs or "") for part in parts)
    # The blank after a sentence may stand in the part behind it, where both keep it.
    assert all(sentence.strip() in shown for sentence in {*mine, *theirs} - set(base))
    merged = merge(*texts)
    assert merged == merge(texts[0], texts[2], texts[1])
    assert (merged is None) == any(part.theirs is not None for part in parts)
    if mine == base:
        assert merged == texts[2]


def test_only_the_sentence_that_both_changed_is_in_dispute():
    base = "The plan costs little. It begins in fall. Families were asked."
    mine = "The plan costs nothing. It begins in fall. Families and staff were asked."
    theirs = "The plan costs more. It begins in fall. Families were asked. Twice."
    parts = reconcile(base, mine, theirs)
    disputed = [(part.text.strip(), part.theirs.strip()) for part in parts if part.theirs is not None]
    assert ("The plan costs nothing.", "The plan costs more.") in disputed
    assert "It begins in fall." in "".join(part.text for part in parts)
