"""Tools that find people, and tell of one of them."""

from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import NotFound, ValidationError

from usersvc import clock
from usersvc.api.pagination import window
from usersvc.api.serializers import StrictSerializer

from ..api.people.shapes import person_in_full, with_all_shown
from ..explaining import explain
from ..models import User
from ..querysets import UserQuerySet
from ..text import fold
from .fields import Flag, Text
from .questions import (
    family_argument,
    page_arguments,
    page_of,
    parameters_argument,
    question_of,
    total_of,
    vocabulary,
)
from .tool import ANY, VIEW, Arguments, Result, Tool, object_of

NOBODY = "no such user"
WHO = ("id", "username", "email")
TOTALS = {
    "total": {"type": "integer", "minimum": 0, "description": "How many match."},
    "total_is_capped": {"type": "boolean", "description": "There are more than total."},
}
PAGE = object_of(
    {
        "people": {"type": "array", "items": ANY, "description": "Users, as data."},
        **TOTALS,
        "page": {"type": "integer"},
        "page_size": {"type": "integer"},
        "next_page": {"type": "integer", "description": "There where more follow."},
    },
    optional=["next_page"],
)


class CountArguments(StrictSerializer):
    """A question, and how exactly to count."""

    family = family_argument()
    parameters = parameters_argument(
        "The words of the family, as find_people describes them, each with a text or a list of "
        "texts. None asks for everybody in sight."
    )
    exact = Flag("Count all that match, however many; otherwise up to 10,000.", otherwise=False)


class FindArguments(StrictSerializer):
    """A question, and which page of the answer."""

    family = family_argument()
    parameters = parameters_argument(
        "The words of the family, each with a text or a list of texts. None asks for everybody in "
        "sight. A word that the family does not know is an error. An instant is such as 2021-05-06 "
        f"or 2021-05-06T10:50:35Z; _from and _to include it.\n{vocabulary()}"
    )
    page, page_size = page_arguments().values()


class WhoArguments(StrictSerializer):
    """One way of naming one person."""

    id = Text("The id, a UUID in lower case with dashes.")
    username = Text("The whole username.")
    email = Text("The whole e-mail address.")

    def validate(self, attrs: Arguments) -> Arguments:
        """Refuse anything but one way."""
        given = [name for name in WHO if attrs[name] is not None]
        if len(given) != 1:
            named = ", ".join(given) or "none"
            raise ValidationError({"body": [f"give one of {', '.join(WHO)} (given: {named})"]})
        return attrs


def find_people(request: HttpRequest, asked: Arguments) -> Result:
    """Return a page of the people that a question asks for."""
    people = question_of(asked["family"], asked["parameters"], request.user).people()
    return page_of(people, request.user, asked["page"], asked["page_size"])


def count_people(request: HttpRequest, asked: Arguments) -> Result:
    """Return how many people a question asks for."""
    people = question_of(asked["family"], asked["parameters"], request.user).people()
    return total_of(window(people, 1, 1, asked["exact"]))


def get_person(request: HttpRequest, asked: Arguments) -> Result:
    """Return one person, with all that the caller may see."""
    person = _found(request.user, asked, User.all_objects.living())
    return {"person": person_in_full(person, request.user)}  # type: ignore[arg-type]


def explain_access(request: HttpRequest, asked: Arguments) -> Result:
    """Return whether a person may sign in, and why."""
    person = _found(request.user, asked, User.all_objects.all())
    found = explain(person, clock.now())
    return {
        "id": str(person.pk),
        "username": person.username,
        "status": person.status,
        "may_sign_in": found.may_sign_in,
        "sentence": found.sentence,
        "reasons": found.reasons,
    }


def _found(actor: Any, asked: Arguments, people: UserQuerySet) -> User:
    """Return the one in sight who is named; NotFound for nobody."""
    visible = people.visible_to(actor)
    key = next(name for name in WHO if asked[name] is not None)
    value = asked[key]
    named = visible.with_ids([value]) if key == "id" else visible.named(value)
    person: User
    for person in with_all_shown(named, actor):
        # Somebody's username may be the address of somebody else.
        if key == "id" or getattr(person, key) == fold(value):
            return person
    raise NotFound(NOBODY)


FIND = Tool(
    name="find_people",
    title="Find users",
    description=(
        "Lists the users that match, a page at a time, within the caller's sight. Choose a family "
        "of words and give its parameters. `directory` asks by status, type and dates; `export` by "
        "the external ids of organizations and by roles; `download` by account state, group, site, "
        "tags, sign-ins and expiry; `jobs` by connection; `admin` knows the most words, such as "
        "organization (with all below it), role, dormant_days, locked, mfa and deleted."
    ),
    run=find_people,
    arguments=FindArguments,
    output=PAGE,
    permissions=VIEW,
    examples=[
        {"family": "directory", "parameters": {"status": ["suspended", "risky"]}},
        {"family": "admin", "parameters": {"dormant_days": "90", "status": "active"}, "page": 2},
        {"family": "download", "parameters": {"mfa": "false", "sort": "name:asc"}, "page_size": 50},
    ],
)
COUNT = Tool(
    name="count_people",
    title="Count users",
    description=(
        "Counts the users that match, within the caller's sight; the words are those of "
        "find_people. Cheaper than listing: ask this first."
    ),
    run=count_people,
    arguments=CountArguments,
    output=object_of(TOTALS),
    permissions=VIEW,
    examples=[{"family": "export", "parameters": {"status": "enabled"}, "exact": True}],
)
GET = Tool(
    name="get_person",
    title="Show one user",
    description=(
        "Shows one user in full: names, status, organization, roles, groups, sites, tags, schedule "
        "and the last sign-in. Names the user by id, or by the exact username or e-mail address. "
        "Somebody out of sight is no such user."
    ),
    run=get_person,
    arguments=WhoArguments,
    output=object_of({"person": ANY}),
    permissions=VIEW,
    examples=[{"username": "ben.smith"}],
)
EXPLAIN = Tool(
    name="explain_access",
    title="Explain why a user may sign in, or may not",
    description=(
        "Tells whether a user may sign in now, the reason that decides, and everything else that "
        "matters: status, schedule, password, locks by wrong passwords, deletion. Use it to answer "
        "why somebody cannot get in."
    ),
    run=explain_access,
    arguments=WhoArguments,
    output=object_of(
        {
            "id": {"type": "string"},
            "username": {"type": "string"},
            "status": {"type": "string"},
            "may_sign_in": {"type": "boolean"},
            "sentence": {"type": "string", "description": "The reason that decides."},
            "reasons": {"type": "array", "items": {"type": "string"}},
        }
    ),
    permissions=VIEW,
    examples=[{"email": "ben.smith@example.com"}],
)
