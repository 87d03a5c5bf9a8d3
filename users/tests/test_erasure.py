"""Erasure: of whom was erased nothing personal is left, and nothing of anybody else is lost."""

import json
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, models
from rest_framework.test import APIClient

from exports import files, jobs
from exports.models import Job, State
from users import actor, anchoring, erasure, sealing, verifying
from users.mentions import Names
from users.models import AuditEntry, Delivery, IdempotencyKey, SavedView, SignInTries, User

from . import leftovers
from .accounts import account_of, bearing, key_of
from .factories import PASSWORD, TagFactory, UserFactory
from .jobs import EXPORTS, IMPORTS, enqueue, keep_files_in
from .receiving import webhook_of
from .test_schedules import schedule_of

ADDRESS = "203.0.113.77"
BROWSER = "Zqbrowser/7"
HER = {
    "username": "zqusername",
    "email": "zqmail@zq.example",
    "name": "Zqfirst Zqélast",
    "given_name": "Zqgiven",
    "family_name": "Zqfamily",
    "nickname": "Zqnick",
    "phone": "+39 055 7654321",
    "picture": "https://zq.example/zqpicture.png",
    "description": "Zqdescription",
}
BEFORE = "zqbefore@zq.example"
METADATA = {"user_metadata": {"zqkey": "zqvalue"}, "app_metadata": {"zqapp": "Zqvàlue"}}
VALUES = [*HER.values(), BEFORE, "zqkey", "zqvalue", "zqapp", "Zqvàlue", ADDRESS, BROWSER]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)
    settings.AUDIT_ANCHORS = tmp_path / "anchors.log"


def erase(api, person, **headers):
    return api.post(f"/users/{person.pk}/erase", {}, format="json", headers=headers)


def in_database_file():
    """Return what of her stands in the raw file of SQLite, and in its write-ahead log."""
    if connection.vendor != "sqlite":
        return set()
    name = Path(connection.settings_dict["NAME"])
    return leftovers.in_files(name.parent, VALUES, f"{name.name}*")


def run_jobs():
    while job := jobs.claim():
        jobs.run(Job.objects.get(pk=job.pk))


def live(cast, call, client):
    """Let a person with distinctive values be made, changed, looked for, and do things itself."""
    root = call(cast.root)
    body = {**HER, "identifier": HER["username"], "email": BEFORE, "status": "active"}
    del body["username"]
    made = root.post(
        "/users",
        {**body, **METADATA, "password": PASSWORD},
        format="json",
        headers={"Idempotency-Key": "zq1"},
    )
    assert made.status_code == 201, made.content
    her = User.objects.get(pk=made.json()["id"])
    change = root.patch(f"/users/{her.pk}", {"email": HER["email"]}, format="json")
    assert change.status_code == 200, change.content
    her.refresh_from_db()
    her.roles.add(*cast.alice.roles.all())
    Authenticator.objects.create(user=her, type="totp", data={"secret": "x"})
    Authenticator.objects.filter(user=her).delete()
    _sign_in(client, her)
    _ask_for_files(root, cast)
    _look_for(cast)
    _run_by_itself(cast, her)
    with actor.acting(lambda: her, ADDRESS):
        cast.charlie.nickname = "renamed by her"
        cast.charlie.save()
    return her


