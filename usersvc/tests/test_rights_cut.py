"""Rights that are cut bite at once: on the next request, and on a download that is running."""

import json

import pytest

from users import standing

from .reading import DOWNLOAD, Reader, entry, until
from .serving import place, serving
from .talking import send, token_of

PASSWORD = "a password of the tests"
# More than the buffers of a connection hold, for readers that are borne however slow they are.
SETTINGS = {"USERSVC_DEMO_USERS": "30000", "USERSVC_EXPORT_LEAST_RATE": "0"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("rights")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, **SETTINGS) as service,
    ):
        service.here = here
        service.own = {"Authorization": f"Bearer {token_of(service, password=PASSWORD)}"}
        service.organization = listed(service, "/organizations")[0]["id"]
        service.elsewhere = listed(service, "/organizations")[1]["id"]
        service.reader = next(
            role["id"] for role in listed(service, "/roles") if role["name"] == "Reader"
        )
        quoted = f"'{service.organization}'" if here.is_postgres else stored(service.organization)
        here.execute(f"UPDATE users_user SET organization_id = {quoted}")
        yield service


def stored(uuid):
    """Return how SQLite keeps an id."""
    return f"'{uuid.replace('-', '')}'"


def listed(service, path):
    return send(service, "GET", path, headers=service.own).json()


def ask(service, method, path, data=None):
    body = "" if data is None else json.dumps(data)
    headers = {**service.own, "Content-Type": "application/json"}
    answer = send(service, method, path, body, headers)
    assert answer.status < 300, answer.text
    return answer


@pytest.fixture
def caller(service, request):
    """A new member of staff who sees everybody, and what it signs in with."""
    name = f"caller{abs(hash(request.node.name))}"
    body = {
        "identifier": name,
        "email": f"{name}@example.com",
        "name": name,
        "password": PASSWORD,
        "organization_id": service.organization,
        "status": "active",
    }
    person = json.loads(ask(service, "POST", "/users", body).body)
    ask(service, "POST", f"/users/{person['id']}/roles", {"ids": [service.reader]})
    person["token"] = token_of(service, name, PASSWORD)
    return person


CUTS = {
    "suspended": ("POST", "/users/{id}/suspend", None, standing.NO_LONGER_SIGNED_IN),
    "deleted": ("DELETE", "/users/{id}", None, standing.NO_LONGER_SIGNED_IN),
    "signed out": ("POST", "/users/{id}/logout", None, standing.NO_LONGER_SIGNED_IN),
    "without its role": (
        "DELETE",
        "/users/{id}/roles/{reader}",
        None,
        standing.NO_LONGER_PERMITTED,
    ),
    "moved": ("POST", "/users/{id}/move", "{elsewhere}", standing.SEES_OTHERS),
}


def cut(service, caller, how):
    method, path, target, outcome = CUTS[how]
    words = {"id": caller["id"], "reader": service.reader, "elsewhere": service.elsewhere}
    data = {"organization_id": target.format(**words)} if target else None
    ask(service, method, path.format(**words), data)
    return outcome


@pytest.mark.parametrize("how", CUTS)
def test_a_running_download_is_cut_off_and_never_looks_whole(service, caller, how):
    reader = Reader(service, caller["token"])
    begun = reader.begin()
    assert b" 200 " in begun
    outcome = cut(service, caller, how)
    until(lambda: entry(service.here)["outcome"] != "started")
    assert entry(service.here)["outcome"] == outcome
    content = begun + reader.rest()
    assert not content.endswith(b"0\r\n\r\n")
    assert entry(service.here)["rows"] < 30_000
    reader.close()


def test_who_keeps_its_rights_gets_all(service, caller):
    reader = Reader(service, caller["token"])
    reader.begin()
    ask(service, "PATCH", f"/users/{caller['id']}", {"nickname": "still here"})
    reader.whole()
    until(lambda: entry(service.here)["outcome"] == "complete")
    reader.close()


@pytest.mark.parametrize("how", CUTS)
def test_a_token_is_worth_less_at_the_next_request(service, caller, how):
    own = {"Authorization": f"Bearer {caller['token']}"}
    assert send(service, "GET", "/users?page_size=1", headers=own).status == 200
    assert send(service, "HEAD", DOWNLOAD, headers=own).status == 200
    cut(service, caller, how)
    expected = {"without its role": 403, "moved": 200}.get(how, 401)
    assert send(service, "HEAD", DOWNLOAD, headers=own).status == expected
    answer = send(
        service, "GET", f"/users?status=active&search={caller['identifier']}", headers=own
    )
    assert answer.status == expected
    if how == "moved":
        whole = send(service, "GET", "/users", headers={**own, "Prefer": "count=exact"})
        assert int(whole.headers["X-Total-Count"]) < 30_000
