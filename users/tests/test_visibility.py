"""Who gets what: every caller × every address of the API × every verb, written by hand.

The cast (cast.py) sits in a tree of three levels with sibling branches:
acme ── europe ── italy, acme ── asia, and globex apart.
"""

import csv
import io

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

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
# Where a token comes from asks for no token, and an empty body is a bad one.
SIGN_IN = "400   400   400   400     400     400     400     400   400  400  400   400"
NO_SIGN_IN = "405   405   405   405     405     405     405     405   405  405  405   405"

MATRIX = {
    "users": {"get": LIST, "head": LIST, "other": NO_LIST},
    "api/users": {"get": LIST, "head": LIST, "other": NO_LIST},
    "users/export": {"get": FILE, "head": FILE, "other": NO_FILE},
    "api/users/export": {"get": FILE, "head": FILE, "other": NO_FILE},
    "api/v2/users/download": {"get": FILE, "head": FILE, "other": NO_FILE},
    "api/me": {"get": MINE, "head": MINE, "other": NOT_MINE},
    "api/token": {"post": SIGN_IN, "other": NO_SIGN_IN},
    "api/token/refresh": {"post": SIGN_IN, "other": NO_SIGN_IN},
    "api/token/revoke": {"post": SIGN_IN, "other": NO_SIGN_IN},
}
QUERIES = {"users/export": "?format=csv", "api/users/export": "?format=csv"}
VERBS = ["get", "head", "post", "put", "patch", "delete"]
USERNAME = {"identifier", "Username", "userid"}


def expectations():
    for address, verbs in MATRIX.items():
        for verb in VERBS:
            words = verbs.get(verb, verbs["other"]).split()
            for caller, word in zip(CALLERS, words, strict=True):
                yield pytest.param(address, verb, caller, word, id=f"{verb}-{address}-{caller}")


def people(answer):
    """Return the usernames in a list or a file."""
    if answer["Content-Type"] == "application/json":
        return {row["identifier"] for row in answer.json()}
    rows = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    [column] = USERNAME.intersection(rows.fieldnames)
    return {row[column] for row in rows}


@pytest.mark.parametrize(("address", "verb", "caller", "word"), expectations())
def test_the_matrix(cast, call, address, verb, caller, word):
    api = call() if caller == "nobody" else call(getattr(cast, caller))
    answer = getattr(api, verb)(f"/{address}{QUERIES.get(address, '')}")
    if word.isdigit():
        assert answer.status_code == int(word)
    else:
        assert answer.status_code == 200
        assert verb == "head" or people(answer) == ROWS[word]


def api_routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith(("users", "api")):
            yield route


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
