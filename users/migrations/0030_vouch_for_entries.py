"""Let the key of the audit vouch for the entries that there are."""

from django.db import migrations

from users import evidence

BLOCK = 1_000
MADE = ["actor_key", "organization_key", "salt", "personal_digest", "code"]


def vouch(apps, schema_editor):
    entries = apps.get_model("users", "AuditEntry").objects.using(schema_editor.connection.alias)
    last = 0
    while block := list(entries.filter(pk__gt=last, code="").order_by("pk")[:BLOCK]):
        for entry in block:
            entry.actor_key = str(entry.actor_id or "")
            entry.organization_key = str(entry.organization_id or "")
            entry.salt = evidence.new_salt()
            entry.personal_digest = evidence.personal_digest(entry)
            entry.code = evidence.code(entry)
        entries.bulk_update(block, MADE)
        last = block[-1].pk


class Migration(migrations.Migration):
    dependencies = [("users", "0029_seal_audit")]

    operations = [migrations.RunPython(vouch, migrations.RunPython.noop, elidable=True)]
