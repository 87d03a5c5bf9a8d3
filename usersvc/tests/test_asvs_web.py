"""What ASVS asks of the web that no other test shows; docs/security.md names these."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.test import Client

from users.tests.browsing import enter

from .test_closed import ROUTES, address

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    script
    for app in ("users", "exports", "usersvc")
    for script in (ROOT / app).rglob("static/**/*.js")
    if "tests" not in script.parts
)
# What writes markup, runs text, listens to other windows, or merges objects of strangers.
WRITERS = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
    r"|\beval\(|new Function|postMessage|addEventListener\(.message|__proto__|Object\.assign\("
)


def test_text_says_its_charset(cast, call):
    """JSON is UTF-8 by definition (RFC 8259); text is what its charset says."""
    root = enter(Client(raise_request_exception=False), cast.root)
    texts = 0
    for route in ROUTES:
        for caller in (root, call(cast.root)) if not route.startswith("account") else (root,):
            answer = caller.get(address(route))
            kind = answer.get("Content-Type", "")
            if kind.startswith("text/") or "xml" in kind:
                texts += 1
                assert "charset=utf-8" in kind.lower().replace('"', ""), (route, kind)
    assert texts > 50
    assert "utf-8" in root.get("/static/users/admin.css")["Content-Type"]
    file = call(cast.root).get("/api/users/export?format=csv")
    assert "charset=utf-8" in file["Content-Type"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "PROPFIND"])
def test_no_address_takes_trace(cast, method):
    """A TRACE would tell a script what the browser sent, cookies included."""
    client = enter(Client(raise_request_exception=False), cast.root)
    for route in ROUTES:
        answer = client.generic(method, address(route), HTTP_X_SECRET="a-secret-header")
        assert 400 <= answer.status_code < 500, (route, answer.status_code)
        assert b"a-secret-header" not in answer.content, route


@pytest.mark.parametrize("path", ["/static/", "/static/users/", "/static/admin/", "/files/"])
def test_no_folder_is_listed(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config",
        "/manage.py",
        "/requirements.txt",
        "/usersvc/settings.py",
        "/static/../manage.py",
        "/static/%2e%2e/%2e%2e/manage.py",
        "/static/users/../../../manage.py",
        "/static/.git/config",
        "/static/usersvc/settings.py",
        "/var/secret.key",
    ],
)
def test_no_file_of_the_project_is_served(client, path):
    assert client.get(path).status_code == 404


def test_no_variable_switches_debugging_on(tmp_path):
    script = "from django.conf import settings; print(settings.DEBUG)"
    own = {"DEBUG": "1", "DJANGO_DEBUG": "true", "USERSVC_DEBUG": "true"}
    own |= {"USERSVC_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "usersvc.settings"}
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True)
    assert ran.stdout == "False\n", ran.stderr


@pytest.mark.parametrize("method", ["get", "head", "options", "post", "delete"])
def test_programs_are_not_sent_to_tls_but_refused(client, settings, method):
    """A redirect would hide that the token has just travelled in clear."""
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/users", "/api/me", "/api/v2/users/download", "/mcp", "/files/x"):
        answer = getattr(client, method)(path, HTTP_AUTHORIZATION="Bearer x")
        assert answer.status_code == 403, path
        assert "Location" not in answer
    assert client.get("/admin/").status_code == 301
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_no_script_of_ours_writes_html(script):
    assert re.findall(WRITERS, script.read_text()) == []


def test_scripts_store_nothing_but_choices():
    stored = {
        script.name: set(re.findall(r"(?:local|session)Storage\.setItem\((\w+)", text))
        for script in SCRIPTS
        if (text := script.read_text()) and ("Storage" in text or "document.cookie" in text)
    }
    assert stored == {"docs.js": {"CHOSEN"}}


@pytest.mark.parametrize(
    "locked", sorted(ROOT.glob("requirements*.txt")), ids=lambda locked: locked.name
)
def test_every_package_is_locked_by_its_hash(locked):
    packages = re.split(r"^(?=[\w.\[\]-]+==)", locked.read_text(), flags=re.MULTILINE)[1:]
    assert packages
    for package in packages:
        assert re.match(r"[\w.\[\]-]+==[\w.+!-]+.*?--hash=sha256:[0-9a-f]{64}", package, re.DOTALL)
    assert not re.search(r"^\S*(?:://|git\+)|index-url", locked.read_text(), re.MULTILINE)


def test_connections_may_be_encrypted(tmp_path):
    """What the environment says of TLS reaches each library, which then asks for certificates."""
    script = (
        "from django.conf import settings as s; "
        "print(s.DATABASES['default']['OPTIONS']['sslmode'], s.CACHES['default']['LOCATION'], "
        "s.EMAIL_USE_TLS)"
    )
    own = {
        "DATABASE_URL": "postgresql://a:b@db.example/users?sslmode=verify-full",
        "REDIS_URL": "rediss://cache.example:6380/0",
        "EMAIL_URL": "smtp+tls://a:b@mail.example:587",
        "USERSVC_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "usersvc.settings",
    }
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True)
    assert ran.stdout == "verify-full rediss://cache.example:6380/0 True\n", ran.stderr


def test_the_inventory_of_keys_is_whole():
    """Every key of the settings, and what passwords are kept as, is in docs/security.md."""
    text = (ROOT / "docs" / "security.md").read_text().partition("## Keys")[2].partition("\n## ")[0]
    source = (ROOT / "usersvc" / "settings.py").read_text()
    keys = set(re.findall(r'"(USERSVC_\w*KEYS?\w*)"', source))
    assert keys
    assert {key for key in keys if key not in text} == set()
    assert configured.TOKEN_KEYS.name in text
    for hasher in ("Argon2", "PBKDF2", "scrypt", "bcrypt"):
        assert hasher in text


def test_every_kind_of_data_is_classified():
    """Every table of people has its class in docs/security.md."""
    text = (ROOT / "docs" / "security.md").read_text().partition("## Data")[2].partition("\n## ")[0]
    classes = re.findall(r"^\| (\w+) \| (?!what)(.+?) \| .+ \|$", text, re.MULTILINE)
    assert [name for name, _ in classes] == [
        "secret",
        "restricted",
        "personal",
        "internal",
        "public",
    ]
    words = " ".join(told for _, told in classes)
    for kind in ("passwords", "seeds", "tokens", "metadata", "audit", "names", "addresses"):
        assert kind in words
    for kind in ("organizations", "roles", "groups", "sites", "tags", "connections", "policies"):
        assert kind in words
