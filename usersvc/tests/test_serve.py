"""`manage.py serve` from outside: what it prints works, it stops well, and it starts only once."""

import csv
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest
from pypdf import PdfReader

from .serving import PATIENCE, empty_place, launch, place, serving

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
SUSPENDED = "SELECT username FROM users_user WHERE status = 'suspended' AND deleted_at IS NULL"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with empty_place(tmp_path_factory.mktemp("service")) as here:
        yield here


@pytest.fixture(scope="module")
def first(here):
    """What the first start printed, and what its three lines fetched."""
    scraps = here.folder / "scraps"
    scraps.mkdir()
    with serving(here, TMPDIR=scraps) as service:
        service.scraps = scraps
        service.files = here.folder / "first"
        run_lines(service, service.files)
        service.exit_code, service.last_words = service.stop()
    return service


def run_lines(service, folder, **variables):
    folder.mkdir()
    lines = ["set -e", *(f"{name}='{value}'" for name, value in variables.items())]
    script = "\n".join([*lines, *service.curl_lines])
    subprocess.run(["bash", "-c", script], cwd=folder, check=True, timeout=PATIENCE)


def usernames(folder):
    with (folder / "users.csv").open(newline="") as file:
        return sorted(row["Username"] for row in csv.DictReader(file))


def suspended(here):
    return sorted(username for (username,) in here.rows(SUSPENDED))


@needs_curl
def test_the_printed_lines_fetch_the_suspended_people_as_csv_and_pdf(here, first):
    assert len(first.curl_lines) == 3
    assert usernames(first.files) == suspended(here) != []
    text = "".join(page.extract_text() for page in PdfReader(first.files / "users.pdf").pages)
    unbroken = "".join(text.split())
    assert [name for name in suspended(here) if name not in unbroken] == []


def test_a_first_start_counts_everybody_and_says_who_may_sign_in(here, first):
    assert here.rows("SELECT count(*) FROM users_user") == [(200,)]
    assert first.value("people") == "200"
    assert f"http://localhost:{first.port}" in first.said
    assert "second factor is optional" in first.said
    assert "super.admin" in first.said


def test_an_interrupt_ends_it_without_a_word(first):
    assert (first.exit_code, first.last_words) == (0, "")


def test_an_interrupt_leaves_no_scraps(first):
    assert list(first.scraps.iterdir()) == []


@needs_curl
def test_a_later_start_loads_nothing_and_says_how_to_reset_the_password(here, first, tmp_path):
    before = here.rows("SELECT count(*), max(created_at) FROM users_user")
    with serving(here) as second:
        assert "Loading" not in second.said
        assert first.password not in second.said
        assert "manage.py changepassword admin" in second.value("password")
        assert f"USERSVC_DATA={here.folder} " in second.value("password")
        assert here.rows("SELECT count(*), max(created_at) FROM users_user") == before
        run_lines(second, tmp_path / "later", PASSWORD=first.password)
    assert usernames(tmp_path / "later") == suspended(here)


@needs_curl
@pytest.mark.once
def test_a_password_of_the_callers_is_never_printed(tmp_path):
    secret = 'it"s $HOME \\ & 100% «ok»'
    with place(tmp_path) as here, serving(here, USERSVC_ADMIN_PASSWORD=secret) as service:
        assert secret not in service.said
        run_lines(service, tmp_path / "files", USERSVC_ADMIN_PASSWORD=secret)
        assert usernames(tmp_path / "files") == suspended(here)


@pytest.mark.once
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(here, first, number):
    with serving(here) as service:
        assert urlopen(f"{service.address}/readyz").status == 200
        workers = service.workers()
        assert service.stop(number) == (0, "")
        with socket.create_server(("127.0.0.1", service.port)):
            pass
    assert workers != []
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.once
def test_an_interrupt_that_came_too_early_is_heeded(tmp_path):
    with empty_place(tmp_path) as here:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        process = launch(here)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said == "Stopped before it was ready; the next start goes on from here.\n"


@pytest.mark.once
def test_a_port_in_use_is_one_sentence_and_nothing_is_touched(tmp_path):
    with empty_place(tmp_path) as here, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch(here, PORT=port)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
        assert said.count("\n") == 1
        assert f"Port {port} at 127.0.0.1 is in use by another program" in said
        assert not (tmp_path / "usersvc.sqlite3").exists()


@pytest.mark.once
@pytest.mark.parametrize(
    "wrong", [{"PORT": "http"}, {"USERSVC_DEMO_USERS": "-1"}, {"USERSVC_BIND": "localhost"}]
)
def test_a_wrong_setting_is_one_sentence(tmp_path, wrong):
    with empty_place(tmp_path) as here:
        process = launch(here, **wrong)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert next(iter(wrong)) in said


def test_a_database_that_is_not_there_is_one_sentence(tmp_path):
    with empty_place(tmp_path) as here:
        process = launch(here, DATABASE_URL="postgresql://nobody@/nothing?host=/nowhere")
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "The database cannot be used" in said
    assert "Traceback" not in said
