"""A person's archive: all that is known of it, no secrets, and of others only what one may see."""

import csv
import io
import json
import zipfile

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from users import actor
from users.archiving import cells, relations
from users.models import AuditEntry, ExportBlock, SavedView, User
from users.models.service_account import digest
from users.tests.test_export_register import taken

from .accounts import account_of, key_of
from .browsing import enter
from .factories import PASSWORD, TagFactory
from .leftovers import is_gone_with_a_person
from .receiving import webhook_of
from .test_schedules import schedule_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


def opened(answer):
    """Return the parts of an archive, by their names, as they are read."""
    assert answer.status_code == 200, answer.content
    parts = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    texts = {name: parts.read(name).decode() for name in parts.namelist()}
    assert list(texts) == ["README.txt", "person.json", "audit.ndjson", "exports.csv"]
    return {
        "readme": texts["README.txt"],
        "person": json.loads(texts["person.json"]),
        "audit": [json.loads(line) for line in texts["audit.ndjson"].splitlines()],
        "exports": list(csv.DictReader(io.StringIO(texts["exports.csv"]))),
    }


def archive(api, person):
    return api.get(f"/users/{person.pk}/archive")


def test_it_holds_what_belongs_to_the_person(cast, call):
    root = call(cast.root)
    cast.bob.tags.add(TagFactory(name="vip"))
    SavedView.objects.create(owner=cast.bob, name="mine", question={"search": ["x"]})
    call(cast.bob)
    held_by = taken(root.get("/users/export?format=csv"))
    found = opened(archive(root, cast.bob))
    person = found["person"]
    assert person["person"]["email"] == "bob@example.com"
    assert person["person"]["organization"] == {"id": str(cast.europe.pk), "name": "Acme Europe"}
    assert [each["tag"]["name"] for each in person["user_tags"]] == ["vip"]
    assert [each["name"] for each in person["saved_views"]] == ["mine"]
    assert len(person["token_families"]) == 1
    assert {entry["object_pk"] for entry in found["audit"]} == {str(cast.bob.pk)}
    assert [(each["family"], each["certain"]) for each in found["exports"]] == [("export", "yes")]
    assert found["exports"][0]["rows"] == str(held_by.additional_data["rows"])
    assert "bob" in found["readme"]


def test_no_secret_leaves(cast, call):
    secret = "JBSWY3DPEHPK3PXP"
    Authenticator.objects.create(user=cast.bob, type="totp", data={"secret": secret})
    call(cast.bob)
    answer = archive(call(cast.root), cast.bob)
    text = json.dumps(opened(answer)["person"])
    assert "totp" in text
    family = cast.bob.token_families.get()
    stored = Authenticator.objects.get(user=cast.bob).data["secret"]
    for value in (secret, stored, cast.bob.password, family.refresh):
        assert value not in text


def test_what_would_end_a_line_is_in_quotes(cast, call):
    AuditEntry.objects.record_event(User, "export", "csv export of users", columns=["a\rb"])
    answer = archive(call(cast.root), cast.bob)
    table = zipfile.ZipFile(io.BytesIO(answer.getvalue())).read("exports.csv")
    assert table.endswith(b',"a\rb",,no\n')


