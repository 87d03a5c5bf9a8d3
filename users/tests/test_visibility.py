"""Who gets what: every caller × every address of the API × every verb, written by hand.

The cast (cast.py) sits in a tree of three levels with sibling branches:
acme ── europe ── italy, acme ── asia, and globex apart.
"""

import csv
import io
import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from usersvc.api.addresses import API

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

EUROPE = {"alice", "bob", "rita", "sam", "charlie", "ivo"}
ROWS = {
    "all": EUROPE | {"root", "sue", "akira", "nora", "zoe"},
    "acme": EUROPE | {"sue", "akira"},
    "europe": EUROPE,
    "nora": {"nora"},
    "zoe": {"zoe"},
}
CALLERS = [
    "nobody",
    "root",
    "sue",
    "alice",
    "bob",
    "rita",
    "sam",
    "nora",
    "zoe",
    "ivo",
    "akira",
    "charlie",
]

# Each row: address, verb, then what each caller gets: a status, or the people in sight.
# Sam supports: he may look people up, but takes no files. Ivo, Akira and Charlie hold no role.
LIST = "401   all   acme  europe  europe  europe  europe  nora  zoe  403  403   403"
FILE = "401   all   acme  europe  europe  europe  403     nora  zoe  403  403   403"
NO_LIST = "401   405   405   405     405     405     405     405   405  403  403   403"
NO_FILE = "401   405   405   405     405     405     403     405   405  403  403   403"
MINE = "401   200   200   200     200     200     200     200   200  200  200   200"
NOT_MINE = "401   405   405   405     405     405     405     405   405  405  405   405"
NOT_THERE = "401   404   404   404     404     404     404     404   404  404  404   404"
# Where a token comes from asks for no token, and an empty body is a bad one.
SIGN_IN = "400   400   400   400     400     400     400     400   400  400  400   400"
NO_SIGN_IN = "405   405   405   405     405     405     405     405   405  405  405   405"

# Jobs are one's own; whoever may take files may ask for them. All roles look connections up.
JOBS = "401   200   200   200     200     200     403     200   200  403  403   403"
NO_JOB = "401   404   404   404     404     404     403     404   404  403  403   403"
NOT_JOBS = "401   405   405   405     405     405     403     405   405  403  403   403"
LOOK_UP = "401   200   200   200     200     200     200     200   200  403  403   403"
NOTHING = "401   404   404   404     404     404     404     404   404  403  403   403"

# Of people who are not there: what a body lacks is told before that they are not there.
NO_PERSON = "401   404   404   404     404     404     404     404   404  403  403   403"
MANAGE = "401   404   404   404     404     403     403     403   404  403  403   403"
NEW = "401   400   400   400     400     403     403     403   400  403  403   403"
DELETE = "401   404   404   404     403     403     403     403   404  403  403   403"
DESTROY = "401   404   404   403     403     403     403     403   404  403  403   403"
RULE = "401   400   400   400     403     403     403     403   400  403  403   403"
# What the audit tells is for administrators.
AUDITED = "401   404   404   404     403     403     403     403   404  403  403   403"
UNTIE = "401   404   404   404     403     403     403     403   404  403  403   403"
NOT_MANAGE = "401   405   405   405     405     403     403     403   405  403  403   403"
NOT_DELETE = "401   405   405   405     403     403     403     403   405  403  403   403"
NOT_DESTROY = "401   405   405   403     403     403     403     403   405  403  403   403"
PERSON = {
    "": {
        "get": NO_PERSON,
        "head": NO_PERSON,
        "patch": MANAGE,
        "put": NEW,
        "delete": DELETE,
        "other": NO_LIST,
    },
    "/suspend": {"post": MANAGE, "other": NOT_MANAGE},
    "/reactivate": {"post": MANAGE, "other": NOT_MANAGE},
    "/reset-mfa": {"post": MANAGE, "other": NOT_MANAGE},
    "/logout": {"post": MANAGE, "other": NOT_MANAGE},
    "/unlock": {"post": MANAGE, "other": NOT_MANAGE},
    "/send-password-reset": {"post": MANAGE, "other": NOT_MANAGE},
    "/restore": {"post": DELETE, "other": NOT_DELETE},
    "/destroy": {"post": DESTROY, "other": NOT_DESTROY},
    "/erase": {"post": DESTROY, "other": NOT_DESTROY},
    "/invitation": {
        "get": NO_PERSON,
        "head": NO_PERSON,
        "post": MANAGE,
        "delete": MANAGE,
        "other": NO_LIST,
    },
    "/move": {"post": RULE, "other": NOT_DELETE},
    "/exports": {"get": AUDITED, "head": AUDITED, "other": NOT_DELETE},
    "/archive": {"get": AUDITED, "head": AUDITED, "other": NOT_DELETE},
    "/roles": {"get": NO_PERSON, "head": NO_PERSON, "put": RULE, "post": RULE, "other": NO_LIST},
    "/groups": {"get": NO_PERSON, "head": NO_PERSON, "put": NEW, "post": NEW, "other": NO_LIST},
    "/sites": {"get": NO_PERSON, "head": NO_PERSON, "put": NEW, "post": NEW, "other": NO_LIST},
    "/tags": {"get": NO_PERSON, "head": NO_PERSON, "put": NEW, "post": NEW, "other": NO_LIST},
    "/roles/<uuid:other>": {"delete": UNTIE, "other": NO_LIST},
    "/groups/<uuid:other>": {"delete": MANAGE, "other": NO_LIST},
    "/sites/<uuid:other>": {"delete": MANAGE, "other": NO_LIST},
    "/tags/<uuid:other>": {"delete": MANAGE, "other": NO_LIST},
}

