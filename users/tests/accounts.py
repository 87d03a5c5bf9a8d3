"""Service accounts in tests."""

from typing import NamedTuple

from rest_framework.test import APIClient

from users import service_accounts
from users.models import ServiceAccount
from users.permissions import permissions_by_name
from usersvc.tests.serving import run


def account_of(owner, *permissions, **values):
    """Return a new account of somebody, with some permissions or with all of its owner's."""
    known = permissions_by_name()
    names = [f"users.{name}" for name in permissions] or sorted(owner.own_permissions())
    values = {"name": f"bot {ServiceAccount.objects.count()}", "owner": owner} | values
    account = ServiceAccount(**values)
    account.secret = account.renew_secret()
    account.save()
    account.permissions.set([known[name] for name in names])
    return account


def key_of(account, mode="write", **values):
    """Return the text of a new key."""
    return service_accounts.make_key(account, **{"name": "key", "mode": mode} | values)[1]


def bearing(token, **extra):
    """Return an API client that carries a token or a key."""
    api = APIClient(raise_request_exception=False)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}", **extra)
    return api


def token_of(account, **body):
    """Sign in over the API and return an access token."""
    asked = {"grant_type": "client_credentials", "client_id": account.pk} | body
    asked["client_secret"] = account.secret
    answer = APIClient().post("/oauth/token", asked, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


MAKE = """
from users.models import User
from users.tests.accounts import account_of, key_of
account = account_of(User.objects.get(username="admin"), *{permissions})
print(account.pk, account.secret, key_of(account, "read"))
"""


class Machine(NamedTuple):
    """What a program knows of its service account, and of a key that only reads."""

    client_id: str
    secret: str
    key: str


def machine_at(here, *permissions):
    """Return a new account of the admin of a service that runs in another process."""
    made = run("shell", "-v", "0", "-c", MAKE.format(permissions=permissions), **here.settings)
    assert made.returncode == 0, made.stderr
    return Machine(*made.stdout.split()[-3:])
