import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_migrations_describe_the_models():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_migrations_have_names():
    for path in ROOT.glob("*/migrations/0*.py"):
        assert not re.search(r"_auto_|_alter_.*_and_more", path.name), path.name


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_migrations_can_be_taken_back_and_applied_again():
    from users.models import Role

    call_command("migrate", "users", "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM users_role")
        assert cursor.fetchone() == (0,)
    call_command("migrate", "users", verbosity=0)
    assert Role.objects.filter(shipped=True).count() == 5
