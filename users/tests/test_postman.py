"""The postman, with real threads: one receiver that says nothing holds up no other."""

import threading
import time
from ipaddress import ip_network
from socket import create_server

import pytest

from users.models import Delivery, User
from users.notices import outbox, posting
from users.notices.posting import Postman

from .receiving import receiving, webhook_of

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PATIENCE = 60  # seconds, of a test that fails


def wait_for(condition):
    last = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < last:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def owner(settings, db):
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    return User.objects.create_superuser("boss", "boss@example.com", "correct horse battery")


@pytest.fixture
def postman(owner, monkeypatch):
    monkeypatch.setattr(posting, "EVERY", 0.05)
    stop = threading.Event()
    thread = threading.Thread(target=Postman(stop).run)
    yield thread
    stop.set()
    if thread.ident:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_dead_receiver_holds_up_nobody(owner, postman):
    with create_server(("127.0.0.1", 0)) as deaf, receiving() as receiver:
        dead = webhook_of(owner, f"http://127.0.0.1:{deaf.getsockname()[1]}/", name="dead")
        outbox.send_test(dead)
        for number in range(3):
            outbox.send_test(webhook_of(owner, receiver.url, name=f"alive {number}"))
        postman.start()
        assert wait_for(lambda: Delivery.objects.filter(state="sent").count() == 3)
        assert Delivery.objects.of(dead).get().state == "waiting"


def test_what_is_written_while_it_runs_is_sent_in_order(owner, postman):
    with receiving() as receiver:
        hook = webhook_of(owner, receiver.url)
        postman.start()
        wanted = [outbox.send_test(hook).message_id for _ in range(5)]
        assert wait_for(lambda: len(receiver.got) == 5)
    assert [headers["webhook-id"] for _, headers, _ in receiver.got] == wanted
