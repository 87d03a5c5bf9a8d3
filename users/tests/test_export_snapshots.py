"""A file is of one instant while other processes write, and keeps none of them waiting."""

import csv
import io
import os
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from exports import rows
from users.models import User

from .pairing import plans
from .pairs import Writer, tears

PATH = "/api/v2/users/download"
# Several blocks of rows, however large these are.
PEOPLE = 3_000


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_django_asks_of_a_database_once_is_not_asked_within_a_snapshot():
    """There, its question would fail, and the database would be taken for one without JSON."""
    vars(connection.features).pop("supports_json_field", None)
    with rows.snapshot("default"):
        assert connection.features.supports_json_field


def environment():
    """The variables with which another process finds the database of this test."""
    name = connection.settings_dict["NAME"]
    address = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        address = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    return {**os.environ, "USERSVC_DATA": str(settings.DATA_DIR), "DATABASE_URL": address}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_file_is_of_one_instant_while_others_write(call):
    people = [User(username=f"u{n:05}", email=f"u{n}@x.example") for n in range(PEOPLE)]
    User.objects.bulk_create(people)
    root = User.objects.create_superuser("root", "root@x.example")
    made = plans(writers=2, per_second=1000)
    with Writer(made[0], environment()) as one, Writer(made[1], environment()) as other:
        chunks = []
        for chunk in call(root).get(PATH).streaming_content:
            chunks.append(chunk)
            one.go_round()
            other.go_round()
        ended = [one.stop(), other.stop()]
    text = b"".join(chunks).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(chunks) > 1
    assert len(rows) == PEOPLE + 1
    assert [tears(rows, plan) for plan in made] == [[], []]
    assert [end["error"] for end in ended] == [None, None]
    if connection.vendor == "sqlite":
        # Nothing of the file's reading is left that holds the write-ahead log.
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
