"""What migrations do to an audit that is there: the key vouches for each entry of before."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from users import verifying
from users.models import AuditEntry

from .factories import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db
vouching = importlib.import_module("users.migrations.0030_vouch_for_entries")


def test_entries_of_before_are_vouched_for_in_two_statements_a_block(
    monkeypatch, django_assert_num_queries
):
    people = [UserFactory(organization=OrganizationFactory()) for _ in range(2)]
    AuditEntry.objects.update(actor=people[0], **dict.fromkeys(vouching.MADE, ""))
    assert AuditEntry.objects.count() == 4
    assert list(verifying.verify([]))
    monkeypatch.setattr(vouching, "BLOCK", 3)
    with django_assert_num_queries(5) as captured:  # the fifth finds nothing more
        vouching.vouch(apps, connection.schema_editor())
    # A CASE of a whole block is read anew for each of its rows.
    assert not [query["sql"] for query in captured if "CASE" in query["sql"]]
    assert list(verifying.verify([])) == []
