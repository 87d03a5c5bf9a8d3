"""StrictFilterSet and the types of parameters, apart from any family."""

import django_filters
import pytest
from django.http import QueryDict

from usersvc.api.errors import RequestInvalid
from usersvc.api.filters import StrictFilterSet
from usersvc.api.parameters import Ids, Text, Word, Words


class Questions(list):
    """A stand-in for a queryset: it notes what it was asked."""

    model = None

    def coloured(self, words):
        return Questions([*self, ("coloured", words)])

    def called(self, text):
        return Questions([*self, ("called", text)])


class ThingFilterSet(StrictFilterSet):
    format = Word(allowed=["csv", "pdf"])
    colour = Words(asks="coloured", allowed=["Red", "Green"])
    name = Text(asks="called")
    thing_id = Ids()


def read(query):
    filterset = ThingFilterSet(QueryDict(query), Questions())
    filterset.check()
    return filterset.given()


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("", {}),
        ("colour=", {}),
        ("colour=red", {"colour": ["Red"]}),
        ("colour=RED,green", {"colour": ["Red", "Green"]}),
        ("colour=green&colour=RED&colour=red", {"colour": ["Green", "Red"]}),
        ("colour[]=red&colour=green", {"colour": ["Red", "Green"]}),
        ("colour=,,red, ,", {"colour": ["Red"]}),
        ("format= csv ", {"format": "csv"}),
        ("name=a,b", {"name": "a,b"}),
        ("name= a ", {"name": " a "}),
        ("name=x&name=x", {"name": "x"}),
        ("thing_id=a,b&thing_id=A", {"thing_id": ["a,b", "A"]}),
        ("thing_id=&thing_id=x", {"thing_id": ["x"]}),
    ],
)
def test_what_is_understood(query, given):
    assert read(query) == given


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("colours=red", "colours"),
        ("colour=blue", "colour"),
        ("format=csv,pdf", "format"),
        ("format=csv&format=pdf", "format"),
        ("name=a&name=b", "name"),
        ("name=%00", "name"),
        ("name=" + "x" * 1001, "name"),
        ("colour=red&nonsense", "nonsense"),
    ],
)
def test_what_is_refused(query, key):
    with pytest.raises(RequestInvalid) as error:
        read(query)
    assert [fault.key for fault in error.value.faults] == [key]


def test_plain_data_is_read_as_an_address_is():
    filterset = ThingFilterSet({"colour": ["red"], "name": "x"}, Questions())
    filterset.check()
    assert filterset.given() == {"colour": ["Red"], "name": "x"}
    assert filterset.filters["colour"].filter(Questions(), ["Red"]) == [("coloured", ["Red"])]


def test_a_parameter_asks_only_what_was_asked():
    people = Questions()
    name = ThingFilterSet.base_filters["name"]
    assert name.filter(people, None) is people
    assert name.filter(people, "x") == [("called", "x")]
    assert isinstance(name, django_filters.Filter)


def test_a_long_value_is_echoed_short():
    with pytest.raises(RequestInvalid) as error:
        read("colour=" + "x" * 5000)
    assert len(error.value.faults[0].value) == 200
