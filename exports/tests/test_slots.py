"""Slots: exactly as many exports as may run, whoever counts, and none lost."""

import errno
import subprocess
import sys
import threading

import pytest

from exports import slots

HOLD = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(EXPORT_SLOTS=Path(sys.argv[1]), EXPORTS_IN_ALL=2, EXPORTS_PER_CALLER=1)
from exports import slots
held = slots.take("ann")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def limits(settings, tmp_path):
    settings.EXPORT_SLOTS = tmp_path / "slots"
    settings.EXPORTS_IN_ALL, settings.EXPORTS_PER_CALLER = 3, 2


def refused(caller):
    with pytest.raises(slots.TooMany) as refusal:
        slots.take(caller)
    return str(refusal.value)


def test_a_caller_has_a_share_of_all():
    held = [slots.take("ann"), slots.take("ann")]
    assert refused("ann") == "2 exports of yours are running, the most allowed"
    held.append(slots.take("ben"))
    assert refused("cid") == "3 exports are running, the most allowed"
    held[0].release()
    held[0].release()
    held.append(slots.take("cid"))
    assert refused("ann").startswith("3 exports")


def test_a_slot_that_is_forgotten_is_free():
    for _ in range(10):
        slots.take("ann")


def test_a_refusal_takes_none():
    held = [slots.take("ann"), slots.take("ann")]
    for _ in range(5):
        refused("ann")
    held.append(slots.take("ben"))
    assert len(held) == 3


def test_of_many_at_once_exactly_as_many_as_may_get_one(settings):
    settings.EXPORTS_IN_ALL, settings.EXPORTS_PER_CALLER = 5, 5
    start, held, refusals = threading.Barrier(20), [], []

    def ask(number):
        start.wait()
        try:
            held.append(slots.take(f"caller {number}"))
        except slots.TooMany as refusal:
            refusals.append(refusal)

    threads = [threading.Thread(target=ask, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(held), len(refusals)) == (5, 15)


def test_other_processes_count_and_their_death_frees(settings):
    settings.EXPORTS_IN_ALL, settings.EXPORTS_PER_CALLER = 2, 1
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, settings.EXPORT_SLOTS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        assert refused("ann").startswith("1 exports of yours")
        slots.take("ben").release()
        other.kill()
        other.wait()
        slots.take("ann").release()


def test_where_the_disk_is_full_a_slot_is_given_and_given_back(monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(slots.os, "write", full)
    for _ in range(4):
        held = [slots.take("ann") for _ in range(3)]
        assert refused("ben") == "3 exports are running, the most allowed"
        for slot in held:
            slot.release()
