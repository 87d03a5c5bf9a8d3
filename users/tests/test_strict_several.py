"""Several values of one parameter: every way of writing them, and those that take only one."""

import json

import pytest

from .asking import asker, asker_of, every, faults, populate, rows
from .questions import CLOSED, SEVERAL, SPLIT_AT_COMMAS, Kind

# How a question is read, before any database is asked.
pytestmark = [pytest.mark.django_db, pytest.mark.one_cast(add=populate), pytest.mark.once]
ANY_OF = (Kind.WORDS, Kind.NAMES, Kind.IDS)
SINGLE = set(Kind) - SEVERAL
FREE = {Kind.TEXT, Kind.PLACE, Kind.CURSOR}
COLUMNS = ("fields", "_fields")


@every()
def test_brackets_after_the_name_mean_the_name(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    value = parameter.good[0]
    expected = show(value)
    assert parameter.required or expected != show()
    assert show(value, suffixes=["[]"]) == expected


@every(*SEVERAL)
def test_several_values_in_every_way_of_writing_them(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    one, other = parameter.good
    both = show(one, other)
    assert both not in (show(one), show(other), show())
    ways = [show(one, other, suffixes=suffixes) for suffixes in (["[]"], ["", "[]"], ["[]", ""])]
    ways += [show(one, other, one), show("", one, " ", other)]
    if parameter.kind in SPLIT_AT_COMMAS:
        texts = [f"{one},{other}", f",{one}, ,{other},", f" {one} , {other} "]
        if address.json_arrays:
            texts += [
                f"['{one}', '{other}']",
                json.dumps([one, other]),
                json.dumps(["", one, " ", other, one], indent=1),
            ]
            ways.append(show(json.dumps([one]), other))
        ways += map(show, texts)
    assert ways == [both] * len(ways)


@every(*ANY_OF, but=COLUMNS)
def test_several_values_find_whom_any_of_them_finds(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    one, other = parameter.good
    both, first, second = (set(rows(show(*values))) for values in ([one, other], [one], [other]))
    assert first
    assert second
    assert not first & second
    assert both == first | second


@every(Kind.IDS)
def test_an_id_may_hold_a_comma(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    for value in (",".join(parameter.good), json.dumps(parameter.good)):
        assert rows(show(value)) == []
    # Nor are the two halves found beside one that is right.
    assert show(parameter.good[0], ",".join(parameter.good)) == show(parameter.good[0])


@every(Kind.TEXT)
def test_a_name_may_hold_a_comma(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    for value in (",".join(parameter.good), json.dumps(parameter.good[:1])):
        assert rows(show(value)) == []


@every(*SINGLE - FREE)
def test_what_takes_one_value_is_never_split(cast, call, address, parameter):
    ask = asker(cast, call)
    one, other = (*parameter.good, "Always")[:2]
    for text in (f"{one},{other}", f"{one},", f'["{one}"]'):
        [fault] = faults(address, ask(address, (parameter.name, text)))
        assert fault.startswith(f"{parameter.name}: ")
        assert fault.endswith(f" (given: {text})")


@every(*SINGLE)
def test_what_takes_one_value_refuses_two(cast, call, address, parameter):
    ask = asker(cast, call)
    one, other = (*parameter.good, "Always")[:2]
    for names in ([parameter.name] * 2, [parameter.name, f"{parameter.name}[]"]):
        answer = ask(address, *parameter.beside, *zip(names, [one, other], strict=True))
        if parameter.name == "lastLoggedIn":  # which knows but one word
            assert faults(address, answer)[0].startswith("lastLoggedIn: unknown value")
            continue
        [fault] = faults(address, answer)
        means = "given more than once with different values"
        assert fault == f"{parameter.name}: {means} (given: {one}, {other})"


@every(*SINGLE)
def test_what_takes_one_value_takes_it_twice(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    value = parameter.good[0]
    assert show(value, value) == show(value)
    assert show("", value, " ") == show(value)
    if parameter.kind in CLOSED:
        assert show(value, value.upper()) == show(value)
