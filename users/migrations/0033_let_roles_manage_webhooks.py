"""Super Admin and Admin may have webhooks."""

from django.db import migrations

CODENAMES = ["view_webhook", "manage_webhook"]
ROLES = ["Super Admin", "Admin"]


def give(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    # Django makes permissions only after the last migration; the names here are its own.
    content_type, _ = ContentType.objects.get_or_create(app_label="users", model="webhook")
    permissions = [
        Permission.objects.get_or_create(
            content_type=content_type,
            codename=codename,
            defaults={"name": f"Can {codename.replace('_', ' ')}"},
        )[0]
        for codename in CODENAMES
    ]
    for role in apps.get_model("users", "Role").objects.filter(shipped=True, name__in=ROLES):
        role.permissions.add(*permissions)


def take(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    found = Permission.objects.filter(content_type__app_label="users", codename__in=CODENAMES)
    through = apps.get_model("users", "Role").permissions.through
    through.objects.filter(permission__in=found).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0032_create_webhook"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give, take)]
