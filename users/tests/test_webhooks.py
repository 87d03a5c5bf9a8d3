"""Webhooks: what happens is written down with it, and sent, signed, until it is taken."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core import mail
from django.core.management import call_command
from django.db import transaction as transactions
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from exports.jobs import reap
from exports.models import Job
from users import operations, secrets
from users.actor import acting
from users.models import AuditEntry, Delivery, User, UserRole, Webhook
from users.models.delivery import PAUSES
from users.notices import outbox, posting, sending, tidying
from users.notices.posting import post_to
from usersvc import clock

from .factories import RoleFactory, UserFactory
from .jobs import enqueue
from .receiving import receiving, webhook_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

ALL = list(outbox.Event)


@pytest.fixture(autouse=True)
def _local(settings):
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]


def told(hook):
    """Return what waits for a webhook, in order, as (event, ids of the people, fields of each)."""
    found = []
    for delivery in Delivery.objects.of(hook).order_by("pk"):
        body = json.loads(delivery.body)
        assert body["type"] == delivery.event
        users = body["data"].get("users", [])
        found.append((body["type"], {each["id"] for each in users}, users[0]["fields"]))
    return found


def one(hook):
    """Return the only delivery of a webhook, as it is now."""
    return Delivery.objects.of(hook).get()


# -- what is written down


def test_each_change_of_a_person_is_told_by_its_word(cast):
    hook = webhook_of(cast.alice, events=ALL)
    person = UserFactory(username="new", organization=cast.europe)
    assert told(hook)[0] == ("user.created", {str(person.pk)}, [])
    Delivery.objects.all().delete()
    ids = {str(person.pk)}
    person.name = "Another"
    person.save()
    person.suspend()
    person.reactivate()
    person.soft_delete()
    person.restore()
    person.groups.clear()
    person.roles.add(RoleFactory())
    person.delete()  # which takes the role away first
    assert [event for event, who, _ in told(hook) if who == ids] == [
        "user.updated",
        "user.suspended",
        "user.reactivated",
        "user.deleted",
        "user.restored",
        "user.updated",
        "user.updated",
        "user.destroyed",
    ]
    assert told(hook)[0] == ("user.updated", ids, ["name"])
    assert told(hook)[5] == ("user.updated", ids, ["roles"])


def test_a_notice_says_when_and_by_whom_and_no_more(cast):
    hook = webhook_of(cast.alice)
    at = datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC)
    with time_machine.travel(at, tick=False), acting(lambda: cast.bob):
        cast.charlie.name = "A secret name"
        cast.charlie.save()
    assert json.loads(one(hook).body) == {
        "type": "user.updated",
        "timestamp": "2026-03-01T12:00:00.005Z",
        "data": {
            "users": [{"id": str(cast.charlie.pk), "fields": ["name"]}],
            "by": str(cast.bob.pk),
        },
    }


def test_only_events_that_were_asked_for_are_told(cast):
    hook = webhook_of(cast.alice, events=["user.deleted"])
    cast.charlie.suspend()
    assert told(hook) == []
    cast.charlie.soft_delete()
    assert [event for event, *_ in told(hook)] == ["user.deleted"]


# whose webhook, and of whom it is told
@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        ("root", {"charlie", "ivo", "akira", "zoe", "nora"}),
        ("sue", {"charlie", "ivo", "akira"}),
        ("alice", {"charlie", "ivo"}),
        ("zoe", {"zoe"}),
        ("nora", {"nora"}),
        ("bob", set()),  # who may have no webhooks
        ("charlie", set()),
    ],
)
def test_a_webhook_is_told_of_whom_its_owner_sees(cast, owner, expected):
    cast.nora.roles.set(cast.alice.roles.all())
    hook = webhook_of(getattr(cast, owner))
    names = ["charlie", "ivo", "akira", "zoe", "nora"]
    ids = {str(getattr(cast, name).pk): name for name in names}
    with acting(lambda: cast.root):
        for name in names:
            person = getattr(cast, name)
            person.phone = "+39 1"
            person.save()
    assert {ids[each] for _, who, _ in told(hook) for each in who} == expected


def test_a_webhook_of_one_organization_is_told_of_it_and_those_below(cast):
    hook = webhook_of(cast.sue, organization=cast.europe)
    outside = webhook_of(cast.alice, organization=cast.globex)
    for person in (cast.charlie, cast.ivo, cast.akira, cast.zoe):
        person.phone = "+39 1"
        person.save()
    ids = {each for _, who, _ in told(hook) for each in who}
    assert ids == {str(cast.charlie.pk), str(cast.ivo.pk)}
    assert told(outside) == []


def test_somebody_of_no_organization_is_nobodys_but_a_superusers(cast):
    """The audit files such a change where its actor is; a webhook does not."""
    hook = webhook_of(cast.alice)
    with acting(lambda: cast.bob):
        cast.nora.phone = "+39 1"
        cast.nora.save()
    assert AuditEntry.objects.newest_first().first().organization == cast.europe
    assert told(hook) == []


@pytest.mark.parametrize("at_once", [False, True])
def test_who_moves_is_told_where_it_arrives(cast, at_once):
    left, reached = webhook_of(cast.alice), webhook_of(cast.zoe)
    if at_once:
        User.objects.with_ids([cast.ivo.pk]).update(organization=cast.globex)
    else:
        cast.ivo.organization = cast.globex
        cast.ivo.save()
    assert told(left) == []
    assert told(reached) == [("user.updated", {str(cast.ivo.pk)}, ["organization"])]


def test_a_webhook_that_is_off_is_told_nothing(cast):
    hook = webhook_of(cast.alice, is_active=False)
    cast.charlie.suspend()
    assert told(hook) == []


def test_who_loses_the_permission_is_told_nothing(cast):
    hook = webhook_of(cast.alice)
    UserRole.objects.filter(user=cast.alice).delete()
    cast.charlie.phone = "+39 1"
    cast.charlie.save()
    assert told(hook) == []


def test_a_change_that_is_undone_is_not_told(cast):
    hook = webhook_of(cast.alice)
    cast.charlie.phone = "+39 1"
    with transactions.atomic():
        cast.charlie.save()
        transactions.set_rollback(True)
    assert told(hook) == []


def test_many_at_once_are_told_in_few_notices(cast):
    hook = webhook_of(cast.alice)
    people = [UserFactory(organization=cast.europe) for _ in range(250)]
    people.append(UserFactory(organization=cast.asia))
    User.objects.with_ids([person.pk for person in people]).update(status="inactive")
    assert [len(who) for _, who, _ in told(hook)] == [100, 100, 50]
    assert {tuple(fields) for *_, fields in told(hook)} == {("status",)}


@pytest.mark.parametrize("number", [1, 30])
def test_writing_takes_statements_by_organization_and_not_by_person(
    cast, number, django_assert_num_queries
):
    for owner in (cast.alice, cast.sue, cast.root):
        webhook_of(owner)
    people = [UserFactory(organization=cast.italy) for _ in range(number)]
    entries = [
        AuditEntry(
            content_type=AuditEntry.objects.filter(object_pk=str(people[0].pk))[0].content_type,
            action=AuditEntry.Action.UPDATE,
            object_pk=str(person.pk),
            changes={"name": ["a", "b"]},
        )
        for person in people
    ]
    for entry in entries:
        entry.home = cast.italy.pk
    outbox.people_changed(entries)  # types of content are known from now on
    with django_assert_num_queries(4):  # the webhooks, two trees, and what is written
        outbox.people_changed(entries)


@pytest.mark.parametrize(
    ("verb", "event"),
    [
        (lambda job: job.finish(3), "job.done"),
        (lambda job: job.fail("failed", "No."), "job.failed"),
        (lambda job: job.cancel(), "job.cancelled"),
    ],
)
def test_the_end_of_a_job_is_told_to_its_owner_and_superusers(cast, verb, event):
    hooks = [webhook_of(owner, events=ALL) for owner in (cast.alice, cast.sue, cast.root)]
    job = enqueue(cast.alice)
    assert job.start()
    assert verb(job)
    assert not verb(job)  # it has ended
    assert [[each.event for each in Delivery.objects.of(hook)] for hook in hooks] == [
        [event],
        [],
        [event],
    ]
    assert json.loads(one(hooks[0]).body)["data"]["job"]["id"] == job.pk


def test_a_job_that_is_given_up_is_told_as_failed(cast, settings):
    hook = webhook_of(cast.alice, events=["job.failed"])
    job = enqueue(cast.alice)
    Job.objects.filter(pk=job.pk).update(attempt=4)
    job.refresh_from_db()
    assert job.start(clock.now() - settings.JOB_LEASE - timedelta(seconds=1))
    assert reap() == 1
    assert json.loads(one(hook).body)["data"]["job"]["error_code"] == "gave_up"


# -- what is sent


def verify(hook, got):
    """Return a notice that a public library has verified with the secret of a webhook."""
    _path, headers, body = got
    lowered = {name.lower(): value for name, value in headers.items()}
    return Verifier(hook.whsec).verify(body, lowered)


def test_a_notice_is_verified_by_the_public_library(cast):
    with receiving() as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        cast.charlie.suspend()
        cast.charlie.reactivate()
        cast.charlie.phone = "+39 1"
        cast.charlie.save()
        assert post_to(hook.pk) == 1
    delivery = one(hook)
    (got,) = receiver.got
    path, headers, body = got
    assert path == "/hook?of=us"
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-id"] == delivery.message_id
    assert verify(hook, got)["data"]["users"][0]["fields"] == ["phone"]
    with pytest.raises(WebhookVerificationError):
        verify(hook, (path, headers, body + b" "))
    assert (delivery.state, delivery.status, delivery.answer) == ("sent", 204, "")
    assert delivery.sent_at is not None
    assert post_to(hook.pk) == 0  # nothing is sent twice


def test_a_notice_goes_over_tls_to_whom_the_certificate_names(cast, tmp_path, monkeypatch):
    with receiving(folder=tmp_path) as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        outbox.send_test(hook)
        assert post_to(hook.pk) == 0
        assert "certificate" in one(hook).problem
        monkeypatch.setenv("SSL_CERT_FILE", str(receiver.trusted))
        Delivery.objects.update(next_try_at=clock.now())
        assert post_to(hook.pk) == 1
        other = webhook_of(cast.alice, receiver.url.replace("127.0.0.1", "localhost"))
        outbox.send_test(other)
        assert post_to(other.pk) == 0
        assert "certificate" in one(other).problem
    assert [verify(hook, got)["type"] for got in receiver.got] == ["webhook.test"]


def test_a_new_secret_and_the_one_before_are_good_for_a_day(cast):
    at = clock.now()
    with receiving() as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        before, hook.whsec = hook.whsec, hook.renew_secret(at)
        hook.save()
        outbox.send_test(hook)
        post_to(hook.pk)
        with time_machine.travel(at + timedelta(hours=25), tick=False):
            outbox.send_test(hook)
            post_to(hook.pk)
    for got in receiver.got:
        signatures = {k.lower(): v for k, v in got[1].items()}["webhook-signature"].split()
        assert len(signatures) == (2 if got is receiver.got[0] else 1)
    assert verify(hook, receiver.got[0])["type"] == "webhook.test"
    hook.whsec = before
    assert verify(hook, receiver.got[0])["type"] == "webhook.test"


def test_secrets_are_encrypted_and_encrypted_anew(cast, settings):
    hook = webhook_of(cast.alice)
    text = hook.whsec.removeprefix("whsec_")
    assert text not in json.dumps(Webhook.objects.get(pk=hook.pk).secrets)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    call_command("rotate_secrets", verbosity=0)
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    kept = Webhook.objects.get(pk=hook.pk).secrets["current"]
    assert secrets.decrypt(kept) == text
    entry = AuditEntry.objects.filter(content_type__model="webhook").latest("pk")
    assert set(entry.changes) <= {"name", "url", "events", "organization", "owner", "is_active"}


def test_what_is_not_taken_is_tried_again_with_the_same_id(cast):
    with receiving(500, 503, 204) as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        at = outbox.send_test(hook).next_try_at
        for pause in (0, PAUSES[0].seconds * 1.2 + 1, PAUSES[1].seconds * 1.2 + 20):
            at += timedelta(seconds=pause)
            with time_machine.travel(at, tick=False):
                post_to(hook.pk)
                assert post_to(hook.pk) == 0  # not before its time
    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1
    delivery = one(hook)
    assert (delivery.state, delivery.attempts) == ("sent", 3)
    hook.refresh_from_db()
    assert (hook.failing_since, hook.misses) == (None, 0)


def test_after_three_days_it_is_given_up(cast):
    hook = webhook_of(cast.alice, "http://127.0.0.1:1/")
    delivery = outbox.send_test(hook)
    begun = at = delivery.next_try_at
    while delivery.state == "waiting":
        with time_machine.travel(at, tick=False):
            Webhook.objects.get(pk=hook.pk).switch_on()
            post_to(hook.pk)
        delivery.refresh_from_db()
        at = delivery.next_try_at or at
    assert delivery.state == "failed"
    assert delivery.attempts == len(PAUSES) + 1
    assert "could not be reached" in delivery.problem
    assert timedelta(days=2.5) < at - begun < timedelta(days=3.5)


def test_a_worker_that_dies_after_sending_leaves_it_to_the_next(cast, monkeypatch):
    with receiving() as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        outbox.send_test(hook)

        def die(*args):
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(posting, "_note", die)
            with pytest.raises(SystemExit):
                post_to(hook.pk)
        assert post_to(hook.pk) == 0  # it is another's still
        with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
            assert post_to(hook.pk) == 1
    assert len(receiver.got) == 2
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1


def test_two_senders_do_not_take_the_same(cast):
    delivery = outbox.send_test(webhook_of(cast.alice))
    same = Delivery.objects.get(pk=delivery.pk)
    assert delivery.claim(clock.now())
    assert not same.claim(clock.now())
    late = clock.now() + timedelta(minutes=2)
    again = Delivery.objects.get(pk=delivery.pk)
    assert again.claim(late)
    assert not delivery.succeed(late)  # its claim has passed on
    assert again.succeed(late)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed(cast, status):
    with receiving(status) as receiver, receiving() as inside:
        receiver.headers["Location"] = inside.url
        hook = webhook_of(cast.alice, receiver.url)
        outbox.send_test(hook)
        assert post_to(hook.pk) == 0
    assert inside.got == []
    assert (one(hook).status, one(hook).problem) == (status, f"It answered {status}.")


def test_a_long_answer_is_cut(cast):
    with receiving(200) as receiver:
        receiver.text = b"\xff\x00x" * 10_000_000
        hook = webhook_of(cast.alice, receiver.url)
        outbox.send_test(hook)
        assert post_to(hook.pk) == 1
    assert one(hook).answer.startswith("\N{REPLACEMENT CHARACTER}x")
    assert len(one(hook).answer) <= 500


class Speaker(BaseRequestHandler):
    """Says what the server holds, whatever it is told."""

    def handle(self):
        self.request.recv(65_536)
        self.request.sendall(self.server.words)


@pytest.mark.parametrize(
    "words",
    [
        b"\x00\x01\x02\xff nonsense\r\n\r\n",
        b"HTTP/1.1 200 \x00\r\nX: \x00\r\n\r\n\x00\x1b[31m\x07",
        b"HTTP/1.1 99999 Much\r\n\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 500 No\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 500 " + b"x" * 100_000,
        b"",
    ],
)
def test_whatever_is_answered_is_written_down(cast, words):
    with ThreadingTCPServer(("127.0.0.1", 0), Speaker) as server:
        server.words = words
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        hook = webhook_of(cast.alice, f"http://127.0.0.1:{server.server_address[1]}/")
        outbox.send_test(hook)
        post_to(hook.pk)
        server.shutdown()
    delivery = one(hook)
    assert delivery.attempts == 1
    assert delivery.problem or delivery.status == 200
    assert delivery.next_try_at is None or delivery.next_try_at < clock.now() + timedelta(minutes=1)
    assert not {"\x00", "\x1b"} & set(delivery.problem + delivery.answer)


def test_an_address_that_says_nothing_leaves_time_for_the_next(monkeypatch, settings):
    monkeypatch.setattr(sending, "SECONDS", 2.0)
    with receiving() as receiver, socket.socket() as deaf:
        deaf.bind(("127.0.0.2", receiver.server_port))
        deaf.listen(0)
        full = [socket.socket() for _ in range(4)]  # what its queue holds; others wait for ever
        for each in full:
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, receiver.server_port))
            for address in ("127.0.0.2", "127.0.0.1")
        ]
        monkeypatch.setattr(sending, "resolve", lambda target: found)
        answer = sending.post(f"http://two.example.com:{receiver.server_port}/", {}, b"{}")
        for each in full:
            each.close()
    assert (answer.status, answer.problem) == (204, "")


def test_who_answers_a_byte_now_and_then_is_cut_off(cast, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    over = threading.Event()

    class Slow(BaseRequestHandler):
        def handle(self):
            self.request.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            try:
                while not over.wait(0.05):
                    self.request.sendall(b"x")
            except OSError:
                over.set()

    with ThreadingTCPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        answer = sending.post(f"http://127.0.0.1:{server.server_address[1]}/", {}, b"{}")
        over.wait(60)
        server.shutdown()
    assert answer.status is None
    assert "did not answer" in answer.problem


# -- what becomes of a webhook


def test_410_disables_at_once(cast):
    with receiving(410) as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        outbox.send_test(hook)
        outbox.send_test(hook)
        post_to(hook.pk)
    assert len(receiver.got) == 1
    hook.refresh_from_db()
    assert (hook.state, hook.disabled_why) == ("disabled", posting.LEFT)


def test_silence_for_three_days_disables_and_is_told_by_mail_once(cast):
    hook = webhook_of(cast.alice, "http://127.0.0.1:1/")
    outbox.send_test(hook)
    post_to(hook.pk)
    hook.refresh_from_db()
    assert hook.state == "failing"
    with time_machine.travel(clock.now() + timedelta(days=3, minutes=1), tick=False):
        outbox.send_test(hook)
        post_to(hook.pk)
    hook.refresh_from_db()
    assert (hook.state, hook.disabled_why) == ("disabled", posting.SILENT)
    tidying.run()
    tidying.run()
    (letter,) = mail.outbox
    assert letter.to == [cast.alice.email]
    assert hook.name in letter.body
    assert f"/admin/users/webhook/{hook.pk}/change/" in letter.body
    hook.switch_on()
    assert Webhook.objects.get(pk=hook.pk).state == "active"


@pytest.mark.parametrize("how", ["suspended", "deleted", "demoted"])
def test_nothing_is_sent_for_an_owner_who_may_no_longer(cast, how):
    with receiving() as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        outbox.send_test(hook)
        if how == "suspended":
            cast.alice.suspend()
        elif how == "deleted":
            cast.alice.soft_delete()
        else:
            operations.change_members(cast.alice, "roles", [])
        post_to(hook.pk)
    assert receiver.got == []
    hook.refresh_from_db()
    assert hook.state == "disabled"
    assert "owner" in hook.disabled_why


def move_owner(cast, hook):
    cast.alice.organization = cast.asia
    cast.alice.save()


def move_person(cast, hook):
    cast.charlie.organization = cast.globex
    cast.charlie.save()


def move_organization(cast, hook):
    cast.europe.parent = cast.globex
    cast.europe.save()
    move_owner(cast, hook)


def narrow(cast, hook):
    hook.organization = cast.italy
    hook.save()


@pytest.mark.parametrize("how", [move_owner, move_person, move_organization, narrow])
def test_what_waits_is_not_sent_of_those_whom_the_owner_no_longer_sees(cast, how):
    with receiving() as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        cast.charlie.phone = "+39 1"
        cast.charlie.save()
        how(cast, hook)
        kept = one(hook)
        post_to(hook.pk)
    assert receiver.got == []
    kept.refresh_from_db()
    assert (kept.state, kept.problem) == ("failed", posting.HIDDEN)


def test_of_several_those_are_sent_whom_the_owner_still_sees(cast):
    with receiving() as receiver:
        hook = webhook_of(cast.alice, receiver.url, events=["user.updated"])
        people = [cast.charlie, cast.ivo, UserFactory(organization=cast.europe)]
        ids = [str(each.pk) for each in people]
        User.objects.with_ids(ids).update(phone="+39 1")
        cast.ivo.organization = cast.globex
        cast.ivo.save()
        people[2].delete()  # who was seen when it happened
        assert post_to(hook.pk) == 1
    sent = verify(hook, receiver.got[0])["data"]["users"]
    assert {each["id"] for each in sent} == {ids[0], ids[2]}


def test_the_end_of_anothers_job_is_not_sent_to_who_is_no_superuser_any_more(cast):
    cast.root.roles.set(cast.sue.roles.all())
    with receiving() as receiver:
        hook = webhook_of(cast.root, receiver.url, events=["job.done"])
        for owner in (cast.alice, cast.root):
            job = enqueue(owner)
            assert job.start()
            assert job.finish(1)
        User.objects.with_ids([cast.root.pk]).update(is_superuser=False)
        post_to(hook.pk)
    assert [verify(hook, got)["data"]["by"] for got in receiver.got] == [str(cast.root.pk)]


def test_looking_whether_they_are_seen_takes_as_many_statements_for_many(
    cast, django_assert_max_num_queries
):
    with receiving() as receiver:
        hook = webhook_of(cast.alice, receiver.url)
        people = [UserFactory(organization=cast.europe) for _ in range(100)]
        User.objects.with_ids([each.pk for each in people]).update(phone="+39 1")
        assert Delivery.objects.of(hook).count() == 1
        with django_assert_max_num_queries(12):
            assert post_to(hook.pk) == 1
    assert len(verify(hook, receiver.got[0])["data"]["users"]) == 100


def test_a_secret_that_cannot_be_read_disables(cast, settings):
    hook = webhook_of(cast.alice)
    outbox.send_test(hook)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    post_to(hook.pk)
    hook.refresh_from_db()
    assert "secret" in hook.disabled_why


def test_old_deliveries_go_and_so_do_too_many(cast, monkeypatch):
    monkeypatch.setattr(tidying, "MOST_KEPT", 2)
    monkeypatch.setattr(tidying, "MOST_WAITING", 3)
    hook, full = webhook_of(cast.alice), webhook_of(cast.alice)
    kept = [outbox.send_test(hook) for _ in range(6)]
    for delivery in kept[:5]:
        assert delivery.claim(clock.now())
        assert delivery.fail()
    for _ in range(4):
        outbox.send_test(full)
    tidying.run()
    assert set(Delivery.objects.of(hook)) == set(kept[3:])
    full.refresh_from_db()
    assert "waited" in full.disabled_why
    assert not Delivery.objects.of(full).exists()
    Delivery.objects.update(created_at=clock.now() - timedelta(days=31))
    tidying.run()
    assert not Delivery.objects.exists()


def test_tidying_asks_nothing_for_each_delivery(cast, django_assert_max_num_queries):
    hook = webhook_of(cast.alice)
    for _ in range(20):
        outbox.send_test(hook)
    with django_assert_max_num_queries(6):
        tidying.run()
