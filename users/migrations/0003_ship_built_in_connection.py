"""The connection of everybody whose password is checked here."""

from django.db import migrations

BUILT_IN = "con_0000000000000001"


def ship_connection(apps, schema_editor):
    apps.get_model("users", "Connection").objects.create(
        id=BUILT_IN,
        name="Built-in",
        name_key="built-in",
        domain="local",
        description="Usernames and passwords of this directory.",
    )


def remove_connection(apps, schema_editor):
    apps.get_model("users", "Connection").objects.filter(pk=BUILT_IN).delete()


class Migration(migrations.Migration):
    dependencies = [("users", "0002_ship_roles")]
    operations = [migrations.RunPython(ship_connection, remove_connection)]
