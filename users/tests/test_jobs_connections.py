"""The connections that a job may be narrowed to, as the public API's clients ask for them."""

import pytest

from users.models import Connection

from .factories import ConnectionFactory, UserFactory
from .jobs import BUILT_IN, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(db):
    """Somebody who may export."""
    return UserFactory(username="reader", roles=["Reader"])


# -- connections


def test_connections(cast, call):
    corp = ConnectionFactory(name="Straße", domain="corp.example")
    built_in = Connection.objects.get(pk=BUILT_IN)
    shown = {
        BUILT_IN: {
            "id": BUILT_IN,
            "name": built_in.name,
            "domain": "local",
            "is_builtin": True,
        },
        corp.pk: {
            "id": corp.pk,
            "name": "Straße",
            "domain": "corp.example",
            "is_builtin": False,
        },
    }
    api = call(cast.sam)
    assert api.get("/api/v2/connections").json() == [shown[pk] for pk in sorted(shown)]
    assert api.get("/api/v2/connections?name=STRASSE").json() == [shown[corp.pk]]
    assert api.get("/api/v2/connections?name=Stra").json() == []
    assert api.get("/api/v2/connections?name=").json() == [shown[pk] for pk in sorted(shown)]
    assert api.get(f"/api/v2/connections/{corp.pk}").json() == shown[corp.pk]


def test_connections_as_the_public_clients_ask_for_them(reader, call):
    for n in range(3):
        ConnectionFactory(name=f"C{n}")
    everyone = list(Connection.objects.order_by("pk").values_list("pk", flat=True))
    api = call(reader)
    assert len(api.get("/api/v2/connections?include_fields=true").json()) == 4
    page = api.get("/api/v2/connections?include_totals=true&take=3&fields=id").json()
    assert page == {
        "connections": [{"id": pk} for pk in everyone[:3]],
        "total": 4,
        "next": everyone[2],
    }
    page = api.get(f"/api/v2/connections?take=3&from={page['next']}&fields=id").json()
    assert page["connections"] == [{"id": everyone[3]}]
    assert "next" not in page
    numbered = api.get("/api/v2/connections?page=1&per_page=3&fields=id").json()
    assert numbered == [{"id": everyone[3]}]
    page = api.get("/api/v2/connections?page=0&include_totals=1&fields=id").json()
    assert page == {"connections": [{"id": pk} for pk in everyone], "total": 4}
    assert api.get("/api/v2/connections?page=9&per_page=3").json() == []
    others = api.get("/api/v2/connections?fields=domain,is_builtin&include_fields=false").json()
    assert set(others[0]) == {"id", "name"}
    one = api.get(f"/api/v2/connections/{BUILT_IN}?fields=Domain&include_fields=true")
    assert one.json() == {"domain": "local"}


@pytest.mark.parametrize(
    ("path", "status", "code", "message"),
    [
        (f"/{BUILT_IN}?name=x", 400, "invalid_query_string", "name: unknown parameter"),
        ("/con_0000000000000002", 404, "inexistent_connection", "con_0000000000000002"),
        ("/%00", 404, "inexistent_connection", "no such connection"),
        ("/x", 404, "inexistent_connection", "no such connection"),
    ],
)
def test_questions_about_connections_that_are_refused(reader, call, path, status, code, message):
    refused(call(reader).get(f"/api/v2/connections{path}"), status, code, message)


def test_connections_need_a_permission(cast, call):
    for path in ("", f"/{BUILT_IN}"):
        refused(call(cast.charlie).get(f"/api/v2/connections{path}"), 403, "insufficient_scope")
        refused(call().get(f"/api/v2/connections{path}"), 401, "invalid_token")
