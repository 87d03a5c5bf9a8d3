"""The doctor finds every drift, mends it, and finds nothing where all is well."""

import io
import os
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection

from exports import files
from exports.models import Job, State
from users import doctor
from users.models import Organization, Tag, User
from usersvc import clock

from .factories import TagFactory, UserFactory
from .jobs import keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)


def run(*options):
    out = io.StringIO()
    call_command("doctor", *options, stdout=out)
    return out.getvalue()


def found(mend=False):
    return [(finding.what.split()[0], finding.count) for finding in doctor.examine(mend)]


def job_of(owner, **values):
    at = clock.now()
    values = {"expires_at": at + timedelta(days=1), "kind": "export", "spec": {}} | values
    values |= {"finished_at": at} if values.get("state") == State.DONE else {}
    return Job.objects.create(owner=owner, **values)


def kept():
    with files.draft() as draft:
        draft.write(b"x")
        return files.keep(draft, "gz")


def test_nothing_is_wrong_with_what_the_service_writes(cast):
    ann = UserFactory(app_metadata={"a": 1}, name="Émile ZOLÀ")
    Authenticator.objects.create(user=ann, type="totp", data={})
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True)
    TagFactory(name="VIP")
    job_of(ann, state=State.DONE, file_key=kept())
    job_of(ann)
    assert found() == []
    assert run() == run("--mend") == "All is as it should be.\n"


def copies(cast):
    User.objects.filter(pk=cast.bob.pk).update(name_key="x")
    tag = TagFactory(name="VIP")
    Tag.objects.filter(pk=tag.pk).update(search_text="x")
    return 2


def factor_gone(cast):
    User.all_objects.filter(pk=cast.bob.pk).update(mfa_enabled=True)
    return 1


def factor_untold(cast):
    Authenticator.objects.create(user=cast.bob, type="totp", data={})
    User.all_objects.filter(pk=cast.bob.pk).update(mfa_enabled=False)
    return 1


def addresses(cast):
    for person, verified in ((cast.bob, True), (cast.charlie, False)):
        address = EmailAddress(user=person, email=person.email, verified=verified)
        EmailAddress.objects.bulk_create([address])
        User.all_objects.filter(pk=person.pk).update(email_verified=not verified)
    return 2


def file_of_nobody(cast):
    path = storages["jobs"].path(kept())
    long_ago = (clock.now() - timedelta(hours=2)).timestamp()
    os.utime(path, (long_ago, long_ago))
    return 1


def job_without_file(cast):
    job_of(cast.bob, state=State.DONE, file_key="aa/gone.gz")
    return 1


def stuck_job(cast):
    job = job_of(cast.bob)
    assert job.start()
    long_ago = clock.now() - timedelta(hours=2)
    Job.objects.filter(pk=job.pk).update(attempt=99, lease_until=long_ago)
    return 1


def search_index(cast):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or no index could be made here
            cursor.execute("DROP INDEX user_search")
            return 1
        cursor.execute("DELETE FROM users_search_number WHERE user_id = %s", [cast.bob.pk.hex])
        cursor.execute("INSERT INTO users_search_number(user_id) VALUES ('x')")
        return 2


@pytest.mark.parametrize(
    ("how", "word"),
    [
        (copies, "rows"),
        (factor_gone, "people"),
        (factor_untold, "people"),
        (addresses, "people"),
        (file_of_nobody, "files"),
        (job_without_file, "jobs"),
        (stuck_job, "jobs"),
        (search_index, "people"),
    ],
)
def test_a_drift_is_found_and_mended(cast, how, word):
    count = how(cast)
    assert found() == [(word, count)]
    assert found() == [(word, count)]
    with pytest.raises(CommandError, match="--mend"):
        run()
    told = run("--mend")
    assert told.startswith(f"{count} {word}")
    assert told.endswith("(mended)\nAll is as it should be.\n")
    assert found() == []


def test_a_mended_index_finds_again(cast, call):
    search_index(cast)
    run("--mend")
    answer = call(cast.root).get("/users", {"search": "bob@example"})
    assert [row["identifier"] for row in answer.json()] == ["bob"]


def test_an_organization_below_itself_is_for_people_to_mend(cast):
    Organization.objects.filter(pk=cast.acme.pk).update(parent=cast.italy)
    with pytest.raises(CommandError):
        run("--mend")
    [(word, count)] = found(mend=True)
    assert word == "organizations"
    assert count >= 3
