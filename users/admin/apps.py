from django.contrib.admin.apps import AdminConfig


class UsersAdminConfig(AdminConfig):
    default_site = "users.admin.site.DirectoryAdminSite"

    def ready(self) -> None:
        super().ready()
        # After autodiscovery, which registers what ours replaces. Not in this package's __init__:
        # Django imports that before it has models.
        from . import (  # noqa: F401
            audit,
            belongings,
            invitations,
            jobs,
            organizations,
            schedules,
            security,
            service_accounts,
            users,
            webhooks,
        )
