"""Files over HTTP, whichever family answers: headers, compression, slots, time."""

import gzip
import hashlib
from datetime import UTC, datetime

import pytest
import time_machine

from users.models import AuditEntry

from .browsing import PEOPLE, enter, messages_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
CSV, PDF = "/api/users/export?format=csv", "/api/users/export?format=pdf"
DOWNLOAD = "/api/v2/users/download"
NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)


def details():
    return AuditEntry.objects.filter(event="export").first().additional_data


@pytest.mark.parametrize("path", [CSV, DOWNLOAD])
def test_text_leaves_as_gzip_where_that_is_accepted(cast, call, path):
    api = call(cast.rita)  # one sign-in, for it is in the file
    plain = api.get(path)
    packed = api.get(path, HTTP_ACCEPT_ENCODING="br;q=1, gzip;q=0.8")
    content = plain.getvalue()
    assert gzip.decompress(packed.getvalue()) == content
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Content-Length" not in packed
    assert "Accept-Encoding" in plain["Vary"]
    assert "Accept-Encoding" in packed["Vary"]
    assert plain["Content-Type"] == packed["Content-Type"]


def test_the_audit_tells_of_the_file_and_not_of_how_it_was_packed(cast, call):
    packed = call(cast.rita).get(DOWNLOAD, HTTP_ACCEPT_ENCODING="gzip").getvalue()
    content = gzip.decompress(packed)
    told = details()
    assert (told["outcome"], told["bytes"]) == ("complete", len(content))
    assert told["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_pdf_is_not_packed_again_and_tells_its_length(cast, call):
    answer = call(cast.rita).get(PDF, HTTP_ACCEPT_ENCODING="gzip")
    content = answer.getvalue()
    assert content.startswith(b"%PDF")
    assert "Content-Encoding" not in answer
    assert answer["Content-Length"] == str(len(content))


@pytest.mark.parametrize("path", [CSV, PDF, DOWNLOAD])
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_head_tells_what_get_would(cast, call, path, accepted):
    with time_machine.travel(NOW, tick=False):
        head = call(cast.rita).head(path, HTTP_ACCEPT_ENCODING=accepted)
        assert not AuditEntry.objects.filter(event="export").exists()
        get = call(cast.rita).get(path, HTTP_ACCEPT_ENCODING=accepted)
    told, before = dict(get.headers), dict(head.headers)
    told.pop("Content-Length", None)  # known only once the file is there
    assert told.pop("X-Request-ID") != before.pop("X-Request-ID")
    assert before == told
    assert head.getvalue() == b""


def test_one_file_more_is_refused_in_the_words_of_the_family(cast, call, settings):
    settings.EXPORTS_PER_CALLER = 1
    running = call(cast.rita).get(DOWNLOAD)
    message = "1 exports of yours are running, the most allowed"
    download, export = call(cast.rita).get(DOWNLOAD), call(cast.rita).get(CSV)
    assert (download.status_code, export.status_code) == (429, 429)
    assert (download["Retry-After"], export["Retry-After"]) == ("10", "10")
    assert download.json() == {
        "authorization": True,
        "data": {"message": message},
        "error_code": 429,
        "error_message": message,
        "error_status": True,
    }
    assert export.json() == {"code": 429, "message": message, "data": {}}
    assert call(cast.rita).head(CSV).status_code == 200
    assert call(cast.bob).get(CSV).status_code == 200
    assert AuditEntry.objects.filter(event="export", actor=cast.rita).count() == 1
    running.getvalue()
    assert call(cast.rita).get(CSV).status_code == 200


def test_one_file_more_is_a_message_in_the_admin(client, cast, call, settings):
    settings.EXPORTS_PER_CALLER = 1
    browser = enter(client, cast.rita)
    running = call(cast.rita).get(DOWNLOAD)
    answer = browser.get(f"{PEOPLE}export/csv?status=active", follow=True)
    assert answer.redirect_chain == [(f"{PEOPLE}?status=active", 302)]
    assert messages_of(answer) == ["1 exports of yours are running, the most allowed"]
    running.getvalue()
    assert browser.get(f"{PEOPLE}export/csv").getvalue()


def test_a_reader_that_closes_gives_its_slot_back(cast, call, settings):
    settings.EXPORTS_PER_CALLER = 1
    call(cast.rita).get(DOWNLOAD).close()
    assert details()["outcome"] == "aborted"
    assert call(cast.rita).get(DOWNLOAD).status_code == 200


@pytest.mark.parametrize("path", [CSV, PDF, DOWNLOAD])
def test_what_is_over_its_time_before_its_first_byte_is_an_answer(cast, call, settings, path):
    settings.EXPORTS_PER_CALLER = 1
    settings.EXPORT_MAX_SECONDS = 0
    answer = call(cast.rita).get(path)
    assert answer.status_code == 503
    assert "longer than the 0 seconds allowed: narrow the filters" in answer.content.decode()
    assert details()["outcome"] == "cut off: over its time"
    settings.EXPORT_MAX_SECONDS = 3600
    assert call(cast.rita).get(path).status_code == 200


def test_what_is_over_its_time_is_a_message_in_the_admin(client, cast, settings):
    settings.EXPORT_MAX_SECONDS = 0
    [message] = messages_of(enter(client, cast.rita).get(f"{PEOPLE}export/csv", follow=True))
    assert "longer than the 0 seconds" in message


def test_more_columns_than_a_file_holds_are_refused(cast, call, settings):
    settings.EXPORT_MAX_COLUMNS = 2
    answer = call(cast.rita).get(f"{DOWNLOAD}?_fields=userid,email,phone")
    assert answer.status_code == 400
    assert "_fields: 3 columns, and a file holds at most 2" in answer.json()["error_message"]
    assert call(cast.rita).head(f"{DOWNLOAD}?_fields=userid,email,phone").status_code == 400
    assert call(cast.rita).get(f"{DOWNLOAD}?_fields=userid,email").status_code == 200
