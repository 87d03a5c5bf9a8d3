"""Files that are made to do harm: they stop no job, and cost no more than others of their size."""

import json

import pytest

from exports import jobs
from exports.models import State
from users.actor import Operator
from users.importing import rows as blocks
from users.importing.names import Names
from users.importing.titles import Target
from users.importing.wanted import Reader
from users.models import User

from .importing import csv_of, faults, outcomes, person, run
from .jobs import keep_files_in
from .test_jobs_imports import asked, lines, told

pytestmark = pytest.mark.django_db
HALF = "\ud83d"  # of a surrogate pair: JSON can name it, no text can hold it
MANY = 60_000  # a quadratic step would take minutes


@pytest.mark.parametrize(
    "row",
    [
        {"email": f"a{HALF}@example.com"},
        {"email": "a@example.com", "username": HALF},
        {"email": "a@example.com", HALF: 1},
        {"email": "a@example.com", f"user_metadata.{HALF}": 1},
        {"email": "a@example.com", "roles": HALF},
        {"email": "a@example.com", "roles": [HALF]},
    ],
)
def test_half_a_character_refuses_its_row_alone(call, cast, settings, tmp_path, row):
    keep_files_in(settings, tmp_path)
    job = asked(call(cast.root), lines(row, person("ben")))
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.DONE, "")
    assert (job.summary["inserted"], job.summary["failed"]) == (1, 1)
    [bad] = told(call(cast.root), job)
    assert bad["line"] == 1


def test_a_key_of_half_a_character_that_comes_twice_is_told():
    text = '{"\\ud83d": 1, "\\ud83d": 2}\n' + json.dumps(person("ben"))
    assert faults(text) == [(1, "?", "key_twice")]


# -- many of them


def test_a_key_that_comes_twice_is_found_among_many():
    keys = ",".join(f'"k{number}":1' for number in range(MANY))
    assert faults("{" + keys + ',"k7":1}') == [(1, "k7", "key_twice")]


def test_a_title_that_comes_twice_is_found_among_many():
    stopped = run(csv_of(["email", *(f"t{number}" for number in range(MANY)), "t7"]))[0].stopped
    assert (stopped.code, stopped.field) == ("title_twice", "t7")


def test_keys_of_metadata_are_too_many_at_the_end():
    row = person("ann") | {f"user_metadata.{number}": 1 for number in range(MANY // 2)}
    assert faults([row]) == [(1, "user_metadata.0", "invalid")]


# -- large ones


def test_a_block_of_long_rows_has_fewer_of_them(monkeypatch):
    monkeypatch.setattr(blocks, "LONGEST_BLOCK", 1800)
    done = []
    rows = [person(f"p{number}", description="x" * 900) for number in range(5)]
    for content in (
        "".join(json.dumps(row) + "\n" for row in rows),
        json.dumps(rows),
        csv_of(rows[0].keys(), *(row.values() for row in rows)),
    ):
        done.clear()
        run(content, dry_run=True, progress=lambda number, read, total: done.append(number))
        assert done == [2, 4, 5]


def test_long_texts_are_not_remembered():
    reader = Reader(Operator())
    assert [reader.target(title) for title in ("x" * 1001, "email")] == [None, Target("email")]
    assert list(reader._targets) == ["email"]
    long = "a" * 1001
    names = Names("tag", [(1, "a"), (2, long)])
    assert names.ids(long) == {2}
    assert names.ids("a") == {1}
    assert list(names._read) == ["a"]


def test_the_verdicts_of_shorter_blocks_are_the_same(monkeypatch):
    rows = [person("ann"), person("ben", phone="1" * 99), person("ann")]
    monkeypatch.setattr(blocks, "LONGEST_BLOCK", 1)
    assert outcomes(run(rows)[1]) == ["created", "refused", "refused"]
    assert User.objects.count() == 1
