"""Whether a caller may still have a file that is on its way, asked again and again."""

import pytest
from django.contrib.sessions.models import Session
from django.test import RequestFactory
from rest_framework_simplejwt.tokens import AccessToken

from users import operations, standing, tokens
from users.exports import PERMISSIONS

from .browsing import enter, role

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


def by_session(client, person):
    request = RequestFactory().get("/")
    request.session, request.user = enter(client, person).session, person
    return standing.withdrawn(request, PERMISSIONS)


def by_token(client, person):
    request = RequestFactory().get("/")
    request.user = person
    request.auth = AccessToken(tokens.mint(person, ["pwd"])["access"])
    return standing.withdrawn(request, PERMISSIONS)


def suspend(cast, person):
    person.suspend()


def destroy(cast, person):
    person.delete()


def lose_role(cast, person):
    person.roles.clear()


def lose_permission(cast, person):
    role("Reader").permissions.clear()


def move(cast, person):
    person.organization = cast.asia
    person.save()


def leave(cast, person):
    person.organization = None
    person.save()


WAYS = [by_session, by_token]
CUTS = [
    (suspend, standing.NO_LONGER_SIGNED_IN),
    (destroy, standing.NO_LONGER_SIGNED_IN),
    (lambda cast, person: operations.log_out(person), standing.NO_LONGER_SIGNED_IN),
    (lose_role, standing.NO_LONGER_PERMITTED),
    (lose_permission, standing.NO_LONGER_PERMITTED),
    (move, standing.SEES_OTHERS),
    (leave, standing.SEES_OTHERS),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("cut", "reason"), CUTS)
def test_a_right_that_was_cut_is_told(client, cast, way, cut, reason):
    withdrawn = way(client, cast.rita)
    assert withdrawn() == ""
    cut(cast, cast.rita)
    assert withdrawn() == reason


@pytest.mark.parametrize("way", WAYS)
def test_what_changes_nothing_of_it_is_no_cut(client, cast, way):
    withdrawn = way(client, cast.rita)
    cast.rita.nickname = "R"
    cast.rita.save()
    cast.rita.roles.add(role("Support"))
    assert withdrawn() == ""


def test_a_session_that_ended_is_told(client, cast):
    withdrawn = by_session(client, cast.rita)
    Session.objects.all().delete()
    assert withdrawn() == standing.NO_LONGER_SIGNED_IN


def test_who_sees_everybody_may_be_moved(client, cast):
    withdrawn = by_token(client, cast.root)
    move(cast, cast.root)
    assert withdrawn() == ""
