"""What is not understood is refused and named, with help; what names nothing matches nobody."""

import importlib
import inspect
import pkgutil

import pytest

import users.api
from usersvc.api.filters import StrictFilterSet

from .asking import asker, asker_of, every, faults, populate, rows, shown
from .questions import ADDRESSES, ANYTHING, BOUNDS, QUESTIONS, Kind

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast(add=populate), pytest.mark.once]
EVERY_ADDRESS = pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
# Also what is no id at all: an id is of any shape until it is found.
NOTHING = {
    Kind.IDS: ("nothing", "00000000-0000-4000-8000-000000000000", "1", "'--", "\0", "é" * 2000),
    Kind.UUID: ("00000000-0000-4000-8000-000000000000",),
    Kind.NAMES: ("nothing", "%", "' OR 1=1 --"),
    Kind.TEXT: ("nothing", "nobody_", "%%", "' OR 1=1 --", "\\", '"]'),
}
# What no document describes has tests of its own.
ELSEWHERE = {
    "users.api.bulk.filters.TargetFilterSet",
    "users.api.named.filters.NamedFilterSet",
    "users.api.named.filters.SiteFilterSet",
    "users.api.numbers.filters.TrendFilterSet",
    "users.api.organizations.filters.OrganizationFilterSet",
    "users.api.people.exports.PageFilterSet",
}
NO_PLACES = (*NOTHING[Kind.IDS], "acme-italy ", "acme-italy,acme-asia")


def modules(package):
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def test_every_parameter_that_is_declared_is_classified():
    declared = {
        f"{thing.__module__}.{thing.__name__}": set(thing.base_filters)
        for module in modules(users.api)
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, StrictFilterSet) and thing.base_filters
    }
    # The people of a job are asked for by its body, which test_strict_bodies.py goes over.
    assert declared.pop("users.api.jobs.filters.UserFilterSet") == {"connection_id"}
    assert set(declared) >= ELSEWHERE
    declared = {name: taken for name, taken in declared.items() if name not in ELSEWHERE}
    classified = {
        address.declared: {parameter.name for parameter in address.parameters}
        for address in ADDRESSES
    }
    assert declared == classified


@EVERY_ADDRESS
def test_a_name_that_is_not_known_is_refused_with_the_nearest_one(cast, call, address):
    ask = asker(cast, call)
    names = {parameter.name for parameter in address.parameters}
    for name in names:
        for mistyped in (name + name[-1], name.upper() if name.islower() else name.lower()):
            [fault] = faults(address, ask(address, (mistyped, "x")))
            assert fault.startswith(f"{mistyped}: unknown parameter (did you mean `{name}`?)")
            assert fault.endswith(" (given: x)")
            listed = fault.split("; allowed: ")[1].removesuffix(" (given: x)")
            assert set(listed.split(", ")) == names


@EVERY_ADDRESS
@pytest.mark.parametrize("value", ["x", ""])
@pytest.mark.parametrize("name", ["zzz", "", "0", "\0", "ñ"])
def test_a_name_near_to_none_is_refused_too_with_and_without_a_value(
    cast, call, address, name, value
):
    [fault] = faults(address, asker(cast, call)(address, (name, value)))
    assert fault.startswith(f"{name}: unknown parameter; allowed: ")


@every()
def test_a_value_that_is_not_understood_is_refused_with_what_is_right(
    cast, call, address, parameter
):
    ask = asker(cast, call)
    for value, near in parameter.bad.items():
        [fault] = faults(address, ask(address, (parameter.name, value)))
        assert fault.startswith(f"{parameter.name}: ")
        assert parameter.allowed in fault
        assert fault.endswith(f" (given: {value})")
        if near != ANYTHING:
            assert ("did you mean" in fault) == (near is not None), fault
            assert near is None or f"(did you mean `{near}`?)" in fault


def test_every_value_that_can_be_wrong_has_an_example():
    free = {Kind.IDS, Kind.PLACE, Kind.CURSOR}
    for address, parameter in QUESTIONS:
        assert bool(parameter.bad) != (parameter.kind in free), (address.name, parameter.name)


@every(*NOTHING)
def test_what_names_nothing_matches_nobody(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    assert rows(show(parameter.good[0]))
    for value in NOTHING[parameter.kind]:
        assert rows(show(value)) == [], value


@every(Kind.PLACE)
def test_a_place_that_is_not_there_is_not_found_whatever_it_is_called(
    cast, call, address, parameter
):
    ask = asker(cast, call)
    assert rows(shown(ask(address, (parameter.name, parameter.good[0]))))
    for value in NO_PLACES:
        answer = ask(address, (parameter.name, value))
        assert answer.status_code == 404, value
        message = answer.json()["error_message"]
        assert message.startswith(f"{parameter.name}: no such ")
        assert answer.json() == {
            "authorization": True,
            "data": {"message": message},
            "error_code": 404,
            "error_message": message,
            "error_status": True,
        }


@every(*BOUNDS)
def test_a_bound_after_everybody_or_before_them_matches_nobody(cast, call, address, parameter):
    show = asker_of(cast, call, address, parameter)
    assert rows(show({Kind.FROM: "9999-12-31", Kind.TO: "0001-01-01"}[parameter.kind])) == []
