"""The greeting: one address, one user, three lines, and no secret that the caller keeps."""

import subprocess
import sys

import pytest

from users import greeting


@pytest.fixture(autouse=True)
def _plain(settings, monkeypatch):
    settings.ADMIN_PASSWORD = ""
    settings.DEMO_USERS = 10_000
    settings.STAFF_MFA = "required"
    for name in ("DATABASE_URL", "USERSVC_DATA"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "password", ["abc", "it's", 'say "hi"', "a b$c `d` \\ !", "-dash", "Пароль"]
)
def test_any_password_reaches_curl_as_it_is(password):
    line, _, _ = greeting.curl_lines(greeting._password_word(password))
    arguments = line.removeprefix("TOKEN=$(curl ").split(" | sed")[0]
    said = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {arguments}"], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == f"password={password}"


def test_a_new_password_is_shown_with_whom_it_is_for():
    said = greeting.greeting("s3cret", 10_000)
    assert "password  s3cret  (shown only now)" in said
    assert "reader, support have the same password" in said
    assert "10,000" in said


def test_without_demo_people_none_are_named(settings):
    settings.DEMO_USERS = 0
    assert "reader" not in greeting.greeting("s3cret", 1)


def test_a_password_of_the_callers_stays_in_its_variable(settings):
    settings.ADMIN_PASSWORD = "s3cret"
    for new in ("s3cret", None):
        said = greeting.greeting(new, 1)
        assert "s3cret" not in said
        assert '--data-urlencode password="$USERSVC_ADMIN_PASSWORD"' in said


def test_a_later_start_asks_for_the_password():
    said = greeting.greeting(None, 1)
    assert "PASSWORD='the password of admin'" in said
    assert '--data-urlencode password="$PASSWORD"' in said


def test_a_start_says_whether_staff_needs_a_second_factor(settings):
    settings.STAFF_MFA = "required"
    said = greeting.greeting(None, 1)
    assert f"set one up at {settings.BASE_URL}/account/2fa/" in said
    assert "otp=CODE" in said
    settings.STAFF_MFA = "optional"
    assert "second factor is optional" in greeting.greeting(None, 1)


@pytest.mark.parametrize(
    ("variables", "prefix"),
    [
        ({}, ""),
        ({"USERSVC_DATA": "/my data"}, "USERSVC_DATA='/my data' "),
        ({"DATABASE_URL": "postgresql:///people"}, "DATABASE_URL=postgresql:///people "),
        ({"DATABASE_URL": "postgresql://me:secret@db/people"}, 'DATABASE_URL="$DATABASE_URL" '),
    ],
)
def test_the_reset_command_names_the_directory_but_no_secret(
    settings, monkeypatch, variables, prefix
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "executable", str(settings.BASE_DIR / ".venv/bin/python"))
    command = ".venv/bin/python manage.py changepassword admin"
    assert greeting.reset_command() == prefix + command


def test_the_address_is_local_unless_local_names_are_refused(settings):
    settings.PORT, settings.BASE_URL = 8123, "https://people.example"
    assert greeting.address() == "http://localhost:8123"
    settings.ALLOWED_HOSTS = ["people.example"]
    assert greeting.address() == "https://people.example"