def _sign_in(client, her):
    there = {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": BROWSER}
    for password in ("wrong", PASSWORD):
        login = {"login": HER["email"], "password": password}
        client.post("/account/login/", login, **there)
        client.post("/api/token", {"username": HER["username"], "password": password}, **there)
    assert client.get("/account/", **there).status_code == 200


def _ask_for_files(root, cast):
    for body in ({"format": "csv"}, {"format": "json"}):
        assert root.post(EXPORTS, body, format="json").status_code == 200
    rows = json.dumps([{"email": HER["email"], "zqnone": "x"}, {"name": HER["name"]}]).encode()
    upload = files_of(rows)
    answer = root.post(IMPORTS, {"users": upload, "connection_id": "con_0000000000000001"})
    assert answer.status_code == 202, answer.content
    run_jobs()
    for question in (HER["email"], HER["username"], HER["name"], HER["phone"]):
        answer = root.get("/users/export", {"format": "csv", "search": question})
        assert b"".join(answer.streaming_content)
        answer.close()


def _run_by_itself(cast, her):
    """Let programs speak for her, and others be told of her."""
    account = account_of(her, "view_user", name="nightly")
    assert (
        bearing(key_of(account, name=HER["name"]), REMOTE_ADDR=ADDRESS).get("/users").status_code
        == 200
    )
    there = APIClient(REMOTE_ADDR=ADDRESS)
    client = {"client_id": account.pk, "client_secret": account.secret}
    asked = {"grant_type": "client_credentials", **client}
    assert there.post("/oauth/token", asked, format="json").status_code == 200
    schedule_of(her, name="Zqdescription")
    account_of(cast.alice, "view_user", name="other", description=f"for {HER['email']}")
    theirs = schedule_of(cast.alice, name=f"all of {HER['email']}")
    theirs.spec["filters"]["search"] = [HER["email"]]
    theirs.save()
    hook = webhook_of(cast.root, events=["user.updated", "user.destroyed"])
    told = {"next_try_at": None, "answer": f"no {HER['email']} here"}
    Delivery.objects.of(hook).delete()
    her.nickname = "Zqnow"
    her.save()
    Delivery.objects.of(hook).update(state="failed", **told)
    her.nickname = HER["nickname"]
    her.save()
    Delivery.objects.of(hook).waiting().update(problem=f"{HER['email']}?", attempts=1)


def files_of(data):
    return SimpleUploadedFile("people.json", data, content_type="application/json")


def _look_for(cast):
    question = {"search": [HER["email"]], "status": ["active"]}
    SavedView.objects.create(owner=cast.alice, name=f"{HER['name']} only", question=question)
    TagFactory(name="unrelated")
    enqueue(cast.alice, search=HER["email"], title=f"About {HER['name']}").cancel()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_left_of_whom_was_erased(cast, call, client, tmp_path):
    her = live(cast, call, client)
    assert sealing.seal()
    pk = her.pk
    before = {column for _, column, _ in leftovers.in_tables(VALUES)}
    known = {"username", "changes", "additional_data", "body", "question", "user_agent"}
    assert known | {"answer", "problem", "spec", "request", "description"} <= before
    assert leftovers.in_files(tmp_path, VALUES)
    if connection.vendor == "sqlite":
        assert HER["description"] in {value for _, value in in_database_file()}
    answer = erase(call(cast.root), her)
    assert answer.status_code == 200, answer.content
    assert answer.json()["audit_entries"] > 5
    assert leftovers.in_tables(VALUES) == set()
    assert leftovers.in_files(tmp_path, VALUES) == set()
    # Her id is left where the audit says of whom its entries are, and in notices to be sent.
    ids = leftovers.in_tables([str(pk), pk.hex])
    assert {(table, column) for table, column, _ in ids} <= {
        ("users_auditentry", "object_pk"),
        ("users_auditentry", "actor_key"),
        ("users_delivery", "body"),
    }
    assert not Delivery.objects.ended().exists()
    assert {each.event for each in Delivery.objects.waiting()} == {"user.updated", "user.destroyed"}
    assert in_database_file() == set()
    assert list(verifying.verify(anchoring.anchors())) == []
    assert sealing.seal()
    assert list(verifying.verify(anchoring.anchors())) == []


@pytest.mark.django_db
def test_others_keep_what_they_have(cast, call):
    root = call(cast.root)
    path = f"/users/{cast.bob.pk}"
    assert root.patch(path, {"phone": "+39 055 0000001"}, format="json").status_code == 200
    kept = AuditEntry.objects.about([str(cast.bob.pk)]).order_by("pk")
    before = list(kept.values())
    people = set(User.all_objects.exclude(pk=cast.rita.pk).values_list("pk", flat=True))
    assert erase(root, cast.rita).status_code == 200
    assert list(kept.values()) == before
    assert set(User.all_objects.values_list("pk", flat=True)) == people


@pytest.mark.django_db
def test_an_erasure_names_the_entries_that_forgot_and_nobody(cast, call):
    with actor.acting(lambda: cast.bob):
        cast.charlie.save()
        cast.charlie.nickname = "c"
        cast.charlie.save()
    about = set(AuditEntry.objects.about([str(cast.bob.pk)]).values_list("pk", flat=True))
    by = set(AuditEntry.objects.by([cast.bob.pk]).values_list("pk", flat=True))
    answer = erase(call(cast.root), cast.bob)
    entry = AuditEntry.objects.get(event="erasure")
    told = entry.additional_data
    assert about | by < set(told["entries"])
    assert told == {"entries": told["entries"], "count": len(told["entries"]), "people": 1}
    assert answer.json()["audit_entries"] == told["count"]
    assert (entry.object_pk, entry.object_repr, entry.actor) == ("", "erasure", cast.root)
    for forgotten in AuditEntry.objects.with_ids(told["entries"]):
        assert forgotten.object_repr == ""
        assert forgotten.changes is forgotten.additional_data is forgotten.actor_email is None


@pytest.mark.django_db
def test_the_erasures_of_whom_is_erased_are_named_again(cast, call):
    erase(call(cast.sue), cast.akira)
    first = AuditEntry.objects.get(event="erasure")
    erase(call(cast.root), cast.sue)
    last = AuditEntry.objects.filter(event="erasure").latest("pk")
    assert {first.pk, *first.additional_data["entries"]} < set(last.additional_data["entries"])
    first.refresh_from_db()
    assert first.actor_email is None


@pytest.mark.django_db
def test_nobody_is_erased_against_the_rules(cast, call):
    sue = call(cast.sue)
    assert erase(call(cast.root), cast.root).status_code == 403
    assert erase(sue, cast.sue).status_code == 403
    assert erase(sue, cast.zoe).status_code == 404
    cast.bob.is_superuser = True
    cast.bob.save()
    assert erase(sue, cast.bob).status_code == 403
    assert User.all_objects.with_ids([cast.root.pk, cast.sue.pk, cast.bob.pk]).count() == 3


@pytest.mark.django_db
def test_an_erasure_is_asked_for_once(cast, call):
    root = call(cast.root)
    answers = [erase(root, cast.bob, **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert erase(root, cast.bob).status_code == 404


@pytest.mark.django_db
def test_a_deleted_person_is_erased_too(cast, call):
    cast.bob.soft_delete()
    assert erase(call(cast.root), cast.bob).status_code == 200
    assert not User.all_objects.with_ids([cast.bob.pk]).exists()


@pytest.mark.django_db
def test_a_person_who_changed_and_made_others_is_destroyed_or_erased(cast, call):
    """Whom they made, and changed last, stays as it was; there was an error."""
    for verb, gone in (("destroy", cast.bob), ("erase", cast.rita)):
        User.all_objects.filter(pk=cast.charlie.pk).update(created_by=gone, updated_by=gone)
        before = User.all_objects.get(pk=cast.charlie.pk).updated_at
        gone.soft_delete()
        answer = call(cast.root).post(f"/users/{gone.pk}/{verb}", {}, format="json")
        assert answer.status_code in (200, 204), answer.content
        charlie = User.all_objects.get(pk=cast.charlie.pk)
        assert (charlie.created_by, charlie.updated_by) == (None, None)
        assert charlie.updated_at == before


@pytest.mark.django_db
def test_files_that_held_a_person_are_withdrawn_and_others_stay(cast, call, tmp_path):
    root = call(cast.root)
    assert root.post(EXPORTS, {"format": "csv"}, format="json").status_code == 200
    assert call(cast.alice).post(EXPORTS, {"format": "csv"}, format="json").status_code == 200
    run_jobs()
    with_akira, without = Job.objects.get(owner=cast.root), Job.objects.get(owner=cast.alice)
    assert erase(root, cast.akira).json()["jobs"] == 1
    with_akira.refresh_from_db()
    without.refresh_from_db()
    assert (with_akira.state, with_akira.error_code) == (State.FAILED, "withdrawn")
    assert "erased" in with_akira.error_text
    assert without.state == State.DONE
    with files.open_file(without.file_key) as file:
        assert file.read()


@pytest.mark.django_db
def test_uploads_and_reports_that_held_a_person_are_withdrawn(cast, call, tmp_path):
    root = call(cast.root)
    kept = []
    for email in ("bob@example.com", "nobody.else@example.com"):
        upload = files_of(json.dumps([{"email": email, "zqnone": "x"}]).encode())
        body = {"users": upload, "connection_id": "con_0000000000000001"}
        kept.append(root.post(IMPORTS, body).json()["id"])
    assert erase(root, cast.bob).json()["jobs"] == 1
    hers, other = (Job.objects.get(pk=pk) for pk in kept)
    assert (hers.state, hers.input_key) == (State.FAILED, "")
    assert other.state == State.QUEUED
    assert other.input_key


@pytest.mark.django_db
def test_tries_and_answers_about_a_person_are_gone(cast, call, client):
    for name in ("bob", "bob@example.com", "rita"):
        client.post("/account/login/", {"login": name, "password": "wrong"})
    body = {"identifier": "newbie", "email": "newbie@example.com"}
    root = call(cast.root)
    root.post("/users", body, format="json", headers={"Idempotency-Key": "one"})
    root.post("/tags", {"name": "t"}, format="json", headers={"Idempotency-Key": "two"})
    erase(root, cast.bob)
    erase(root, User.objects.get(username="newbie"))
    assert SignInTries.objects.count() == 1
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["two"]


@pytest.mark.django_db
def test_the_command_erases_whom_it_names(cast, capsys):
    call_command("erase_user", "bob@example.com", "--yes")
    assert not User.all_objects.with_ids([cast.bob.pk]).exists()
    assert "Erased: " in capsys.readouterr().out
    with pytest.raises(CommandError, match="nobody by the name of bob"):
        call_command("erase_user", "bob", "--yes")
    User.all_objects.with_ids([cast.sue.pk, cast.zoe.pk]).delete()
    with pytest.raises(CommandError, match="last super admin"):
        call_command("erase_user", "root", "--yes")


@pytest.mark.django_db
def test_a_day_erases_who_has_been_deleted_for_long(cast, settings):
    cast.bob.soft_delete()
    cast.rita.soft_delete()
    long_ago = cast.bob.deleted_at.replace(year=2020)
    User.all_objects.filter(pk=cast.bob.pk).update(deleted_at=long_ago)
    settings.DELETED_DAYS = 0
    call_command("daily")
    assert User.all_objects.deleted().count() == 2
    settings.DELETED_DAYS = 30
    call_command("daily")
    assert list(User.all_objects.deleted()) == [cast.rita]
    assert AuditEntry.objects.filter(event="erasure").count() == 1


@pytest.mark.django_db
def test_many_are_erased_in_blocks(settings, monkeypatch):
    settings.DELETED_DAYS = 1
    monkeypatch.setattr(erasure, "BLOCK", 5)
    people = [UserFactory() for _ in range(12)]
    long_ago = people[0].created_at.replace(year=2020)
    User.all_objects.filter(pk__in=[each.pk for each in people]).update(deleted_at=long_ago)
    assert erasure.erase_overdue(people[0].created_at) == 12
    assert AuditEntry.objects.filter(event="erasure").count() == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann", True),
        ("by ANN, or by bob", True),
        ("joann", False),
        ("ann@example.com", False),
        ("ann-marie", False),
        ("Ann.", True),
        ("<ann>", True),
        ("mail ann.lee@x.example now", True),
        ("ann.lee@x.example.org", False),
        ("tel +39 055 1234567!", True),
        ("tel +39 055 12345678", False),
        ("ÉMILE ZOLÀ wrote", True),
        ("Émile wrote", False),
    ],
)
def test_names_are_found_as_words_of_their_own(text, found):
    names = Names(["ann", "ann.lee@x.example", "+39 055 1234567", "Émile Zolà"])
    assert names.are_in(text) is found
    assert names.are_within({"changes": [None, {"x": [json.dumps({"y": text})]}]}) is found


def test_words_of_ours_are_nobodys_name():
    names = Names(["csv", "active"])
    assert not names.are_within({"format": "csv", "filters": {"status": ["active"]}})
    assert names.hidden_in({"format": "csv", "search": ["csv", 1]}) == {
        "format": "csv",
        "search": ["********", 1],
    }


# How an erasure treats what a table says: removed, hidden, forgotten, or gone with the person.
TREATED = {
    "admin.LogEntry",
    "exports.Job",
    "sessions.Session",
    "users.AuditEntry",
    "users.ApiKey",
    "users.BulkOutcome",
    "users.Delivery",
    "users.ExportSchedule",
    "users.IdempotencyKey",
    "users.SavedView",
    "users.ServiceAccount",
    "users.SignInTries",
    "users.Webhook",
}
# What holds nobody, and why.
OF_NOBODY = {
    "Things that people belong to: whoever runs them names and describes them.": {
        "users.Connection",
        "users.Group",
        "users.Organization",
        "users.Role",
        "users.Site",
        "users.Tag",
    },
    "Numbers, rules and the ends of ids.": {
        "exports.Chore",
        "users.ExportBlock",
        "users.Overview",
        "users.Policy",
    },
    "Ids and codes of what is elsewhere.": {"users.AuditSeal", "users.RevokedToken"},
    "Django's own words.": {"auth.Group", "auth.Permission", "contenttypes.ContentType"},
}


def test_it_is_said_of_every_table_how_an_erasure_treats_it():
    said = TREATED.union({"users.User"}, *OF_NOBODY.values())
    for model in apps.get_models():
        texts = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
        has_words = any(isinstance(field, texts) for field in model._meta.concrete_fields)
        if has_words and not model._meta.proxy:
            assert model._meta.label in said or leftovers.is_gone_with_a_person(model), (
                model._meta.label
            )
    assert said <= {model._meta.label for model in apps.get_models()}
