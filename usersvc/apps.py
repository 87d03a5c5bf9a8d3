from django.apps import AppConfig


class UsersvcConfig(AppConfig):
    name = "usersvc"

    def ready(self) -> None:
        from . import checks  # noqa: F401
