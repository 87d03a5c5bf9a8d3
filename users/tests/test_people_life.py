"""What happens to a person over the API: verbs and memberships."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from users.models import AuditEntry, Role, User
from users.tests.factories import GroupFactory, SiteFactory, TagFactory, UserFactory

from .sending import NEW, address, faults, send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

# -- verbs


def test_suspension_ends_tokens_and_reactivation_restores_the_status(cast, call):
    theirs = call(cast.rita)
    assert theirs.get("/users").status_code == 200
    answer = call(cast.alice).post(address(cast.rita, "/suspend"))
    assert (answer.status_code, answer.json()["status"]) == (200, "suspended")
    assert theirs.get("/users").status_code == 401
    again = call(cast.alice).post(address(cast.rita, "/suspend"))
    assert again.json()["suspended_at"] == answer.json()["suspended_at"]
    answer = call(cast.alice).post(address(cast.rita, "/reactivate"))
    assert (answer.json()["status"], answer.json()["suspended_at"]) == ("active", None)


def test_deletion_is_undone_by_restore_and_ended_by_destroy(cast, call):
    api, above = call(cast.alice), call(cast.sue)
    path = address(cast.charlie)
    assert above.post(f"{path}/destroy").status_code == 409
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert send(api, "patch", path, {"phone": "1"}).status_code == 404
    assert api.post(f"{path}/restore").json()["status"] == "active"
    assert api.post(f"{path}/restore").status_code == 404
    api.delete(path)
    assert api.post(f"{path}/destroy").status_code == 403
    assert above.post(f"{path}/destroy").status_code == 204
    assert not User.all_objects.filter(pk=cast.charlie.pk).exists()
    assert send(api, "post", "/users", NEW | {"identifier": "charlie"}).status_code == 201


def test_resetting_mfa_takes_the_authenticators_and_ends_tokens(cast, call):
    TOTP.activate(cast.rita, generate_totp_secret())
    cast.rita.refresh_from_db()
    assert cast.rita.mfa_enabled
    theirs = call(cast.rita, methods=("pwd", "otp"))
    answer = call(cast.alice).post(address(cast.rita, "/reset-mfa"))
    assert (answer.status_code, answer.json()["mfa_enabled"]) == (200, False)
    assert theirs.get("/users").status_code == 401


def test_logout_ends_all_tokens_and_is_audited(cast, call):
    theirs = call(cast.rita)
    assert call(cast.alice).post(address(cast.rita, "/logout")).status_code == 200
    assert theirs.get("/users").status_code == 401
    entry = AuditEntry.objects.order_by("-pk").first()
    assert (entry.object_pk, entry.actor) == (str(cast.rita.pk), cast.alice)
    assert entry.changes == {"sign_ins": ["open", "ended"]}


def test_a_password_reset_is_a_link_that_works_once(cast, call, mailoutbox):
    person = UserFactory(organization=cast.europe, status="onboarding")
    assert call(cast.alice).post(address(person, "/send-password-reset")).status_code == 200
    (message,) = mailoutbox
    assert message.to == [person.email]
    link = re.search(r"http://localhost:\d+(/\S+)", message.body)[1]
    browser = Client()
    form = browser.get(link)["Location"]
    assert browser.get(form).status_code == 200
    words = {"new_password1": "another-l0ng-one", "new_password2": "another-l0ng-one"}
    done = browser.post(form, words)
    assert browser.get(done["Location"]).status_code == 200
    person.refresh_from_db()
    assert person.check_password("another-l0ng-one")
    assert person.email_verified
    assert b"does not work any more" in Client().get(link).content


def test_a_password_reset_that_no_server_takes_is_told(cast, call, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = call(cast.alice).post(address(cast.charlie, "/send-password-reset"))
    assert answer.status_code == 503
    entries = AuditEntry.objects.filter(object_pk=str(cast.charlie.pk))
    assert not [entry for entry in entries if "password_reset" in (entry.changes or {})]


def test_moving_changes_the_organization_within_sight(cast, call):
    api = call(cast.alice)
    path = address(cast.charlie, "/move")
    answer = send(api, "post", path, {"organization_id": str(cast.italy.pk)})
    assert answer.json()["organization"]["external_id"] == "acme-italy"
    for elsewhere in (str(cast.asia.pk), None):
        answer = send(api, "post", path, {"organization_id": elsewhere})
        assert (answer.status_code, list(faults(answer))) == (400, ["organization_id"])
    answer = send(call(cast.root), "post", path, {"organization_id": None})
    assert answer.json()["organization"] is None


# -- memberships


@pytest.mark.parametrize(("kind", "factory"), [("groups", GroupFactory), ("tags", TagFactory)])
def test_memberships_are_read_replaced_added_to_and_taken_away(cast, call, kind, factory):
    api, path = call(cast.bob), address(cast.charlie, f"/{kind}")
    one, two = factory(name="B"), factory(name="a")
    assert send(api, "post", path, {"ids": [str(one.pk)]}).json()[0]["name"] == "B"
    shown = send(api, "post", path, {"ids": [str(two.pk)]}).json()
    assert [thing["name"] for thing in shown] == ["a", "B"]
    assert api.get(path).json() == shown
    assert send(api, "put", path, {"ids": [str(two.pk)]}).json() == shown[:1]
    assert api.delete(f"{path}/{two.pk}").status_code == 204
    assert api.delete(f"{path}/{two.pk}").status_code == 404
    assert api.get(path).json() == []
    cast.charlie.refresh_from_db()
    assert cast.charlie.updated_by == cast.bob
    changes = [
        entry.changes[kind]["operation"]
        for entry in AuditEntry.objects.filter(object_pk=str(cast.charlie.pk)).order_by("pk")
        if kind in (entry.changes or {})
    ]
    assert changes == ["add", "add", "delete", "delete"]


def test_sites_out_of_sight_are_neither_shown_nor_touched(cast, call):
    near, far = SiteFactory(organization=cast.italy), SiteFactory(organization=cast.asia)
    cast.charlie.sites.set([far])
    api, path = call(cast.alice), address(cast.charlie, "/sites")
    assert api.get(path).json() == []
    assert len(send(api, "put", path, {"ids": [str(near.pk)]}).json()) == 1
    assert send(api, "put", path, {"ids": [str(far.pk)]}).status_code == 400
    assert api.delete(f"{path}/{far.pk}").status_code == 404
    assert set(cast.charlie.sites.all()) == {near, far}
    shown = api.get(address(cast.charlie)).json()["sites"]
    assert shown == [{"id": str(near.pk), "name": near.name}]


def test_nobody_grants_what_he_does_not_hold(cast, call):
    path = address(cast.charlie, "/roles")
    reader, ruler = (Role.objects.get(name=name) for name in ("Reader", "Super Admin"))
    assert send(call(cast.bob), "post", path, {"ids": [str(reader.pk)]}).status_code == 403
    api = call(cast.alice)
    assert send(api, "post", path, {"ids": [str(ruler.pk)]}).status_code == 403
    assert send(api, "post", path, {"ids": [str(reader.pk)]}).status_code == 200
    assert send(call(cast.sue), "post", path, {"ids": [str(ruler.pk)]}).status_code == 200
    assert api.delete(f"{path}/{reader.pk}").status_code == 403  # Charlie holds more than Alice now
    assert send(api, "put", path, {"ids": ["x"]}).status_code == 400
