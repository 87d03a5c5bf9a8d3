"""What is empty was not given: the answer is that without it; what has to be given is missed."""

import pytest

from .asking import asker, asker_of, every, faults, populate, shown
from .questions import ADDRESSES, DIRECTORY, QUESTIONS, SPLIT_AT_COMMAS

# How a question is read, before any database is asked.
pytestmark = [pytest.mark.django_db, pytest.mark.one_cast(add=populate), pytest.mark.once]
REQUIRED = [parameter.name for _, parameter in QUESTIONS if parameter.required]
BLANK = ["", " ", "\t"]


@every(but=REQUIRED)
def test_an_empty_value_is_an_absent_one(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    absent = show()
    assert show(parameter.good[0]) != absent
    ways = [show(value, suffixes=[suffix]) for value in BLANK for suffix in ("", "[]")]
    ways.append(show(*BLANK))
    if parameter.kind in SPLIT_AT_COMMAS:
        ways += [show(","), show(" , ,")]
        if address.json_arrays:
            ways += [show("[]"), show('["", " "]'), show("[]", "")]
    assert ways == [absent] * len(ways)


def test_all_empty_values_together_are_an_absent_question(cast, call):
    ask = asker(cast, call)
    for address in ADDRESSES:
        names = [parameter.name for parameter in address.parameters if not parameter.required]
        nothing = [(name, "") for name in names]
        assert shown(ask(address, *nothing)) == shown(ask(address)), address.name


def test_the_only_parameter_that_has_to_be_given_is_missed_when_it_is_empty(cast, call):
    [(address, parameter)] = [row for row in QUESTIONS if row[1].required]
    assert (address.name, parameter.name) == ("export", "format")
    api = call(cast.root)
    for query in ("", "format", "format=", "format=%20", "format[]=", "format=&format=%09"):
        assert faults(address, api.get(f"{address.path}?{query}")) == ["format: required"]


@pytest.mark.parametrize("value", BLANK)
@pytest.mark.parametrize("name", ["id", "created_by", "updated_by"])
def test_an_empty_value_needs_no_permission(cast, call, name, value):
    api = call(cast.bob)
    answer = api.get(DIRECTORY.path, {name: value})
    assert answer.status_code == 200
    assert answer.json() == api.get(DIRECTORY.path).json() != []
