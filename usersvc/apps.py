from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class UsersvcConfig(AppConfig):
    name = "usersvc"

    def ready(self) -> None:
        from . import checks, migrating, migration_checks  # noqa: F401

        pre_migrate.connect(migrating.limit_waiting)
        post_migrate.connect(migrating.wait_as_before)
