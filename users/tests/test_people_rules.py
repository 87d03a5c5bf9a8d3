"""Who may do what to whom over the API, by hand from intent."""

import pytest

from users import rules
from users.models import Role, User
from users.tests.factories import RoleFactory, UserFactory

from .sending import address, send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

# -- who may do what to whom: a status for each actor and target, by hand

ON = ["bob", "alice", "sue", "charlie", "ivo", "akira", "root"]
ACTS = {
    # Bob (Backoffice) may not touch who holds more; Alice is an Admin and Sue owns Acme.
    "bob": "200 403 404 200 200 404 404",
    "alice": "200 200 404 200 200 404 404",
    "sue": "200 200 200 200 200 200 404",
    "root": "200 200 200 200 200 200 200",
    "rita": "403 403 403 403 403 403 403",
}


@pytest.mark.parametrize("actor", ACTS)
def test_who_may_change_whom(cast, call, actor):
    api = call(getattr(cast, actor))
    found = [
        str(send(api, "patch", address(getattr(cast, name)), {"phone": "1"}).status_code)
        for name in ON
    ]
    assert found == ACTS[actor].split()


# The same for what keeps somebody out: nobody does it to himself.
@pytest.mark.parametrize("verb", ["/suspend", "/reset-mfa", "delete"])
@pytest.mark.parametrize("actor", ACTS)
def test_who_may_keep_whom_out(cast, call, actor, verb):
    may_delete = actor in ("alice", "sue", "root")
    for name, word in zip(ON, ACTS[actor].split(), strict=True):
        expected = "403" if name == actor and word == "200" else word
        if verb == "delete":
            expected = {"200": "204"}.get(expected, expected) if may_delete else "403"
        api = call(User.objects.get(username=actor))
        person = getattr(cast, name)
        answer = (
            api.delete(address(person)) if verb == "delete" else api.post(address(person, verb))
        )
        assert str(answer.status_code) == expected, name


def test_nobody_moves_suspends_or_demotes_himself(cast, call):
    api = call(cast.sue)
    for body in ({"status": "inactive"}, {"schedule": {"ends_at": "2020-01-01"}}):
        assert send(api, "patch", address(cast.sue), body).status_code == 403
    assert send(api, "patch", address(cast.sue), {"phone": "1"}).status_code == 200
    body = {"organization_id": str(cast.italy.pk)}
    assert send(api, "post", address(cast.sue, "/move"), body).status_code == 403
    assert send(api, "put", address(cast.sue, "/roles"), {"ids": []}).status_code == 403


def test_the_last_super_admin_stays(cast, call):
    """Somebody who holds as much, without being a super admin, may do much, but not this."""
    everything = RoleFactory()
    everything.permissions.set(Role.objects.get(name="Super Admin").permissions.all())
    api = call(UserFactory(organization=cast.acme, roles=[everything]))
    User.objects.with_ids([cast.root.pk, cast.zoe.pk]).update(status="inactive")
    path = address(cast.sue)
    for answer in (
        api.post(f"{path}/suspend"),
        api.delete(path),
        send(api, "patch", path, {"status": "inactive"}),
        send(api, "patch", path, {"schedule": {"ends_at": "2020-01-01"}}),
        send(api, "put", f"{path}/roles", {"ids": [str(everything.pk)]}),
    ):
        assert (answer.status_code, answer.json()["message"]) == (403, rules.LAST)
    User.objects.with_ids([cast.zoe.pk]).update(status="active")
    assert api.post(f"{path}/suspend").status_code == 200
