"""Every page of the admin opens for those whom it is for, and for nobody else."""

import pytest
from django.contrib import admin
from django.urls import reverse

from users.models import AuditEntry, Connection, Invitation
from usersvc import clock

from .accounts import account_of
from .browsing import page_of
from .factories import GroupFactory, SiteFactory, TagFactory
from .receiving import webhook_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]

BACKEND = "users.authentication.RoleBackend"
# Its pages are its owner's alone: test_schedules.py.
OWN = "exportschedule"
OURS = [model for model in admin.site._registry if model._meta.app_label == "users"]
MODELS = [model for model in OURS if model._meta.model_name != OWN]


@pytest.fixture
def things(cast):
    """One row of each model, in Alice's sight."""
    group, tag = GroupFactory(name="Chess"), TagFactory(name="blue")
    site = SiteFactory(name="Rome", organization=cast.italy)
    cast.charlie.groups.add(group)
    return {
        "user": cast.charlie,
        "organization": cast.italy,
        "role": cast.rita.roles.get(),
        "group": group,
        "tag": tag,
        "site": site,
        "connection": Connection.objects.get(),
        "auditentry": AuditEntry.objects.filter(organization=cast.italy).first(),
        "webhook": webhook_of(cast.alice),
        "invitation": Invitation.objects.create(person=cast.ivo, expires_at=clock.now()),
        "serviceaccount": account_of(cast.sue),
    }


@pytest.fixture
def enter(client):
    def sign_in(person):
        client.force_login(person, backend=BACKEND)
        return client

    return sign_in


def address(model, page):
    return reverse(f"admin:users_{model}_{page}")


def test_only_our_models_are_registered():
    assert {model._meta.app_label for model in admin.site._registry} <= {"users", "exports"}
    assert {model._meta.model_name for model in OURS} == {
        "user", "organization", "role", "group", "tag", "site", "connection", "auditentry",
        "invitation", "webhook", "serviceaccount", OWN,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["root", "sue", "alice", "bob", "rita"])
@pytest.mark.parametrize("model", [model._meta.model_name for model in MODELS])
def test_lists_and_pages_open(enter, cast, things, who, model):
    browser = enter(getattr(cast, who))
    may = who in READERS.get(model, CHANGES)
    row = things[model]
    assert browser.get(address(model, "changelist")).status_code == (200 if may else 403)
    page = browser.get(page_of(row))
    assert page.status_code == (200 if may else 403)
    if may:
        assert page.context["has_change_permission"] is (model in CHANGES[who])
        assert b"style=" not in page.content
    adding = browser.get(address(model, "add"))
    assert adding.status_code == (200 if model in CHANGES[who] else 403)


ALL = {"webhook", "user", "organization", "role", "group", "tag", "site", "connection"}
READERS = {
    "auditentry": ("root", "sue", "alice"),
    "webhook": ("root", "sue", "alice"),
    "serviceaccount": ("root", "sue"),
}
CHANGES = {
    "root": ALL | {"serviceaccount"},
    "sue": ALL | {"serviceaccount"},
    "alice": ALL,
    "bob": {"user", "group", "tag"},
    "rita": set(),
}


@pytest.mark.parametrize("who", ["sam", "charlie", "nobody"])
@pytest.mark.parametrize("model", [model._meta.model_name for model in MODELS])
def test_others_are_sent_to_the_sign_in_page(client, enter, cast, things, who, model):
    browser = client if who == "nobody" else enter(getattr(cast, who))
    for url in (
        address(model, "changelist"),
        address(model, "add"),
        page_of(things[model]),
    ):
        answer = browser.get(url)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("who", ["root", "alice", "bob", "rita"])
def test_the_front_page_shows_what_one_may_see(enter, cast, who):
    page = enter(getattr(cast, who)).get("/admin/")
    assert page.status_code == 200
    shown = {model["object_name"] for app in page.context["app_list"] for model in app["models"]}
    assert ("AuditEntry" in shown) is (who in ("root", "alice"))
    assert {"User", "Organization", "Role", "Group", "Site", "Tag", "Connection"} <= shown


def test_the_front_page_without_organization(enter, cast):
    browser = enter(cast.nora)
    assert browser.get("/admin/").status_code == 200
    for model in MODELS:
        name = model._meta.model_name
        if name not in READERS:
            assert browser.get(address(name, "changelist")).status_code == 200
    people = browser.get(address("user", "changelist")).context["cl"].queryset
    assert list(people) == [cast.nora]
