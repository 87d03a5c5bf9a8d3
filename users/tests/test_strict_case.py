"""Closed words in any case, and what they are called in what comes out; ids exactly as they are."""

import pytest

from users.models import AuditEntry

from .asking import asker, asker_of, every, populate, rows, shown
from .questions import ANN, CLOSED, DOWNLOAD, EXPORT, PARIS, QUESTIONS, READERS, SEVERAL, Kind

# How a question is read, before any database is asked.
pytestmark = [pytest.mark.django_db, pytest.mark.one_cast(add=populate), pytest.mark.once]
FILES = (EXPORT, DOWNLOAD)
SWITCHES = {"true": True, "1": True, "false": False, "0": False}
EXACT_IDS = {
    "organization_id": ("acme-italy", ["ACME-ITALY", "Acme-Italy", " acme-italy", "acme-italy "]),
    "role": (READERS, [READERS.upper(), READERS.replace("-", ""), f"{{{READERS}}}", f" {READERS}"]),
    "id": (ANN, [ANN.upper(), ANN.title()]),
    "created_by": (ANN, [ANN.upper(), ANN.title()]),
    "updated_by": (ANN, [ANN.upper(), ANN.title()]),
    "orgId": ("acme-italy", ["ACME-ITALY", "Acme-Italy", " acme-italy", "acme-italy "]),
    "siteId": (PARIS, [PARIS.upper(), PARIS.replace("-", ""), f"{{{PARIS}}}", f" {PARIS}"]),
}


def words_of(parameter):
    """Return each word that a parameter knows, in the spelling of its document."""
    if parameter.kind is Kind.SORT:
        return [f"{word}:{direction}" for word in parameter.words for direction in ("asc", "desc")]
    return parameter.good if parameter.kind is Kind.ZONE else parameter.words


@every(*CLOSED)
def test_a_word_in_any_case_is_that_word(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    for word in words_of(parameter):
        expected = show(word)
        for text in {word.upper(), word.lower(), f" {word.swapcase()} "} - {word}:
            assert show(text) == expected, text


@every(*CLOSED, of=FILES)
def test_a_file_is_remembered_in_the_words_of_its_document(cast, call, address, parameter):
    ask = asker(cast, call)
    for word in words_of(parameter):
        shown(ask(address, (parameter.name, word.swapcase())))
        entry = AuditEntry.objects.filter(event="export").latest("pk")
        value = SWITCHES.get(word, word)
        expected = [value] if parameter.kind in SEVERAL else value
        assert entry.additional_data["filters"][parameter.name] == expected


def test_columns_are_titled_in_the_words_of_the_document(cast, call):
    [fields] = [p for p in DOWNLOAD.parameters if p.name == "_fields"]
    text = shown(asker(cast, call)(DOWNLOAD, ("_fields", ",".join(fields.words).upper())))
    assert text.splitlines()[0] == ",".join(fields.words)


@every(Kind.TEXT, Kind.NAMES)
def test_a_name_in_any_case_is_that_name(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    for name in parameter.good:
        assert rows(show(name))
        assert show(name.swapcase()) == show(name)


def test_every_id_has_examples_of_what_it_is_not():
    ids = {p.name for _, p in QUESTIONS if p.kind in (Kind.IDS, Kind.UUID, Kind.PLACE)}
    assert ids == set(EXACT_IDS)


@every(Kind.IDS, Kind.UUID)
def test_an_id_that_is_not_exact_names_nothing(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    exact, others = EXACT_IDS[parameter.name]
    assert rows(show(exact))
    for other in others:
        assert rows(show(other)) == [], other


@every(Kind.PLACE)
def test_a_place_whose_id_is_not_exact_is_not_found(cast, call, address, parameter):
    ask = asker(cast, call)
    exact, others = EXACT_IDS[parameter.name]
    assert rows(shown(ask(address, (parameter.name, exact))))
    for other in others:
        assert ask(address, (parameter.name, other)).status_code == 404, other
