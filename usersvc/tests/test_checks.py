import pytest

from usersvc import checks


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


@pytest.mark.parametrize("word", ["optional", "required"])
def test_what_staff_needs_is_said(settings, word):
    settings.STAFF_MFA = word
    [message] = checks.staff_has_a_second_factor()
    assert word in message.msg


def test_missing_libraries_are_named(monkeypatch):
    monkeypatch.setattr(checks, "find_library", lambda name: None if "harf" in name else "x")
    [message] = checks.pdf_can_be_made()
    assert message.msg == "PDF lacks harfbuzz-subset."
