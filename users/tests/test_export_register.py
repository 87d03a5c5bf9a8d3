"""The register of exports: whom each file held is known, whatever becomes of the file."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports import pipeline, postgres, rows, sqlite
from exports.formats import FORMATS
from exports.keys import KEY_BYTES
from users.api.export.serializers import COLUMNS
from users.models import AuditEntry, ExportBlock, User, export_register
from usersvc import clock

from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
EXPORT = "/users/export"


@pytest.fixture
def _small_blocks(monkeypatch):
    for module in (rows, postgres, sqlite):
        monkeypatch.setattr(module, "BLOCK", 1)


def taken(answer):
    """Read a file to its end, and return the export's entry."""
    assert answer.status_code == 200, answer.content
    b"".join(answer.streaming_content)
    answer.close()
    return AuditEntry.objects.telling_of(["export"]).newest_first()[0]


def held(entry):
    """Return the keys that the register has of an export, in their order."""
    return split(b"".join(bytes(each.ids) for each in ExportBlock.objects.filter(entry=entry)))


def split(ids):
    return [ids[start : start + KEY_BYTES] for start in range(0, len(ids), KEY_BYTES)]


def keys(people):
    return [person.pk.bytes[-KEY_BYTES:] for person in people]


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "pdf"])
@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS.pick(["email"], None)])
def test_every_format_takes_down_whom_the_file_held_in_its_order(cast, form, columns):
    noted = []
    people = User.objects.newest_first()
    running = pipeline.render(
        people,
        columns,
        FORMATS[form],
        title="Users",
        generated_at=clock.now(),
        on_end=lambda export: None,
        on_keys=noted.append,
    )
    assert b"".join(running)
    assert split(b"".join(noted)) == keys(people)


@pytest.mark.parametrize("path", [f"{EXPORT}?format=csv", "/api/v2/users/download?_fields=email"])
def test_every_family_takes_down_whom_the_file_held(cast, call, path):
    entry = taken(call(cast.root).get(path))
    assert held(entry) == keys(User.objects.newest_first())
    assert entry.additional_data["rows"] == len(held(entry)) > 5


def test_only_those_who_matched_were_held(cast, call):
    entry = taken(call(cast.root).get(f"{EXPORT}?format=csv&search=alice"))
    assert held(entry) == keys([cast.alice])


def test_an_export_of_nobody_has_an_empty_block(cast, call):
    entry = taken(call(cast.root).get(f"{EXPORT}?format=csv&search=nobody-at-all"))
    assert held(entry) == []
    assert ExportBlock.objects.filter(entry=entry).count() == 1


def test_many_people_take_several_blocks_and_are_found_in_each(cast, call, monkeypatch):
    monkeypatch.setattr(export_register, "BLOCK", 3)
    entry = taken(call(cast.root).get(f"{EXPORT}?format=csv"))
    people = list(User.objects.newest_first())
    assert ExportBlock.objects.filter(entry=entry).count() == -(-len(people) // 3)
    for person in people:
        assert ExportBlock.objects.holding(person.pk).count() == 1
    assert not ExportBlock.objects.holding(UserFactory().pk).exists()


@pytest.mark.usefixtures("_small_blocks")
def test_whom_a_reader_who_left_half_way_got_is_taken_down(cast, call):
    answer = call(cast.root).get(f"{EXPORT}?format=csv")
    next(iter(answer.streaming_content))
    answer.close()
    entry = AuditEntry.objects.telling_of(["export"]).newest_first()[0]
    assert entry.additional_data["outcome"] == "aborted"
    assert 0 < len(held(entry)) < User.objects.count()
    assert held(entry) == keys(User.objects.newest_first())[: len(held(entry))]


def exports_of(api, person, **question):
    answer = api.get(f"/users/{person.pk}/exports", question)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_person_is_told_which_files_held_it(cast, call):
    api = call(cast.root)
    of_alice = taken(api.get(f"{EXPORT}?format=csv&search=alice"))
    of_all = taken(api.get(f"{EXPORT}?format=csv"))
    assert [each["id"] for each in exports_of(api, cast.alice)] == [of_all.pk, of_alice.pk]
    [one] = exports_of(api, cast.bob)
    assert one == {
        "id": of_all.pk,
        "at": one["at"],
        "by": {"id": str(cast.root.pk), "email": cast.root.email},
        "family": "export",
        "format": "csv",
        "rows": User.objects.count(),
        "columns": of_all.additional_data["columns"],
        "outcome": "complete",
        "certain": True,
    }
    assert exports_of(api, UserFactory()) == []


def test_an_export_that_never_ended_may_have_held_everybody(cast, call):
    AuditEntry.objects.record_event(User, "export", "csv export of users", outcome="started")
    [one] = exports_of(call(cast.root), cast.bob)
    assert (one["outcome"], one["certain"], one["rows"]) == ("started", False, None)


def test_a_deleted_person_is_told_of_too(cast, call):
    taken(call(cast.root).get(f"{EXPORT}?format=csv"))
    cast.bob.soft_delete()
    assert len(exports_of(call(cast.root), cast.bob)) == 1


def test_only_exports_that_the_callers_audit_shows_are_told_of(cast, call):
    taken(call(cast.root).get(f"{EXPORT}?format=csv"))
    taken(call(cast.alice).get(f"{EXPORT}?format=csv"))
    assert [each["by"]["email"] for each in exports_of(call(cast.alice), cast.bob)] == [
        cast.alice.email
    ]
    assert call(cast.alice).get(f"/users/{cast.zoe.pk}/exports").status_code == 404


def test_pages_follow_one_another(cast, call):
    api = call(cast.root)
    entries = [taken(api.get(f"{EXPORT}?format=csv&search=bob")) for _ in range(3)]
    shown = [exports_of(api, cast.bob, page=n, page_size=1)[0]["id"] for n in (1, 2, 3)]
    assert shown == [entry.pk for entry in reversed(entries)]
    answer = api.get(f"/users/{cast.bob.pk}/exports?page_size=1")
    assert answer["X-Total-Count"] == "3"
    assert 'rel="next"' in answer["Link"]
    assert api.get(f"/users/{cast.bob.pk}/exports?pagesize=1").status_code == 400


def test_the_register_goes_with_its_entry(cast, call):
    entry = taken(call(cast.root).get(f"{EXPORT}?format=csv"))
    entry.delete()
    assert not ExportBlock.objects.exists()


def test_the_number_of_queries_does_not_grow(cast, call):
    api = call(cast.root)

    def queries():
        with CaptureQueriesContext(connection) as found:
            exports_of(api, cast.bob)
        return len(found)

    taken(api.get(f"{EXPORT}?format=csv"))
    few = queries()
    for _ in range(10):
        taken(api.get(f"{EXPORT}?format=csv"))
    assert queries() == few
