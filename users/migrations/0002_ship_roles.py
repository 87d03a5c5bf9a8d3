"""The five shipped roles, each with its permissions."""

from django.db import migrations

LOOK = [
    "view_user",
    "view_organization",
    "view_role",
    "view_group",
    "view_site",
    "view_tag",
    "view_connection",
]
READ = [*LOOK, "export_user", "access_admin"]
WORK = [*READ, "manage_user", "manage_group", "manage_tag"]
RULE = [
    *WORK,
    "view_user_metadata",
    "view_auditentry",
    "delete_user",
    "manage_role",
    "manage_organization",
    "manage_site",
    "manage_connection",
]
ALL = [*RULE, "destroy_user", "act_as_service_account"]
SHIPPED = {
    "Super Admin": ("Everything within its organizations.", ALL),
    "Admin": ("Everything within its organizations but destroying people.", RULE),
    "Backoffice": ("Looks after people: creates, changes, suspends, exports.", WORK),
    "Reader": ("Reads and exports.", READ),
    "Support": ("Looks people up; takes no files.", LOOK),
}


def model_of(codename):
    if codename in ("access_admin", "act_as_service_account", "view_user_metadata"):
        return "user"
    return codename.split("_", 1)[1]


def ship_roles(apps, schema_editor):
    Role = apps.get_model("users", "Role")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    permissions = {}
    for codename in ALL:
        # Django makes permissions only after the last migration; the names here are its own.
        content_type, _ = ContentType.objects.get_or_create(
            app_label="users", model=model_of(codename)
        )
        permissions[codename], _ = Permission.objects.get_or_create(
            content_type=content_type,
            codename=codename,
            defaults={"name": f"Can {codename.replace('_', ' ')}"},
        )
    for name, (description, codenames) in SHIPPED.items():
        role = Role.objects.create(
            name=name, name_key=name.casefold(), description=description, shipped=True
        )
        role.permissions.set([permissions[codename] for codename in codenames])


def remove_roles(apps, schema_editor):
    apps.get_model("users", "UserRole").objects.filter(role__shipped=True).delete()
    apps.get_model("users", "Role").objects.filter(shipped=True).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0001_create_directory"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(ship_roles, remove_roles)]
