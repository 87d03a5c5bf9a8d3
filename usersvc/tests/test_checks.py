from ipaddress import ip_network

import pytest

from usersvc import checks

from .serving import run


@pytest.mark.parametrize(
    ("address", "hosts", "found"),
    [
        ("http://localhost:8000", ["localhost"], []),
        ("http://127.0.0.1", ["127.0.0.1"], []),
        ("http://[::1]:8000", ["[::1]"], []),
        ("https://users.example", [".example"], []),
        ("https://users.example", ["localhost"], ["usersvc.W001"]),
    ],
)
def test_the_own_address_must_be_answered(settings, address, hosts, found):
    settings.BASE_URL, settings.ALLOWED_HOSTS = address, hosts
    assert [message.id for message in checks.base_url_is_answered()] == found


def test_staff_without_a_second_factor_is_warned_of(settings):
    settings.STAFF_MFA = "optional"
    [message] = checks.staff_has_a_second_factor()
    assert (message.id, "optional" in message.msg) == ("usersvc.W002", True)
    settings.STAFF_MFA = "required"
    assert checks.staff_has_a_second_factor() == []


def test_missing_libraries_are_named(monkeypatch):
    monkeypatch.setattr(checks, "find_library", lambda name: None if "harf" in name else "x")
    [message] = checks.pdf_can_be_made()
    assert message.msg == "PDF lacks harfbuzz-subset."


SMTP = "django.core.mail.backends.smtp.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
KEY = "k" * 44


@pytest.mark.parametrize(
    ("check", "found", "chosen"),
    [
        ("keys_differ", [], {"SECRET_KEY": "other", "ENCRYPTION_KEYS": [KEY]}),
        ("keys_differ", ["usersvc.E001"], {"SECRET_KEY": KEY, "ENCRYPTION_KEYS": ["x", KEY]}),
        ("keys_differ", ["usersvc.E001"], {"AUDIT_KEY": KEY, "ENCRYPTION_KEYS": ["x", KEY]}),
        ("keys_differ", ["usersvc.E001"], {"AUDIT_KEY": KEY, "SECRET_KEY": KEY}),
        ("proxy_is_known", [], {"HTTPS": False, "TRUSTED_PROXIES": []}),
        ("proxy_is_known", ["usersvc.W004"], {"HTTPS": True, "TRUSTED_PROXIES": []}),
        ("proxy_is_known", [], {"HTTPS": True, "TRUSTED_PROXIES": [ip_network("10.0.0.0/8")]}),
        ("first_password_is_good", [], {"ADMIN_PASSWORD": ""}),
        ("first_password_is_good", [], {"ADMIN_PASSWORD": "correct horse battery"}),
        ("first_password_is_good", ["usersvc.W006"], {"ADMIN_PASSWORD": "password"}),
        ("mail_is_sent", [], {"HTTPS": True, "EMAIL_BACKEND": SMTP}),
        ("mail_is_sent", [], {"HTTPS": False, "EMAIL_BACKEND": CONSOLE}),
        ("mail_is_sent", ["usersvc.W007"], {"HTTPS": True, "EMAIL_BACKEND": CONSOLE}),
        ("hosts_are_named", [], {"ALLOWED_HOSTS": ["users.example"]}),
        ("hosts_are_named", ["usersvc.W008"], {"ALLOWED_HOSTS": ["users.example", "*"]}),
        ("people_are_real", [], {"HTTPS": True, "DEMO_USERS": 0}),
        ("people_are_real", [], {"HTTPS": False, "DEMO_USERS": 10}),
        ("people_are_real", ["usersvc.W009"], {"HTTPS": True, "DEMO_USERS": 10}),
        ("the_network_is_not_spoken_to_in_clear", [], {"HTTPS": False, "BIND": "127.0.0.1"}),
        ("the_network_is_not_spoken_to_in_clear", [], {"HTTPS": True, "BIND": "0.0.0.0"}),
        (
            "the_network_is_not_spoken_to_in_clear",
            ["usersvc.W010"],
            {"HTTPS": False, "BIND": "::"},
        ),
    ],
)
def test_mistakes_are_found(settings, check, found, chosen):
    for name, value in chosen.items():
        setattr(settings, name, value)
    messages = getattr(checks, check)()
    assert [message.id for message in messages] == found
    told = " ".join(f"{message.msg} {message.hint}" for message in messages)
    assert KEY not in told
    assert "'password'" not in told


@pytest.mark.parametrize(
    ("mode", "accel", "found"),
    [
        (0o700, "", []),
        (0o750, "", ["usersvc.W005"]),
        (0o701, "", ["usersvc.W005"]),
        (0o710, "", ["usersvc.W005"]),
        (0o710, "/_files/", []),
        (0o750, "/_files/", ["usersvc.W005"]),
        (0o711, "/_files/", ["usersvc.W005"]),
    ],
)
def test_a_folder_that_others_can_enter_is_found(settings, tmp_path, mode, accel, found):
    settings.ACCEL = accel
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.DATA_DIR.chmod(mode)
    assert [message.id for message in checks.others_cannot_read_the_data()] == found


GOOD = {
    "USERSVC_BASE_URL": "https://users.example",
    "ALLOWED_HOSTS": "users.example",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "EMAIL_URL": "smtp+tls://me:secret@mail.example:587",
    "USERSVC_DEMO_USERS": "0",
}


def test_a_good_deployment_has_no_issues(tmp_path):
    answer = run("check", "--deploy", USERSVC_DATA=tmp_path / "data", **GOOD)
    assert answer.returncode == 0, answer.stderr
    assert "no issues" in answer.stderr + answer.stdout


def test_a_bad_deployment_is_told_everything(tmp_path):
    bad = {"USERSVC_BASE_URL": "https://users.example", "USERSVC_ADMIN_PASSWORD": "password"}
    tmp_path.chmod(0o755)
    answer = run("check", "--deploy", USERSVC_DATA=tmp_path, **bad)
    for name in ("usersvc.W001", "W004", "W005", "W006", "W007", "W009", "security.W008"):
        assert name in answer.stderr
