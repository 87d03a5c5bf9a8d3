"""Erasure: of whom was erased nothing personal is left, and nothing of anybody else is lost."""

import json
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from exports import files, jobs
from exports.models import Job, State
from users import actor, erasure
from users.mentions import Names
from users.models import AuditEntry, IdempotencyKey, SavedView, SignInTries, User

from . import leftovers
from .factories import PASSWORD, TagFactory, UserFactory
from .jobs import EXPORTS, IMPORTS, keep_files_in

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


def erase(api, person, **headers):
    return api.post(f"/users/{person.pk}/erase", {}, format="json", headers=headers)


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


def files_of(data):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("people.json", data, content_type="application/json")


def _look_for(cast):
    question = {"search": [HER["email"]], "status": ["active"]}
    SavedView.objects.create(owner=cast.alice, name=f"{HER['name']} only", question=question)
    TagFactory(name="unrelated")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_left_of_whom_was_erased(cast, call, client, tmp_path):
    her = live(cast, call, client)
    pk = her.pk
    before = {column for _, column, _ in leftovers.in_tables(VALUES)}
    assert {"username", "changes", "additional_data", "body", "question", "user_agent"} <= before
    assert leftovers.in_files(tmp_path, VALUES)
    answer = erase(call(cast.root), her)
    assert answer.status_code == 200, answer.content
    assert answer.json()["audit_entries"] > 5
    assert leftovers.in_tables(VALUES) == set()
    assert leftovers.in_files(tmp_path, VALUES) == set()
    # Her id is left where the audit says of whom its entries are, and nowhere else.
    ids = leftovers.in_tables([str(pk), pk.hex])
    assert {(table, column) for table, column, _ in ids} <= {
        ("users_auditentry", "object_pk"),
        ("users_auditentry", "actor_key"),
    }
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        assert leftovers.in_files(name.parent, VALUES) == set()
