"""/metrics: numbers of all processes, for whoever has the token, and nothing of people."""

import os
import re

import pytest
from django.conf import settings as running

from exports.formats import pdf
from usersvc import environment, metrics
from usersvc.metrics import EXPORTS

from .accounts import account_of
from .factories import PASSWORD
from .jobs import EXPORTS as JOBS
from .test_lockout import attempt

pytestmark = pytest.mark.django_db
OF_ALL = running.METRICS_DIR
TOKEN = "of the one who watches, and of nobody else"


@pytest.fixture(autouse=True)
def token(settings, tmp_path):
    """The token, and a folder in which there are the numbers of this process alone."""
    settings.METRICS_TOKEN = TOKEN
    settings.METRICS_DIR = tmp_path


def scrape(client, token=TOKEN):
    for file in OF_ALL.glob(f"*_{os.getpid()}.db"):
        link = running.METRICS_DIR / file.name
        if not link.exists():
            link.symlink_to(file)
    return client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {token}")


def number(client, name, **labels):
    """Return a number as it is told; 0 for what is not told yet."""
    for line in scrape(client).content.decode().splitlines():
        found = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
        told = dict(re.findall(r'([a-z]+)="([^"]*)"', found[2] or "")) if found else {}
        if found and found[1] == name and told == labels:
            return float(found[3])
    return 0


def test_it_takes_the_token(client, settings):
    assert scrape(client).status_code == 200
    for answer in (scrape(client, "x"), scrape(client, ""), client.get("/metrics")):
        assert (answer.status_code, answer.content) == (401, b"")
    settings.METRICS_TOKEN = ""
    assert scrape(client, "").status_code == 404


def test_a_token_is_long_or_not_there(monkeypatch):
    monkeypatch.setenv("USERSVC_METRICS_TOKEN", "short")
    with pytest.raises(environment.ImproperlyConfigured, match="32 characters"):
        environment.token("USERSVC_METRICS_TOKEN")
    monkeypatch.delenv("USERSVC_METRICS_TOKEN")
    assert environment.token("USERSVC_METRICS_TOKEN") == ""


def test_requests_are_counted_by_route(client, cast, call):
    def told():
        route = "/users/<uuid:pk>"
        return (
            number(client, "usersvc_requests_total", route=route, method="GET", status="200"),
            number(client, "usersvc_request_seconds_count", route=route),
        )

    before = told()
    assert call(cast.root).get(f"/users/{cast.bob.pk}").status_code == 200
    assert told() == (before[0] + 1, before[1] + 1)
    client.generic("BREW", "/users/ann@example.com/nowhere")
    text = scrape(client).content.decode()
    assert 'method="other",route="none"' in text
    assert str(cast.bob.pk) not in text
    assert "ann@" not in text


def test_files_are_counted_by_format(client, cast, call):
    def told():
        names = ("rows", "bytes", "seconds")
        by_name = [number(client, f"usersvc_export_{name}_total", format="csv") for name in names]
        ended = number(client, "usersvc_exports_total", format="csv", outcome="complete")
        return [ended, *by_name]

    before = told()
    answer = call(cast.root).get("/users/export?format=csv")
    content = b"".join(answer.streaming_content)
    answer.close()
    after = told()
    assert after[0] - before[0] == 1
    assert after[1] - before[1] == content.count(b"\n") - 1
    assert after[2] - before[2] == len(content)
    assert after[3] > before[3]


def test_sign_ins_and_failures_are_counted(client, cast, call):
    def told():
        kinds = ("usersvc_sign_ins_total", "usersvc_sign_in_failures_total")
        return [number(client, kind, who=who) for kind in kinds for who in ("person", "client")]

    before, account = told(), account_of(cast.alice)
    asked = {"grant_type": "client_credentials", "client_id": account.pk}
    assert attempt(call, "bob", PASSWORD) == 200
    assert attempt(call, "bob", "wrong") == 401
    for secret in (account.secret, "usvs_wrong", "usvs_wrong"):
        client.post("/oauth/token", asked | {"client_secret": secret}, "application/json")
    assert [now - then for now, then in zip(told(), before, strict=True)] == [1, 1, 1, 2]


def test_jobs_are_counted_by_state(client, cast, call):
    assert number(client, "usersvc_jobs", state="queued") == 0
    assert number(client, "usersvc_jobs_oldest_waiting_seconds") == 0
    for _ in range(2):
        assert call(cast.root).post(JOBS, {"format": "csv"}, format="json").status_code == 200
    assert number(client, "usersvc_jobs", state="queued") == 2
    assert number(client, "usersvc_jobs", state="done") == 0
    assert number(client, "usersvc_jobs_oldest_waiting_seconds") > 0


def waiting_parts(client):
    return number(client, "usersvc_pdf_parts")


@pytest.mark.once
def test_parts_of_documents_are_counted_until_they_are_made_or_given_up(client):
    seen = []
    parts = [(n,) for n in range(5)]
    made = pdf.results(str, parts, lambda: seen.append(waiting_parts(client)))
    assert list(made) == ["0", "1", "2", "3", "4"]
    assert max(seen) == min(5, running.PDF_PROCESSES + 1)
    assert waiting_parts(client) == 0
    made = pdf.results(str, parts, lambda: None)
    assert next(made) == "0"
    assert waiting_parts(client) > 0
    made.close()
    assert waiting_parts(client) == 0


def test_the_handbook_tells_of_every_number(client):
    EXPORTS.labels("csv", "complete").inc(0)
    text = scrape(client).content.decode()
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    page = (running.BASE_DIR / "docs/operating.md").read_text()
    assert len(names) >= 10
    assert [name for name in names if f"`{name}`" not in page] == []


def test_it_takes_two_statements(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        scrape(client)


def test_what_processes_counted_that_are_gone_is_forgotten(client):
    EXPORTS.labels("csv", "complete").inc()
    scrape(client)
    gone = running.METRICS_DIR / "counter_4194305.db"  # no pid is as great
    own = running.METRICS_DIR / f"counter_{os.getpid()}.db"
    gone.write_bytes(own.read_bytes())
    metrics.forget_the_gone()
    assert own.exists()
    assert not gone.exists()


def test_what_a_process_counts_in_has_its_room_before(tmp_path):
    metrics.reserve()
    files = list(tmp_path.glob(f"*_{os.getpid()}.db"))
    assert len(files) == len(metrics.FILES)
    assert all(file.stat().st_blocks * 512 >= metrics.RESERVED for file in files)


def test_those_files_are_the_ones_that_the_library_counts_in():
    EXPORTS.labels("csv", "complete").inc(0)
    used = {file.name.rpartition("_")[0] for file in OF_ALL.glob(f"*_{os.getpid()}.db")}
    assert used == set(metrics.FILES)
