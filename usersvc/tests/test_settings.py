"""Settings: nonsense in the environment is refused in one sentence that names the variable."""

import os
import re
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from usersvc import environment as env
from usersvc import gunicorn, meanings, storage

from .serving import ROOT

pytestmark = pytest.mark.once

SHOW = """
from usersvc import settings
print(settings.STAFF_MFA, settings.BASE_URL, settings.DATABASES["default"]["NAME"])
"""


def settings_with(**variables):
    """Read the settings in a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
    )


REFUSED = [
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "8000.0"),
    ("PORT", "٨٠٠٠"),
    ("USERSVC_DEMO_USERS", "-1"),
    ("USERSVC_DEMO_USERS", "many"),
    ("USERSVC_STAFF_MFA", "maybe"),
    ("DATABASE_URL", "mysql://localhost/people"),
    ("DATABASE_URL", "people.sqlite3"),
    ("REDIS_URL", "localhost:6379"),
    ("USERSVC_JOB_QUEUE", "redis"),
    ("USERSVC_JOB_QUEUE", "celery"),  # without REDIS_URL
    ("USERSVC_BASE_URL", "people.example"),
    ("USERSVC_BASE_URL", "ftp://people.example"),
    ("USERSVC_SECRET_KEY", "short"),
    ("USERSVC_ENCRYPTION_KEYS", "short"),
    ("USERSVC_ENCRYPTION_KEYS", ","),
    ("TRUSTED_PROXIES", "proxy"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("USERSVC_DATA", "/dev/null/data"),
    ("USERSVC_BIND", "localhost"),
    ("USERSVC_GRACEFUL_SECONDS", "0"),
    ("USERSVC_GRACEFUL_SECONDS", "301"),
    ("USERSVC_GRACEFUL_SECONDS", "soon"),
    ("USERSVC_EXPORTS_IN_ALL", "8"),  # all threads of a process
    ("USERSVC_EXPORTS_PER_CALLER", "7"),
    ("USERSVC_EXPORT_MAX_SECONDS", "0"),
    ("USERSVC_EXPORT_LEAST_RATE", "fast"),
    ("USERSVC_LOG", "xml"),
    ("USERSVC_METRICS_TOKEN", "short"),
    ("USERSVC_ACCEL", "_files"),
    ("USERSVC_ACCEL", "/_files/../"),
    ("USERSVC_AUDIT_KEY", "short"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_nonsense_is_refused_by_name(tmp_path, name, value):
    answer = settings_with(**{"USERSVC_DATA": str(tmp_path), name: value})
    assert answer.returncode != 0
    last = answer.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert name in last


def test_an_empty_variable_is_an_absent_one(tmp_path):
    empty = dict.fromkeys({name for name, _ in REFUSED} - {"USERSVC_DATA"}, "")
    answer = settings_with(USERSVC_DATA=str(tmp_path), **empty)
    assert answer.stderr == ""
    assert answer.stdout.split() == [
        "required",
        "http://localhost:8000",
        str(tmp_path / "usersvc.sqlite3"),
    ]


def test_systemd_bears_the_longest_stop_that_may_be_set(tmp_path):
    unit = (ROOT / "deploy" / "usersvc-web.service").read_text()
    borne = int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)[1])
    longest = borne - gunicorn.ENDING - 1
    answer = settings_with(USERSVC_DATA=str(tmp_path), USERSVC_GRACEFUL_SECONDS=str(longest))
    assert "USERSVC_GRACEFUL_SECONDS" in answer.stderr


def test_a_password_in_a_refused_address_is_not_repeated(tmp_path):
    answer = settings_with(USERSVC_DATA=str(tmp_path), DATABASE_URL="mysql://me:s3cret@db/people")
    assert answer.returncode != 0
    assert "s3cret" not in answer.stderr


def test_every_host_is_too_many_on_https(tmp_path):
    answer = settings_with(
        USERSVC_DATA=str(tmp_path), USERSVC_BASE_URL="https://people.example", ALLOWED_HOSTS="*"
    )
    assert "ALLOWED_HOSTS" in answer.stderr


def test_the_secret_key_is_made_once_and_is_the_owners_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("USERSVC_SECRET_KEY", raising=False)
    file = tmp_path / "secret.key"
    first = env.secret("USERSVC_SECRET_KEY", file)
    assert len(first) >= 64
    assert env.secret("USERSVC_SECRET_KEY", file) == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_encryption_key_is_made_once_and_is_the_owners_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("USERSVC_ENCRYPTION_KEYS", raising=False)
    file = tmp_path / "encryption.key"
    [first] = env.keys("USERSVC_ENCRYPTION_KEYS", file)
    assert env.keys("USERSVC_ENCRYPTION_KEYS", file) == [first]
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(f"{second()}, {first}\n")
    assert env.keys("USERSVC_ENCRYPTION_KEYS", file)[1:] == [first]


def test_a_refused_encryption_key_is_not_repeated(monkeypatch, tmp_path):
    monkeypatch.setenv("USERSVC_ENCRYPTION_KEYS", f"{second()},s3cret")
    with pytest.raises(ImproperlyConfigured) as caught:
        env.keys("USERSVC_ENCRYPTION_KEYS", tmp_path / "encryption.key")
    assert "s3cret" not in str(caught.value)


def second():
    return Fernet.generate_key().decode()


def test_a_key_that_cannot_be_kept_is_refused_with_a_way_out(monkeypatch, tmp_path):
    monkeypatch.delenv("USERSVC_SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="USERSVC_SECRET_KEY"):
        env.secret("USERSVC_SECRET_KEY", tmp_path / "absent" / "secret.key")


@pytest.mark.parametrize(("value", "meaning"), [("yes", True), ("OFF", False), ("", True)])
def test_a_switch_reads_words(monkeypatch, value, meaning):
    monkeypatch.setenv("A_SWITCH", value)
    assert env.switch("A_SWITCH", True) is meaning


def test_a_switch_refuses_other_words(monkeypatch):
    monkeypatch.setenv("A_SWITCH", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="A_SWITCH"):
        env.switch("A_SWITCH", True)


def test_a_list_drops_blanks(monkeypatch):
    monkeypatch.setenv("A_LIST", " a.example, ,b.example,")
    assert env.words("A_LIST", []) == ["a.example", "b.example"]


def test_the_page_of_settings_tells_of_every_variable_as_the_code_has_it():
    command = [sys.executable, "-c", "import settings_page; print(settings_page.page(), end='')"]
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=True)
    page = (ROOT / "docs" / "settings.md").read_text()
    assert done.stdout == page, "make settings"
    calls = re.compile(r'\benv\.\w+\(\s*"([A-Z_0-9]+)"')
    texts = [path.read_text() for path in (ROOT / "usersvc").glob("*.py")]
    read = {name for text in texts for name in calls.findall(text)}
    assert {"USERSVC_DATA", "USERSVC_BIND", "DATABASE_URL", "USERSVC_S3_PREFIX"} <= read
    assert set(meanings.MEANINGS) == read
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"`(USERSVC_[A-Z_0-9]+)`", readme)) <= read


def example_of(name):
    example = meanings.MEANINGS[name][1]
    if not example.startswith("$("):
        return example
    shell = ["sh", "-c", f'printf %s "{example}"']
    return subprocess.run(shell, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("without", ["USERSVC_ACCEL", "USERSVC_S3_BUCKET"])
def test_every_example_is_allowed(tmp_path, without):
    examples = {name: example_of(name) for name in meanings.MEANINGS if name != without}
    answer = settings_with(**examples | {"USERSVC_DATA": str(tmp_path)})
    assert answer.returncode == 0, answer.stderr


def test_a_bucket_takes_its_packages(monkeypatch):
    monkeypatch.setenv("USERSVC_S3_BUCKET", "people")
    monkeypatch.setattr(storage, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements-s3\.txt"):
        storage.of_jobs(ROOT, for_group=False)


def test_a_proxy_has_no_files_of_a_bucket(monkeypatch):
    monkeypatch.setenv("USERSVC_S3_BUCKET", "people")
    with pytest.raises(ImproperlyConfigured, match="USERSVC_ACCEL"):
        storage.of_jobs(ROOT, for_group=True)


def test_a_bucket_is_at_an_address(monkeypatch):
    monkeypatch.setenv("USERSVC_S3_BUCKET", "people")
    monkeypatch.setenv("USERSVC_S3_ENDPOINT", "minio:9000")
    with pytest.raises(ImproperlyConfigured, match="USERSVC_S3_ENDPOINT"):
        storage.of_jobs(ROOT, for_group=False)