def test_it_is_audited_and_is_an_export_that_held_the_person(cast, call):
    root = call(cast.root)
    answer = archive(root, cast.bob)
    data = answer.getvalue()
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith('attachment; filename="user_archive_')
    assert answer["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.telling_of(["export"]).get()
    told = entry.additional_data
    assert (told["family"], told["outcome"], told["bytes"]) == ("archive", "complete", len(data))
    assert ExportBlock.objects.holding(cast.bob.pk).get().entry == entry
    before = AuditEntry.objects.count()
    assert root.head(f"/users/{cast.bob.pk}/archive")["Content-Type"] == "application/zip"
    assert AuditEntry.objects.count() == before


def test_a_reader_is_shown_what_its_audit_shows(cast, call):
    with actor.acting(lambda: cast.bob):
        cast.zoe.nickname = "z"
        cast.zoe.save()
        cast.charlie.nickname = "c"
        cast.charlie.save()
    told = opened(archive(call(cast.alice), cast.bob))["audit"]
    assert {entry["object_repr"] for entry in told} == {"bob", "charlie"}
    told = opened(archive(call(cast.root), cast.bob))["audit"]
    assert {entry["object_repr"] for entry in told} == {"bob", "charlie", "zoe"}


def test_a_person_takes_its_own_after_a_recent_sign_in_and_sees_nobody_else(client, cast):
    with actor.acting(lambda: cast.root, "192.0.2.9"):
        cast.charlie.nickname = "by root"
        cast.charlie.save()
    with actor.acting(lambda: cast.charlie):
        cast.rita.nickname = "by charlie"
        cast.rita.save()
    assert "/login/" in client.get("/account/archive")["Location"]
    enter(client, cast.charlie)
    answer = client.get("/account/archive")
    assert "/account/reauthenticate/" in answer["Location"]
    client.post(answer["Location"], {"password": PASSWORD})
    assert "Download my data" in client.get("/account/").content.decode()
    answer = client.get("/account/archive")
    found = opened(answer)
    text = json.dumps(found)
    assert "by root" in text
    for word in ("root@example.com", "192.0.2.9", "by charlie", "rita"):
        assert word not in text
    assert "Other people are left out" in found["readme"]


def test_every_relation_to_a_person_is_in_the_archive_or_left_out_with_a_reason():
    names = {relation.name for relation in relations.relations()}
    assert set(relations.LEFT_OUT) <= names
    assert all(reason.endswith(".") for reason in relations.LEFT_OUT.values())
    sections = [relation.section for relation in relations.archived()]
    assert len(sections) == len(set(sections))


def test_what_goes_with_something_of_a_person_is_in_the_archive_or_left_out():
    known = {relation.model for relation in relations.relations()} | {User}
    for model in apps.get_models():
        assert model in known or not is_gone_with_a_person(model), model._meta.label


def test_it_holds_what_runs_in_the_persons_name(cast, call):
    account = account_of(cast.bob, "view_user", name="nightly sync", description="of bob's")
    key = key_of(account, name="first key")
    hook, schedule = webhook_of(cast.bob), schedule_of(cast.bob)
    schedule.refresh_from_db()
    answer = archive(call(cast.root), cast.bob)
    found = opened(answer)["person"]
    assert [(each["id"], each["name"]) for each in found["service_accounts"]] == [
        (account.pk, "nightly sync")
    ]
    assert [(each["name"], each["account"]["id"]) for each in found["api_keys"]] == [
        ("first key", account.pk)
    ]
    assert [each["url"] for each in found["webhooks"]] == [hook.url]
    assert [each["spec"] for each in found["scheduled_exports"]] == [schedule.spec]
    text = json.dumps(found)
    kept = (account.secret_hash, digest(key), hook.secrets["current"])
    for each in (account.secret, key, hook.whsec.removeprefix("whsec_"), *kept):
        assert each not in text


def test_every_column_that_holds_the_id_of_a_person_is_known():
    """A key to a person is found by itself; one that is only called so has to be said."""
    told = {relation.name for relation in relations.relations()}
    called = {"person", "user", "owner", "actor", "invited_by"}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.name in called and isinstance(field, (models.UUIDField, models.ForeignKey)):
                assert f"{model._meta.label}.{field.name}" in told


def test_what_an_archive_shows_of_each_column_is_said():
    """A new column is shown unless its name says secret: whoever adds one sees it here."""
    hidden = {
        f"{relation.model._meta.label}.{field.name}"
        for relation in relations.relations()
        for field in relation.model._meta.concrete_fields
        if relation.name not in relations.LEFT_OUT or relation.model is User
        if not cells.is_shown(field)
    }
    assert hidden == HIDDEN


HIDDEN = {
    "exports.Job.file_key",
    "exports.Job.input_key",
    "mfa.Authenticator.data",
    "users.ApiKey.hash",
    "users.IdempotencyKey.body",
    "users.IdempotencyKey.fingerprint",
    "users.IdempotencyKey.headers",
    "users.IdempotencyKey.key",
    "users.Invitation.secret",
    "users.PasswordBefore.password",
    "users.ServiceAccount.secret_hash",
    "users.SignInStep.secret",
    "users.TokenFamily.refresh",
    "users.User.name_key",
    "users.User.password",
    "users.User.search_text",
    "users.Webhook.secrets",
    "usersessions.UserSession.data",
    "usersessions.UserSession.session_key",
}


def test_the_number_of_queries_does_not_depend_on_how_much_there_is(cast, call):
    api = call(cast.root)

    def queries():
        with CaptureQueriesContext(connection) as found:
            archive(api, cast.bob).getvalue()
        return len(found)

    queries()  # from now on there is an export that held him
    few = queries()
    for n in range(10):
        cast.bob.tags.add(TagFactory())
        SavedView.objects.create(owner=cast.bob, name=f"view {n}")
        cast.bob.nickname = str(n)
        cast.bob.save()
    assert queries() == few
