"""Every word for people stands in both languages, and nothing else stands in the catalogues."""

import re
from collections import defaultdict

import pytest
from babel.messages.pofile import read_po

from tenants.language import CATALOGUES, PLACEHOLDER
from tests.support import texts

NAMES = {
    line
    for line in (CATALOGUES / "names.txt").read_text().splitlines()
    if line.strip() and not line.startswith("#")
}


@pytest.fixture(scope="module")
def said():
    return texts.all_texts()


@pytest.fixture(scope="module")
def entries():
    found = []
    for path in sorted((CATALOGUES / "es").glob("*.po")):
        with path.open("rb") as stream:
            found.extend((path.name, entry) for entry in read_po(stream, locale="es") if entry.id)
    return found


def forms(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def test_every_text_has_its_spanish(said, entries):
    spanish = {forms(entry.id): entry for _, entry in entries if not entry.fuzzy and all(forms(entry.string))}
    missing = sorted(
        {
            f"{text.where}: {text.one}"
            for text in said
            if (text.one, text.many)[: 1 + bool(text.many)] not in spanish
        }
    )
    assert not missing, "texts without Spanish:\n" + "\n".join(missing)


def test_no_catalogue_entry_is_unused(said, entries):
    used = {(text.one, text.many) if text.many else (text.one,) for text in said}
    unused = sorted(f"{name}: {entry.id}" for name, entry in entries if forms(entry.id) not in used)
    assert not unused, "entries that no page or message uses:\n" + "\n".join(unused)


def test_placeholders_are_the_same_in_both_languages(entries):
    wrong = []
    for name, entry in entries:
        wanted = {key for form in forms(entry.id) for key in PLACEHOLDER.findall(form)}
        for form in forms(entry.string):
            found = set(PLACEHOLDER.findall(form or ""))
            if found != wanted and found | {"n"} != wanted | {"n"}:
                wrong.append(f"{name}: {entry.id} has {sorted(wanted)}, the Spanish {sorted(found)}")
    assert not wrong, "\n".join(wrong)


def test_spanish_differs_from_english_unless_it_is_a_name(entries):
    same = [
        f"{name}: {source}"
        for name, entry in entries
        for source, target in zip(forms(entry.id), forms(entry.string), strict=False)
        if source == target
        and source not in NAMES
        and re.search(r"[^\W\d_]{2,}", PLACEHOLDER.sub("", source))
    ]
    assert not same, "\n".join(same)


def test_a_text_reads_the_same_wherever_it_stands(entries):
    by_source = defaultdict(dict)
    for name, entry in entries:
        by_source[forms(entry.id)[0]].setdefault((forms(entry.id), forms(entry.string)), []).append(name)
    different = [f"{source}: {found}" for source, found in by_source.items() if len(found) > 1]
    assert not different, "\n".join(different)


def test_no_text_is_spelled_with_a_placeholder_that_has_another_form(said):
    wrong = [
        f"{text.where}: {text.one}"
        for text in said
        for form in (text.one, text.many or "")
        if re.search(r"\{[^}]*[^a-z0-9_}][^}]*\}|%\(|%s", form)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", list(texts.templates()), ids=lambda path: str(path.relative_to(texts.ROOT)))
def test_no_template_says_a_word_outside_the_catalogues(path):
    words = [word for word in texts.bare_words(path) if word not in NAMES]
    assert not words, f"{path}: {words}"
