"""Deny by default: no address answers an anonymous caller but those that are named here."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# What anybody may open, and why.
PUBLIC = {
    "": "redirects to the sign-in page",
    "admin": "redirects to the sign-in page",
    "admin/login/": "redirects to the sign-in page",
    "account/login/": "the sign-in page",
    "account/signup/": "says that nobody signs up",
    "account/inactive/": "says that an account is closed, and not whose",
    "account/confirm-email/": "says that a letter was sent",
    "account/password/reset/": "where a forgotten password begins to be replaced",
    "account/password/reset/done/": "says that a letter may have been sent",
    "account/password/reset/key/done/": "says that the password was chosen",
    "admin/logout/": "ends a session, and a stranger has none",
    "admin/jsi18n/": "translations of the admin's own scripts",
    "account/password/<uidb64>/<token>": "where who got the link chooses a password",
    "account/password/chosen": "says that the password was chosen",
    "account/invitation/<uidb64>/<token>": "where who was invited chooses a password",
    "account/invitation/accepted": "says that the account is ready",
    ".well-known/jwks.json": "public keys of tokens",
    "account/language": "remembers in which language pages are shown",
    "account/2fa/webauthn/login/": "where a sign-in with a passkey begins and ends",
    "files/<str:signed>": "where who was given a link reads the file of a job",
    "_allauth/app/v1/config": "how one signs in",
    "_allauth/app/v1/auth/session": "says that nobody is signed in",
    "_allauth/app/v1/auth/login": "where a program signs somebody in",
    "_allauth/app/v1/auth/webauthn/login": "where it does so with a passkey",
    "_allauth/app/v1/auth/password/request": "where a forgotten password begins to be replaced",
    "_allauth/app/v1/auth/password/reset": "where who got the link chooses a password",
    "_allauth/app/v1/tokens/refresh": "where a token is renewed",
    "docs": "how the API is used",
    "docs/reference": "the same, operation by operation",
    "docs/mcp.json": "where the MCP server is",
    "docs/<slug:slug>": "a page of the documentation",
    "openapi.json": "what the API takes and answers",
    "healthz": "says that the process is alive",
    "metrics": "takes a token of its own, and is not there without one",
    "readyz": "says that the service can work",
    "api/token": "where a token comes from",
    "api/token/mfa": "where the second step of a sign-in gives a token",
    "api/token/refresh": "where a token is renewed",
    "api/token/revoke": "where a token is ended",
    "oauth/token": "where a service account gets a token",
    "oauth/revoke": "where it ends one",
}


def routes(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern


ROUTES = dict(routes(get_resolver().url_patterns))


def address(route):
    """Return an address of the route, with ids of nothing where it takes ids."""
    route = re.sub(r"<uuid:[^>]+>", str(uuid.UUID(int=1)), route)
    route = re.sub(r"<[^>]+>", "1", route).replace("^", "").replace("$", "")
    return "/" + route.replace("(?P1.*)", "x/")


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in ROUTES if route not in PUBLIC])
def test_an_anonymous_caller_is_refused(route):
    for method in ("get", "post", "put", "patch", "delete"):
        answer = getattr(Client(raise_request_exception=False), method)(address(route))
        if answer.status_code == 302:
            assert "/login/" in answer["Location"], method
        else:
            assert answer.status_code in (401, 403, 404, 405), (method, answer.status_code)


def test_the_list_of_public_addresses_is_true():
    assert set(PUBLIC) <= set(ROUTES)


@pytest.mark.django_db
def test_public_addresses_show_nobody():
    client = Client()
    for route in PUBLIC:
        assert client.get(address(route)).status_code in (200, 302, 400, 401, 404, 405)
