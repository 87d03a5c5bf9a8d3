"""The PDF of the export document, as a reader sees it."""

import io
import signal
from datetime import UTC, datetime

import pytest
import time_machine
from pypdf import PdfReader

from exports.formats import pdf
from exports.printing.pool import RenderPool
from users.models import AuditEntry

from .factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)


def text(answer):
    assert answer.status_code == 200
    pages = PdfReader(io.BytesIO(answer.getvalue())).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_a_sheet_says_who_asked_for_what_and_when(cast, call):
    with time_machine.travel(NOW, tick=False):
        role = cast.rita.roles.get().pk
        query = f"organization_id=acme-europe&organization_id=globex&status=enabled&role={role}"
        answer = call(cast.alice).get(f"/api/users/export?format=pdf&{query}&search=RITA")
        found = text(answer)
    assert answer["Content-Type"] == "application/pdf"
    for words in (
        "Users",
        "2025-06-21 10:30:00 UTC",
        "alice",
        "Acme Europe, globex",  # the second is out of sight: its name stays unknown
        "enabled",
        "Reader",
        "RITA",
        "rita@example.com",
        "Latest Login At",
        "1 / 1",
    ):
        assert words in found
    assert "bob@example.com" not in found


def test_nobody_is_said_in_words(cast, call):
    found = text(call(cast.alice).get("/api/users/export?format=pdf&search=nobody"))
    assert "No users found with the applied filters." in found


def test_a_name_is_text_whatever_it_looks_like(cast, call):
    UserFactory(username="eve", name="<img src=/etc/passwd></style>{{x}}", organization=cast.europe)
    found = text(call(cast.alice).get("/api/users/export?format=pdf&search=eve"))
    assert "<img" in found
    assert "{{x}}" in found


def test_a_busy_printer_asks_to_come_back(cast, call, monkeypatch):
    pool = RenderPool(processes=1, sheets=1, seconds=60)
    monkeypatch.setattr(pdf, "pool", lambda: pool)
    with pool.sheet():
        answer = call(cast.alice).get("/api/users/export?format=pdf")
    assert answer.status_code == 503
    assert answer.json() == {"code": 503, "message": "service busy", "data": {}}
    assert answer["Retry-After"] == "30"
    assert AuditEntry.objects.get(event="export").additional_data["outcome"] == "failed"
    assert call(cast.alice).get("/api/users/export?format=pdf").status_code == 200
    pool.close()


def test_a_printer_that_breaks_down_says_so_and_is_there_again(cast, call, monkeypatch):
    pool = RenderPool(processes=1, sheets=1, seconds=60)
    monkeypatch.setattr(pdf, "pool", lambda: pool)
    api = call(cast.alice)
    with monkeypatch.context() as broken:
        # Whatever is to be done, the process is killed in the middle of it.
        run, kill = pool.run, [(signal.SIGKILL,)]
        broken.setattr(pool, "run", lambda *_, check: run(signal.raise_signal, kill, check))
        answer = api.get("/api/users/export?format=pdf")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["message"] == "the PDF was not made: a render process ended"
    assert AuditEntry.objects.get(event="export").additional_data["outcome"] == "failed"
    assert api.get("/api/users/export?format=pdf").status_code == 200
    pool.close()
