"""Webhooks in the admin: made, tried, given new secrets, paused; by whom, and of whom."""

import base64
import re

import pytest
from django.urls import reverse

from users.models import AuditEntry, Delivery, Webhook
from users.models.webhook import MOST_OF_ONE
from users.notices import outbox, posting, sending
from usersvc import clock

from .browsing import enter, errors_of, messages_of, page_of, save
from .receiving import webhook_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]

LIST, ADD = "/admin/users/webhook/", "/admin/users/webhook/add/"
GIVEN = {"name": "Payroll", "url": "https://8.8.8.8/hook", "events": ["user.created", "job.done"]}


def verb(client, hook, word):
    return client.post(reverse("admin:users_webhook_verb", args=[hook.pk, word]), follow=True)


def again(client, delivery):
    there = reverse("admin:users_webhook_again", args=[delivery.webhook_id, delivery.pk])
    return client.post(there, follow=True)


def test_a_webhook_is_made_and_its_secret_shown_once(client, cast):
    answer = enter(client, cast.alice).post(ADD, GIVEN)
    hook = Webhook.objects.get()
    assert (hook.owner, hook.events, hook.organization) == (cast.alice, GIVEN["events"], None)
    (secret,) = re.findall(r'value="(whsec_[\w+/=]+)"', answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    (key,) = hook.keys(clock.now())
    assert secret.endswith(base64.b64encode(key).decode())
    page = client.get(page_of(hook))
    assert b"whsec_" not in page.content
    entry = AuditEntry.objects.filter(content_type__model="webhook").get()
    assert (entry.actor, secret in str(entry.changes)) == (cast.alice, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://8.8.8.8/"),
        ("url", "https://127.0.0.1/"),
        ("url", "https://[::1]/"),
        ("url", "https://169.254.169.254/"),
        ("url", "https://me:secret@8.8.8.8/"),
        ("url", "javascript:alert(1)"),
        ("url", ""),
        ("events", []),
        ("events", ["user.created", "user.unknown"]),
        ("name", ""),
        ("name", "Taken"),
    ],
)
def test_what_is_wrong_is_told_of_its_field(client, cast, field, value):
    webhook_of(cast.alice, name="Taken")
    answer = enter(client, cast.alice).post(ADD, GIVEN | {field: value})
    assert set(errors_of(answer)) == {field}
    assert Webhook.objects.count() == 1


def test_an_organization_out_of_sight_is_refused(client, cast):
    browser = enter(client, cast.alice)
    assert set(errors_of(browser.post(ADD, GIVEN | {"organization": cast.acme.pk}))) == {
        "organization"
    }
    assert browser.post(ADD, GIVEN | {"organization": cast.italy.pk}).status_code == 200
    assert Webhook.objects.get().organization == cast.italy


def test_nobody_has_too_many(client, cast):
    for number in range(MOST_OF_ONE):
        webhook_of(cast.alice, name=f"hook {number}")
    answer = enter(client, cast.alice).post(ADD, GIVEN)
    assert str(MOST_OF_ONE) in str(errors_of(answer))


# who looks, whose webhooks are listed
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("root", {"alice", "sue", "root", "zoe"}),
        ("sue", {"alice", "sue"}),
        ("alice", {"alice"}),
        ("zoe", {"zoe"}),
    ],
)
def test_one_sees_ones_own_and_those_of_whom_one_sees(client, cast, who, expected):
    for name in ("root", "sue", "alice", "zoe"):
        webhook_of(getattr(cast, name))
    answer = enter(client, getattr(cast, who)).get(LIST)
    assert {hook.owner.username for hook in answer.context["cl"].queryset} == expected


def test_a_superusers_webhook_is_not_for_others_of_the_organization(client, cast):
    cast.root.organization = cast.europe
    cast.root.save()
    hook = webhook_of(cast.root)
    browser = enter(client, cast.alice)
    assert browser.get(page_of(hook)).status_code == 302
    for word in ("secret", "test", "pause"):
        assert verb(browser, hook, word).status_code == 404


def test_who_holds_more_keeps_the_webhook(client, cast):
    cast.zoe.organization = cast.europe  # a super admin, whom Alice sees
    cast.zoe.save()
    hook = webhook_of(cast.zoe)
    browser = enter(client, cast.alice)
    assert browser.get(page_of(hook)).status_code == 200
    assert browser.post(page_of(hook), GIVEN).status_code == 403
    for word in ("secret", "test", "pause", "resume"):
        assert verb(browser, hook, word).status_code == 403
    assert again(browser, outbox.send_test(hook)).status_code == 403
    delete = page_of(hook).replace("change", "delete")
    assert browser.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("who", ["bob", "rita"])