# All roles look at what people belong to. Administrators write it; Bob only groups and tags.
LISTED = {"get": LOOK_UP, "head": LOOK_UP, "other": NO_LIST}
THING = {"get": NOTHING, "head": NOTHING, "other": NO_LIST}
RULED_LIST = LISTED | {"post": RULE}
RULED = THING | {"patch": DELETE, "put": RULE, "delete": DELETE}
KEPT_LIST = LISTED | {"post": NEW}
KEPT = THING | {"patch": MANAGE, "put": NEW, "delete": MANAGE}
VERB = {"post": DELETE, "other": NOT_DELETE}
NAMED = {
    "organizations": RULED_LIST,
    "organizations/<str:pk>": RULED,
    "organizations/<str:pk>/suspend": VERB,
    "organizations/<str:pk>/reactivate": VERB,
    "organizations/<str:pk>/restore": VERB,
    "organizations/<str:pk>/move": VERB | {"post": RULE},
    "organizations/<str:pk>/policy": THING | {"patch": DELETE},
    "roles": RULED_LIST,
    "roles/<str:pk>": RULED,
    "groups": KEPT_LIST,
    "groups/<str:pk>": KEPT,
    "sites": RULED_LIST,
    "sites/<str:pk>": RULED,
    "tags": KEPT_LIST,
    "tags/<str:pk>": KEPT,
    "connections": RULED_LIST,
    "connections/<str:pk>": RULED,
}

