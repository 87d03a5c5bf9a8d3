"""Metadata that a file tells of by its keys: what is not said stays, however many there are."""

import pytest

from users.models import User

from .factories import UserFactory
from .importing import csv_of, person, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("held", [5, "Rome", [1], None, {"c": 1}])
def test_an_empty_cell_below_another_value_takes_nothing_away(held):
    ann = UserFactory(username="ann", user_metadata={"a": held})
    rows = ["email", "user_metadata.a.b"], [ann.email, ""]
    assert run(csv_of(*rows), upsert="email")[0].unchanged == 1
    ann.refresh_from_db()
    assert ann.user_metadata == {"a": held}


def test_an_empty_cell_takes_its_key_away():
    ann = UserFactory(username="ann", user_metadata={"a": {"b": 1}, "c": 2})
    rows = ["email", "user_metadata.a.b", "user_metadata.x.y"], [ann.email, "", ""]
    run(csv_of(*rows), upsert="email")
    ann.refresh_from_db()
    assert ann.user_metadata == {"a": {}, "c": 2}


def test_a_value_below_another_takes_its_place():
    ann = UserFactory(username="ann", user_metadata={"a": 5})
    run([{"email": ann.email, "user_metadata.a.b": 1}], upsert="email")
    ann.refresh_from_db()
    assert ann.user_metadata == {"a": {"b": 1}}


def test_keys_go_into_the_object_that_the_row_gives():
    run([person("ann", user_metadata={"a": {"x": 1}}) | {"user_metadata.a.b": 2}])
    assert User.objects.get().user_metadata == {"a": {"x": 1, "b": 2}}
