"""Let the key of the audit vouch for the entries that there are."""

from django.db import migrations

from users import evidence

BLOCK = 1_000
MADE = ["actor_key", "organization_key", "salt", "personal_digest", "code"]
# bulk_update() takes ten times as long, which is hours where an audit has millions of entries.
UPDATE = f"UPDATE users_auditentry SET {', '.join(f'{name} = %s' for name in MADE)} WHERE id = %s"  # nosec B608 - ours


def vouch(apps, schema_editor):
    entries = apps.get_model("users", "AuditEntry").objects.using(schema_editor.connection.alias)
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while block := list(entries.filter(pk__gt=last, code="").order_by("pk")[:BLOCK]):
            cursor.executemany(UPDATE, [vouched(entry) for entry in block])
            last = block[-1].pk


def vouched(entry):
    entry.actor_key = str(entry.actor_id or "")
    entry.organization_key = str(entry.organization_id or "")
    entry.salt = evidence.new_salt()
    entry.personal_digest = evidence.personal_digest(entry)
    entry.code = evidence.code(entry)
    return [*(getattr(entry, name) for name in MADE), entry.pk]


class Migration(migrations.Migration):
    dependencies = [("users", "0029_seal_audit")]

    operations = [migrations.RunPython(vouch, migrations.RunPython.noop, elidable=True)]