MATRIX = {
    **NAMED,
    **{f"api/{address}": row for address, row in NAMED.items()},
    "users": {"get": LIST, "head": LIST, "post": NEW, "other": NO_LIST},
    "api/users": {"get": LIST, "head": LIST, "post": NEW, "other": NO_LIST},
    **{f"users/<uuid:pk>{rest}": row for rest, row in PERSON.items()},
    **{f"api/users/<uuid:pk>{rest}": row for rest, row in PERSON.items()},
    "users/bulk": {"post": NEW, "other": NO_LIST},
    "api/users/bulk": {"post": NEW, "other": NO_LIST},
    "users/totals": {"get": LOOK_UP, "head": LOOK_UP, "other": NO_LIST},
    "api/users/totals": {"get": LOOK_UP, "head": LOOK_UP, "other": NO_LIST},
    "users/trend": {"get": LOOK_UP, "head": LOOK_UP, "other": NO_LIST},
    "api/users/trend": {"get": LOOK_UP, "head": LOOK_UP, "other": NO_LIST},
    "users/export": {"get": FILE, "head": FILE, "other": NO_FILE},
    "api/users/export": {"get": FILE, "head": FILE, "other": NO_FILE},
    "api/v2/users/download": {"get": FILE, "head": FILE, "other": NO_FILE},
    "api/v2/jobs": {"get": JOBS, "head": JOBS, "other": NOT_JOBS},
    "api/v2/jobs/users-exports": {"post": JOBS, "other": NOT_JOBS},
    "api/v2/jobs/users-imports": {"post": NEW, "other": NOT_MANAGE},
    "api/v2/jobs/<str:job_id>": {"get": NO_JOB, "head": NO_JOB, "other": NOT_JOBS},
    "api/v2/jobs/<str:job_id>/errors": {"get": NO_JOB, "head": NO_JOB, "other": NOT_JOBS},
    "api/v2/jobs/<str:job_id>/cancel": {"post": NO_JOB, "other": NOT_JOBS},
    "api/v2/connections": {"get": LOOK_UP, "head": LOOK_UP, "other": NO_LIST},
    "api/v2/connections/<str:connection_id>": {"get": NOTHING, "head": NOTHING, "other": NO_LIST},
    "api/me": {"get": MINE, "head": MINE, "other": NOT_MINE},
    "api/token": {"post": SIGN_IN, "other": NO_SIGN_IN},
    "api/token/mfa": {"post": SIGN_IN, "other": NO_SIGN_IN},
    "api/tokens": {"get": MINE, "head": MINE, "other": NOT_MINE},
    "api/tokens/<uuid:pk>": {"delete": NOT_THERE, "other": NOT_MINE},
    "api/token/refresh": {"post": SIGN_IN, "other": NO_SIGN_IN},
    "api/token/revoke": {"post": SIGN_IN, "other": NO_SIGN_IN},
    "oauth/token": {"post": SIGN_IN, "other": NO_SIGN_IN},
    "oauth/revoke": {"post": SIGN_IN, "other": NO_SIGN_IN},
}
QUERIES = {"users/export": "?format=csv", "api/users/export": "?format=csv"}
ABSENT = "00000000-0000-7000-8000-000000000009"
VERBS = ["get", "head", "post", "put", "patch", "delete"]
# Who tries the verbs that an address does not have: nobody, everybody's owner, and who may little.
SOME = {"nobody", "root", "sam", "charlie"}
USERNAME = {"identifier", "Username", "userid"}


def people(answer):
    """Return the usernames in a list or a file."""
    if answer["Content-Type"] == "application/json":
        return {row["identifier"] for row in answer.json()}
    rows = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    [column] = USERNAME.intersection(rows.fieldnames)
    return {row[column] for row in rows}


def outcome(answer, expected):
    """Return the status, or the name of the set of people shown where people are expected."""
    if answer.status_code != 200 or expected not in ROWS:
        return str(answer.status_code)
    shown = people(answer)
    return next((name for name, row in ROWS.items() if row == shown), shown)


@pytest.mark.parametrize("address", MATRIX)
def test_the_matrix(cast, call, address):
    """All verbs in one test: the people take longer to make than the questions to answer."""
    path = "/" + re.sub("<uuid:.*?>", ABSENT, address)
    path = re.sub("<.*?>", "con_0000000000000009", path) + QUERIES.get(address, "")
    callers = {name: call() if name == "nobody" else call(getattr(cast, name)) for name in CALLERS}
    expected, found, row = {}, {}, MATRIX[address]
    for verb in VERBS:
        words = row.get(verb, row["other"]).split()
        if verb == "head":  # no people, but the same welcome
            words = ["200" if word in ROWS else word for word in words]
        for (name, api), word in zip(callers.items(), words, strict=True):
            if verb not in row and name not in SOME:
                continue
            expected[verb, name] = word
            found[verb, name] = outcome(getattr(api, verb)(path), word)
    assert found == expected


def api_routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and f"/{route}".startswith(API) and is_of_rows(route):
            yield route


def is_of_rows(route):
    """Tell whether an address shows rows to a caller; a sign-in and a signed link know none.

    What the tools of mcp show, test_mcp_people.py knows.
    """
    return not route.startswith(("_allauth/", "files/", "mcp"))


def test_every_address_of_the_api_has_a_row():
    assert sorted(api_routes(get_resolver().url_patterns)) == sorted(MATRIX)


@pytest.mark.parametrize("address", ["users", "users/export", "api/v2/users/download"])
def test_nobody_sees_more_after_moving_up_in_the_tree(cast, call, address):
    """Sight follows the organization at once, with the token that one has."""
    api = call(cast.rita)
    path = f"/{address}{QUERIES.get(address, '')}"
    assert people(api.get(path)) == EUROPE
    cast.rita.organization = cast.italy
    cast.rita.save()
    assert people(api.get(path)) == {"ivo", "rita"}
    cast.rita.organization = None
    cast.rita.save()
    assert people(api.get(path)) == {"rita"}
    cast.rita.roles.clear()
    assert api.get(path).status_code == 403
