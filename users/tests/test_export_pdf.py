"""The PDF of the export document, as a reader sees it."""

import io
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from multiprocessing import active_children
from threading import Event, Thread

import pytest
import time_machine
from pypdf import PdfReader

from exports.formats import pdf
from users.models import AuditEntry

from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
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


def test_a_busy_printer_asks_to_come_back(cast, call, settings):
    with ExitStack() as stack:
        for _ in range(settings.PDF_DOCUMENTS):
            stack.enter_context(pdf.pool().document())
        answer = call(cast.alice).get("/api/users/export?format=pdf")
    assert answer.status_code == 503
    assert answer.json() == {"code": 503, "message": "service busy", "data": {}}
    assert answer["Retry-After"] == "30"
    assert AuditEntry.objects.get(event="export").additional_data["outcome"] == "failed"
    assert call(cast.alice).get("/api/users/export?format=pdf").status_code == 200


def test_a_printer_that_dies_is_an_error_and_no_file(cast, call):
    ask = partial(call(cast.alice).get, "/api/users/export?format=pdf")
    assert ask().status_code == 200
    with killing():
        answer = ask()
    assert answer.status_code == 503
    assert "render process" in answer.json()["message"]
    assert answer["Retry-After"] == "5"
    assert (
        AuditEntry.objects.filter(event="export").latest("pk").additional_data["outcome"]
        == "failed"
    )
    assert ask().status_code == 200


@contextmanager
def killing():
    """Kill every render process as soon as it is there."""
    over = Event()

    def kill():
        while not over.wait(0.01):
            for process in active_children():
                process.kill()

    killer = Thread(target=kill)
    killer.start()
    yield
    over.set()
    killer.join()