def test_who_lacks_the_permission_gets_nothing(client, cast, who):
    hook = webhook_of(getattr(cast, who))
    browser = enter(client, getattr(cast, who))
    for address in (LIST, ADD, page_of(hook)):
        assert browser.get(address).status_code == 403
    assert browser.post(ADD, GIVEN).status_code == 403
    assert verb(browser, hook, "secret").status_code == 403


def test_a_test_is_sent_and_sent_again(client, cast):
    hook = webhook_of(cast.alice)
    browser = enter(client, cast.alice)
    page = verb(browser, hook, "test")
    delivery = Delivery.objects.get()
    assert delivery.event == "webhook.test"
    assert delivery.message_id in page.content.decode()
    assert "waits" in str(messages_of(again(browser, delivery)))
    assert delivery.claim(clock.now())
    assert delivery.fail(status=500, problem="It answered 500.", answer="<b>no</b>")
    assert b"&lt;b&gt;no&lt;/b&gt;" in browser.get(page_of(hook)).content
    again(browser, delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)


@pytest.mark.parametrize(
    ("status", "problem", "told"),
    [
        (500, "It answered 500.", "<td>Ha risposto 500."),
        (None, f"{sending.UNREACHED}: Connection refused.", "raggiungerlo: Connection refused."),
        (None, f"{sending.SLOW}: 10 s.", "<td>Non ha risposto in tempo: 10 s."),
        (None, posting.HIDDEN, "<td>Non è stata spedita: il proprietario"),
        (204, "", "<td>204"),
        (None, "", "<td>–"),
    ],
)
def test_why_a_try_failed_is_told_in_the_readers_language(client, cast, status, problem, told):
    hook = webhook_of(cast.alice)
    outbox.send_test(hook)
    Delivery.objects.update(status=status, problem=problem)
    page = enter(client, cast.alice).get(page_of(hook), headers={"Accept-Language": "it"})
    assert told in page.content.decode()


def test_why_a_webhook_is_disabled_is_told_in_the_readers_language(client, cast):
    hook = webhook_of(cast.alice)
    hook.disable(posting.SILENT, clock.now())
    browser = enter(client, cast.alice)
    assert posting.SILENT in browser.get(page_of(hook)).content.decode()
    page = browser.get(page_of(hook), headers={"Accept-Language": "it"}).content.decode()
    assert "Il destinatario non ha accettato notifiche per tre giorni." in page


def test_another_webhooks_delivery_is_not_sent_again(client, cast):
    delivery = outbox.send_test(webhook_of(cast.zoe))
    own = webhook_of(cast.alice)
    there = reverse("admin:users_webhook_again", args=[own.pk, delivery.pk])
    assert enter(client, cast.alice).post(there).status_code == 404


def test_a_webhook_is_paused_switched_on_changed_and_deleted(client, cast):
    hook = webhook_of(cast.alice)
    browser = enter(client, cast.alice)
    verb(browser, hook, "pause")
    assert Webhook.objects.get().state == "paused"
    assert verb(browser, hook, "test").status_code == 404
    verb(browser, hook, "resume")
    assert Webhook.objects.get().state == "active"
    assert save(browser, hook, url="https://8.8.4.4/other").status_code == 302
    assert Webhook.objects.get().url == "https://8.8.4.4/other"
    outbox.send_test(hook)
    delete = page_of(hook).replace("change", "delete")
    assert browser.get(delete).status_code == 200
    assert browser.post(delete, {"post": "yes"}).status_code == 302
    assert not Delivery.objects.exists()


def test_a_new_secret_is_shown_and_the_old_one_stays_good(client, cast):
    hook = webhook_of(cast.alice)
    answer = verb(enter(client, cast.alice), hook, "secret")
    assert b"whsec_" in answer.content
    assert hook.whsec.encode() not in answer.content
    assert len(Webhook.objects.get().keys(clock.now())) == 2


def test_what_changes_something_is_a_post(client, cast):
    hook = webhook_of(cast.alice)
    browser = enter(client, cast.alice)
    for word in ("secret", "test", "pause"):
        there = reverse("admin:users_webhook_verb", args=[hook.pk, word])
        assert browser.get(there).status_code == 405
    assert verb(browser, hook, "nonsense").status_code == 404


@pytest.mark.parametrize("number", [1, 15])
def test_the_list_takes_as_many_statements_for_many(
    client, cast, number, django_assert_max_num_queries
):
    for _ in range(number):
        outbox.send_test(webhook_of(cast.root))
    browser = enter(client, cast.root)
    browser.get(LIST)
    with django_assert_max_num_queries(9):
        assert browser.get(LIST).status_code == 200
