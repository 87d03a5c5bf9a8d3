"""Secrets at rest: encrypted with the first key, readable with every key, rotated in place."""

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from users import secrets
from users.tests.factories import UserFactory

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SEED = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _old_key(settings):
    settings.ENCRYPTION_KEYS = [OLD]


def factor(**data):
    kind = Authenticator.Type.TOTP if "secret" in data else Authenticator.Type.RECOVERY_CODES
    return Authenticator.objects.create(user=UserFactory(), type=kind, data=data)


def test_what_is_encrypted_can_be_read_again_and_shows_nothing():
    kept = secrets.encrypt("Zoë " + SEED)
    assert SEED not in kept
    assert kept.isascii()
    assert kept != secrets.encrypt("Zoë " + SEED)
    assert secrets.decrypt(kept) == "Zoë " + SEED


def test_every_key_reads_and_the_first_writes(settings):
    kept = secrets.encrypt(SEED)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert secrets.decrypt(kept) == SEED
    fresh = secrets.encrypt(SEED)
    settings.ENCRYPTION_KEYS = [NEW]
    assert secrets.decrypt(fresh) == SEED
    with pytest.raises(secrets.Undecipherable):
        secrets.decrypt(kept)


@pytest.mark.parametrize("garbage", ["", SEED, "gAAAA", "gAAAAAé", "\x00", "x" * 100_000])
def test_garbage_is_refused_without_being_repeated(garbage):
    with pytest.raises(secrets.Undecipherable, match="USERSVC_ENCRYPTION_KEYS") as caught:
        secrets.decrypt(garbage)
    assert SEED not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.django_db
def test_rotation_leaves_nothing_to_the_old_key(settings, monkeypatch, capsys):
    monkeypatch.setattr(secrets, "BLOCK", 2)
    seeds = [factor(secret=secrets.encrypt(f"{SEED}{number}")) for number in range(5)]
    codes = factor(seed=secrets.encrypt("c0de"), used_mask=5)
    moved = factor(migrated_codes=[secrets.encrypt("one"), secrets.encrypt("two")])
    webauthn = Authenticator.objects.create(
        user=codes.user, type=Authenticator.Type.WEBAUTHN, data={"name": "key"}
    )
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_secrets")
    assert "7 secrets" in capsys.readouterr().out
    settings.ENCRYPTION_KEYS = [NEW]
    for number, row in enumerate(seeds):
        row.refresh_from_db()
        assert secrets.decrypt(row.data["secret"]) == f"{SEED}{number}"
    codes.refresh_from_db()
    assert (secrets.decrypt(codes.data["seed"]), codes.data["used_mask"]) == ("c0de", 5)
    moved.refresh_from_db()
    assert [secrets.decrypt(code) for code in moved.data["migrated_codes"]] == ["one", "two"]
    webauthn.refresh_from_db()
    assert webauthn.data == {"name": "key"}


@pytest.mark.django_db
def test_what_no_key_opens_stops_a_rotation_and_stays(settings):
    lost = factor(secret=secrets.encrypt(SEED))
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="USERSVC_ENCRYPTION_KEYS"):
        call_command("rotate_secrets")
    kept = lost.data["secret"]
    lost.refresh_from_db()
    assert lost.data["secret"] == kept
