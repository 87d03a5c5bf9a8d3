from django.db import migrations

from users import secrets

NAMES = ("secret", "seed")


def encrypt(apps, schema_editor):
    _rewrite(apps, secrets.encrypt)


def decrypt(apps, schema_editor):
    _rewrite(apps, secrets.decrypt)


def _rewrite(apps, change):
    rows = apps.get_model("mfa", "Authenticator").objects.filter(type__in=["totp", "recovery_codes"])
    for row in rows.iterator(chunk_size=500):
        row.data |= {name: change(row.data[name]) for name in NAMES if name in row.data}
        if "migrated_codes" in row.data:
            row.data["migrated_codes"] = [change(code) for code in row.data["migrated_codes"]]
        row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("mfa", "0003_authenticator_type_uniq"),
        ("users", "0014_drop_blacklist_of_tokens"),
    ]

    operations = [migrations.RunPython(encrypt, decrypt)]
