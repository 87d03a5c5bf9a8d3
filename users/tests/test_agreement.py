"""The families never disagree about who is who: random directories, random questions.

Directory, export, download and a plain reading in Python of the same question give the same people
in the same order.
"""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from users.models import Organization, User
from users.text import fold

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)

# A tree of organizations: each one's parent comes before it.
PARENTS = {"a": None, "a1": "a", "a2": "a", "a11": "a1", "b": None}
NAMES = st.one_of(
    st.sampled_from(
        ["Ann", "ann", "Émile", "emile", "ÉMILE", "Straße", "STRASSE", "=1+1", "Ünal", "李"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)
MOMENTS = st.sampled_from([None, *(NOW + timedelta(hours=n) for n in range(4))])
PERSON = st.fixed_dictionaries(
    {
        "name": NAMES,
        "description": st.sampled_from(["", "Likes 100%", "back\\slash", "under_score"]),
        "status": st.sampled_from(["active", "onboarding", "inactive", "suspended", "risky"]),
        "deleted_at": st.sampled_from([None, None, None, NOW]),
        "organization": st.sampled_from([None, *PARENTS]),
        "created_at": MOMENTS.map(lambda at: at or NOW),
        "updated_at": MOMENTS.map(lambda at: at or NOW),
        "last_login": MOMENTS,
    }
)
QUESTION = st.fixed_dictionaries(
    {
        "search": st.sampled_from(["", "", "ann", "É", "ss", "p1", "%", "_", "\\", "example 李"]),
        "organization": st.sampled_from([None, None, *PARENTS]),
        "sort": st.sampled_from(
            ["created_at", "updated_at", "name", "username", "email", "last_login"]
        ),
        "descending": st.booleans(),
    }
)
# The same word of the domain in the words of each family; a family without one is not asked.
SORT = {
    "directory": {
        "created_at": "created_at",
        "updated_at": "updated_at",
        "name": "name",
        "username": "identifier",
        "email": "email",
    },
    "export": {
        "created_at": "created_at",
        "updated_at": "updated_at",
        "name": "name",
        "username": "username",
        "email": "email",
        "last_login": "latest_login_at",
    },
    "download": {
        "created_at": "whenCreated",
        "updated_at": "whenChanged",
        "name": "name",
        "username": "loginName",
        "email": "mail",
        "last_login": "lastLoggedIn",
    },
}


def build(people):
    tree = {}
    for name, parent in PARENTS.items():
        tree[name] = Organization.objects.create(
            name=name, external_id=name, parent=tree.get(parent)
        )
    made = [
        User(
            username=f"p{n}",
            email=f"p{n}@example.com",
            suspended_at=NOW if fields["status"] == "suspended" else None,
            **{**fields, "organization": tree.get(fields["organization"])},
        )
        for n, fields in enumerate(people)
    ]
    User.objects.bulk_create(made)
    return tree, made


# -- the plain reading


def within(person, top):
    place = person.organization.external_id if person.organization else None
    while place is not None and place != top:
        place = PARENTS[place]
    return place == top


def read(people, caller, question):
    """Return the usernames that the question means, in order, in as plain a way as there is."""
    found = [person for person in people if person.deleted_at is None]
    if caller.organization is None:
        found = [person for person in found if caller.is_superuser or person == caller]
    else:
        found = [person for person in found if within(person, caller.organization.external_id)]
    if question["organization"]:
        found = [
            person
            for person in found
            if person.organization and person.organization.external_id == question["organization"]
        ]
    for term in fold(question["search"]).split():
        found = [
            person
            for person in found
            if any(
                term in fold(text)
                for text in (
                    str(person.pk), person.email, person.name, person.description, person.username
                )
            )
        ]  # fmt: skip
    return [person.username for person in in_order(found, question)]


def in_order(people, question):
    def key(person):
        value = getattr(person, question["sort"])
        return (fold(value).encode() if isinstance(value, str) else value, person.pk)

    known = [person for person in people if getattr(person, question["sort"]) is not None]
    unknown = [person for person in people if getattr(person, question["sort"]) is None]
    down = question["descending"]
    return sorted(known, key=key, reverse=down) + sorted(
        unknown, key=lambda person: person.pk, reverse=down
    )


# -- the families


def ask(api, family, question):
    """Return the usernames that a family answers with; None when it has no words for it."""
    word = SORT[family].get(question["sort"])
    if word is None or (family == "directory" and question["organization"]):
        return None
    direction = "desc" if question["descending"] else "asc"
    search = {"search": question["search"]}
    organization = question["organization"] or ""
    if family == "directory":
        path = "/users"
        query = {"sort_by": word, "sort_order": direction, "page_size": 100}
    elif family == "export":
        path = "/api/users/export"
        query = {"format": "csv", "sort_by": word, "sort_direction": direction}
        query["organization_id"] = organization
    else:
        path = "/api/v2/users/download"
        query = {"sort": f"{word}:{direction}", "orgId": organization}
    answer = api.get(path, search | query)
    if answer.status_code == 404:  # an orgId out of sight
        return []
    assert answer.status_code == 200, answer.content
    if family == "directory":
        return [person["identifier"] for person in answer.json()]
    column = {"export": "Username", "download": "userid"}[family]
    text = answer.getvalue().decode()
    return [row[column] for row in csv.DictReader(io.StringIO(text, newline=""))]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PERSON, max_size=8), QUESTION, st.sampled_from([None, *PARENTS]), st.booleans())
def test_all_families_and_a_plain_reading_agree(db, people, question, place, superuser):
    with transaction.atomic():
        tree, made = build(people)
        caller = User.objects.create_superuser("caller", "caller@example.com", created_at=NOW)
        caller.is_superuser = superuser
        caller.organization = None if superuser else tree.get(place)
        caller.save()
        caller.roles.add(_reader())
        api = APIClient()
        api.force_authenticate(caller)
        expected = read([*made, caller], caller, question)
        for family in SORT:
            assert ask(api, family, question) in (None, expected), family
        transaction.set_rollback(True)


def _reader():
    from users.models import Role

    return Role.objects.get(name="Reader")
