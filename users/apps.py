from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = _("Directory")

    def ready(self) -> None:
        from . import naming, receivers

        naming.name(self)
        naming.name(apps.get_app_config("exports"))
        receivers.connect()
