"""The curl lines of the documents, as they are printed but for the host and the token."""

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from usersvc.tests.serving import PATIENCE, place, serving
from usersvc.tests.talking import token_of

DOCUMENTS = Path(__file__).parent / "documents"
LINES = re.compile(r"^curl (?:.*\\\n)*.*$", re.MULTILINE)
HOST = re.compile(r"https?://[^/\s']+")


def curl_of(name):
    """Return the curl line that a document prints."""
    [line] = LINES.findall((DOCUMENTS / name).read_text())
    return line


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("documents")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD="correct horse battery") as service,
    ):
        service.token = token_of(service, password="correct horse battery")
        yield service


def told(service, name):
    """Run a document's curl line on the service and return what it answers."""
    line = HOST.sub(service.address, curl_of(name), count=1).replace("<token>", service.token)
    done = subprocess.run(
        ["bash", "-c", line],
        env={"PATH": os.environ["PATH"], "ACCESS_TOKEN": service.token},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_documents_print_a_curl_line():
    printing = [
        file.name for file in sorted(DOCUMENTS.glob("*.txt")) if LINES.search(file.read_text())
    ]
    assert printing == ["users-export.txt", "users-list.txt"]


def test_the_list(service):
    people = json.loads(told(service, "users-list.txt"))
    assert len(people) == 20
    printed = re.search(r"(?s)^\[.*?^\]", (DOCUMENTS / "users-list.txt").read_text(), re.MULTILINE)
    known = set(json.loads(printed[0])[0])
    assert all(set(person) <= known for person in people)
    assert set(people[0]) | {"created_by", "updated_by"} == known


def test_the_export(service):
    rows = list(csv.DictReader(told(service, "users-export.txt").splitlines()))
    assert len(rows) > 100
    assert "admin" in {row["Username"] for row in rows}
