"""PostgreSQL's index of search terms; SQLite's comes after every migrate, as no rebuild keeps it."""

from django.db import migrations

from users.search import postgres


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        postgres.install(schema_editor)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        postgres.remove(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("users", "0003_ship_built_in_connection")]
    operations = [migrations.RunPython(install, remove)]
