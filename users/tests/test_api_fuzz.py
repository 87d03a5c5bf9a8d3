"""The whole OpenAPI document against the real service: what it says is what is answered.

Every operation, in all phases of schemathesis; `make fuzz` looks deeper, each time anew.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from usersvc.openapi import FILE
from usersvc.tests.serving import PATIENCE, ROOT, place, serving

from .accounts import machine_at

# Once: test_fuzz.py and test_attacks_queries.py ask both databases.
pytestmark = [pytest.mark.browser, pytest.mark.once]
SCHEMATHESIS = Path(sys.prefix) / "bin" / "schemathesis"
CONFIG = Path(__file__).parent / "schemathesis.toml"
PASSWORD = "correct horse battery"
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "")
MANY = 10**9
UNBOUND = {
    "USERSVC_REQUESTS_PER_MINUTE": MANY,
    "USERSVC_FILES_PER_MINUTE": MANY,
    "USERSVC_FAILED_SIGN_INS_PER_MINUTE": MANY,
    "USERSVC_ACCESS_TOKEN_SECONDS": 86_400,
}
FAMILIES = ["directory", "export", "download", "jobs", "numbers", "mcp", "service"]
OTHERS = ["users", "organizations", "roles", "groups", "sites", "tags", "connections", "tokens"]


@pytest.fixture
def service(tmp_path):
    with (
        place(tmp_path) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, USERSVC_DEMO_USERS=60, **UNBOUND) as service,
    ):
        service.here = here
        yield service


def ask(service, path, body=None, token=""):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{service.address}{path}", data, headers)
    return json.load(urllib.request.urlopen(request, timeout=PATIENCE))


def fuzz(service, tmp_path, *options):
    """Run schemathesis; return its exit code and all that it said."""
    signed_in = ask(service, "/api/token", {"username": "admin", "password": PASSWORD})
    who = {
        "FUZZ_USERNAME": "admin",
        "FUZZ_PASSWORD": PASSWORD,
        "FUZZ_SELF": ask(service, "/api/me", token=signed_in["access"])["id"],
        "PYTHONPATH": str(ROOT),
    }
    seed = [] if EXAMPLES else ["--seed", "1"]
    command = [SCHEMATHESIS, "--config-file", CONFIG, "run", f"{service.address}/openapi.json"]
    run = subprocess.run(
        [*command, "--continue-on-failure", "--no-color", *seed, *options],
        cwd=tmp_path,
        env={**os.environ, **who},
        capture_output=True,
        text=True,
    )
    return run.returncode, run.stdout + run.stderr


def operations_of(tags):
    paths = json.loads(FILE.read_text())["paths"].values()
    return [each for item in paths for each in item.values() if each["tags"][0] in tags]


def test_every_tag_is_covered():
    tags = {tag["name"] for tag in json.loads(FILE.read_text())["tags"]}
    assert set(FAMILIES) | set(OTHERS) == tags


def test_what_is_drawn_at_random_is_answered_as_documented(service, tmp_path):
    phases = "examples,fuzzing,stateful"
    code, said = fuzz(service, tmp_path, "--phases", phases, "-n", EXAMPLES or "3")
    assert code == 0, said
    assert f"{len(operations_of(FAMILIES + OTHERS))} selected" in said


@pytest.mark.parametrize("carried", ["token", pytest.param("key", marks=pytest.mark.deep)])
def test_a_service_account_is_answered_as_documented(service, tmp_path, carried):
    """Its key only reads; both are sent as they are, where a person's token would go."""
    machine = machine_at(service.here)
    asked = {"client_id": machine.client_id, "client_secret": machine.secret}
    asked |= {"grant_type": "client_credentials"}
    token = machine.key if carried == "key" else ask(service, "/oauth/token", asked)["access_token"]
    own = ("--header", f"Authorization: Bearer {token}")
    code, said = fuzz(
        service, tmp_path, "--phases", "examples,fuzzing", "-n", EXAMPLES or "1", *own
    )
    assert code == 0, said
    assert f"{len(operations_of(FAMILIES + OTHERS))} selected" in said


@pytest.mark.deep
@pytest.mark.parametrize("tags", [FAMILIES, OTHERS], ids=["families", "others"])
def test_every_bound_is_answered_as_documented(service, tmp_path, tags):
    chosen = [word for tag in tags for word in ("--include-tag", tag)]
    code, said = fuzz(service, tmp_path, "--phases", "coverage", *chosen)
    assert code == 0, said
    assert re.search(rf"{len(operations_of(tags))} selected", said)
