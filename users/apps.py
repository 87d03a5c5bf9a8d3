from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = "Directory"

    def ready(self) -> None:
        from . import receivers

        receivers.connect()
